"""Half-hourly ecosystem fluxes of an ICOS station, from the Zarr store of FLUXNET products.

``live = { source = "fluxnet", station = "SE-Htm", start = "2019-01-01", end = "2021-01-01",
utc_offset = 1, variables = { ta = { name = "TA_F" }, nee = { name = "NEE", measured = "NEE_QC",
ustar_threshold = "VUT", nee_variant = "REF" } } }``. ``name`` is the array in the store, and
``measured`` the array of its quality flag, of which 0 is kept; every other key picks a label of an
axis. ``optional`` lists promised columns that a station may lack, and which then are NaN.

Layout from the public code that fills the store: ``NEE(time, ustar_threshold, nee_variant)``,
``GPP`` and ``RECO`` with ``partition_method`` besides, ``TS`` and ``SWC`` by ``soil_layer``, the
others by time alone; time is the start of the half-hour in the station's winter time,
``utc_offset`` hours ahead of UTC. ``start`` and ``end`` (exclusive) are such times, and columns are
stamped in UTC at the end of the half-hour.
"""

from fieldnotes import entries, errors
from fieldnotes.sources import _cache, _http, _ranges, _units, provenance

SERVER = "https://zarr.icos-cp.eu/icos-fluxnet.zarr"
HOSTS = ("icos-cp.eu",)
LICENCE = "CC-BY-4.0"  # https://www.icos-cp.eu/data-services/about-data-portal/data-license
HALF_HOUR = "30min"
SPELLINGS = {"umolCO2 m-2 s-1": "umol m-2 s-1", "umolCO2m-2s-1": "umol m-2 s-1"}


def read(name, entry):
    """Return a table of the promised columns, and what the station's group says of its origin."""
    path, headers = _fetch(name, entry)
    doi = (headers["doi"] or "").removeprefix("https://doi.org/") or None
    return _open(path), provenance(headers["retrieved"], headers["credit"], LICENCE, doi, title=headers["title"])


def download(name, entry):
    """Return the path of the table that was read from the store, parquet."""
    return _fetch(name, entry)[0]


def _fetch(name, entry):
    live = entry["live"]
    address = f"{live.get('server', SERVER)}/{live['station']}"
    question = f"fluxnet {address} {sorted(live.items(), key=str)}"
    return _cache.keep(question, lambda path: _write(name, entry, address, path), check=_open)


def _open(path):
    import pandas as pd
    import pyarrow

    try:
        return pd.read_parquet(path)
    except (pyarrow.ArrowInvalid, OSError, ValueError) as error:
        raise errors.Corrupt("The table in the cache is not a whole parquet file: load it again.") from error


def _write(name, entry, address, path):
    import xarray as xr

    try:
        group = xr.open_zarr(_ranges.store(address, HOSTS), consolidated=True, chunks=None)
        table = _table(name, entry, group)
    except FileNotFoundError as error:
        raise errors.NotFound(f"{name!r}: there is no station at {address}.") from error
    table.to_parquet(path, index=False)
    title = f"Fluxes at {entry['live']['station']}, half-hourly, ICOS FLUXNET product"
    credit = group.attrs.get("citation") or group.attrs.get("PartOfDataset")
    if not credit:
        raise errors.SchemaChanged(f"{name!r}: the group of {entry['live']['station']} names no 'citation'.")
    stated = {"credit": credit, "doi": group.attrs.get("source_doi"), "title": title}
    return stated | {"retrieved": _http.today()}


def _table(name, entry, group):
    import pandas as pd

    live = entry["live"]
    if "time" not in group:
        raise errors.SchemaChanged(f"{name!r}: the group of {live['station']} has no 'time'.")
    last = pd.Timestamp(live["end"]) - pd.Timedelta(HALF_HOUR)
    group = group.sel(time=slice(live["start"], last))
    if not group.sizes["time"]:
        period = f"from {live['start']} to {live['end']}"
        raise errors.NotFound(f"{name!r}: {live['station']} has no half-hours {period}.")
    time = group.get_index("time").tz_localize("UTC") - pd.Timedelta(hours=live["utc_offset"])
    columns = {column: _column(name, column, wanted, group, entry) for column, wanted in live["variables"].items()}
    return pd.DataFrame({"time": time + pd.Timedelta(HALF_HOUR)} | columns)


def _column(name, column, wanted, group, entry):
    """Return one column in the promised unit."""
    import numpy as np

    labels = {axis: label for axis, label in wanted.items() if axis not in ("name", "measured")}
    arrays = [wanted["name"], *([wanted["measured"]] if "measured" in wanted else [])]
    missing = [array for array in arrays if array not in group]
    if missing and column in entry["live"].get("optional", []):
        return np.full(group.sizes["time"], np.nan)
    if missing:
        listed = ", ".join(group.data_vars)
        raise errors.SchemaChanged(f"{name!r}: the store has no {missing[0]!r} for {column!r}, only {listed}.")
    try:
        values, *flags = [group[array].sel(labels) for array in arrays]
    except KeyError as error:
        raise errors.SchemaChanged(f"{name!r}: {wanted['name']!r} has no part {labels}.") from error
    stated = values.attrs.get("units")
    values = values.where(flags[0] == 0) if flags else values
    promised = entries.unit(entry["columns"][column])
    return _units.convert(values.values, SPELLINGS.get(stated, stated), promised, name, column)
