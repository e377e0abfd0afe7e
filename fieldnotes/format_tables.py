"""Tables of text as instruments and networks write them, and what can be wrong with them, for ``formats``."""

import re
from pathlib import Path

from fieldnotes import errors

MISSING = ["-9999", "-9999.0"]


def parse(path, **how):
    """Return a table of text, -9999 as missing; SchemaChanged names decimal commas for what they are."""
    import pandas as pd

    path = Path(path)
    if not path.is_file():
        raise errors.NotFound(f"There is no file {path}.")
    start = path.read_text(encoding="utf-8", errors="replace")[:20_000] if path.suffix != ".gz" else ""
    if how.get("sep", ",") == "," and re.search(r"^[^\n]*;[^\n]*\n(?:[^\n]*\n)?-?\d+(?:,\d+)?;", start):
        sentence = f"{path} has semicolons between columns, as a German spreadsheet writes them with decimal commas"
        raise errors.SchemaChanged(f"{sentence}: export it with commas between columns and decimal points.")
    try:
        return pd.read_csv(path, na_values=MISSING, skipinitialspace=True, low_memory=False, **how)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, EOFError) as error:
        raise errors.Corrupt(f"{path} is not a table of text: it is broken, or in another format.") from error


def require(names, data, path):
    missing = [name for name in names if name not in data]
    if missing:
        first = ", ".join(list(map(str, data))[:8])
        raise errors.SchemaChanged(f"{path} has no {missing[0]!r}; it begins with {first}: is it another version?")


def numbers(table, path):
    """Return a table as numbers; SchemaChanged names the column and the first text in it."""
    import pandas as pd

    numbers = table.apply(pd.to_numeric, errors="coerce").astype("float64")
    for column in table:
        texts = table[column][numbers[column].isna() & table[column].notna()]
        if len(texts):
            hint = ": write decimal points" if re.fullmatch(r"-?\d+,\d+", str(texts.iloc[0])) else ""
            raise errors.SchemaChanged(f"{path}: {column!r} holds {texts.iloc[0]!r}, which is no number{hint}.")
    return numbers


def times(texts, form, utc_offset, path):
    """Return time stamps of a clock that is ``utc_offset`` hours ahead of UTC, in UTC."""
    import pandas as pd

    try:
        time = pd.to_datetime(texts, format=form)
    except (ValueError, TypeError) as error:
        wanted = {"%Y%m%d%H%M": "yyyymmddHHMM"}.get(form, form)
        first = texts[pd.to_datetime(texts, format=form, errors="coerce").isna()].iloc[0]
        zone = " and without a zone" if re.search(r"(Z|[+-]\d\d:?\d\d)$", str(first)) else ""
        raise errors.SchemaChanged(f"{path} has the time {first!r}; wanted is {wanted}{zone}.") from error
    if time.dt.tz is not None:
        raise errors.SchemaChanged(f"{path} has the time {texts.iloc[0]!r}; wanted is a time without a zone.")
    shifted = (time - pd.Timedelta(hours=utc_offset)).dt.tz_localize("UTC").dt.as_unit("ns")
    if shifted.duplicated().any():
        raise errors.SchemaChanged(f"{path} has the time {texts[shifted.duplicated()].iloc[0]!r} twice.")
    return shifted.rename("time")
