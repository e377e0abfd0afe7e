"""Nitrogen dioxide over Matimba and Johannesburg, one overpass of Sentinel-5P on 25 July 2021, from ddeq 1.1.

Member `ddeq/data/Matimba_S5P_RPRO_L2__NO2____20210725T110715.nc`: pixels of orbit 19594 (reprocessed, version 2.4.0)
within 300 km of the power station, without columns where qa_value is 0.75 or less; LGPL-2.1 or later. Changed: columns
from mol m-2 to umol m-2, names, scan lines and pixels without any column cut off. Left out: averaging kernels, the
pressures of their layers, and `NO2_std`, which is the same number everywhere and not the product's precision.
"""

from pathlib import Path

import xarray as xr
from _images import COMPRESSED, open_netcdf
from _matimba import member

MEMBER = "Matimba_S5P_RPRO_L2__NO2____20210725T110715.nc"
SWATH = ("scanline", "pixel")
CORNERS = (*SWATH, "corner")
VARIABLES = {  # ours: theirs, dimensions, unit, long name
    "no2": ("NO2", SWATH, "umol m-2", "tropospheric vertical column of nitrogen dioxide"),
    "air_mass_factor": ("air_mass_factor_troposphere", SWATH, "1", "tropospheric air mass factor"),
    "cloud_fraction": ("clouds", SWATH, "1", "effective cloud fraction"),
    "surface_pressure": ("psurf", SWATH, "Pa", "pressure at the ground"),
    "lat_corner": ("latc", CORNERS, "degrees_north", "latitude of the pixel's corners"),
    "lon_corner": ("lonc", CORNERS, "degrees_east", "longitude of the pixel's corners"),
    "lat": ("lat", SWATH, "degrees_north", "latitude of the pixel's centre"),
    "lon": ("lon", SWATH, "degrees_east", "longitude of the pixel's centre"),
}


def make(folder: Path) -> None:
    """Write matimba-no2.nc: no2 (umol m-2) and what goes with it, by scanline (northward) and pixel (eastward)."""
    packaged = open_netcdf(member(MEMBER))
    packaged["NO2"] = packaged["NO2"] * 1e6  # umol m-2 per mol m-2
    swath = xr.Dataset(coords={"time": packaged["time"].astype("datetime64[s]").drop_vars("orbit")})
    for name, (theirs, dims, units, long_name) in VARIABLES.items():
        values = packaged[theirs].astype("float32").values
        swath[name] = dims, values, {"units": units, "long_name": long_name}
    seen = swath["no2"].notnull()
    swath = swath.isel(scanline=seen.any("pixel").values, pixel=seen.any("scanline").values)
    swath = swath.set_coords(["lat", "lon"])
    fields = [name for name in VARIABLES if name not in ("lat", "lon")]
    encoding = {name: COMPRESSED | {"_FillValue": float("nan")} for name in fields}
    encoding |= {name: COMPRESSED | {"_FillValue": None} for name in ("lat", "lon")}
    encoding["time"] = {"dtype": "int32", "units": "seconds since 2021-07-25", "calendar": "standard"}
    swath.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "matimba-no2.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
