"""Grids from an ERDDAP server (griddap), as one netCDF file.

``live = { source = "erddap", dataset = "jplMURSST41", variables = { sst = "analysed_sst" }, ranges
= [["2018-07-01", "2018-07-31", 1], [54, 56, 5], [10, 14, 5]] }``: ``variables`` maps promised names
to the server's, and ``ranges`` gives first, last and stride along each axis, in the order of the
server's axes, which is nearly always time, lat, lon. ``hosts`` names the domains of other ERDDAP
servers to which this one may redirect.
"""

from fieldnotes import errors
from fieldnotes.sources import _grids, _http, provenance

SERVER = "https://coastwatch.pfeg.noaa.gov/erddap"
HOSTS = ("noaa.gov",)  # an ERDDAP redirects to the one that owns the data set


def read(name, entry):
    """Return the grid with promised names, units and axes."""
    path, headers = _fetch(entry["live"])
    data = _open(path)
    tidy = _grids.tidy(data, entry["live"]["variables"], name, entry)
    return tidy, _origin(data.attrs, headers["retrieved"])


def download(name, entry):
    """Return the path of the netCDF file."""
    return _fetch(entry["live"])[0]


def _fetch(live):
    axes = "".join(f"[({first}):{stride}:({last})]" for first, last, stride in live["ranges"])
    query = ",".join(f"{variable}{axes}" for variable in live["variables"].values())
    address = f"{live.get('server', SERVER)}/griddap/{live['dataset']}.nc?{query}"
    return _http.get(address, check=_open, hosts=(*HOSTS, *live.get("hosts", ())))


def _open(path):
    import xarray as xr

    try:
        return xr.load_dataset(path, engine="netcdf4")
    except (OSError, ValueError, RuntimeError) as error:
        raise errors.Corrupt("The answer of ERDDAP is not a whole netCDF file: load it again.") from error


def _origin(attrs, retrieved):
    """Return the provenance from the global attributes that ERDDAP asks every data set to have."""
    maker = attrs.get("creator_name") or attrs.get("institution")
    credit = ", ".join(filter(None, (maker, attrs.get("title"), attrs.get("infoUrl"))))
    title = {"title": attrs["title"]} if attrs.get("title") else {}
    return provenance(retrieved, credit or None, attrs.get("license"), attrs.get("doi"), **title)
