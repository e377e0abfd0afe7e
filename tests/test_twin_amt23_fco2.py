"""The ship's twin: it says what it is, keeps its facts, and gives its truth back to the formulas that lessons use."""

import importlib
from pathlib import Path

import pandas as pd
import pytest

from fieldnotes.entries import describe
from fieldnotes.science import fco2

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
ENTRY = describe("amt23-fco2")
FACTS = {key: value for key, (value, _, _) in ENTRY["facts"].items()}


@pytest.fixture(scope="module")
def ship():
    """The committed table, with the difference sea minus air (uatm)."""
    table = pd.read_csv(ROOM / ENTRY["file"], index_col="time", parse_dates=True)
    air = fco2(table["xco2_air"], table["sst"], table["salinity"], table["air_pressure"])
    return table.assign(delta=table["fco2_sea"] - air)


def test_it_says_that_it_is_a_twin():
    assert ENTRY["kind"] == "simulated"
    assert "simulated" in ENTRY["title"] and "not a measurement" in ENTRY["credit"]


def test_hours_and_gaps(ship):
    assert len(ship) == FACTS["hours"]
    assert ship["fco2_sea"].notna().sum() == FACTS["valid"]
    assert ship.drop(columns=["fco2_sea", "delta"]).notna().all(axis=None)


def test_the_disequilibrium_comes_back_by_belts(ship):
    truth = importlib.import_module("amt23_fco2")
    assert (truth.DISEQUILIBRIUM[-3], truth.DISEQUILIBRIUM[-40]) == (FACTS["equatorial"], FACTS["southern"])
    wanted = pd.Series(truth.belts(truth.DISEQUILIBRIUM, ship["lat"]), ship.index)
    belt = (ship["lat"] // 8) * 8
    missed = ship["delta"].groupby(belt).mean() - wanted.where(ship["delta"].notna()).groupby(belt).mean()
    assert missed.abs().max() < 12  # a belt is five eddies wide: the noise does not average out
    assert missed.abs().mean() < 6
    assert ship["delta"].corr(wanted) > 0.8
