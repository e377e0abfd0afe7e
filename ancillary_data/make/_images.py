"""What the scripts of satellite images share: opening a packaged file in memory, and writing a compact netCDF file."""

import netCDF4
import numpy as np
import rasterio
import rioxarray
import xarray as xr

COMPRESSED = {"zlib": True, "complevel": 9, "shuffle": True}


def open_netcdf(content: bytes) -> xr.Dataset:
    """Variables of a netCDF file given by its bytes: as stored, neither scaled nor masked, without attributes."""
    with netCDF4.Dataset("packaged.nc", memory=content) as file:
        return xr.open_dataset(xr.backends.NetCDF4DataStore(file), mask_and_scale=False).load().drop_attrs()


def open_image(content: bytes) -> xr.DataArray:
    """Bands of an image given by its bytes, by band (from 1), y (north first) and x: the centres of its pixels."""
    with rasterio.MemoryFile(content) as memory, memory.open() as image:
        corner, bands = image.transform, image.read()
    x = corner.c + corner.a * (np.arange(bands.shape[2]) + 0.5)
    y = corner.f + corner.e * (np.arange(bands.shape[1]) + 0.5)
    return xr.DataArray(bands, {"band": np.arange(len(bands)) + 1, "y": y, "x": x}, ("band", "y", "x"))


def packed(step: float, fill: int = -1, dtype: str = "int16") -> dict:
    """Encoding of a variable that is stored as whole multiples of `step`, and as `fill` where it is missing."""
    return COMPRESSED | {"dtype": dtype, "scale_factor": step, "_FillValue": fill}


def whole(dtype: str = "uint8") -> dict:
    """Encoding of classes, bits or digital numbers, of which none is missing."""
    return COMPRESSED | {"dtype": dtype, "_FillValue": None}


def describe_axes(data: xr.Dataset, crs: str) -> xr.Dataset:
    """The same data with metres on both axes and the reference system `crs` as a coordinate."""
    place = rioxarray.raster_dataset.RasterDataset(data).write_crs(crs).rio.write_coordinate_system()
    return place.assign_attrs(Conventions="CF-1.8", coordinates="spatial_ref")


def chunked(data: xr.Dataset, encoding: dict) -> dict:
    """The encoding with one chunk per variable, so that the compression sees a pixel's whole series."""
    return {
        name: how | ({"chunksizes": data[name].shape} if how.get("zlib") and np.ndim(data[name]) else {})
        for name, how in encoding.items()
    }
