"""Cut-outs of the netCDF files that ESA's Climate Change Initiative keeps at CEDA, read in byte
ranges.

``live = { source = "ceda", file =
"biomass/data/agb/maps/v7.0/netcdf/ESACCI-BIOMASS-L4-AGB-MERGED-1000m-fv7.0.nc", variables = { agb =
"agb", agb_sd = "agb_sd" }, box = [13, 56, 14, 57], time = "2020-01-01", credit = "...", doi = "..."
}``: ``box`` is west, south, east, north in degrees, and ``time`` picks one field of a file of many.

A product of one file per day has its day in the address, ``file =
".../%Y/ESACCI-...-%Y%m%d000000.nc"``, with ``days = [["2018-08-01", "2018-08-31"], ...]``, spans of
days, both ends included.

Only the cutouts of a file that hold the box are read, by the byte ranges that the netCDF library asks
for.
"""

from fieldnotes import errors
from fieldnotes.sources import _cache, _grids, _http, _ranges, provenance

SERVER = "https://dap.ceda.ac.uk/neodc/esacci"
HOSTS = ("ceda.ac.uk",)
LICENCE = "open access; ESA CCI terms, https://artefacts.ceda.ac.uk/licences/specific_licences/"


def read(name, entry):
    """Return the cut-outs as one grid with promised names, units and axes."""
    import xarray as xr

    live = entry["live"]
    answers = [_fetch(address, live) for address in _addresses(live)]
    cutouts = [_open(path) for path, _ in answers]
    data = xr.concat(cutouts, "time", join="exact", data_vars="all") if len(cutouts) > 1 else cutouts[0]
    origin = provenance(
        answers[-1][1]["retrieved"],
        _credit(live, cutouts[0].attrs),
        live.get("licence", LICENCE),
        live.get("doi"),
    )
    return _grids.tidy(data, live["variables"], name, entry), origin


def download(name, entry):
    """Return the path of the cut-out, netCDF; NotFound where the entry asks for many files."""
    addresses = _addresses(entry["live"])
    if len(addresses) > 1:
        raise errors.NotFound(f'{name!r} has no single live file: load({name!r}, "live") reads {len(addresses)}.')
    return _fetch(addresses[0], entry["live"])[0]


def _addresses(live):
    import pandas as pd

    address = f"{live.get('server', SERVER)}/{live['file']}"
    days = [day for first, last in live.get("days", []) for day in pd.date_range(first, last)]
    return [day.strftime(address) for day in days] or [address]


def _fetch(address, live):
    question = f"ceda {address} {sorted(live['variables'].values())} {live['box']} {live.get('time')}"
    return _cache.keep(question, lambda path: _cut(address, live, path), check=_open)


def _cut(address, live, path):
    """Write the box of a remote file to ``path``, and return the headers of the answer to be."""
    import requests
    import xarray as xr

    if not _ranges.read(address, 0, 4, HOSTS).startswith((b"\x89HDF", b"CDF")):
        raise errors.Corrupt(f"{address} is not a netCDF file: look at it in a browser.")

    def ask():
        try:
            with xr.open_dataset(f"{address}#mode=bytes", engine="netcdf4") as remote:
                return _box(remote, live, address).load()
        except OSError as error:  # all that the netCDF library says of a lost connection
            raise requests.ConnectionError(str(error)) from error

    data = _http.patiently(ask, address)
    for variable in data.variables.values():
        variable.encoding.clear()  # the chunks of the globe are larger than a box
    data.to_netcdf(path, encoding={name: {"zlib": True} for name in data.data_vars})
    return {"retrieved": _http.today()}


def _box(remote, live, address):
    """Return the wanted variables within the box."""
    missing = [name for name in live["variables"].values() if name not in remote]
    if missing:
        raise errors.SchemaChanged(f"{address} has no variable {missing[0]!r}, only {', '.join(remote.data_vars)}.")
    west, south, east, north = live["box"]
    data = remote[list(live["variables"].values())]
    if "time" in live:
        data = data.sel(time=live["time"])
    return data.isel(lat=_within(data["lat"], south, north), lon=_within(data["lon"], west, east))


def _within(axis, first, last):
    """Return the slice of an axis between two values; NotFound if none is there."""
    import numpy as np

    inside = np.flatnonzero((axis.values >= first) & (axis.values <= last))
    if not len(inside):
        raise errors.NotFound(f"The file has no {axis.name} between {first} and {last}.")
    return slice(inside[0], inside[-1] + 1)


def _open(path):
    import xarray as xr

    try:
        return xr.load_dataset(path, engine="netcdf4")
    except (OSError, ValueError, RuntimeError) as error:
        raise errors.Corrupt("The cut-out in the cache is not a whole netCDF file: load it again.") from error


def _credit(live, attrs):
    return live.get("credit") or ", ".join(filter(None, (attrs.get("institution"), attrs.get("title")))) or None
