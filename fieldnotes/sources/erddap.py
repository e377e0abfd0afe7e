"""Grids from an ERDDAP server (griddap), as one netCDF file.

``live = { source = "erddap", dataset = "jplMURSST41", variables = { sst = "analysed_sst" }, ranges = [["2018-07-01",
"2018-07-31", 1], [54, 56, 5], [10, 14, 5]] }``: ``variables`` maps promised names to the server's, and ``ranges`` gives
first, last and stride along each axis, in the order of the server's axes, which is nearly always time, lat, lon.
"""

from fieldnotes import errors
from fieldnotes.sources import _http, provenance

SERVER = "https://coastwatch.pfeg.noaa.gov/erddap"
NAMES = {"latitude": "lat", "longitude": "lon"}
UNITS = {
    "degree_C": "degC",
    "degrees_C": "degC",
    "Celsius": "degC",
    "celsius": "degC",
    "kelvin": "K",
    "m s^-1": "m s-1",
}


def read(name, entry):
    """Return the grid with promised names and units; axes of one value that are not promised are dropped."""
    variables = entry["live"]["variables"]
    path, headers = _fetch(entry["live"])
    data = _open(path)
    missing = [column for column in variables.values() if column not in data]
    if missing:
        raise errors.SchemaChanged(f"{name!r}: ERDDAP sent no variable {missing[0]!r}, only {', '.join(data)}.")
    data = data.rename({there: here for here, there in variables.items()})
    data = data.rename({there: here for there, here in NAMES.items() if there in data.coords})
    for column in variables:
        data[column].attrs["units"] = UNITS.get(data[column].attrs.get("units"), data[column].attrs.get("units"))
    data = data.squeeze(
        [axis for axis, size in data.sizes.items() if size == 1 and axis not in entry["columns"]], drop=True
    )
    return data, _origin(data.attrs, headers["retrieved"])


def download(name, entry):
    """Return the path of the netCDF file."""
    return _fetch(entry["live"])[0]


def _fetch(live):
    axes = "".join(f"[({first}):{stride}:({last})]" for first, last, stride in live["ranges"])
    query = ",".join(f"{variable}{axes}" for variable in live["variables"].values())
    return _http.get(f"{live.get('server', SERVER)}/griddap/{live['dataset']}.nc?{query}", check=_open)


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
    return provenance(retrieved, credit or None, attrs.get("license"), attrs.get("doi"))
