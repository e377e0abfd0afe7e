"""The simulated Landsat images hold the bits that were put in, in the patterns that the real ones have."""

import importlib

import numpy as np
import pystac
import pytest

import fieldnotes
from fieldnotes import entries

ENTRY = entries.describe("landsat-clouds")
FACTS = {key: value for key, (value, _, _) in ENTRY["facts"].items()}
USUAL = {  # as the science product guide lists them
    "fill": 1,
    "clear land": 21824,
    "clear water": 21952,
    "edge of a cloud": 21762,
    "edge over water": 21890,
    "cloud": 22280,
    "shadow": 23888,
    "snow": 30048,
    "cirrus": 54596,
    "cirrus and cloud": 55052,
}
overlook = pytest.mark.filterwarnings(  # what rasterio and odc-geo have still to change
    "ignore:Use `@` matmul:PendingDeprecationWarning", "ignore:The 'shapely.ops.transform:DeprecationWarning"
)

twin = importlib.import_module("landsat_clouds")


@pytest.fixture(scope="module")
def truth():
    """Cloud cover of each scene (%), and each bit's name and where it is set, by date."""
    images = list(twin.simulate())
    bits = {bit: np.array([image[2][bit] for image in images]) for bit in images[0][2]}
    return np.array([cover for _, cover, _ in images]), bits


@pytest.fixture
def cube():
    return fieldnotes.load("landsat-clouds").compute()


def test_it_says_that_it_is_simulated():
    assert ENTRY["kind"] == "simulated"
    assert "simulated" in ENTRY["title"] and "not a measurement" in ENTRY["credit"]


@overlook
def test_the_catalogue_gives_every_bit_back(cube, truth):
    covers, bits = truth
    np.testing.assert_allclose(cube["cloud_cover"], covers, rtol=1e-6)
    shown = ~bits[twin.FILL]
    np.testing.assert_array_equal(cube["qa_pixel"] != 1, shown)
    for bit, where in bits.items():
        np.testing.assert_array_equal((cube["qa_pixel"] & bit) > 0, where & shown if bit != twin.FILL else where)


@overlook
def test_its_patterns_are_those_of_landsat(cube):
    found = np.unique(cube["qa_pixel"])
    assert set(USUAL.values()) <= set(found)
    for value in found[found != 1]:
        assert bool(value & 1 << 6) == (not value & 1 << 1 and not value & 1 << 3)  # what bit 6 says, and no more


@overlook
def test_facts_come_out(cube, truth):
    covers, bits = truth
    shown = ~bits[twin.FILL]
    obscured = bits[twin.DILATED] | bits[twin.CIRRUS] | bits[twin.CLOUD] | bits[twin.SHADOW] | bits[twin.SNOW]
    cloud = 100 * (bits[twin.CLOUD] & shown).sum((1, 2)) / shown.sum((1, 2))
    assert len(cube["time"]) == FACTS["images"]
    assert 100 * shown.mean() == pytest.approx(FACTS["coverage"], abs=0.005)
    assert 100 * (~obscured)[shown].mean() == pytest.approx(FACTS["clear"], abs=0.005)
    assert 100 * bits[twin.CLEAR][shown].mean() == pytest.approx(FACTS["bit_6"], abs=0.005)
    assert cloud.mean() == pytest.approx(FACTS["box_cloud"], abs=0.005)
    assert covers.mean() == pytest.approx(FACTS["scene_cloud"], abs=0.005)


def test_scene_and_box_agree_on_average_and_differ_by_date(truth):
    covers, bits = truth
    shown = ~bits[twin.FILL]
    difference = 100 * (bits[twin.CLOUD] & shown).sum((1, 2)) / shown.sum((1, 2)) - covers
    assert abs(difference.mean()) < 2 * difference.std(ddof=1) / np.sqrt(len(difference))
    assert difference.std() > 15


def test_the_catalogue_is_a_static_one_with_relative_paths():
    root = pystac.Catalog.from_file(str(entries.DATA_FOLDER / ENTRY["file"] / "catalog.json"))
    items = list(root.get_items(recursive=True))
    assert len(items) == FACTS["images"]
    for page in items:
        assert page.assets["qa_pixel"].href == f"./{page.id}.tif"
    for path in (entries.DATA_FOLDER / ENTRY["file"]).rglob("*.json"):
        assert str(entries.DATA_FOLDER) not in path.read_text(encoding="utf-8")
