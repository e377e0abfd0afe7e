"""Exercises that answer at once, and lead to the answer without telling it."""

import os
from collections import Counter
from dataclasses import asdict, dataclass

from fieldnotes.answers import kind, mismatch, plain, read, same

MIME = "application/vnd.fieldnotes+json"  # an output of this kind notes the answer that a check saw
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
            if same(answer, known, rel):
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
