"""The lesson's reading of Collection 2's bits, on a real scene and its stated cloud cover."""

import json

import numpy as np
import pytest
import rioxarray

from tests.lessons import defined

SCENE = "landsat/lc08_c2l2_008059_20191201"
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio has to change
OBSTACLES = range(1, 6)  # bits: edge of a cloud, cirrus, cloud, shadow, snow


@pytest.fixture(scope="module")
def has():
    """The lesson's own function that tells where a bit is set."""
    return defined("education/clouds-in-the-way", "imports", "collection-2")["has"]


@pytest.fixture(scope="module")
def qa(archive):
    """QA_PIXEL of the real scene where the image shows something."""
    bands = rioxarray.open_rasterio(archive / f"{SCENE}_decimated512.tif")
    values = bands.isel(band=bands.attrs["long_name"].index("QA_PIXEL")).values.astype(int)
    return values[values != 1]


def test_high_confidence_cloud_is_the_scenes_cloud_cover(archive, has, qa):
    """Within 0.3 percentage points: every fifteenth pixel or so is here, 181 000 of them, and clouds are patchy."""
    described = json.loads((archive / f"{SCENE}_MTL.json").read_text(encoding="utf-8"))
    stated = float(described["LANDSAT_METADATA_FILE"]["IMAGE_ATTRIBUTES"]["CLOUD_COVER"])
    assert stated == 81.02
    assert 100 * has(qa, 3).mean() == pytest.approx(stated, abs=0.3)


def test_bit_6_means_neither_cloud_nor_its_edge_and_nothing_more(has, qa):
    np.testing.assert_array_equal(has(qa, 6), ~has(qa, 1) & ~has(qa, 3))
    obstructed = np.any([has(qa, bit) for bit in OBSTACLES], axis=0)
    assert has(qa, 6).mean() > 1.3 * (~obstructed).mean()  # 15.8 % instead of 11.8 %
    assert (has(qa, 6) & has(qa, 4)).any()  # shadows pass
