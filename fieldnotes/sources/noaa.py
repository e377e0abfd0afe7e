"""Text files of NOAA: trends of the Global Monitoring Laboratory (GML), and indices of the Climate
Prediction Center.

GML: ``live = { source = "noaa", file = "co2/co2_weekly_mlo.txt", shift = "3D" }``: weekly, monthly
or daily; ``shift`` is added to the file's dates, which are the first day of a week or month. After
a header of ``#`` lines, a line is year, month, day (not in monthly files), decimal year, mole
fraction, and columns that are not read. A mole fraction below zero (-999.99, -99.99) stands for a
missing one. The header names the unit.

CPC: ``live = { source = "noaa", server = "https://www.cpc.ncep.noaa.gov/data/indices", file =
"ersst5.nino.mth.91-20.ascii", column = "NINO1+2", unit = "degC" }``: ``column`` is named in the
file's first line, after ``YR`` and ``MON``; ``unit`` is what the provider's pages say, as the file
does not; ``credit`` names its makers.
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
    """Return a table of time and the entry's one quantity, in the promised unit."""
    live = entry["live"]
    path, headers = _fetch(live)
    if "column" in live:
        table, unit = _index(name, path, entry), live.get("unit")
        origin = live.get("credit", "NOAA Climate Prediction Center"), "public domain"
    else:
        lines = _lines(path)
        dates = 3 if (lines.iloc[:, 2:3] % 1 == 0).all(axis=None) else 2  # with a day, or without
        _require_decimal_year(name, lines, dates)
        table, unit = _table(lines, dates, entry), _unit(path)
        origin = CREDIT, LICENCE
    quantity = _quantity(entry)
    promised = entries.unit(entry["columns"][quantity])
    table[quantity] = _units.convert(table[quantity], unit, promised, name, quantity)
    return table, provenance(headers["retrieved"], *origin)


def download(name, entry):
    """Return the path of the text file."""
    return _fetch(entry["live"])[0]


def _fetch(live):
    check = _index_lines if "column" in live else _lines
    address = f"{live.get('server', SERVER)}/{live['file']}"
    return _http.get(address, accept="text/plain", check=check, hosts=HOSTS)


def _quantity(entry):
    return next(column for column in entry["columns"] if column != "time")


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


def _table(lines, dates, entry):
    import pandas as pd

    day = lines[2] if dates == 3 else 1
    time = pd.to_datetime({"year": lines[0], "month": lines[1], "day": day}, utc=True)
    values = lines[dates + 1].where(lines[dates + 1] >= 0)
    shift = pd.Timedelta(entry["live"].get("shift", "0D"))
    return pd.DataFrame({"time": time + shift, _quantity(entry): values})


def _index_lines(path):
    import pandas as pd

    try:
        lines = pd.read_csv(path, sep=r"\s+")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise errors.Corrupt("The answer of NOAA is not a table: load it again.") from error
    numeric = all(pd.api.types.is_numeric_dtype(kind) for kind in lines.dtypes)
    if not numeric or lines.isna().any(axis=None):
        raise errors.Corrupt("The answer of NOAA ends in the middle of a line, or is no table: load it again.")
    return lines


def _index(name, path, entry):
    import pandas as pd

    lines, region = _index_lines(path), entry["live"]["column"]
    missing = [column for column in ("YR", "MON", region) if column not in lines]
    if missing:
        listed = ", ".join(lines.columns)
        raise errors.SchemaChanged(f"{name!r}: NOAA's file has no column {missing[0]!r}, only {listed}.")
    time = pd.to_datetime({"year": lines["YR"], "month": lines["MON"], "day": 1}, utc=True)
    return pd.DataFrame({"time": time, _quantity(entry): lines[region].where(lines[region] > -99)})
