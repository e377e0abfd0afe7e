"""Climate at the sea surface by calendar month on a 2-degree grid, from the Debian package ferret-datasets 7.6.0-5.

Member `coads_climatology.cdf`: for each of the 12 months the simple average of all ship reports of 1946-1989 in the
Comprehensive Ocean-Atmosphere Data Set, made by NOAA/PMEL for Ferret; a work of the US government, public domain.
Changed: CF names and units, longitudes from 21..379 to 1..359, months numbered 1 to 12, values packed in steps of
0.01, humidity left out. Cells that no ship reported are missing; a cell may rest on a single report.
"""

import io
from pathlib import Path

import numpy as np
import xarray as xr
from _package import debian, read

SHA256 = "e5770222647ebfe2ab77b845e07a7e05cb6fed7b12dec9ae287a1f8046031744"
VARIABLES = {  # name in the package: our name, unit, CF standard name
    "SST": ("sst", "degC", "sea_surface_temperature"),
    "AIRT": ("air_temperature", "degC", "air_temperature"),
    "SLP": ("sea_level_pressure", "hPa", "air_pressure_at_mean_sea_level"),
    "UWND": ("eastward_wind", "m s-1", "eastward_wind"),
    "VWND": ("northward_wind", "m s-1", "northward_wind"),
    "WSPD": ("wind_speed", "m s-1", "wind_speed"),
}
COMPRESSED = {"zlib": True, "complevel": 9, "shuffle": True}


def make(folder: Path) -> None:
    """Write coads-climatology.nc: six variables by month (1 to 12), lat (degrees_north) and lon (degrees_east)."""
    package = debian("ferret-datasets", "7.6.0-5", SHA256)
    content = io.BytesIO(read(package, "./usr/share/ferret-vis/data/coads_climatology.cdf"))
    source = xr.open_dataset(content, engine="scipy", decode_times=False)[list(VARIABLES)].drop_encoding()
    names = {"TIME": "month", "COADSY": "lat", "COADSX": "lon"} | {old: new for old, (new, _, _) in VARIABLES.items()}
    grid = source.rename(names)
    grid = grid.assign_coords(month=np.arange(1, 13, dtype="int32"), lon=grid["lon"] % 360).sortby("lon")
    grid["month"].attrs = {"long_name": "calendar month"}
    grid["lat"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    grid["lon"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    for name, unit, standard_name in VARIABLES.values():
        grid[name].attrs = {"units": unit, "standard_name": standard_name}
    encoding = {name: {"_FillValue": None} for name in ("lat", "lon")} | {name: _packed(name) for name in grid}
    grid.attrs["Conventions"] = "CF-1.8"
    grid.to_netcdf(folder / "coads-climatology.nc", engine="netcdf4", encoding=encoding)


def _packed(name: str) -> dict:
    """How a variable is stored: 16-bit steps of 0.01 in its own unit, pressure counted from 1000 hPa."""
    offset = 1000.0 if name == "sea_level_pressure" else 0.0
    return {"dtype": "int16", "scale_factor": 0.01, "add_offset": offset, "_FillValue": -32768} | COMPRESSED


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
