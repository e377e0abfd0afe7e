"""The lesson on three records of a warming planet: its numbers against the catalogue's facts, and what it refuses."""

import re

import matplotlib.pyplot as plt
import pytest
from lessons import defined

import fieldnotes
from fieldnotes.entries import describe

LESSON = "outreach/stripes-and-ice"
BEGIN = ("imports", "parameters", "load")


@pytest.fixture(autouse=True)
def titles(monkeypatch):
    """The titles of the figures that were drawn."""
    found = []

    def show(fig, *rest):
        found.extend(ax.get_title(loc="left") for ax in fig.axes)
        plt.close(fig)

    monkeypatch.setattr(fieldnotes, "show", show)
    return found


def facts(name):
    return {fact: value[0] for fact, value in describe(name)["facts"].items()}


def numbers(text):
    return [float(number) for number in re.findall(r"[+-]?\d+(?:\.\d+)?", text)]


def test_the_last_blue_year_depends_on_what_is_called_usual(titles):
    names = defined(LESSON, *BEGIN, "stripes")
    for usual_from in (1880, 1991):
        names["draw_stripes"](usual_from)
    assert titles == [f"The last blue year was {year}" for year in (1976, 1933, 2011)]


def test_the_ten_warmest_years_are_the_last_ten(capsys):
    defined(LESSON, *BEGIN, "warmest")
    *warmest, first, last, warmer, _, _ = numbers(capsys.readouterr().out.replace("ten", ""))
    assert warmest == list(range(2014, 2024)) and (first, last) == (2014, 2023)
    assert warmer == 1.2


def test_a_record_that_cools_is_refused(monkeypatch):
    load = fieldnotes.load
    monkeypatch.setattr(fieldnotes, "load", lambda *which: load(*which).assign(anomaly=lambda table: -table["anomaly"]))
    with pytest.raises(AssertionError):
        defined(LESSON, *BEGIN, "warmest")


def test_a_third_of_the_september_ice_is_gone(capsys):
    names = defined(LESSON, *BEGIN, "ice-loss")
    early, late, lost = numbers(capsys.readouterr().out)
    assert (early, late, lost) == (7.4, 4.9, -34)
    assert names["extent"][2012] == facts("arctic-sea-ice")["extent_2012"]


def test_the_sea_is_23_cm_higher_and_gauges_rise_faster_than_altimeters(capsys):
    defined(LESSON, *BEGIN, "sea-rise")
    rise, _, _, _, gauges, altimeters = numbers(capsys.readouterr().out)
    assert rise == round(facts("sea-level")["gauges_2013"])
    assert gauges == facts("sea-level")["gauges_late"]
    assert gauges - altimeters == pytest.approx(1.0, abs=0.06)


def test_our_numbers_lie_in_the_intervals_of_the_climate_panel():
    names = defined(LESSON, *BEGIN, "warmest", "ice-loss", "sea-rise", "known")
    ours = names["ours"]
    assert 0.95 < ours["air (K)"] < 1.20
    assert 0.15 < ours["sea (m)"] < 0.25
    assert -40 < ours["ice (%)"] < -30  # the panel's span ends in 2019, ours in 2015
