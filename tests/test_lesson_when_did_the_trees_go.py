"""The lesson on the felled forest: its dates and hectares computed again, its rules on a forest whose loss is known."""

import nbformat
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from lessons import defined, functions

import fieldnotes
from ci.notebooks import ROOT

LABEL = "education/when-did-the-trees-go"
YEARS = (2017, 2018, 2019, 2020)
CELLS = ("imports", "parameters", "load", "clouds", "ndvi", "forest", "tree-cover", "fall", "first-summer")
FORESTS = {"as it was": 0.0, "processed otherwise": 0.12, "greener": -0.05}


@pytest.fixture(scope="module")
def lesson():
    """The names that the lesson defines up to its brackets of dates."""
    return defined(LABEL, *CELLS, "against-forest", "bracket", "compare-known")


@pytest.fixture(scope="module")
def images():
    return fieldnotes.load("carpathian-sentinel2")


def run(cell, names):
    """Run one of the lesson's cells on names of our own."""
    lesson = nbformat.read(ROOT / "notebooks" / f"{LABEL}.ipynb", as_version=4)
    source = next(each.source for each in lesson.cells if each.id == cell)
    exec(compile(source, cell, "exec"), names)
    return names


def test_hectares_are_those_of_a_computation_by_hand(lesson, images):
    nir, red, classes = (images[name].values for name in ("nir", "red", "scl"))
    ndvi = np.where((classes == 4) | (classes == 5), (nir - red) / (nir + red), np.nan)
    month, year = images["time.month"].values, images["time.year"].values
    summers = [np.nanmedian(ndvi[np.isin(month, (7, 8)) & (year == one)], axis=0) for one in (2016, *YEARS)]
    forest = summers[0] > 0.8
    forest[:29] = False  # rows from the north: meadow and road
    gone = np.zeros_like(forest)
    for one, summer in zip(YEARS, summers[1:], strict=True):
        fall = summers[0] - summer
        open_now = forest & (fall - np.median(fall[forest]) > 0.15)
        assert lesson["new_area"][one] == pytest.approx((open_now & ~gone).sum() / 100)
        gone |= open_now
    assert lesson["total"] == pytest.approx(7.56, abs=0.005)
    assert max(lesson["new_area"], key=lesson["new_area"].get) == 2019


def test_the_holes_of_2019_were_cut_between_two_seasons_of_leaves(lesson):
    stood, gone = lesson["bracket"](lesson["difference"], 2019)
    assert (f"{stood:%Y-%m-%d}", f"{gone:%Y-%m-%d}") == ("2018-10-14", "2019-06-16")
    springs = lesson["difference"][lesson["difference"].index.month.isin([3, 4])]
    by_year = springs.groupby(springs.index.year).median()
    assert by_year[2019] < by_year[[2016, 2017, 2018]].min() - 0.03


def test_the_map_of_2018_has_the_trees_of_later_holes_and_lacks_earlier_ones(lesson):
    cover = {year: lesson["tree_cover"](lesson["first_open"] == year) for year in YEARS}
    assert max(cover[2017], cover[2018]) < 60 < 80 < min(cover[2019], cover[2020])
    assert lesson["tree_cover"](lesson["forest"]) == pytest.approx(78, abs=0.5)


def test_a_hole_has_the_size_of_holes_elsewhere_in_the_carpathians(lesson):
    assert len(lesson["sizes"]) == 20
    assert 0.05 < lesson["sizes"].median() < 0.5
    assert lesson["rate"] > 0.39


@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.15, 0.2, 0.3])
def test_more_forest_was_felled_by_2019_than_by_any_other_summer_at_each_threshold(lesson, threshold):
    felled = lesson["fall"] - lesson["usual_fall"] > threshold
    area = run("first-summer", {"felled": felled, "forest": lesson["forest"], "hectares": lesson["hectares"]})[
        "new_area"
    ]
    assert max(area, key=area.get) == 2019


@pytest.mark.parametrize("shift", FORESTS.values(), ids=FORESTS)
def test_another_processing_fells_no_tree(shift):
    """Of a forest of 100 pixels, four are felled; all the others change together."""
    axes = {"year": [2016, 2017, 2018], "y": range(10), "x": range(10)}
    summer = xr.DataArray(np.full((3, 10, 10), 0.9), axes, tuple(axes))
    summer[1:] -= shift
    summer[2, :2, :2] = 0.5 - shift
    before = summer.sel(year=2016)
    names = {"summer": summer, "before": before, "forest": before > 0.8, "threshold": 0.1, "pd": pd}
    felled = run("fall", names)["felled"]
    assert felled.sum(("y", "x")).values.tolist() == [0, 4]
    if shift == 0.12:
        assert names["mistake"].sum(("y", "x")).values.tolist() == [100, 100]  # the mistake that the lesson shows


def test_a_bracket_ends_with_the_first_gap_and_begins_with_the_last_tree():
    bracket = functions(LABEL)["bracket"]
    bracket.__globals__["threshold"] = 0.15
    days = pd.to_datetime(["2018-07-01", "2018-09-01", "2018-11-01", "2019-05-01", "2019-06-01", "2019-08-01"])
    stood, gone = bracket(pd.Series([0.0, -0.06, -0.01, -0.1, -0.3, -0.02], days), 2019)
    assert (stood, gone) == (days[2], days[4])


def test_a_mask_calls_ground_what_is_haze(images):
    """Exercise 1: of 3 September 2020 hardly anything can be seen, and most of it passes as vegetation."""
    hazy, clear = (images.sel(time=date) for date in ("2020-09-03", "2020-08-29"))
    assert float(hazy["scl"].isin([4, 5]).mean()) > 0.5
    assert float(hazy["blue"].where(hazy["scl"] == 4).mean()) > 5 * float(clear["blue"].mean())


def test_the_stretch_is_the_same_on_every_date(lesson, images):
    dark, bright = (lesson["true_colour"](date).mean() for date in ("2016-08-15", "2017-08-15"))
    assert dark < bright  # the first two summers were processed otherwise
    assert lesson["true_colour"]("2019-07-16").max() == 1
