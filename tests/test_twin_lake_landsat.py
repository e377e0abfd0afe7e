"""The simulated lake gives its truth back, and its scenes are coded as Landsat's are."""

import numpy as np
import pytest

from fieldnotes import load
from fieldnotes.entries import describe

ENTRY = describe("lake-landsat")
FACTS = {key: value for key, (value, _, _) in ENTRY["facts"].items()}
BANDS = ["blue", "green", "red", "nir", "swir1", "swir2"]
DEEP = [300, 280, 180, 90, 40, 25]  # reflectance x 10000 that the twin gives to deep water
CLEAR_LAND, CLEAR_WATER, NEAR_CLOUD, CLOUD, SHADOW, FILL = 21824, 21952, 22018, 22280, 23888, 1


@pytest.fixture(scope="module")
def lake():
    return load("lake-landsat")


def test_it_says_that_it_is_simulated():
    assert ENTRY["kind"] == "simulated"
    assert "simulated" in ENTRY["title"] and "not a measurement" in ENTRY["credit"]


def test_the_true_area_gives_back_the_law_of_the_lake(lake):
    km2 = lake["water"].sum(("y", "x")) * 900e-6
    exponent, logarithm = np.polyfit(np.log(lake["level"]), np.log(km2), 1)
    assert exponent == pytest.approx(FACTS["exponent"], abs=0.02)
    assert np.exp(logarithm) == pytest.approx(FACTS["area_at_1_m"], rel=0.03)
    assert lake.sizes["time"] == FACTS["scenes"]


def test_the_lake_is_high_when_clouds_are_many(lake):
    seen = lake["qa_pixel"].isin([CLEAR_LAND, CLEAR_WATER]).mean(("y", "x")).groupby("time.month").mean()
    level = lake["level"].groupby("time.month").mean()
    assert seen.sel(month=[7, 8, 9]).mean() < 0.75 * seen.sel(month=[3, 4, 5]).mean()
    assert level.sel(month=[7, 8, 9]).mean() > 1.3 * level.sel(month=[3, 4, 5]).mean()


def test_the_numbers_are_those_of_collection_2(lake):
    dn, qa = lake[BANDS].to_array("band"), lake["qa_pixel"]
    assert set(np.unique(qa)) == {CLEAR_LAND, CLEAR_WATER, NEAR_CLOUD, CLOUD, SHADOW, FILL}
    assert ((dn == 0) == (qa == FILL)).all()
    assert dn.dtype == np.uint16 and dn.where(dn > 0).min() > 7272 and dn.max() < 43637


def test_deep_water_has_the_reflectance_it_was_given(lake):
    deep = lake["water"].all("time") & (lake["qa_pixel"] == CLEAR_WATER) & (lake["terrain_shadow"] == 0)
    found = (lake[BANDS].to_array("band") * 2.75e-5 - 0.2).where(deep & (lake["level"] > 4)).mean(("time", "y", "x"))
    assert (found * 10000).values == pytest.approx(DEEP, abs=35)  # half a step of storage


def test_the_ridge_shades_the_shore_in_winter_only(lake):
    shaded = (lake["terrain_shadow"] * (lake["slope"] <= 12)).mean(("y", "x")).groupby("time.season").mean()
    assert shaded.sel(season="DJF") > 0.05 > 0.01 > shaded.sel(season="JJA")
