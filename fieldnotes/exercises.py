"""Exercises that answer at once, and lead to the answer without telling it."""

from collections import Counter

_attempts = Counter()


class NotYet(AssertionError):
    """An answer that is not right yet; a notebook shows its sentence without a traceback."""

    def _render_traceback_(self):
        return [f"Not yet. {self}"]


def check(exercise, answer, expected, unit="", rel=0.01, hints=(), mistakes=()):
    """Say whether an answer is right; if not, give the next hint, and never the answer.

    Parameters
    ----------
    exercise : the exercise's short name. Hints come one by one for as long as its answer stays wrong.
    answer : what the reader found: a number, a quantity with a unit (pint), a text, a truth value or a collection.
    expected : the right answer, computed in the notebook so that it holds for other parameters too.
    unit : what a plain number is counted in, such as ``"gC m-2"``; a quantity is converted to it.
    rel : how far a number may be off, as a fraction of the right one.
    hints : sentences that help, from gentle to plain.
    mistakes : pairs of a wrong answer that people find and the sentence that mends the thought behind it.

    Raises
    ------
    NotYet : when the answer is missing, has another unit, or is wrong.
    """
    if answer is ... or answer is None:
        raise NotYet(f"{exercise}: put your answer in place of the dots, then run this cell again.")
    found = _in_unit(answer, unit, exercise)
    if _same(found, expected, rel):
        _attempts.pop(exercise, None)
        print(f"{exercise}: right. {_told(found, unit)}".rstrip())
        return
    known = [sentence for wrong, sentence in mistakes if _same(found, wrong, rel)]
    raise NotYet(f"{exercise}: {known[0] if known else _next_hint(exercise, hints)}")


def _in_unit(answer, unit, exercise):
    """Return a quantity as a plain number of ``unit``; other answers as they are."""
    if not hasattr(answer, "dimensionality"):
        return answer
    import pint

    try:
        return answer.to(answer._REGISTRY.parse_units(unit)).magnitude
    except pint.DimensionalityError as error:
        raise NotYet(f"{exercise}: the answer is counted in {unit or 'no unit'}, yours in {answer.units}.") from error


def _same(found, expected, rel):
    """Tell whether two answers agree: numbers within ``rel``, anything else exactly."""
    import numpy as np

    try:
        found, expected = np.asarray(found, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return found == expected if np.isscalar(found) else list(found) == list(expected)
    return found.shape == expected.shape and bool(np.allclose(found, expected, rtol=rel, atol=0, equal_nan=False))


def _next_hint(exercise, hints):
    stage = min(_attempts[exercise], len(hints) - 1)
    _attempts[exercise] += 1
    return hints[stage] if hints else "look again at the question and its unit."


def _told(found, unit):
    import numpy as np

    return f"({found:.4g} {unit}".rstrip() + ")" if np.isscalar(found) and isinstance(found, (int, float)) else ""
