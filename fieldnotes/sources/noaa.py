"""Trends of NOAA's Global Monitoring Laboratory (GML): text files with a ``#`` header, weekly, monthly or daily.

``live = { source = "noaa", file = "co2/co2_weekly_mlo.txt", shift = "3D" }``: ``shift`` is added to the file's dates,
which are the first day of a week or month. A line is year, month, day (but for monthly files), decimal year, mole
fraction, and columns that are not read. A mole fraction below zero (-999.99, -99.99) stands for a missing one.
"""

from fieldnotes import errors
from fieldnotes.sources import _http, provenance

SERVER = "https://gml.noaa.gov/webdata/ccgg/trends"
CREDIT = "NOAA Global Monitoring Laboratory, Boulder, Colorado, USA (https://gml.noaa.gov/ccgg/trends/)"
LICENCE = "freely available; GML asks for a credit"  # "USE OF NOAA GML DATA" in the header of each file


def read(name, entry):
    """Return a table of time and the entry's one quantity, in the file's own unit (ppm for CO2)."""
    path, headers = _fetch(entry["live"])
    lines = _lines(path)
    dates = 3 if (lines.iloc[:, 2:3] % 1 == 0).all(axis=None) else 2  # year, month and day, or year and month
    _require_decimal_year(name, lines, dates)
    return _table(lines, dates, entry), provenance(headers["retrieved"], CREDIT, LICENCE)


def download(name, entry):
    """Return the path of the text file."""
    return _fetch(entry["live"])[0]


def _fetch(live):
    return _http.get(f"{live.get('server', SERVER)}/{live['file']}", accept="text/plain", check=_lines)


def _lines(path):
    import pandas as pd

    try:
        lines = pd.read_csv(path, comment="#", header=None, sep=r"\s+").astype("float64")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise errors.Corrupt("The answer of NOAA is not a table of numbers: load it again.") from error
    if lines.isna().any(axis=None):
        raise errors.Corrupt("The answer of NOAA ends in the middle of a line: load it again.")
    return lines


def _require_decimal_year(name, lines, dates):
    """Refuse a file whose columns have moved: the decimal year must agree with year and month."""
    middle_of_month = lines[0] + (lines[1] - 0.5) / 12
    if lines.shape[1] <= dates + 1 or (lines[dates] - middle_of_month).abs().max() > 0.06:
        raise errors.SchemaChanged(f"{name!r}: column {dates + 1} of NOAA's file, 'decimal', is not the decimal year.")


def _table(lines, dates, entry):
    import pandas as pd

    day = lines[2] if dates == 3 else 1
    time = pd.to_datetime({"year": lines[0], "month": lines[1], "day": day}, utc=True)
    quantity = next(column for column in entry["columns"] if column != "time")
    values = lines[dates + 1].where(lines[dates + 1] >= 0)
    return pd.DataFrame({"time": time + pd.Timedelta(entry["live"].get("shift", "0D")), quantity: values})
