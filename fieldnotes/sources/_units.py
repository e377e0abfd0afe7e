"""Units as providers spell them, compared with the promised ones, and converted."""

import re
from functools import cache

from fieldnotes import errors

SPELLINGS = {  # as servers write them, and as pint reads them
    "deg_C": "degC",
    "Deg C": "degC",
    "degree_C": "degC",
    "degrees_C": "degC",
    "degree_Celsius": "degC",
    "degrees_Celsius": "degC",
    "Celsius": "degC",
    "celsius": "degC",
    "C": "degC",
    "Kelvin": "kelvin",
    "K": "kelvin",
    "Mg/ha": "megagram / hectare",
    "%": "percent",
    "Mg ha-1": "megagram / hectare",
    "count": "",
    "1": "",
}


def convert(values, stated, promised, name, column):
    """Return values in the promised unit; None or an empty text states no unit, and nothing is
    converted.

    Raises SchemaChanged for a unit that cannot become the promised one.
    """
    import pint

    if not stated or stated == promised:
        return values
    try:
        ours, theirs = _registry().Unit(_spelled(promised)), _registry().Unit(_spelled(stated))
        if ours == theirs:
            return values
        zero, unity = (_registry().Quantity(number, theirs).to(ours).magnitude for number in (0.0, 1.0))
    except (pint.PintError, ValueError, TypeError, AttributeError) as error:
        sentence = f"{name!r}: {column!r} comes in {stated!r}, not in {promised!r}."
        raise errors.SchemaChanged(sentence) from error
    return values * (unity - zero) + zero


def _spelled(unit):
    return SPELLINGS.get(unit.strip(), unit.strip().replace("^", "**"))


@cache
def _registry():
    import pint

    registry = pint.UnitRegistry(preprocessors=[_exponents], on_redefinition="ignore")
    for factor, fraction in {"1e-6": "ppm", "1e-9": "ppb", "1e-12": "ppt"}.items():
        registry.define(f"{fraction} = {factor}")
    return registry


def _exponents(text):
    """Return ``m s-1`` as ``m s**-1``; an underscore or a star before the digits means something
    else.
    """
    return re.sub(r"(?<=[A-Za-z])(-?\d+)", r"**\1", text)
