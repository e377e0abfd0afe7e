"""A run on live data leaves out, by name, the lessons that have a data set without a live route."""

import pytest
from lessons import lesson

from ci import live
from ci.notebooks import find
from ci.run import run
from fieldnotes import entries


def test_a_lesson_without_a_live_route_is_left_out_by_name(tmp_path, capsys):
    route = lesson(tmp_path / "route.ipynb", 'from fieldnotes import load\nname = "mlo-co2"\nprint(len(name))')
    none = lesson(tmp_path / "none.ipynb", 'from fieldnotes import load\ndata = load("gat-atc", source)')
    status = run([str(route), str(none)], source="live", build=tmp_path / "build")
    told = capsys.readouterr().out
    assert status == 0, told
    assert "– none" in told and "skipped: no live route to gat-atc" in told
    assert "1 passed, 0 failed" in told


def test_a_lesson_bound_to_certain_years_is_left_out_with_its_reason(tmp_path, capsys):
    bound = lesson(tmp_path / "bound.ipynb", "print(source)", live={"skip": "its totals are those of 2015 to 2018"})
    free = lesson(tmp_path / "free.ipynb", "print(source)", live={"first_year": 1975})
    assert live.with_route([bound, free]) == [free]
    assert "skipped: its totals are those of 2015 to 2018" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('load("mlo-co2", source)', {"mlo-co2"}),
        ('load("mlo-co2", source=source)', {"mlo-co2"}),
        ('fetch("gat-atc", source)', {"gat-atc"}),
        ('load("natural-earth-110m")', set()),
        ('load("mlo-co2", "fixture")', set()),
        ('{n: load(n, source) for n in ("mlo-co2", "cbw-co2")}', {"mlo-co2", "cbw-co2"}),
        ("%matplotlib inline", set()),
    ],
)
def test_the_data_sets_that_follow_the_source(tmp_path, code, names):
    assert live.chosen(lesson(tmp_path / "one.ipynb", code)) == names


def test_at_least_ten_lessons_have_a_live_route():
    able = [path for path in find() if not live.lacking(path)]
    assert len(able) >= 10
    assert all("live" in entries.describe(name) for path in able for name in live.chosen(path))
