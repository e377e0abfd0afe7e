"""Sentinel-2 over a square kilometre of Carpathian forest, 140 dates at 20 m, and tree cover in 2018, from nrt 0.2.1.

Members `nrt/data/sentinel2_cube_subset_romania_20m.nc` (surface reflectance, Level 2A, and scene classification) and
`nrt/data/tree_cover_density_2018_romania.tif` (Copernicus High Resolution Layer), cut by the European Commission's
Joint Research Centre; EUPL-1.2. Changed: named by colour, put into one file. Nothing is rounded.
"""

from pathlib import Path

import _carpathian
import numpy as np
from _images import open_image, packed, whole

BANDS = {"green": "B3", "red": "B4", "nir": "B8A", "swir1": "B11"}
NAMES = {
    "green": "green, band 3",
    "red": "red, band 4",
    "nir": "near infrared, narrow band 8A",
    "swir1": "short-wave infrared at 1.6 um, band 11",
}
COVER = {"units": "percent", "long_name": "ground covered by tree crowns, 2018"}


def make(folder: Path) -> None:
    """Write carpathian-sentinel2-20m.nc: four reflectances (1), scl and tree_cover (percent), EPSG:3035."""
    cube = _carpathian.numbers("20m", BANDS)
    for band in BANDS:
        attrs = {"units": "1", "long_name": f"surface reflectance, {NAMES[band]}"}
        cube[band] = (cube[band].where(cube[band] > 0) / _carpathian.SCALE).assign_attrs(attrs)
    cover = open_image(_carpathian.member("tree_cover_density_2018_romania.tif")).sel(band=1)
    for axis in ("x", "y"):
        np.testing.assert_allclose(cover[axis], cube[axis], rtol=0, atol=0.01)  # m: the same pixels
    cube["tree_cover"] = ("y", "x"), cover.values, COVER
    encoding = dict.fromkeys(BANDS, packed(1e-4, fill=0)) | {"tree_cover": whole()}
    _carpathian.write(cube, folder / "carpathian-sentinel2-20m.nc", encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
