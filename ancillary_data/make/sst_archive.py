"""Monthly sea surface temperature of the Pacific, laid out as an agency's archive, from iris-sample-data 2.5.2.

Member `iris_sample_data/sample_data/ostia_monthly.nc`: monthly means of the Met Office's OSTIA analysis, April 2006 to
September 2010, 5 degrees south to 4.4 north; British Crown copyright, Open Government Licence. Changed: cut to 120 to
290 degrees east, one file a month at product/version/year/month, the name and unit of the agency's own files
(`analysed_sst`, kelvin), values packed in steps of 0.01 K. Version 2.0 keeps the package's grid of 0.83 by 0.56
degrees; version 1.0, until 2008 only, has means of 3 by 3 of its cells, so that the archive has a version that was
superseded. Both versions are ours, not the agency's, and each file says so. Classic netCDF, because so small a file of
netCDF 4 would be bookkeeping for the most part.
"""

from pathlib import Path

import netCDF4
import xarray as xr
from _package import read, wheel
from ostia_sst import PACKED, SHA256

PRODUCT = "ostia-monthly-pacific"
ATTRIBUTES = {"units": "kelvin", "long_name": "analysed sea surface temperature", "cell_methods": "time: mean"}
SOURCE = "Met Office OSTIA, British Crown copyright, Open Government Licence; iris-sample-data 2.5.2"
HISTORY = "cut by Fieldnotes (make/sst_archive.py); not a file of the agency"


def make(folder: Path) -> None:
    """Write sst-archive/: analysed_sst (kelvin) by time, lat (degrees_north) and lon (degrees_east), a file a month."""
    content = read(wheel("iris_sample_data", "2.5.2", SHA256), "iris_sample_data/sample_data/ostia_monthly.nc")
    with netCDF4.Dataset("ostia_monthly.nc", memory=content) as file:
        monthly = xr.open_dataset(xr.backends.NetCDF4DataStore(file)).load()
    names = {"surface_temperature": "analysed_sst", "latitude": "lat", "longitude": "lon"}
    fine = monthly[["surface_temperature"]].rename(names).reset_coords(drop=True).sel(lon=slice(120, 290))
    coarse = fine.sel(time=slice("2008")).coarsen(lat=3, lon=3, boundary="trim").mean()
    for version, grid in (("v1.0", coarse), ("v2.0", fine)):
        for when in grid["time"]:
            _write(grid.sel(time=[when.values]), version, when.dt, folder / "sst-archive")


def _write(month, version, when, folder):
    """Write one month to its place in the tree."""
    year, number = f"{when.year.item()}", f"{when.month.item():02}"
    place = folder / PRODUCT / version / year / number
    place.mkdir(parents=True)
    month["analysed_sst"].attrs = ATTRIBUTES
    month["time"].attrs = {"standard_name": "time"}
    axes = {"lat": {"units": "degrees_north"}, "lon": {"units": "degrees_east"}}
    for axis, attrs in axes.items():
        month[axis] = month[axis].astype("float64").round(4).assign_attrs(attrs)
    month.attrs = {"product": PRODUCT, "version": version, "source": SOURCE, "history": HISTORY}
    time = {"dtype": "int32", "units": "hours since 2006-01-01", "calendar": "standard"}
    encoding = {"analysed_sst": PACKED, "time": time} | {axis: {"_FillValue": None} for axis in axes}
    name = f"{year}{number}-OSTIA-SST-monthly-pacific-{version}.nc"
    month.to_netcdf(place / name, engine="netcdf4", format="NETCDF3_CLASSIC", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
