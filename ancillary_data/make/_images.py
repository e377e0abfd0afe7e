"""What the scripts of satellite images share: opening a packaged file in memory, and writing a compact netCDF file."""

import netCDF4
import numpy as np
import rasterio
import rioxarray  # noqa: F401 - gives Datasets their .rio, which writes the coordinate reference system
import xarray as xr

COMPRESSED = {"zlib": True, "complevel": 9, "shuffle": True}


def open_netcdf(content: bytes) -> xr.Dataset:
    """Variables of a netCDF file given by its bytes, as they are stored: not scaled, fill not missing, no attributes."""
    with netCDF4.Dataset("packaged.nc", memory=content) as file:
        return xr.open_dataset(xr.backends.NetCDF4DataStore(file), mask_and_scale=False).load().drop_attrs()


def open_image(content: bytes) -> xr.DataArray:
    """First band of an image given by its bytes, on y (north first) and x, with its reference system."""
    with rasterio.MemoryFile(content) as memory, memory.open() as image:
        bands = rioxarray.open_rasterio(image).load()
    return bands.squeeze("band", drop=True)


def packed(step: float, fill: int = -1, dtype: str = "int16") -> dict:
    """Encoding of a variable that is stored as whole multiples of `step`, and as `fill` where it is missing."""
    return COMPRESSED | {"dtype": dtype, "scale_factor": step, "_FillValue": fill}


def whole(dtype: str = "uint8") -> dict:
    """Encoding of classes, bits or digital numbers, of which none is missing."""
    return COMPRESSED | {"dtype": dtype, "_FillValue": None}


def describe_axes(data: xr.Dataset, crs: str) -> xr.Dataset:
    """The same data with the reference system `crs`, which every reader takes for a coordinate, and metres on both axes."""
    data = data.rio.write_crs(crs).rio.write_coordinate_system()
    return data.assign_attrs(Conventions="CF-1.8", coordinates=data.rio.grid_mapping)


def chunked(data: xr.Dataset, encoding: dict) -> dict:
    """The encoding with one chunk per variable, so that the compression sees a pixel's whole series."""
    return {
        name: how | ({"chunksizes": data[name].shape} if how.get("zlib") and np.ndim(data[name]) else {})
        for name, how in encoding.items()
    }
