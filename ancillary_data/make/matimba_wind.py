"""The wind around Matimba on 25 July 2021, hour by hour, of the ERA5 reanalysis, from ddeq 1.1.

Members `ddeq/data/Matimba_ERA5-sl-20210725.nc` (near the ground) and `ddeq/data/Matimba_ERA5-pl-20210725.nc` (at 12
pressures), cut from the Climate Data Store; CC-BY-4.0. Changed: names, geopotential divided by standard gravity, and
packed in steps of 0.01 m s-1 and 1 m; latitudes from south to north. Left out: temperature, cloud and pressure.
"""

from pathlib import Path

import xarray as xr
from _images import open_netcdf, packed
from _matimba import member

GRAVITY = 9.80665  # m s-2, standard; the convention of ECMWF for geopotential height
AXES = {"valid_time": "time", "pressure_level": "pressure", "latitude": "lat", "longitude": "lon"}
VARIABLES = {  # ours: theirs, unit, long name, step
    "u10": ("u10", "m s-1", "eastward wind 10 m above the ground", 0.01),
    "v10": ("v10", "m s-1", "northward wind 10 m above the ground", 0.01),
    "u100": ("u100", "m s-1", "eastward wind 100 m above the ground", 0.01),
    "v100": ("v100", "m s-1", "northward wind 100 m above the ground", 0.01),
    "boundary_layer": ("blh", "m", "height of the boundary layer above the ground", 1.0),
    "u": ("u", "m s-1", "eastward wind at a pressure", 0.01),
    "v": ("v", "m s-1", "northward wind at a pressure", 0.01),
    "altitude": ("z", "m", "geopotential height of a pressure above the sea", 1.0),
}


def make(folder: Path) -> None:
    """Write matimba-wind.nc: winds (m s-1) and heights (m) by time (hour), lat, lon, and some by pressure (hPa)."""
    ground = open_netcdf(member("Matimba_ERA5-sl-20210725.nc"))
    levels = open_netcdf(member("Matimba_ERA5-pl-20210725.nc"))
    levels["z"] = levels["z"] / GRAVITY
    wind = xr.Dataset()
    for name, (theirs, units, long_name, _) in VARIABLES.items():
        field = (levels if theirs in levels else ground)[theirs].drop_vars(["number", "expver"])
        axes = {axis: AXES[axis] for axis in field.dims}
        wind[name] = field.rename(axes).sortby("lat").assign_attrs(units=units, long_name=long_name)
    wind["lat"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    wind["lon"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    wind["pressure"].attrs = {"units": "hPa", "standard_name": "air_pressure", "positive": "down"}
    encoding = {name: packed(step, fill=-32768) for name, (*_, step) in VARIABLES.items()}
    encoding |= {axis: {"_FillValue": None} for axis in ("lat", "lon", "pressure")}
    encoding["time"] = {"dtype": "int32", "units": "hours since 2021-07-25", "calendar": "standard"}
    wind.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "matimba-wind.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
