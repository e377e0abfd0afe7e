"""Landsat 7 over Olinda and Recife with the height of the ground, from the Debian package r-cran-stars 0.6-0-4.

Members `stars/tif/L7_ETMs.tif` (digital numbers of bands 1 to 5 and 7, 8 bits, pixels of 28.5 m) and
`stars/tif/olinda_dem_utm25s.tif` (elevation, pixels of 90 m); Apache-2.0. Changed: put into one file, named by colour;
the elevation is that of the coarse pixel in which the middle of each fine pixel lies.
"""

from pathlib import Path

import xarray as xr
from _images import COMPRESSED, chunked, describe_axes, open_image, whole
from _package import debian, read

SHA256 = "a273913b84ce428c8a6f5eb3538776c8bcefb5756d473f0c4c2fd2a914e98a53"
TIF = "./usr/lib/R/site-library/stars/tif/"
BANDS = {  # ours: number in the file, long name
    "blue": (1, "blue, band 1"),
    "green": (2, "green, band 2"),
    "red": (3, "red, band 3"),
    "nir": (4, "near infrared, band 4"),
    "swir1": (5, "short-wave infrared at 1.65 um, band 5"),
    "swir2": (6, "short-wave infrared at 2.2 um, band 7"),
}


def make(folder: Path) -> None:
    """Write olinda-landsat7.nc: digital numbers of six bands and elevation (m), by y and x (m, EPSG:31985)."""
    package = debian("r-cran-stars", "0.6-0-4", SHA256)
    bands = open_image(read(package, f"{TIF}L7_ETMs.tif"))
    ground = open_image(read(package, f"{TIF}olinda_dem_utm25s.tif")).sel(band=1, drop=True).astype("int16")
    scene = xr.Dataset()
    for name, (number, long_name) in BANDS.items():
        scene[name] = bands.sel(band=number, drop=True).assign_attrs(units="1", long_name=long_name)
    elevation = ground.sel(y=scene["y"], x=scene["x"], method="nearest").assign_coords(y=scene["y"], x=scene["x"])
    scene["elevation"] = elevation.assign_attrs(units="m", long_name="height of the ground above the sea")
    scene = describe_axes(scene, "EPSG:31985")
    encoding = dict.fromkeys(BANDS, whole()) | {"elevation": COMPRESSED | {"dtype": "int16", "_FillValue": None}}
    encoding = chunked(scene, encoding) | {axis: {"_FillValue": None} for axis in "xy"}
    scene.to_netcdf(folder / "olinda-landsat7.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
