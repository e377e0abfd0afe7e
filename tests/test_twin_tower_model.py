"""The simulated tower and its model: the parts add up, and both known errors of the model can be found again."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fieldnotes.entries import describe

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
ENTRY = describe("tower-model")
twin = importlib.import_module("tower_model")
PARTS = ["background", "gee", "resp", "fossil"]


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(ROOM / ENTRY["file"], index_col="time", parse_dates=["time"])


@pytest.fixture(scope="module")
def views():
    """The truth and the model's view of it, on the table's clock."""
    return [view.tz_localize("UTC") for view in twin.simulate()]


def local_hour(time):
    return (time.hour + 1) % 24


def misfit(table, first, last):
    """Model minus observation (ppm) from one hour of UTC + 1 to before another."""
    hour = local_hour(table.index)
    return (table.co2_model - table.co2)[(hour >= first) & (hour < last)]


def monthly(series):
    return series.groupby(series.index.month).mean()


def test_the_parts_of_the_model_are_its_sum(table):
    parts = table[[f"co2_model_{part}" for part in PARTS]].sum(axis=1)
    assert (parts - table.co2_model).abs().max() < 0.0015
    assert (table.co2_model_gee <= 0).all() and (table[["co2_model_resp", "co2_model_fossil"]] > 0).all(axis=None)


def test_the_year_is_whole_but_for_its_gaps(table):
    assert len(table) == ENTRY["facts"]["hours"][0]
    assert (table.index.to_series().diff().dropna() == pd.Timedelta("1h")).all()
    assert (table[["co2", "co"]].isna().sum() == ENTRY["facts"]["gaps"][0]).all()
    assert (table.co2.isna() & table.co2.shift(fill_value=0).notna()).sum() == 8


def test_what_is_observed_is_the_truth_and_the_instruments_noise(table, views):
    truth, _ = views
    error = table.co2 - truth.sum(axis=1)
    assert error.std() == pytest.approx(twin.NOISE["co2"], rel=0.05) and abs(error.mean()) < 0.005
    assert table.co.diff().corr(truth.fossil.diff()) > 0.8


def test_the_facts_are_the_errors_that_the_script_makes():
    assert ENTRY["facts"]["inventory"][0] == twin.INVENTORY
    assert ENTRY["facts"]["night_depth"][0] == twin.NIGHT_DEPTH


def test_each_error_changes_what_it_should_and_nothing_else(views):
    time = views[0].index + pd.Timedelta("30min")
    noise = twin.red_noise(np.random.default_rng(1), len(time), 24)
    right, wrong, small = (
        twin.components(time, noise, noise, *errors) for errors in ((1, 1), (twin.NIGHT_DEPTH, 1), (1, twin.INVENTORY))
    )
    night = local_hour(time) < 4
    assert (small.fossil / right.fossil).round(9).eq(twin.INVENTORY).all() and small.resp.equals(right.resp)
    assert 1.2 < right.resp[night].mean() / wrong.resp[night].mean() < twin.NIGHT_DEPTH
    noon = (local_hour(time) >= 12) & (local_hour(time) < 16) & time.month.isin([5, 6, 7])
    assert wrong.resp[noon].mean() == pytest.approx(right.resp[noon].mean(), rel=0.05)


def test_nights_are_biased_and_most_in_summer_while_afternoons_are_not(table):
    night, afternoon = monthly(misfit(table, 0, 4)), monthly(misfit(table, 12, 16))
    assert (night < -2).all() and (afternoon > -1.6).all()
    assert night[[6, 7, 8]].mean() < night[[12, 1, 2]].mean() - 2


def test_afternoons_of_winter_give_the_error_of_the_inventory(table, views):
    truth, model = views
    winter = (local_hour(table.index) // 4 == 3) & table.index.month.isin([11, 12, 1, 2])
    true = truth.fossil[winter].mean() / model.fossil[winter].mean()
    assert true == pytest.approx(1 / twin.INVENTORY, rel=0.15)
    left = (table.co2 - table.co2_model + table.co2_model_fossil)[winter]
    assert left.mean() / table.co2_model_fossil[winter][left.notna()].mean() == pytest.approx(true, rel=0.2)


def test_co_marks_the_true_fossil_plumes(table, views):
    truth, _ = views
    excess = table.co - table.co.rolling("72h").min()
    assert excess.corr(truth.fossil) > 0.8
