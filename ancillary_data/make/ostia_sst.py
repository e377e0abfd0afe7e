"""Monthly sea surface temperature of the equatorial belt, April 2006 to September 2010, from iris-sample-data 2.5.2.

Member `iris_sample_data/sample_data/ostia_monthly.nc`: monthly means of the Met Office's OSTIA analysis on a grid of
0.83 by 0.56 degrees, all longitudes, 5 degrees south to 4.4 north, land missing; British Crown copyright, Open
Government Licence. Changed: short names, coordinates rounded to 0.0001 degree, values packed in steps of 0.01 K (the
step of the OSTIA product), bookkeeping of the forecast model left out. Kelvin is the product's unit and is kept.
"""

from pathlib import Path

import netCDF4
import xarray as xr
from _package import read, wheel

SHA256 = "39d45283bf9e7bff6067bffa635fa189b6c4dd47608840d087bfa639399f4656"
PACKED = {"dtype": "int16", "scale_factor": 0.01, "add_offset": 290.0, "_FillValue": -32768}  # K
COMPRESSED = {"zlib": True, "complevel": 9, "shuffle": True}


def make(folder: Path) -> None:
    """Write ostia-sst.nc: sst (K) by time (middle of the month), lat (degrees_north) and lon (degrees_east)."""
    content = read(wheel("iris_sample_data", "2.5.2", SHA256), "iris_sample_data/sample_data/ostia_monthly.nc")
    with netCDF4.Dataset("ostia_monthly.nc", memory=content) as file:
        monthly = xr.open_dataset(xr.backends.NetCDF4DataStore(file)).load()
    names = {"surface_temperature": "sst", "latitude": "lat", "longitude": "lon"}
    sst = monthly[["surface_temperature"]].rename(names).reset_coords(drop=True)
    for axis in ("lat", "lon"):
        sst[axis] = sst[axis].astype("float64").round(4).assign_attrs(sst[axis].attrs)
    sst["sst"].attrs = {"units": "K", "standard_name": "sea_surface_temperature", "cell_methods": "time: mean"}
    sst["time"].attrs = {"axis": "T", "standard_name": "time"}
    time = {"dtype": "int32", "units": "hours since 2006-01-01", "calendar": "standard"}
    encoding = {"sst": PACKED | COMPRESSED, "time": time, "lat": {"_FillValue": None}, "lon": {"_FillValue": None}}
    sst.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "ostia-sst.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
