"""The lesson on NO2 over cities: its functions on cases whose answers are known, and no defect of its peers."""

import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from lessons import defined, functions, outputs

from ci.notebooks import ROOT
from fieldnotes import catalogue, load
from fieldnotes.entries import describe

LESSON = "research/no2-in-cities"
PATH = ROOT / "notebooks" / f"{LESSON}.ipynb"
NAMES = functions(LESSON)
PLUME = defined(LESSON, "imports", "turn", "fit", "plume")
RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def daily():
    return NAMES["daily"]


@pytest.fixture(scope="module")
def table():
    return load("city-no2")


@pytest.fixture(scope="module")
def maps():
    return load("plume-no2")


def printed(cell):
    """What a cell of the committed lesson prints."""
    return "".join(out.get("text", "") for out in outputs(PATH)[cell])


def days(before, after=None):
    """Two sets of daily columns with gaps."""
    series = [RNG.gamma(4, mean / 4, 56) for mean in (before, after or before)]
    for one in series:
        one[RNG.random(56) < 0.4] = np.nan
    return series


# Grid.


@pytest.fixture
def pixels():
    """Outlines of 12 by 9 slanted pixels, and columns in them."""
    row, column = np.meshgrid(np.arange(13.0), np.arange(10.0), indexing="ij")
    x, y = column * 0.15 + row * 0.02, row * 0.05 - column * 0.02
    bounds = [np.stack([c[:-1, :-1], c[:-1, 1:], c[1:, 1:], c[1:, :-1]], -1) for c in (x, y)]
    dims = ("scanline", "ground_pixel", "corner")
    swath = xr.Dataset({"lon_corner": (dims, bounds[0]), "lat_corner": (dims, bounds[1])})
    return NAMES["outlines"](swath), RNG.gamma(2, 1e-5, 108)


def test_overlap_keeps_the_total(pixels):
    outlines, values = pixels
    x, y = np.arange(-1, 3, 0.1), np.arange(-1, 2, 0.1)
    cells = shapely.box(x[:-1], y[:-1, None], x[1:], y[1:, None]).ravel()
    mean, share = NAMES["overlap_mean"](outlines, values, cells)
    assert np.nansum(mean * share * shapely.area(cells)) == pytest.approx((values * shapely.area(outlines)).sum())
    assert share.max() == pytest.approx(1) and np.isnan(mean[share == 0]).all()


def test_overlap_weighs_by_area():
    outlines = shapely.box([0, 1], [0, 0], [1, 2], [1, 1])
    mean, share = NAMES["overlap_mean"](
        outlines, np.array([1.0, 3.0]), shapely.box([0.75, 1.5], [0, 0], [1.75, 2.5], [1, 1])
    )
    assert mean == pytest.approx([2.5, 3.0]) and share == pytest.approx([1, 0.5])


def test_a_swath_is_no_grid():
    swath = load("matimba-no2")
    assert swath["lat"].dims == ("scanline", "pixel")
    assert float(abs(swath["lat"].diff("pixel")).min()) > 1e-4


# Quality.


def test_the_real_grid_keeps_every_valid_pixel_also_below_zero_and_fills_what_centres_leave_empty():
    with plt.rc_context():
        lesson = defined(LESSON, "imports", "parameters", "read", "overlap", "gridded")
    assert lesson["column"].size == int(lesson["no2"].count()) and lesson["column"].min() < 0
    empty = [float(np.isnan(field).mean()) for field in (lesson["quick"], lesson["careful"])]
    assert empty[0] > 0.3 and empty[1] < 0.02
    middle = lesson["careful"][np.isfinite(lesson["careful"])]
    assert middle.max() <= lesson["column"].max() and middle.min() >= lesson["column"].min()


@pytest.mark.parametrize("place", ["Alder", "Birch", "Cedar", "heath"])
@pytest.mark.parametrize("radius", [15, 30, 50])
def test_a_higher_threshold_never_adds_pixels(daily, table, place, radius):
    loose, strict = daily(table, place, radius, 0.5), daily(table, place, radius)  # 0.75, unless it is told otherwise
    assert (loose["valid"] >= strict["valid"]).all() and loose["no2"].count() >= strict["no2"].count()
    assert strict["valid"].sum() < 0.6 * loose["valid"].sum()  # and is not left out


def test_dropping_negative_columns_biases_clean_air_and_the_lesson_says_by_how_much():
    kept, dropped = map(float, re.findall(r"(-?[\d.]+) µmol", printed("negative")))
    assert 6 < kept < 8 and dropped > kept + 1  # umol m-2; the catalogue's median of the same air is 6.9


def test_magnitudes_are_those_of_clean_air_and_of_a_big_city(daily, table):
    clean, city = (daily(table, place, 15)["no2"] for place in ("heath", "Alder"))
    winter = city[city.index.month.isin([12, 1, 2])].mean()
    assert 0 < clean.median() < 30 and 100 < winter < 500  # umol m-2


# Change.


def test_a_common_factor_leaves_the_change():
    before, after = days(80, 55)
    assert NAMES["interval"](7 * before, 7 * after) == pytest.approx(NAMES["interval"](before, after))


def test_swapping_the_years_turns_x_into_minus_x_over_one_plus_x():
    before, after = days(80, 55)
    x = NAMES["change"](before, after) / 100
    assert NAMES["change"](after, before) / 100 == pytest.approx(-x / (1 + x))


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    found = [NAMES["interval"](*days(80, 60), draws=200) for _ in range(200)]
    assert 0.85 < np.mean([low < -25 < high for _, low, high, *_ in found]) <= 1


def test_the_interval_of_days_in_a_row_is_wider_than_of_days_alone():
    calm = np.repeat(RNG.gamma(4, 20, 16), 7)
    alone = NAMES["interval"](calm[:56], calm[56:], block=1)
    together = NAMES["interval"](calm[:56], calm[56:], block=7)
    assert together[2] - together[1] > 1.5 * (alone[2] - alone[1])


def test_cities_are_ranked_by_the_interval_of_their_difference_and_not_by_overlap():
    shared = RNG.gamma(3, 1, 56)  # the same weather in both cities
    calm = 40 * RNG.gamma(3, 1, 56)
    one, other = (NAMES["resampled"](calm, factor * 40 * shared) for factor in (0.6, 0.75))
    low, high = np.nanquantile(one - other, [0.025, 0.975])
    assert np.quantile(one, 0.975) > np.quantile(other, 0.025)  # the bars overlap
    assert low < high < 0  # and yet they differ
    assert "Birch  minus Cedar" in printed("pairs") and "cannot be ranked" in printed("pairs")


def test_windows_are_equal_weeks(daily, table):
    series = daily(table, "Alder", 30)
    windows = [NAMES["window"](series, year, 12, 19) for year in (2019, 2020, 2021)]
    assert [len(one) for one in windows] == [56, 56, 56]
    before = series["no2"][(series.index >= "2020-03-16") & (series.index < "2020-05-11")]
    np.testing.assert_array_equal(windows[1], before)


def test_every_change_has_its_interval_its_days_and_a_year_before_the_pandemic():
    lines = printed("changes").splitlines()
    assert len(lines) == 4
    for line in lines:
        assert re.search(r"[+-]\d+ % \([+-]\d+ to [+-]\d+\), \d+ and \d+ of 56 days with data", line), line
    cells = {cell.id: cell.source for cell in nbformat.read(PATH, as_version=4).cells}
    assert "window(days, 2019, first_week, last_week)" in cells["changes"]


def test_lockdown_shows_where_it_was_and_the_weeks_before_unmask_the_impostor(daily, table):
    def interval(place, year, first, last):
        series = daily(table, place, 30)
        return NAMES["interval"](NAMES["window"](series, 2019, first, last), NAMES["window"](series, year, first, last))

    assert interval("Alder", 2020, 12, 19)[2] < -20 and interval("Birch", 2020, 12, 19)[2] < 0
    for place in ("Alder", "Birch"):
        (_, low, high, *_), (_, low_2021, high_2021, *_) = interval(place, 2020, 3, 10), interval(place, 2021, 12, 19)
        assert low < 0 < high and low_2021 < 0 < high_2021
    assert interval("Cedar", 2020, 12, 19)[2] < 0 and interval("Cedar", 2020, 3, 10)[2] < 0


# Versions.


@pytest.mark.parametrize(
    "processors",
    [
        ["OFFL 01.03.02", "OFFL 02.02.00"],
        ["RPRO 020400", "OFFL 010302"],
        ["NRTI 02.04.00", "OFFL 02.04.00"],
        ["OFFL 01.03.02", "OFFL 01.04.00"],
        ["OFFL 02.02.00", "RPRO 02.04.00"],
        ["OFFL 02.06.00", "RPRO 02.04.00"],
    ],
)
def test_mixing_is_refused_in_one_sentence_that_says_what_to_do(processors):
    with pytest.raises(ValueError, match="take one reprocessing") as refusal:
        NAMES["one_processing"](processors)
    assert all(name in str(refusal.value) for name in processors) and str(refusal.value).endswith("dates.")


@pytest.mark.parametrize("processors", [["RPRO 02.04.00"], ["RPRO 02.04.00", "OFFL 02.05.00"], ["NRTI 010302"] * 2])
def test_what_belongs_together_passes(processors):
    assert NAMES["one_processing"](pd.Series(processors)) is None


def test_the_false_rebound_is_shown_with_both_numbers():
    right, wrong = (int(re.search(rf"{stream} +([+-]\d+) %", printed("rebound"))[1]) for stream in ("RPRO", "OFFL"))
    assert abs(right) < 20 < wrong - right
    assert "These data mix OFFL 01.03.02, OFFL 01.04.00, OFFL 02.02.00" in printed("one-processing")


# Emission.


@pytest.mark.parametrize("year", [2019, 2020])
def test_the_plume_gives_back_emission_and_lifetime(maps, year):
    facts = describe("plume-no2")["facts"]
    (emission, tau, *_), drawn, n = PLUME["plume"](maps, year, draws=100)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    truth = facts[f"nox_{year}"][0], facts["lifetime"][0]
    assert (low < truth).all() and (truth < high).all() and n > 30
    assert (emission, tau) == pytest.approx(truth, rel=0.1)


def test_the_curve_has_its_mass_and_its_decay():
    x = np.arange(-2e5, 2e6, 500.0)
    L = PLUME["emg"](x, 5e5, 7e4, 1e4, 0.0, 0.0)
    assert L.sum() * 500 == pytest.approx(5e5, rel=1e-3)
    assert np.log(L[x == 2e5] / L[x == 2.7e5]).item() == pytest.approx(1, rel=1e-3)


def test_what_the_lesson_reads_is_in_the_catalogue_as_simulated():
    assert (catalogue().loc[["city-no2", "plume-no2"], "kind"] == "simulated").all()
