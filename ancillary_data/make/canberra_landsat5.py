"""Landsat 5 over Canberra and its lake on 23 March 1992, six bands and pixel quality, from datacube 1.9.20.

Members `tests/data/lbg/LS5_TM_{NBAR,PQ}_*/scene01/*.tif` of the source distribution: surface reflectance times 10,000
(Geoscience Australia's NBAR) and 14 bits of pixel quality, 404 by 456 pixels of 25 m; Apache-2.0. Changed: put into
one file, named by colour.
"""

from pathlib import Path

import xarray as xr
from _datacube import member
from _images import chunked, describe_axes, open_image, packed, whole

NBAR = "LS5_TM_NBAR_P54_GANBAR01-002_090_084_19920323"
PQ = "LS5_TM_PQ_P55_GAPQ01-002_090_084_19920323"
BANDS = {  # ours: theirs, long name
    "blue": ("B10", "blue, band 1"),
    "green": ("B20", "green, band 2"),
    "red": ("B30", "red, band 3"),
    "nir": ("B40", "near infrared, band 4"),
    "swir1": ("B50", "short-wave infrared at 1.65 um, band 5"),
    "swir2": ("B70", "short-wave infrared at 2.2 um, band 7"),
}
FILL = -999


def make(folder: Path) -> None:
    """Write canberra-landsat5.nc: reflectance of six bands (1) and pixel_quality, by y and x (m, EPSG:28355)."""
    scene = xr.Dataset()
    for name, (theirs, long_name) in BANDS.items():
        numbers = open_image(member(f"{NBAR}/scene01/{NBAR}_{theirs}.tif")).sel(band=1, drop=True)
        reflectance = numbers.where(numbers != FILL) / 10_000
        scene[name] = reflectance.assign_attrs(units="1", long_name=f"surface reflectance, {long_name}")
    bits = open_image(member(f"{PQ}/scene01/{PQ}_1111111111111100.tif")).sel(band=1, drop=True)
    scene["pixel_quality"] = bits.assign_attrs(units="1", long_name="pixel quality, each bit 1 where all is well")
    encoding = dict.fromkeys(BANDS, packed(1e-4, fill=FILL)) | {"pixel_quality": whole("uint16")}
    scene = describe_axes(scene, "EPSG:28355")
    encoding = chunked(scene, encoding) | {axis: {"_FillValue": None} for axis in "xy"}
    scene.to_netcdf(folder / "canberra-landsat5.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
