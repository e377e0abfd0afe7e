"""Exercises that answer at once, and lead to the answer without telling it."""

import os
from collections import Counter
from dataclasses import asdict, dataclass

_attempts = Counter()


class NotYet(AssertionError):
    """An answer that is not right yet; a notebook shows its sentence without a traceback."""

    def _render_traceback_(self):
        return [f"Not yet. {self}"]


@dataclass(frozen=True)
class Question:
    """What an exercise accepts: see :func:`check` for its parts."""

    expected: object
    unit: str = ""
    rel: float = 0.01
    hints: tuple = ()
    mistakes: tuple = ()

    def recognise(self, found):
        """Return "" for the right answer, the sentence for a known mistake, and None for anything else."""
        if _same(found, self.expected, self.rel):
            return ""
        return next((sentence for wrong, sentence in self.mistakes if _same(found, wrong, self.rel)), None)


def check(
    exercise: str,
    answer: object,
    expected: object,
    unit: str = "",
    rel: float = 0.01,
    hints: tuple = (),
    mistakes: tuple = (),
) -> None:
    """Say whether an answer is right; if not, give the next hint, and never the answer.

    Parameters
    ----------
    exercise : the exercise's short name. Hints come one by one for as long as its answer stays wrong.
    answer : what the reader found: a number, a quantity with a unit (pint), a text, a truth value or a collection.
    expected : the right answer, computed in the notebook so that it holds for other parameters too; or, in a notebook
        handed out as an assignment, the sealed question (:mod:`fieldnotes.seals`), which brings all that follows.
    unit : what a plain number is counted in, such as ``"gC m-2"``; a quantity is converted to it.
    rel : how far a number may be off, as a fraction of the right one.
    hints : sentences that help, from gentle to plain.
    mistakes : pairs of a wrong answer that people find and the sentence that mends the thought behind it.

    Raises
    ------
    NotYet : when the answer is missing, has another unit, or is wrong.
    """
    question = expected if hasattr(expected, "recognise") else Question(expected, unit, rel, hints, mistakes)
    found, sentence = _read(exercise, answer, question.unit)
    if "FIELDNOTES_ANSWERS" in os.environ:  # a teacher's program collects answers, and judges them elsewhere
        _note(exercise, found, sentence, question)
        return
    if answer is ...:
        print(f"{exercise}: no answer yet.")
        return
    if sentence is None:
        sentence = question.recognise(found)
    if sentence == "":
        _attempts.pop(exercise, None)
        print(f"{exercise}: right. {_told(found, question.unit)}".rstrip())
        return
    raise NotYet(f"{exercise}: {sentence or _next_hint(exercise, question) + _tolerance(found, question)}")


def _read(exercise, answer, unit):
    """Return an answer, in the wanted unit, and None; or None, and why it cannot be right."""
    if answer is ... or answer is None:
        return None, "put your answer in place of the dots, then run this cell again."
    if not hasattr(answer, "dimensionality"):
        return answer, None
    import pint

    try:
        return answer.to(_unit(answer._REGISTRY, unit)).magnitude, None
    except pint.DimensionalityError:
        return None, f"the answer is counted in {unit or 'no unit'}, yours in {answer.units}."


def _unit(registry, text):
    """Return a unit as we write it, ``gC m-2``, in the words of pint: a gram of carbon is a gram, m-2 is m**-2."""
    import re

    return registry.parse_units(re.sub(r"(?<=[A-Za-z])(-?\d+)", r"**\1", text.replace("gC", "g")).replace(" ", "*"))


def _note(exercise, found, sentence, question):
    """Add a line of JSON to the file that the environment names: the answer, and what is known of the question."""
    import json

    known = {} if not isinstance(question, Question) else {"question": asdict(question)}
    line = {"exercise": exercise, "answer": found, "problem": sentence} | known
    with open(os.environ["FIELDNOTES_ANSWERS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line, default=_plain) + "\n")


def _plain(value):
    """Return an answer as JSON can hold it: numbers, texts, and lists of them."""
    import numpy as np

    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if np.isscalar(value) and hasattr(value, "item"):
        return value.item()
    if hasattr(value, "isoformat"):
        return str(value)
    values = np.asarray(value)
    if values.dtype.kind not in "biufU" and not all(isinstance(one, str) for one in values.ravel()):
        return f"a {type(value).__name__}"
    return values.tolist()


def _same(found, expected, rel):
    """Tell whether two answers agree: numbers within ``rel``, anything else exactly."""
    import numpy as np

    try:
        found, expected = np.asarray(found, float), np.asarray(expected, float)
    except (TypeError, ValueError, OverflowError):
        return _same_text(found, expected)
    return found.shape == expected.shape and bool(np.allclose(found, expected, rtol=rel, atol=0, equal_nan=False))


def _same_text(found, expected):
    if isinstance(found, str) or isinstance(expected, str):
        return isinstance(found, str) and isinstance(expected, str) and found == expected
    try:
        return list(found) == list(expected)
    except (TypeError, ValueError):
        return False


def _next_hint(exercise, question):
    stage = min(_attempts[exercise], len(question.hints) - 1)
    _attempts[exercise] += 1
    return question.hints[stage] if question.hints else "look again at the question and its unit."


def _tolerance(found, question):
    """Return how near is near enough, where that is a matter of degree."""
    gradual = question.rel and not isinstance(found, str)
    return f" (A number within {100 * question.rel:g} % counts as right.)" if gradual else ""


def _told(found, unit):
    import numpy as np

    return f"({found:.4g} {unit}".rstrip() + ")" if np.isscalar(found) and isinstance(found, (int, float)) else ""
