"""The simulated soil moisture gives its truth back: the errors, what they share, the drought and the flags."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fieldnotes.entries import describe

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
ENTRY = describe("soil-moisture")
FACTS = {key: value for key, (value, _, _) in ENTRY["facts"].items()}
HEART = {"lat": 42.625, "lon": -38.625}

twin = importlib.import_module("soil_moisture")


@pytest.fixture(scope="module")
def grid():
    return xr.load_dataset(ROOM / ENTRY["file"])


@pytest.fixture(scope="module")
def state():
    """What the satellite does not see: saturation, temperature, wetness of the climate, forest, porosity."""
    return twin.truth()


@pytest.fixture(scope="module")
def true(grid, state):
    """True soil moisture, m3 m-3."""
    return grid["sm"].copy(data=state[0] * state[4])


@pytest.fixture(scope="module")
def error(grid, true, state):
    """Retrieval minus truth in units of its uncertainty, where neither a flag nor a cut at zero distorts it."""
    return ((grid["sm"] - true) / grid["sm_uncertainty"]).where((grid["flag"] == 0) & (state[2] > 0.5) & (true > 0.12))


def test_it_says_that_it_is_simulated():
    assert ENTRY["kind"] == "simulated"
    assert "simulated" in ENTRY["title"] and "not a measurement" in ENTRY["credit"]


def test_the_uncertainty_is_that_of_the_retrievals(error):
    assert float(error.std()) == pytest.approx(1, abs=0.02)
    assert float(error.mean()) == pytest.approx(0, abs=0.03)


def test_a_day_s_errors_share_what_the_catalogue_says(error):
    crowded = error.where(error.count(["lat", "lon"]) >= 40, drop=True)
    assert float(crowded.mean(["lat", "lon"]).var()) == pytest.approx(FACTS["error_shared"], abs=0.03)


def test_the_drought_is_as_deep_as_the_catalogue_says(true):
    august = true.sel(HEART).resample(time="MS").mean()
    august = august.where(august["time.month"] == 8, drop=True).groupby("time.year").mean()
    others = august.drop_sel(year=2017)
    depth = float(august.sel(year=2017) - others.mean())
    assert depth == pytest.approx(FACTS["heart_august_2017"], abs=0.0005)
    assert depth / float(others.std(ddof=1)) == pytest.approx(FACTS["heart_august_2017_z"], abs=0.005)


def test_water_is_neither_made_nor_lost_but_by_rain(state):
    s = state[0]
    assert s.min() >= 0.05 and s.max() <= 1
    assert (np.diff(s, axis=0) < 0).mean() > 0.5  # it dries on most days, and rain wets it on fewer


def test_flags_lie_where_their_causes_are(grid, state):
    _, temperature, wet, forest, _ = state
    flag = grid["flag"].fillna(0).astype(int)
    seen = grid["flag"].notnull()
    assert (((flag & 64) > 0) == (seen & (wet < 0.12))).all()
    assert (((flag & 1) > 0) == (seen & (temperature < 0))).all()
    assert (grid["sm"].isnull() == (~seen | ((flag & 2) > 0))).all()
    assert set(grid["time.month"].values[((flag & 2) > 0).any(["lat", "lon"])]) == {6, 7, 8}
    assert not forest[-1, -1] and wet[-1, -1] < 0.12 < wet[0, 0]  # the desert is the south-eastern corner


def test_the_satellites_come_every_few_days_and_once_not_at_all(grid):
    share = grid["flag"].notnull().mean(["lat", "lon"]).resample(time="YS").mean().to_series()
    assert share["2010-01-01"] < 0.3 < 0.35 < share["2013-01-01"] < 0.5
    assert grid["flag"].sel(time=slice("2014-05-28", "2014-07-20")).isnull().all()
