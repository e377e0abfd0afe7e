"""The lesson on 800,000 years of air: its numbers against the catalogue's facts, and records that it must refuse."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from lessons import defined

import fieldnotes
from fieldnotes.entries import describe

LESSON = "outreach/eight-hundred-thousand-years"
BEGIN = ("imports", "parameters", "load")


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Let figures be drawn, not shown."""
    monkeypatch.setattr(fieldnotes, "show", lambda fig, *rest: plt.close(fig))


@pytest.fixture
def changed(monkeypatch):
    """A function that lets the lesson load a changed table under a name."""
    load = fieldnotes.load

    def change(name, by):
        def loaded(wanted, *rest):
            table = load(wanted, *rest)
            return by(table) if wanted == name else table

        monkeypatch.setattr(fieldnotes, "load", loaded)

    return change


def numbers(text):
    return [float(number) for number in re.findall(r"[+-]?\d+(?:\.\d+)?", text)]


def test_no_value_before_1800_is_above_299_ppm(capsys):
    facts = describe("ice-core-co2")["facts"]
    names = defined(LESSON, *BEGIN, "highest")
    _, highest, year, lowest, _, last = numbers(capsys.readouterr().out)
    assert highest == facts["highest_to_1800"][0] and year == -333152
    assert (lowest, last) == (round(facts["lowest"][0], 1), round(facts["air_2018"][0], 1))
    assert names["before"]["co2"].max() < 299 and set(names["before"]["source"]) == {"ice core"}


def test_one_higher_value_in_the_ice_is_refused(changed):
    def raised(table):
        return table.assign(co2=table["co2"].where(table["year"] != -333152, 299.2))

    changed("ice-core-co2", raised)
    with pytest.raises(AssertionError):
        defined(LESSON, *BEGIN, "highest")


def test_ice_and_air_are_told_apart_by_their_source(capsys):
    defined(LESSON, *BEGIN, "compare")
    years, difference = numbers(capsys.readouterr().out)
    assert (years, difference) == (17, describe("ice-core-co2")["facts"]["ice_less_air"][0])


def test_the_climb_since_1959_is_larger_than_that_after_the_ice_age_and_a_hundred_times_as_fast(capsys):
    defined(LESSON, *BEGIN, "highest", "pace")
    *_, rise, slow, _, _, fast = numbers(capsys.readouterr().out)
    assert 80 < rise < 90 < 408.52 - 315.97
    assert slow == pytest.approx(rise / 80, abs=0.06)
    assert fast == pytest.approx(100 * (408.52 - 315.97) / 59, abs=0.6)


def test_a_spike_that_vanishes_is_hidden_by_500_years_and_not_by_300():
    names = defined(LESSON, *BEGIN, "highest", "blur")
    spike, highest = names["spike"], names["highest"]["co2"]
    assert spike[2018] == 408.52 and spike[1000] == 279.0 and spike.notna().all()
    assert set(spike.loc[2019:]) == {280.0}
    peaks = {years: max(np.convolve(spike, np.ones(years) / years, "valid")) for years in (100, 300, 500)}
    assert peaks[500] < highest < peaks[300] < peaks[100]


def test_temperature_that_does_not_follow_co2_is_refused(changed):
    changed("ice-core-temperature", lambda table: table.assign(anomaly=-table["anomaly"]))
    with pytest.raises(AssertionError):
        defined(LESSON, *BEGIN, "highest", "temperature-figure")
