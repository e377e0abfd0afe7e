"""The cloud lesson's own functions on bits and dates whose answer is known, and what it says of real images."""

import numpy as np
import pandas as pd
import pytest
from lessons import defined

import fieldnotes

LABEL = "education/clouds-in-the-way"
NO, MAYBE, YES = 1, 2, 3
BEFORE_THE_COLLECTIONS = {  # (cloud, cirrus, snow, water) of numbers in the Florida scene, and of snow and water
    20480: (NO, NO, 0, 0),
    20512: (NO, NO, 0, MAYBE),
    28672: (NO, YES, 0, 0),
    45056: (MAYBE, YES, 0, 0),
    53248: (YES, NO, 0, 0),
    61472: (YES, YES, 0, MAYBE),
    23600: (NO, NO, YES, YES),
}
COLLECTION_2 = {  # bits below 8, as USGS's table of QA_PIXEL has them
    21824: {6},
    21952: {6, 7},
    22280: {3},
    23888: {4, 6},
    30048: {5, 6},
    54596: {2, 6},
}


@pytest.fixture(scope="module")
def lesson():
    """The names that the lesson's cells define, without its figures."""
    numbers = ("imports", "parameters", "scene", "pairs", "classify", "collection-2", "canberra")
    return defined(LABEL, *numbers, "series", "bootstrap", "difference", "longest")


@pytest.mark.parametrize(("number", "answers"), BEFORE_THE_COLLECTIONS.items())
def test_pairs_of_bits_give_the_answers_of_the_old_table(lesson, number, answers):
    assert tuple(lesson["pair"](number, first) for first in (14, 12, 10, 4)) == answers


@pytest.mark.parametrize(("number", "bits"), COLLECTION_2.items())
def test_single_bits_are_those_of_collection_2(lesson, number, bits):
    assert {bit for bit in range(8) if lesson["has"](number, bit)} == bits
    assert number in lesson["usual"].values


def test_a_number_says_something_else_in_the_other_table(lesson):
    """20480 is clear in the old table, and has no lower bit in the new one."""
    assert lesson["pair"](20480, 14) == NO
    assert not any(lesson["has"](20480, bit) for bit in range(8))


def test_each_pixel_has_one_class_and_cloud_comes_first(lesson):
    shares, classes = lesson["shares"], lesson["classes"]
    bqa = fieldnotes.load("florida-landsat8-clouds")["bqa"].values
    cloudy = bqa >> 14 == YES
    assert shares.sum() == pytest.approx(100)
    assert shares["cloud"] == pytest.approx(100 * cloudy.mean())
    assert (classes.values[cloudy] == 0).all()
    assert shares["clear"] == pytest.approx(48.3, abs=0.05)
    assert (bqa[classes.values == 3] >> 12 & 3 == NO).all()


def test_two_masks_hardly_agree_on_roofs(lesson):
    city = fieldnotes.load("canberra-landsat5")
    acca, fmask = lesson["acca"].values, lesson["fmask"].values
    assert (acca.sum(), fmask.sum(), (acca & fmask).sum()) == (697, 130, 27)
    assert not (acca & np.isnan(city["blue"].values)).any()
    bright = city["blue"].values[acca | fmask]
    assert np.median(bright) > 2 * np.nanmedian(city["blue"])


def test_an_interval_is_that_of_dates_and_stays_within_0_and_100(lesson):
    interval = lesson["interval"]
    two_peaks = np.array([0.0] * 3 + [100.0] * 5)
    low, high = interval(two_peaks)
    assert 0 <= low < two_peaks.mean() < high <= 100
    assert interval(np.full(9, 40.0)).tolist() == [40, 40]
    wider, narrower = (np.diff(interval(np.tile(two_peaks, times)))[0] for times in (1, 16))
    assert narrower == pytest.approx(wider / 4, rel=0.15)


def test_seasons_and_their_difference(lesson):
    summary = lesson["summary"]
    assert summary["mean"].round(1).to_dict() == {"DJF": 22.2, "MAM": 61.3, "JJA": 70.7, "SON": 63.4}
    assert summary["high"]["DJF"] < summary["low"].drop("DJF").min()
    assert lesson["low"] < 0 < lesson["high"]  # summer minus spring
    assert (summary["mistake: ± by pixels"] < 0.05 * (summary["high"] - summary["low"])).all()


def test_one_class_decides_the_winter():
    """Exercise 4: without class 7, unclassified, winter falls to about a quarter, the others by little."""
    classes = fieldnotes.load("carpathian-sentinel2")["scl"]
    means = [
        100 * classes.isin(kept).mean(("y", "x")).groupby("time.season").mean() for kept in ([4, 5, 6, 7], [4, 5, 6])
    ]
    assert float(means[1].sel(season="DJF") / means[0].sel(season="DJF")) == pytest.approx(0.26, abs=0.01)
    assert float((means[0] - means[1]).sel(season=["MAM", "JJA", "SON"]).max()) < 5


def test_the_longest_wait_never_grows_when_less_is_asked_for(lesson):
    shares = pd.Series([0, 10, 60, 0, 70, 0, 30], pd.date_range("2023-01-01", periods=7, freq="16D"))
    waits = [lesson["longest_wait"](shares, percent) for percent in (60, 30, 10, 0)]
    assert waits == [32, 32, 32, 16]
    assert lesson["longest_wait"](shares, 100) == 6 * 16  # nothing was of use
    assert lesson["longest_wait"](shares, 60, ends=False) == 32
    assert lesson["longest_wait"](shares, 30, ends=False) == 32


def test_the_waits_of_the_series_are_those_of_its_dates(lesson):
    waits = lesson["waits"].set_index("year")
    assert waits["with both ends (days)"].tolist() == [90, 85, 70, 55]
    assert waits["between two dates of use (days)"].tolist() == [55, 25, 70, 40]


def test_pictures_use_the_whole_range_of_a_screen(lesson):
    picture = lesson["true_colour"](fieldnotes.load("florida-landsat8-clouds"))
    assert picture.shape == (450, 500, 3)
    assert (picture.min(), picture.max()) == (0, 1)
