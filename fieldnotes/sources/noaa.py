"""Trends of NOAA's Global Monitoring Laboratory (GML): text files with a ``#`` header, weekly, monthly or daily.

``live = { source = "noaa", file = "co2/co2_weekly_mlo.txt", shift = "3D" }``: ``shift`` is added to the file's dates,
which are the first day of a week or month. A line is year, month, day (not in monthly files), decimal year, mole
fraction, and further columns, of which ``further = { co2_adjusted = 5 }`` reads the fifth. A mole fraction below zero
(-999.99, -99.99) stands for a missing one. The header names the unit.
"""

import re

from fieldnotes import entries, errors
from fieldnotes.sources import _http, _units, provenance

SERVER = "https://gml.noaa.gov/webdata/ccgg/trends"
HOSTS = ("noaa.gov",)
CREDIT = "NOAA Global Monitoring Laboratory, Boulder, Colorado, USA (https://gml.noaa.gov/ccgg/trends/)"
LICENCE = "freely available; GML asks for a credit"  # "USE OF NOAA GML DATA" in the header of each file
UNIT = re.compile(r"\b(ppm|ppb|ppt)\b")


def read(name, entry):
    """Return a table of time and the entry's quantities, in the promised unit."""
    path, headers = _fetch(entry["live"])
    lines = _lines(path)
    dates = 3 if (lines.iloc[:, 2:3] % 1 == 0).all(axis=None) else 2  # with a day, or without
    _require_decimal_year(name, lines, dates)
    table, unit = _table(name, lines, dates, entry), _unit(path)
    for quantity in table.columns.drop("time"):
        promised = entries.unit(entry["columns"][quantity])
        table[quantity] = _units.convert(table[quantity], unit, promised, name, quantity)
    return table, provenance(headers["retrieved"], CREDIT, LICENCE)


def download(name, entry):
    """Return the path of the text file."""
    return _fetch(entry["live"])[0]


def _fetch(live):
    address = f"{live.get('server', SERVER)}/{live['file']}"
    return _http.get(address, accept="text/plain", check=_lines, hosts=HOSTS)


def _lines(path):
    import pandas as pd

    try:
        lines = pd.read_csv(path, comment="#", header=None, sep=r"\s+").astype("float64")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if text[:1].isalpha() and re.search(r"\d", text):
            first = text.splitlines()[0][:60]
            sentence = f"NOAA's file begins with {first!r}, not with a header of # lines: is it another file?"
            raise errors.SchemaChanged(sentence) from error
        raise errors.Corrupt("The answer of NOAA is not a table of numbers: load it again.") from error
    if lines.isna().any(axis=None):
        raise errors.Corrupt("The answer of NOAA ends in the middle of a line: load it again.")
    return lines


def _unit(path):
    """Return the unit that the header names, or None."""
    with path.open(encoding="utf-8", errors="replace") as file:
        header = "".join(line for line in file if line.startswith("#"))
    units = UNIT.findall(header)
    return units[-1] if units else None


def _require_decimal_year(name, lines, dates):
    """Refuse a file whose columns have moved: the decimal year must agree with year and month."""
    middle_of_month = lines[0] + (lines[1] - 0.5) / 12
    if lines.shape[1] <= dates + 1 or (lines[dates] - middle_of_month).abs().max() > 0.06:
        raise errors.SchemaChanged(f"{name!r}: column {dates + 1} of NOAA's file, 'decimal', is not the decimal year.")


def _table(name, lines, dates, entry):
    import pandas as pd

    live = entry["live"]
    day = lines[2] if dates == 3 else 1
    time = pd.to_datetime({"year": lines[0], "month": lines[1], "day": day}, utc=True)
    places = {next(column for column in entry["columns"] if column != "time"): dates + 2} | live.get("further", {})
    if max(places.values()) > lines.shape[1]:
        raise errors.SchemaChanged(f"{name!r}: NOAA's file has {lines.shape[1]} columns, not {max(places.values())}.")
    values = {column: lines[place - 1].where(lines[place - 1] >= 0) for column, place in places.items()}
    return pd.DataFrame({"time": time + pd.Timedelta(live.get("shift", "0D"))} | values)
