"""The lesson on soil moisture: its own functions on cases with known answers, and on the twin's known truth."""

import importlib
import re

import lessons
import nbformat
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from ci.notebooks import ROOT

LESSON = "research/soil-moisture-anomalies"
ROOM = ROOT / "ancillary_data"
AREA = shapely.Polygon([(-39.7, 43.4), (-38.2, 43.6), (-37.4, 42.8), (-37.9, 41.9), (-39.4, 41.8)])

twin = importlib.import_module("soil_moisture")


@pytest.fixture(scope="module")
def lesson():
    """The lesson's functions by name."""
    return lessons.functions(LESSON)


@pytest.fixture(scope="module")
def printed():
    """What each cell of the committed lesson printed."""
    cells = nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", as_version=4).cells
    return {cell.id: "".join(out.get("text", "") for out in cell.get("outputs", [])) for cell in cells}


@pytest.fixture
def monthly():
    """Eleven years of months with a season, of four cells, in random weather; a dry month and a gap."""
    time = pd.date_range("2010-01", "2020-12", freq="MS")
    values = np.random.default_rng(11).normal(0.2, 0.03, (len(time), 2, 2))
    values += 0.05 * np.cos(2 * np.pi * time.month.to_numpy() / 12)[:, None, None]
    values[91] -= 0.15  # August 2017
    values[50, 0, 0] = np.nan
    return xr.DataArray(values, {"time": time, "lat": [45.0, 44], "lon": [1.0, 2]}, ["time", "lat", "lon"])


@pytest.fixture(scope="module")
def seen(lesson):
    """The twin's retrievals and uncertainties after the lesson's mask, and its truth on the same days and cells."""
    grid = xr.load_dataset(ROOM / "soil-moisture.nc")
    sm = grid["sm"].where(lesson["usable"](grid["flag"]))
    s, *_, porosity = twin.truth()
    true = sm.copy(data=s * porosity).where(sm.notnull())
    return sm, grid["sm_uncertainty"].where(sm.notnull()), true


@pytest.fixture(scope="module")
def inside(seen):
    sm = seen[0]
    return shapely.intersects_xy(AREA, *np.meshgrid(sm["lon"], sm["lat"]))


def test_bit_64_is_advice_and_every_other_bit_a_reason_to_leave_out(lesson):
    flag = xr.DataArray([0, 64, 1, 2, 4, 8, 16, 32, 65, 66, np.nan], dims="cell")
    assert lesson["usable"](flag).values.tolist() == [True, True] + [False] * 9


def test_the_lesson_tells_what_the_short_rule_deletes(printed):
    (short, few, cells), (careful, all_cells, _) = (
        [int(number) for number in re.findall(r"keeps +(\d+) values in (\d+) of (\d+)", line)[0]]
        for line in printed["usable"].splitlines()
    )
    assert short < careful and few < all_cells == cells
    assert few == 480 - (twin.land(np.random.default_rng(3))[0] < 0.12).sum()  # the desert, to the cell


def test_over_its_base_an_anomaly_is_zero_and_z_has_the_sd_one(lesson, monthly):
    found = lesson["anomalies"](monthly, lesson["climatology"](monthly, range(2010, 2021))).groupby("time.month")
    assert abs(found.mean("time")).max().to_array().max() < 1e-9
    np.testing.assert_allclose(found.std("time", ddof=1)["standardised"], 1)
    assert not np.allclose(found.std("time", ddof=0)["standardised"], 1)


def test_the_three_anomalies_are_as_defined(lesson, monthly):
    usual = lesson["climatology"](monthly, [2010, 2011, 2012, 2013, 2014, 2015, 2016])
    cell = lesson["anomalies"](monthly, usual).sel(time="2017-08").squeeze("time").isel(lat=1, lon=1)
    base = monthly[monthly["time.month"] == 8].sel(time=slice("2010", "2016"))[:, 1, 1].values
    x = float(monthly[91, 1, 1])
    assert float(cell["absolute"]) == pytest.approx(x - base.mean())
    assert float(cell["relative"]) == pytest.approx(100 * (x / base.mean() - 1))
    assert float(cell["standardised"]) == pytest.approx((x - base.mean()) / base.std(ddof=1))


def test_a_year_in_its_own_base_is_less_far_out_and_never_beyond_its_limit(lesson, monthly):
    z = {}
    for name, years in (("in", range(2010, 2021)), ("out", [y for y in range(2010, 2021) if y != 2017])):
        z[name] = lesson["anomalies"](monthly, lesson["climatology"](monthly, years))["standardised"].sel(
            time="2017-08"
        )
    assert (abs(z["in"]) < 10 / 11**0.5).all() and (abs(z["out"]) > 10 / 11**0.5).all()


def test_a_masked_month_stays_missing_and_few_years_make_no_climatology(lesson, monthly):
    found = lesson["anomalies"](monthly, lesson["climatology"](monthly, range(2010, 2021)))
    assert found.isel(time=50, lat=0, lon=0).isnull().to_array().all()
    assert int(found["absolute"].isnull().sum()) == 1
    few = lesson["climatology"](monthly, range(2014, 2021))  # seven years, and 2014 lacks a March in one cell
    assert few["mean"].isnull().sum() == 1 and few["sd"].sel(month=3)[0, 0].isnull()


def test_a_month_of_few_days_has_no_mean(lesson):
    time = pd.date_range("2020-01-01", "2020-02-29")
    daily = xr.DataArray(np.full(len(time), np.nan), {"time": time}, ["time"])
    daily[:5], daily[31:35] = 0.2, 0.2
    assert lesson["monthly_mean"](daily, days=5).isnull().values.tolist() == [False, True]
    assert lesson["monthly_mean"](daily, days=4).notnull().all()


def test_cells_weigh_as_their_area_and_half_of_them_must_have_a_value(lesson):
    field = xr.DataArray([[0.0], [1.0]], {"lat": [60.0, 0.0], "lon": [0.0]}, ["lat", "lon"])
    everywhere = np.ones((2, 1), bool)
    assert float(lesson["area_mean"](field, everywhere)) == pytest.approx(2 / 3)  # cos 60 is half of cos 0
    assert float(lesson["area_mean"](field.where(field > 0), everywhere)) == 1
    four = xr.DataArray(np.array([[1.0, np.nan, np.nan, np.nan]]), {"lat": [0.0], "lon": range(4)}, ["lat", "lon"])
    assert np.isnan(lesson["area_mean"](four, np.ones((1, 4), bool)))


def test_bounds_of_equal_cells_are_those_of_the_textbook(lesson):
    u = xr.DataArray(np.full((1, 5), 0.04), {"lat": [10.0], "lon": range(5)}, ["lat", "lon"])
    u[0, 4] = np.nan
    low, high = lesson["bounds"](u, xr.ones_like(u, bool))
    assert (float(low), float(high)) == (pytest.approx(0.02), pytest.approx(0.04))
    nothing = lesson["bounds"](u, xr.zeros_like(u, bool))
    assert all(np.isnan(one) for one in nothing)


def test_the_true_error_of_the_area_lies_between_the_bounds(lesson, seen, inside):
    sm, sigma, true = seen
    monthly, actual = lesson["monthly_mean"](sm), lesson["monthly_mean"](true)
    count = sm.resample(time="MS").count()
    u = (sigma**2).resample(time="MS").sum().where(monthly.notnull()) ** 0.5 / count
    low, high = lesson["bounds"](u, xr.DataArray(inside, dims=("lat", "lon")))
    error = lesson["area_mean"](monthly, inside) - lesson["area_mean"](actual, inside)
    low, high, error = (one.where(error.notnull()) for one in (low, high, error))
    assert ((error / high) ** 2).mean() < 1 < ((error / low) ** 2).mean() / 4


def test_the_anomaly_of_the_drought_is_the_true_one_within_its_bounds(lesson, seen, inside):
    sm, _, true = seen
    others = [y for y in range(2010, 2021) if y != 2017]
    found = []
    for field in (sm, true):
        monthly = lesson["area_mean"](lesson["monthly_mean"](field), inside)
        found.append(
            float(
                lesson["anomalies"](monthly, lesson["climatology"](monthly, others))["absolute"]
                .sel(time="2017-08")
                .item()
            )
        )
    assert found[1] < -0.06 and found[0] == pytest.approx(found[1], abs=0.022)  # twice the larger bound


@pytest.mark.parametrize("ascending", [True, False], ids=["south first", "north first"])
def test_a_subset_is_the_same_whichever_way_latitude_runs(lesson, monthly, ascending):
    field = monthly.sortby("lat", ascending=ascending)
    found = lesson["subset"](field, 0, 44.5, 1.5, 46)
    assert found.sizes == {"time": 132, "lat": 1, "lon": 1} and found["lat"].item() == 45


def test_a_mosaic_of_split_tiles_is_the_original(lesson, monthly):
    wide = xr.concat([monthly.assign_coords(lon=monthly["lon"] + 2 * k) for k in range(3)], "lon")
    tiles = wide[..., :3], wide[..., 2:5], wide[..., 4:]
    xr.testing.assert_identical(lesson["mosaic"](*tiles), wide)


def test_where_tiles_overlap_the_first_value_wins(lesson):
    first = xr.DataArray([1.0, np.nan], {"lon": [1, 2]}, ["lon"])
    second = xr.DataArray([5.0, 6.0, 7.0], {"lon": [1, 2, 3]}, ["lon"])
    assert lesson["mosaic"](first, second).values.tolist() == [1, 6, 7]
    assert lesson["mosaic"](second, first).values.tolist() == [5, 6, 7]


@pytest.mark.parametrize("red, nir, true, wrong", [(0.05, 0.30, 0.714, 0.333), (0.02, 0.45, 0.915, 0.494)])
def test_an_index_of_stored_integers_is_another_number(lesson, red, nir, true, wrong):
    index = lesson["normalised_difference"]
    stored = [(rho + 0.2) / 2.75e-5 for rho in (nir, red)]
    assert index(nir, red) == pytest.approx(true, abs=5e-4)
    assert index(*stored) == pytest.approx(wrong, abs=5e-4)
    assert index(*(number * 2.75e-5 - 0.2 for number in stored)) == pytest.approx(index(nir, red))


def test_the_lesson_computes_its_index_from_reflectance_and_shows_the_mistake(printed):
    assert "NDVI of reflectance 0.714, NDVI of stored integers 0.333" in printed["tools-tried"]


def test_per_cent_of_saturation_is_not_taken_for_a_volume(printed):
    volume, mistaken = (float(number) for number in re.findall(r"0\.\d+", printed["saturation"]))
    assert mistaken > 2 * volume


def test_pixels_move_fewer_bytes_than_whole_files(printed):
    found = re.findall(r"(.+?) {2,}(.+?) +(\d+) requests +(\d+) kB", printed["ledger"])
    ledger = {(question, way): (int(requests), int(size)) for question, way, requests, size in found}
    assert len(ledger) == 16
    for question in ("a pixel, all days", "an area, all days"):
        whole = ledger[question, "whole files"]
        assert whole[0] == 132 and all(ledger[question, way][1] <= whole[1] for _, way in ledger)
    month = {way: size for (question, way), (_, size) in ledger.items() if question == "one month, all cells"}
    assert min(month, key=month.get) == "whole files"
