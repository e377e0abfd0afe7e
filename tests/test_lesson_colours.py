"""The lesson on the colours of a satellite: its functions, and what it teaches, on the measured image."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fieldnotes import load
from tests.lessons import defined, functions

LABEL = "education/the-colours-a-satellite-sees"
lesson = functions(LABEL)


@pytest.fixture(scope="module")
def told():
    """What the lesson defines up to its spectra, on the shipped image."""
    return defined(LABEL, "imports", "parameters", "load", "spectrum", "places", "index")


def test_a_stretch_takes_the_darkest_hundredth_to_black_and_the_brightest_to_full_light():
    band = xr.DataArray(np.linspace(0.1, 0.4, 1001), dims="x")
    lamp = lesson["stretch"](band)
    assert lamp.min() == 0 and lamp.max() == 1 and (lamp.diff("x") >= 0).all()
    assert int((lamp == 0).sum()) == int((lamp == 1).sum()) == 11  # a hundredth, and its end
    assert lamp[500].item() == pytest.approx(0.5**0.7)


def test_a_spectrum_is_the_mean_of_five_by_five_pixels(told):
    image = load("virginia-sentinel2")
    whole = image.isel(x=slice(653, 658), y=slice(227, 232))  # around the sand: 6.55 and 5.7 km from the corner
    east, north = ((axis - corner).item() / 1000 for axis, corner in place_of(whole, image))
    found = told["spectrum"](east, north)
    for band in image.data_vars:
        assert found[band] == pytest.approx(whole[band].mean().item(), rel=1e-9)


def place_of(square, image):
    """Return a square's middle and the image's south-western corner, east and north, in m."""
    return [(square[axis].mean(), image[axis].min()) for axis in ("x", "y")]


def test_field_marsh_and_sea_agree_up_to_red_and_part_beyond(told):
    alike = told["spectra"][["field", "marsh", "sea"]]
    gap = alike.max(axis=1) - alike.min(axis=1)
    assert gap[["blue", "green", "red"]].max() < 0.05 < 0.4 < gap["nir"]
    assert told["spectra"]["sand"].min() > 0.2 > alike.loc[["blue", "green", "red"]].max().max()


def test_indices_tell_the_four_places_apart(told):
    ndvi, ndwi = told["result"]["NDVI"], told["result"]["NDWI"]
    assert ndvi["field"] > 0.7 and ndvi[["marsh", "sea"]].max() < 0
    assert ndwi["sea"] > ndwi["marsh"] > 0.1 and ndwi[["sand", "field"]].max() < 0


def test_an_index_does_not_change_with_the_light_but_does_with_an_offset():
    nir, red = pd.Series([0.47, 0.03]), pd.Series([0.05, 0.07])
    index = lesson["index"]
    assert index(10_000 * nir, 10_000 * red).to_list() == pytest.approx(index(nir, red).to_list())
    assert (index(nir + 0.1, red + 0.1).abs() < index(nir, red).abs()).all()


def test_whole_numbers_without_a_sign_wrap_where_the_difference_is_negative(told):
    stored = (10_000 * told["spectra"]).round().astype("uint16")
    wrapped = stored.loc["nir"] - stored.loc["red"]
    true = stored.loc["nir"].astype(int) - stored.loc["red"].astype(int)
    assert (wrapped[true < 0] == true[true < 0] + 65_536).all() and (true < 0).sum() == 2
