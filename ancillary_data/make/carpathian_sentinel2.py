"""Sentinel-2 over a square kilometre of Carpathian forest, 140 dates at 10 m, 2015 to 2021, from nrt 0.2.1.

Member `nrt/data/sentinel2_cube_subset_romania_10m.nc`: surface reflectance (Level 2A) and scene classification, cut by
the European Commission's Joint Research Centre; EUPL-1.2. Changed: named by colour; rounded to 0.001 (blue, green, red)
and 0.002 (near infrared), and to 0.04 where the classification says cloud, which keeps the file below 4 MB. What
`carpathian_sentinel2_20m.py` makes is not rounded.
"""

from pathlib import Path

import _carpathian
import xarray as xr
from _images import packed

BANDS = {"blue": "B2", "green": "B3", "red": "B4", "nir": "B8"}
NAMES = {
    "blue": "blue, band 2",
    "green": "green, band 3",
    "red": "red, band 4",
    "nir": "near infrared, band 8",
}
STEPS = {"blue": 0.001, "green": 0.001, "red": 0.001, "nir": 0.002}
CLOUD_STEP = 0.04


def make(folder: Path) -> None:
    """Write carpathian-sentinel2.nc: reflectance of four bands (1) and scl, by time (day), y and x (m, EPSG:3035)."""
    cube = _carpathian.numbers("10m", BANDS)
    for band, step in STEPS.items():
        exact = cube[band].astype("float64") / _carpathian.SCALE
        step = xr.where(cube["scl"].isin(_carpathian.CLOUDS), CLOUD_STEP, step)
        rounded = (exact / step).round() * step
        attrs = {"units": "1", "long_name": f"surface reflectance, {NAMES[band]}"}
        cube[band] = rounded.assign_attrs(attrs)
    encoding = {band: packed(step) for band, step in STEPS.items()}
    _carpathian.write(cube, folder / "carpathian-sentinel2.nc", encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
