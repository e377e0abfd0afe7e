"""The lesson on the daily and yearly breath of two forests, run on what their towers measured."""

import re

import pandas as pd
import pytest
from conftest import SEPARATORS, texts

import fieldnotes.entries
from ci.notebooks import ROOT

LESSON = "education/the-breathing-of-the-forest"
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def told(run_lesson, measured, tmp_path_factory):
    """What each cell of the lesson prints or displays as text on the measurements, by the cell's id."""
    return texts(run_lesson(LESSON, measured("htm-co2"), tmp_path_factory.mktemp("executed")))


def numbers(text, row):
    """Return the numbers in a row of a printed table or list."""
    found = re.search(rf"^ *{row}:? (.*)$", text, re.MULTILINE)[1]
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", found)]


def depths(towers, tower):
    """Return each whole day's depth (ppm), counted day by day in Swedish winter time."""
    found = {}
    series = towers[tower].tz_convert("Etc/GMT-1")
    for date, values in series.groupby(series.index.date):
        if values.count() == 24:
            found[pd.Timestamp(date)] = values.iloc[3:6].mean() - values.iloc[13:16].mean()
    return pd.Series(found)


def test_the_class_sees_the_published_value(towers, told):
    assert towers.loc["2017-06-01T15:00Z", "hyltemossa"] == 407.01
    assert "Exercise 1: right. (407 ppm)" in told["watch-check"]


def test_the_measured_numbers_beside_ours_are_those_of_the_measurements(towers, told):
    for number, month in {1: "January", 6: "June", 7: "July", 8: "August"}.items():
        south, north, stated_south, stated_north = numbers(told["measured"], month)
        assert [south, north] == [stated_south, stated_north]
        for tower, stated in (("hyltemossa", south), ("svartberget", north)):
            of_days = depths(towers, tower)
            assert of_days[of_days.index.month == number].mean() == pytest.approx(stated, abs=0.06)
            text = fieldnotes.entries.describe("htm-co2")["facts"][f"breath_{tower}_{month.lower()}"][2]
            assert f"measured {stated:.1f} +-" in text


def test_the_two_julys_are_those_that_the_text_states(towers):
    of_days = depths(towers, "hyltemossa")
    by_month = of_days.groupby([of_days.index.year, of_days.index.month]).mean().round(1)
    text = (ROOT / "notebooks" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    stated = re.search(r"July was ([\d.]+) ppm deep in 2017 and ([\d.]+) ppm in 2018", text)
    assert [by_month[2017, 7], by_month[2018, 7]] == [float(number) for number in stated.groups()]


def test_every_exercise_is_right_on_the_measurements(told):
    for exercise in ("watch", "light", "hours", "share", "peak"):
        assert ": right." in told[f"{exercise}-check"]
    assert "(4.045 hour)" in told["light-check"]
    assert "(9.091 %)" in told["share-check"]


def test_the_mistake_finds_a_breath_where_there_is_none(told):
    for tower in SEPARATORS:
        every_day, chosen = numbers(told["two-ways"], tower)
        assert every_day > 3 and abs(chosen) < 1


@pytest.mark.parametrize("summer, winter, watch", [(5, 11, 9), (6, 12, 12), (8, 2, 20)])
def test_other_parameters_hold(summer, winter, watch, run_lesson, measured, tmp_path):
    source = measured("htm-co2")
    told = texts(run_lesson(LESSON, source, tmp_path, summer=summer, winter=winter, watch=watch))
    assert all(": right." in told[f"{exercise}-check"] for exercise in ("watch", "hours", "share"))
