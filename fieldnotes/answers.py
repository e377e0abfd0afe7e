"""An answer as a plain value, alike for a student's check and the teacher's program, and its kind in words."""

import math
import re
import warnings

MOST = 10_000  # values of one answer
NOT_FINITE = "the answer is, or holds, something that is not a number (NaN or infinite): a missing value"


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


def same(answer, expected, rel):
    """Tell whether two plain answers agree: numbers within ``rel``, anything else exactly."""
    import numpy as np

    try:
        found, right = np.asarray(answer, float), np.asarray(expected, float)
    except (TypeError, ValueError, OverflowError):
        return answer == expected
    return found.shape == right.shape and bool(np.allclose(found, right, rtol=rel, atol=0, equal_nan=False))
