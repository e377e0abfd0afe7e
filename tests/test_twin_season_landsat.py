"""The simulated seasons give their truth back, and their images are catalogued and coded as Landsat's are."""

import importlib

import numpy as np
import odc.stac
import pystac
import pytest

from ci.notebooks import ROOT
from fieldnotes import fetch, load
from fieldnotes.entries import describe

ROOM = ROOT / "ancillary_data"
truth = importlib.import_module("season_landsat")

ENTRY = describe("season-landsat")
FACTS = {key: value for key, (value, _, _) in ENTRY["facts"].items()}
CLEAR, WATER, RIM, CLOUD, SHADOW, FILL = 21824, 21952, 22018, 22280, 23888, 1
pytestmark = [  # what rasterio and odc-geo have still to change
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def items():
    catalogue = pystac.Catalog.from_file(str(fetch("season-landsat") / "catalog.json"))
    return sorted(catalogue.get_items(recursive=True), key=lambda item: item.datetime)


@pytest.fixture(scope="module")
def cube(items):
    western = [item for item in items if item.id.startswith("west")]
    return odc.stac.load(western, bands=["red", "nir08", "qa_pixel"]).load()


def test_it_says_that_it_is_simulated():
    assert ENTRY["kind"] == "simulated"
    assert "simulated" in ENTRY["title"] and "not a measurement" in ENTRY["credit"]


def test_every_page_of_the_catalogue_has_its_image(items):
    assert len(items) == FACTS["images"]
    paths = set(load("season-landsat")["path"])
    assert {f"{item.get_collection().id}/{item.assets['image'].href.removeprefix('./')}" for item in items} <= paths


def test_the_catalogue_tells_the_cloud_cover_of_each_image(items, cube):
    told = [item.properties["eo:cloud_cover"] for item in items if item.id.startswith("west")]
    qa = cube["qa_pixel"]
    found = 100 * qa.isin([CLOUD, RIM]).sum(("y", "x")) / (qa != FILL).sum(("y", "x"))
    assert found.values == pytest.approx(told, abs=0.051)


def test_the_numbers_are_those_of_collection_2(cube):
    qa = cube["qa_pixel"]
    assert set(np.unique(qa)) == {CLEAR, WATER, RIM, CLOUD, SHADOW, FILL}
    for band in (cube["red"], cube["nir08"]):
        assert ((band == 0) == (qa == FILL)).all()
        assert band.dtype == np.uint16 and band.where(qa != FILL).min() > 7272 and band.max() < 43637


def test_the_drought_can_be_found_again(cube):
    """The share of leaves follows from the difference of the bands: 0.08 over bare soil, 0.42 over leaves."""
    share = ((cube["nir08"].astype(float) - cube["red"]) * 2.75e-5 - 0.08) / 0.34
    grows = truth.landscape(np.random.default_rng(truth.SEED))
    found = {2021: [], 2022: []}
    for date in cube["time"].sel(time=cube["time"].dt.season == "JJA").to_index():
        clear = (grows < 3) & (cube["qa_pixel"].sel(time=date) == CLEAR).values
        usual = truth.plants(date.replace(year=2021))[grows]
        found[date.year].append((share.sel(time=date).values[clear].sum(), usual[clear].sum()))
    (left, usually), (right, usual) = (np.sum(found[year], axis=0) for year in (2021, 2022))
    assert left / usually == pytest.approx(1, abs=0.02)
    assert right / usual == pytest.approx(FACTS["drought"], abs=0.02)


def test_opposite_edges_meet(cube):
    """A cloud that leaves on one side comes in on the other: across the seam the bits agree as often as elsewhere."""
    cloudy = (cube["qa_pixel"] == CLOUD).values[(cube["qa_pixel"] != FILL).all(("y", "x")).values]
    inside = np.mean(cloudy[:, 24] == cloudy[:, 25])
    assert np.mean(cloudy[:, -1] == cloudy[:, 0]) == pytest.approx(inside, abs=0.03)
