"""The twin of a ship's CO2 analyser: the fCO2 it was made from comes back, and only by the right way."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from fieldnotes import load, science
from fieldnotes.entries import describe

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"


@pytest.fixture(scope="module")
def cruise():
    return load("ship-pco2")


@pytest.fixture(scope="module")
def made():
    return importlib.import_module("ship_pco2").simulate()


@pytest.fixture(scope="module")
def facts():
    entry = describe("ship-pco2")
    return {name: value for name, (value, _, _) in entry["facts"].items()}


def calibrated(cruise):
    """CO2 [ppm] by a line through the three standards, their readings interpolated to the moment of each row."""
    readings = cruise.pivot(columns="type", values="xco2")[["std1", "std2", "std3"]].interpolate("time")
    assigned = cruise.groupby("type").standard.first()[["std1", "std2", "std3"]]
    lines = [np.polyfit(row, assigned, 1) for row in readings.bfill().to_numpy()]
    return np.array([np.polyval(line, raw) for line, raw in zip(lines, cruise.xco2, strict=True)])


def sea_error(xco2, cruise, made):
    """fCO2 from xCO2, minus the true one, in the rows of the equilibrator."""
    found = science.fco2(xco2, cruise.t_equ, cruise.salinity, cruise.p_equ, cruise.sst)
    return (found - made.fco2)[cruise.type == "equ"]


def test_the_chain_gives_the_true_fco2_back(cruise, made, facts):
    error = sea_error(calibrated(cruise), cruise, made)
    assert abs(error.mean()) < 0.05 and error.std() < 0.2 and error.abs().max() < 0.6
    assert made.fco2[made.type == "equ"].mean() == pytest.approx(facts["fco2"], abs=0.005)


def test_one_calibration_for_all_days_is_not_enough(cruise, made):
    first = np.polyfit(cruise.xco2.iloc[:3], cruise.standard.iloc[:3], 1)
    error = sea_error(np.polyval(first, cruise.xco2), cruise, made)
    assert error.iloc[-20:].mean() > 8 and error.iloc[:10].abs().max() < 1


def test_drift_and_noise_are_the_stated_ones(made, facts):
    module = importlib.import_module("ship_pco2")
    (zero, _), (gain, gain_end) = module.drift(np.array([0, 96]))
    assert (zero, gain, gain_end) == pytest.approx(
        (facts["zero_start"], facts["gain_start"], facts["gain_end"]), abs=0.005
    )
    hours = (made.index - made.index[0]).total_seconds() / 3600
    zero, gain = module.drift(hours)
    assert (made.xco2 - zero - gain * made.co2).std() == pytest.approx(facts["noise"], rel=0.1) == module.NOISE


def test_every_reading_lies_between_two_calibrations_and_between_the_standards(cruise):
    counts = cruise.type.value_counts()
    assert len(cruise) == 627 and counts["equ"] == 504 and set(counts[["std1", "std2", "std3"]]) == {25}
    assert cruise.type.iloc[0] == "std1" and cruise.type.iloc[-1] == "std3"
    low, high = (cruise.xco2[cruise.type == name] for name in ("std1", "std3"))
    assert low.max() < cruise.xco2[cruise.type == "equ"].min() and high.min() > cruise.xco2[cruise.type == "equ"].max()
