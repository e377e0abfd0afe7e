"""Tables of text at an address that does not change: a provider's own CSV, or columns parted by blanks.

``live = { source = "text", credit = "...", licence = "...", files = [{ url = "https://.../nino.ascii", year = "YR",
month = "MON", columns = { sst = "NINO1+2" }, units = { sst = "degC" } }] }``. ``columns`` maps promised names to the
file's, ``year`` and ``month`` name the columns of the date, and ``units`` says what the provider's pages state, as such
files seldom do. Optional are ``separator = ","`` (else blanks), ``skip``, lines before the header, ``names`` where
there is no header, ``comment``, a sign that begins lines to leave out, ``missing``, what stands for no value, and
``shift``, which is added to the first day of the month. Several files are joined by their dates. Years at the end that
have no value yet are left out.
"""

from fieldnotes import entries, errors
from fieldnotes.sources import _http, _units, provenance


def read(name, entry):
    """Return a table of the promised columns, by time or by year."""
    live = entry["live"]
    answers = [_fetch(file, live) for file in live["files"]]
    tables = [_columns(name, path, file, entry) for (path, _), file in zip(answers, live["files"], strict=True)]
    table = tables[0]
    for other in tables[1:]:
        table = table.join(other, how="outer")
    table = table.loc[: table.dropna(how="all").index.max()]
    return table.reset_index(), provenance(answers[0][1]["retrieved"], live["credit"], live["licence"], live.get("doi"))


def download(name, entry):
    """Return the path of the provider's file; NotFound where there are several."""
    files = entry["live"]["files"]
    if len(files) > 1:
        raise errors.NotFound(f'{name!r} has no single live file: load({name!r}, "live") joins {len(files)}.')
    return _fetch(files[0], entry["live"])[0]


def _fetch(file, live):
    hosts = live.get("hosts", ())
    address = file["url"] if "server" not in live else f"{live['server']}/{file['url'].rpartition('/')[2]}"
    return _http.get(address, accept="text/plain, text/csv, */*", check=lambda path: _lines(path, file), hosts=hosts)


def _lines(path, file):
    import pandas as pd

    try:
        lines = pd.read_csv(
            path,
            sep=file.get("separator", r"\s+"),
            skiprows=file.get("skip", 0),
            comment=file.get("comment"),
            names=file.get("names"),
            na_values=file.get("missing"),
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise errors.Corrupt(f"The answer of {file['url']} is not a table: load it again.") from error
    lines.columns = [str(column).strip() for column in lines]
    wanted = [column for column in (file["year"], file.get("month"), *file["columns"].values()) if column in lines]
    numbers = lines[wanted].apply(pd.to_numeric, errors="coerce")
    if (numbers.isna() & lines[wanted].notna()).any(axis=None) or lines.iloc[-1:][wanted[:1]].isna().any(axis=None):
        raise errors.Corrupt(f"The answer of {file['url']} has words where numbers were expected: load it again.")
    if len(lines) and lines.iloc[-1].isna().any() and not file.get("missing"):
        raise errors.Corrupt(f"The answer of {file['url']} ends in the middle of a line: load it again.")
    return lines


def _columns(name, path, file, entry):
    """Return the promised columns of one file, by time or by year."""
    import pandas as pd

    lines, columns = _lines(path, file), file["columns"]
    dates = [file["year"], *([file["month"]] if "month" in file else [])]
    missing = [column for column in (*dates, *columns.values()) if column not in lines]
    if missing:
        listed = ", ".join(lines)
        raise errors.SchemaChanged(f"{name!r}: {file['url']} has no column {missing[0]!r}, only {listed}.")
    table = lines[list(columns.values())].set_axis(list(columns), axis=1).astype("float64")
    for column, stated in file.get("units", {}).items():
        promised = entries.unit(entry["columns"][column])
        table[column] = _units.convert(table[column], stated, promised, name, column)
    if "time" not in entry["columns"]:
        return table.set_index(lines[file["year"]].astype("int64").rename("year"))
    month = lines[file["month"]] if "month" in file else 1
    time = pd.to_datetime({"year": lines[file["year"]], "month": month, "day": 1}, utc=True)
    return table.set_index((time + pd.Timedelta(file.get("shift", "0D"))).rename("time"))
