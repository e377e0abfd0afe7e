"""The simulated radiocarbon gives its known fossil CO2 back with the error it claims, and hides it from the hasty."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fieldnotes.entries import describe

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
ENTRY = describe("cbw-14c")
FACTS = {key: value for key, (value, _, _) in ENTRY["facts"].items()}


@pytest.fixture(scope="module")
def samples():
    return pd.read_csv(ROOM / ENTRY["file"], index_col="time", parse_dates=["time"])


@pytest.fixture(scope="module")
def truth():
    """The fossil CO2 of every sample, ppm."""
    return importlib.import_module("cbw_14c").simulate().tz_localize("UTC")["fossil"]


def fossil(samples, nuclear):
    """Fossil CO2 (ppm) by Levin et al. (2003), equation 3, after taking out what facilities add (permille)."""
    return samples.co2 * (samples.delta14c_bg - samples.delta14c + nuclear) / (samples.delta14c_bg + 1000)


def test_it_says_that_it_is_simulated():
    assert ENTRY["kind"] == "simulated"
    assert "simulated" in ENTRY["title"] and "not a measurement" in ENTRY["credit"]


def test_samples_follow_each_other_and_a_few_are_lost(samples):
    assert len(samples) == FACTS["samples"]
    assert (samples.index.to_series().diff().dropna() == pd.Timedelta("14D")).all()
    assert samples.delta14c.isna().sum() == FACTS["lost"]
    assert samples.drop(columns=["delta14c", "delta14c_err"]).notna().all(axis=None)


def test_the_true_fossil_co2_is_that_of_the_facts(samples, truth):
    winter = truth.index.month.isin([12, 1, 2])
    assert truth.mean() == pytest.approx(FACTS["fossil"], abs=0.005)
    assert truth[winter].mean() == pytest.approx(FACTS["fossil_winter"], abs=0.005)
    assert truth.sum() / (samples.co2 - samples.co2_bg).sum() == pytest.approx(FACTS["share"], abs=0.005)


def test_the_mass_balance_gives_the_truth_back_within_its_error(samples, truth):
    found = fossil(samples, samples.nuclear)
    per_mille = np.sqrt(samples.delta14c_err**2 + samples.delta14c_bg_err**2 + samples.nuclear_err**2)
    scaled = (found - truth) / (samples.co2 / 1000 * per_mille)
    assert found.mean() == pytest.approx(truth[found.notna()].mean(), abs=0.2)
    assert 0.8 < scaled.std() < 1.2
    assert found.corr(truth) > 0.9


def test_who_forgets_the_facilities_or_turns_their_sign_finds_too_little(samples, truth):
    bias = [(fossil(samples, sign * samples.nuclear) - truth).mean() for sign in (0, -1)]
    assert -0.9 < bias[0] < -0.4
    assert bias[1] < 1.7 * bias[0]
