"""The lesson on the daily and yearly breath of two forests, run on what their towers measured."""

import re

import pytest
from conftest import SEPARATORS, texts

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


def test_the_lesson_finds_the_published_numbers(told):
    published = {"hours": 17856, "with a value": 17242, "lowest": 382.455, "highest": 452.815, "mean": 411.857}
    for row, number in published.items():
        assert numbers(told["published"], row) == [number, number]
    assert "right. (407 ppm)" in told["watch-check"]


def test_the_class_sees_the_published_value(towers, told):
    assert towers.loc["2017-06-01T15:00Z", "hyltemossa"] == 407.01
    assert "Exercise 1: right." in told["watch-check"]


def test_july_breathes_and_january_does_not(told):
    for tower in SEPARATORS:
        part = told["compare"].split(tower)[1]
        july, half_july, _ = numbers(part, "July")
        january, half_january, _ = numbers(part, "January")
        assert july - half_july > 3 and half_july < 3
        assert abs(january) < half_january < 2
    assert told["compare"].count("not the same") == 2


def test_depths_are_those_of_a_loop_over_days(towers, told):
    """The same depth, counted day by day in Swedish winter time."""
    depths = []
    series = towers["hyltemossa"].tz_convert("Etc/GMT-1")
    for _, values in series.groupby(series.index.date):
        if values.count() == 24 and values.index[0].month == 7:
            depths.append(values.iloc[3:6].mean() - values.iloc[13:16].mean())
    july, _, days = numbers(told["compare"].split("svartberget")[0], "July")
    assert days == len(depths)
    assert july == pytest.approx(sum(depths) / len(depths), abs=0.06)


def test_the_mistake_finds_a_breath_where_there_is_none(told):
    for tower in SEPARATORS:
        every_day, mean_day, chosen, half = numbers(told["three-ways"], tower)
        assert every_day > 3 and 0 < mean_day < 1 and abs(chosen) < half


@pytest.mark.parametrize("summer, winter", [(5, 11), (6, 12), (8, 2)])
def test_other_months_hold(summer, winter, run_lesson, measured, tmp_path):
    told = texts(run_lesson(LESSON, measured("htm-co2"), tmp_path, summer=summer, winter=winter))
    assert told["compare"].count("difference") == 2
