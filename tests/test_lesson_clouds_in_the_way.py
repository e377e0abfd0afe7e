"""The cloud lesson's own functions on bit patterns whose answer is known, and the mistakes that it warns of."""

import numpy as np
import pandas as pd
import pytest
import rioxarray
import xarray as xr
from lessons import defined

import fieldnotes

LAND, WATER, EDGE, CLOUD, SHADOW, SNOW, CIRRUS, CIRRUS_AND_CLOUD, FILL = (
    21824,
    21952,
    22018,
    22280,
    23888,
    30048,
    54596,
    55052,
    1,
)
NAMES = {
    LAND: "land",
    WATER: "water",
    EDGE: "cloud",
    CLOUD: "cloud",
    SHADOW: "shadow",
    SNOW: "snow",
    CIRRUS: "cloud",
    CIRRUS_AND_CLOUD: "cloud",
    FILL: "fill",
    23826: "cloud",  # the edge of a cloud, in a shadow
    SHADOW | 1 << 5: "shadow",  # snow in a shadow
    WATER | 1 << 5: "snow",  # ice
}


@pytest.fixture(scope="module")
def lesson():
    return defined("education/clouds-in-the-way", "imports", "classify", "shares", "longest")


def stack(*images):
    """QA_PIXEL of a few pixels at some dates."""
    dates = pd.date_range("2023-01-01", periods=len(images), freq="16D")
    values = np.array(images, "uint16")[:, None, :]
    return xr.DataArray(values, {"time": dates}, ("time", "y", "x"))


def clear_by_bit_6(qa, lesson):
    """The mask that this lesson warns of."""
    return lesson["has"](qa, 6)


def clear(qa, lesson):
    return lesson["classify"](qa) >= lesson["CLASSES"].index("water")


@pytest.mark.parametrize(("value", "name"), NAMES.items())
def test_a_pattern_has_its_class(lesson, value, name):
    assert lesson["CLASSES"][lesson["classify"](stack([value])).item()] == name


def test_a_known_stack_gives_an_exact_table(lesson):
    images = [
        [LAND, LAND, WATER, CLOUD, EDGE, CIRRUS, SHADOW, SNOW],
        [FILL, FILL, FILL, FILL, LAND, WATER, CLOUD, SHADOW],
        [FILL] * 8,
        [CLOUD] * 8,
    ]
    table = lesson["shares"](lesson["classify"](stack(*images)))
    expected = {
        "coverage": [100, 50, 100],
        "cloud": [37.5, 25, 100],
        "shadow": [12.5, 25, 0],
        "snow": [12.5, 0, 0],
        "water": [12.5, 25, 0],
        "land": [25, 25, 0],
    }
    assert table.to_dict("list") == expected
    assert table.index.tolist() == [pd.Timestamp(f"2023-{day}") for day in ("01-01", "01-17", "02-18")]


@pytest.fixture
def any_bits():
    """Every number that 16 bits can be, as four images."""
    return stack(*np.arange(2**16).reshape(4, -1))


def test_classes_sum_to_100_whatever_the_bits(lesson, any_bits):
    classes = lesson["classify"](any_bits)
    table = lesson["shares"](classes)
    np.testing.assert_allclose(table.drop(columns="coverage").sum(axis=1), 100)
    np.testing.assert_allclose(table["coverage"] + 100 * (classes == 0).mean(("y", "x")), 100)


@pytest.mark.parametrize("bit", range(6))
def test_one_more_obstacle_can_only_reduce_what_is_clear(lesson, any_bits, bit):
    before, after = clear(any_bits, lesson), clear(any_bits | 1 << bit, lesson)
    assert not (after & ~before).any()
    assert not after.any()


@pytest.mark.parametrize("value", [SHADOW, SNOW, CIRRUS])
def test_bit_6_takes_for_clear_what_is_not(lesson, value):
    assert clear_by_bit_6(stack([value]), lesson).all()
    assert not clear(stack([value]), lesson).any()


def test_what_an_image_does_not_show_leaves_its_percentages_alone(lesson):
    shown = [LAND, WATER, CLOUD, SHADOW]
    whole, half = stack(shown), stack(shown + 4 * [FILL])
    tables = [lesson["shares"](lesson["classify"](qa)).drop(columns="coverage") for qa in (whole, half)]
    pd.testing.assert_frame_equal(*tables)
    assert clear(half, lesson).mean() < clear(whole, lesson).mean()  # the mistake: divided by all pixels


def test_the_longest_wait_never_grows_when_less_is_asked_for(lesson):
    of_box = pd.Series([0, 10, 60, 0, 70, 0, 30], pd.date_range("2023-01-01", periods=7, freq="16D"))
    waits = [lesson["longest_wait"](of_box, percent) for percent in (60, 30, 10, 0)]
    assert waits == [32, 32, 32, 16]
    assert lesson["longest_wait"](of_box, 100) == 6 * 16  # nothing was of use


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio and odc-geo have to change
@pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning")
def test_two_ways_to_read_an_image_give_the_same_classes(lesson):
    cube = fieldnotes.load("landsat-clouds")["qa_pixel"]
    for day in ("2023-04-03", "2023-12-06"):
        path = fieldnotes.fetch("landsat-clouds") / "simulated-landsat" / f"{day}.tif"
        with rioxarray.open_rasterio(path) as image:
            there = lesson["classify"](image.squeeze("band", drop=True).load())
        here = lesson["classify"](cube.sel(time=day).squeeze("time", drop=True).compute())
        assert len(np.unique(here)) > 4
        np.testing.assert_array_equal(here, there)
        np.testing.assert_array_equal(here["x"], there["x"])
        np.testing.assert_array_equal(here["y"], there["y"])
