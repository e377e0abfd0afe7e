"""Exercises that answer at once, and lead to the answer without telling it."""

import math
import os
import re
import warnings
from collections import Counter
from dataclasses import asdict, dataclass

MIME = "application/vnd.fieldnotes+json"  # an output of this kind notes the answer that a check saw
MOST = 10_000  # values of one answer
NOT_FINITE = "the answer is, or holds, something that is not a number (NaN or infinite): a missing value"
NEARLY = 1e-3  # within this fraction, an answer is right to three digits

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

    def recognise(self, answer):
        """Return "" for the right answer, the sentence for a known mistake, and None for anything else."""
        for known, rel, sentence in self.known():
            if _same(answer, known, rel):
                return sentence
        return None

    def known(self):
        """Return the answers that have a sentence of their own, how far off each may be, and the sentence."""
        expected = plain(self.expected)
        answers = [(expected, self.rel, "")]
        answers += [(plain(wrong), self.rel, sentence) for wrong, sentence in self.mistakes]
        if 0 < self.rel < NEARLY and kind(expected) != "text":
            answers.append((expected, NEARLY, "Right to three digits: give more digits."))
        return answers

    @property
    def kind(self):
        """What the answer is: ``"text"``, ``"a number"``, or ``"3 numbers"``."""
        return kind(plain(self.expected))


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

    In a notebook, the answer is noted in an output beside the verdict, so that it can be graded from the file.

    Parameters
    ----------
    exercise : the exercise's short name. Hints come one by one for as long as its answer stays wrong.
    answer : what the reader found: a number, a quantity with a unit (pint), a text, a truth value or a collection; or
        ``...``, which is no answer yet and stops nothing.
    expected : the right answer, computed in the notebook so that it holds for other parameters too; or, in a notebook
        handed out as an assignment, the sealed question (:mod:`fieldnotes.seals`), which brings all that follows.
    unit : what a plain number is counted in, such as ``"gC m-2"``; a quantity is converted to it.
    rel : how far a number may be off, as a fraction of the right one.
    hints : sentences that help, from gentle to plain.
    mistakes : pairs of a wrong answer that people find and the sentence that mends the thought behind it.

    Raises
    ------
    NotYet : when the answer has another unit, or is wrong.
    """
    question = expected if hasattr(expected, "recognise") else Question(expected, unit, rel, hints, mistakes)
    if answer is ...:
        _note(exercise, None, "no answer yet.", question)
        if "FIELDNOTES_ANSWERS" not in os.environ:
            print(f"{exercise}: no answer yet.")
        return
    value, problem = read(answer, question.unit)
    _note(exercise, value, problem, question)
    if "FIELDNOTES_ANSWERS" in os.environ:  # a teacher's program collects answers, and judges them elsewhere
        return
    sentence = problem or question.recognise(value)
    note = {"exercise": exercise, "answer": value, "problem": problem}
    if sentence == "":
        _attempts.pop(exercise, None)
        _say(f"{exercise}: right. {_stated(value, question.unit)}".rstrip(), note)
        return
    _say("", note)
    sentence = sentence or mismatch(value, question) or _next_hint(exercise, question) + tolerance(value, question)
    raise NotYet(f"{exercise}: {sentence}")


def read(answer, unit=""):
    """Return an answer as a plain value in the wanted unit, and None; or None, and why it cannot be right.

    Students' checks and the teacher's program compare the same value: a number, a text, or a list of them.
    """
    if answer is None:
        return None, "the answer is None, which is what print(...) and an empty function give: name the value itself."
    if hasattr(answer, "dimensionality"):
        import pint

        try:
            answer = answer.to(_unit(answer._REGISTRY, unit)).magnitude
        except pint.DimensionalityError:
            return None, f"the answer is counted in {unit or 'no unit'}, yours in {answer.units}."
    try:
        value = plain(answer, unit)
    except ValueError as problem:
        return None, str(problem)
    return (value, None) if _finite(value) else (None, f"{NOT_FINITE} went into it, or a division by zero.")


def plain(answer, unit=""):
    """Return an answer as numbers, texts and lists of them; raise ValueError, in words, where it is something else.

    Whatever NumPy takes for a number is one (decimals, fractions, truth values, complex numbers without an imaginary
    part), and so is text with nothing but a number and the unit. A collection of one value is that value.
    """
    import numpy as np

    if isinstance(answer, str):
        return _number_in(answer, unit)
    if isinstance(answer, int) and not isinstance(answer, bool) and abs(answer) > MOST**4:
        answer = float(answer) if abs(answer) < 1e308 else math.inf
    if hasattr(answer, "isoformat"):
        return _date(str(answer))
    if callable(answer) and not hasattr(answer, "__array__"):
        raise ValueError("the answer is a function: call it, with brackets behind its name.")
    if isinstance(answer, (set, frozenset)):
        answer = sorted(answer, key=str)
    try:
        values = np.asarray(answer)
    except ValueError:
        raise ValueError("the answer is a list whose rows have different lengths.") from None
    if values.size > MOST:
        raise ValueError(f"the answer holds {values.size:,} values, far more than the question asks for.")
    return _plain_array(values, type(answer).__name__)


def _plain_array(values, name):
    import numpy as np

    if values.dtype.kind == "M":
        values = np.vectorize(_date, otypes=[object])(values.astype(str))
    elif values.dtype.kind == "O" and all(hasattr(one, "isoformat") for one in values.ravel()):
        values = np.vectorize(lambda one: _date(str(one)), otypes=[object])(values)
    elif values.dtype.kind not in "biufU" and not all(isinstance(one, str) for one in values.ravel()):
        values = _numbers(values, name)
    return values.ravel()[0:1].tolist()[0] if values.size == 1 else values.tolist()


def _numbers(values, name):
    """Return an array as floating-point numbers; raise ValueError, in words, where it has none."""
    import numpy as np

    if values.dtype.kind == "c" and np.any(values.imag):
        raise ValueError("the answer is a complex number.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
            return values.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"the answer is of the kind {name}, and neither a number nor text.") from None


def _number_in(text, unit):
    """Return the number in a text that has nothing but a number and its unit; else the text."""
    number = text.strip().removesuffix(unit).strip() if unit else text.strip()
    try:
        return float(number) if re.search(r"\d", number) else text
    except ValueError:
        return _date(text)


def _date(text):
    """Return a date without the midnight that pandas and NumPy write behind it."""
    return re.sub(r"(?<=\d\d\d\d-\d\d-\d\d)[T ]00:00:00(\.0+)?$", "", text)


def _finite(value):
    import numpy as np

    values = np.asarray(value)
    return values.dtype.kind not in "fiu" or bool(np.isfinite(values).all())


def kind(value):
    """Return what a plain value is, in words."""
    import numpy as np

    if isinstance(value, bool):
        return "True or False"
    values = np.asarray(value)
    what = "text" if values.dtype.kind == "U" else "number"
    if values.ndim == 0:
        return "text" if what == "text" else "a number"
    return f"{values.size} {what}s"


def mismatch(value, question):
    """Return a sentence if an answer is of another kind than the right one, else nothing."""
    found = kind(value)
    if found != question.kind and not (found == "True or False" and question.kind == "a number"):
        return f"the answer should be {question.kind}, and yours is {found}."
    if found == "True or False":
        return "the answer should be a number, and yours is True or False."
    return ""


def _unit(registry, text):
    """Return a unit as we write it, ``gC m-2``, in the words of pint: a gram of carbon is a gram, m-2 is m**-2."""
    return registry.parse_units(re.sub(r"(?<=[A-Za-z])(-?\d+)", r"**\1", text.replace("gC", "g")).replace(" ", "*"))


def _note(exercise, value, problem, question):
    """Add a line of JSON to the file that the environment names: the answer, and what is known of the question."""
    import json

    if "FIELDNOTES_ANSWERS" not in os.environ:
        return
    known = {}
    if isinstance(question, Question):
        known["question"] = asdict(question) | {
            "expected": plain(question.expected),
            "mistakes": [(plain(wrong), sentence) for wrong, sentence in question.mistakes],
        }
    line = {"exercise": exercise, "answer": value, "problem": problem} | known
    with open(os.environ["FIELDNOTES_ANSWERS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _say(text, note):
    """Print a verdict; in a notebook, note the answer beside it."""
    shell = _shell()
    if shell:
        shell.display_pub.publish({"text/plain": text, MIME: note})
    elif text:
        print(text)


def _shell():
    """Return the shell of the notebook that this runs in, or None."""
    try:
        from IPython import get_ipython
    except ModuleNotFoundError:
        return None
    shell = get_ipython()
    return shell if hasattr(shell, "kernel") else None


def _same(answer, expected, rel):
    """Tell whether two plain answers agree: numbers within ``rel``, anything else exactly."""
    import numpy as np

    try:
        found, right = np.asarray(answer, float), np.asarray(expected, float)
    except (TypeError, ValueError, OverflowError):
        return answer == expected
    return found.shape == right.shape and bool(np.allclose(found, right, rtol=rel, atol=0, equal_nan=False))


def _next_hint(exercise, question):
    stage = min(_attempts[exercise], len(question.hints) - 1)
    _attempts[exercise] += 1
    return question.hints[stage] if question.hints else "look again at the question and its unit."


def tolerance(value, question):
    """Return how near is near enough, where that is a matter of degree."""
    gradual = question.rel and not isinstance(value, str)
    return f" (A number within {100 * question.rel:g} % counts as right.)" if gradual else ""


def _stated(value, unit):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"({value:.4g} {unit}".rstrip() + ")" if is_number else ""
