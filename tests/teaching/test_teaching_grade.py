"""Grading a class: twice, interrupted, changed, and what the pages and the grade book say of it."""

import json

import pytest
from classroom import book, handed_in, needs_sandbox, points, put, quietly, table

from teaching import sandbox

pytestmark = needs_sandbox
CLASS = {
    "anna": {},
    "bo": {"sum": "total = 6"},
    "cleo": {"sum": "total = 6", "gas": "gas = 'CO'"},
    "dan": {"half": "half = ..."},
    "eva": {"gas": "gas ="},
    "finn": {"half": "half = {'grams': 4}", "sum": "total = 10**400"},
}
EARNED = {"anna": 3, "bo": 2, "cleo": 1, "dan": 2, "eva": 2, "finn": 1, "gus": 0}


@pytest.fixture(scope="module")
def graded(made, tmp_path_factory):
    """The class graded once: submissions, results and the folder with the pages."""
    folder = tmp_path_factory.mktemp("graded")
    files = {f"{name}.ipynb": handed_in(made, **answers) for name, answers in CLASS.items()}
    inside = put(folder / "in", files | {"gus.ipynb": b"{"})
    return inside, quietly(made, inside, folder / "out"), folder / "out"


def test_each_has_the_points_they_earned_and_a_broken_file_costs_nobody_else(graded):
    _, results, out = graded
    assert points(results) == EARNED
    assert {name: float(row["points"]) for name, row in table(out).items()} == EARNED


def test_nbgraders_book_holds_the_same_points(graded, made):
    quietly(made, graded[0], graded[2])
    assert book(made) == EARNED


def test_a_second_grading_runs_nothing_and_writes_the_same(graded, made, monkeypatch):
    inside, _, out = graded
    before = (out / "grades.csv").read_bytes()
    monkeypatch.setattr(sandbox, "require", lambda: None)  # it runs an empty notebook
    monkeypatch.setattr(sandbox, "run", lambda *parts: pytest.fail("it ran again"))
    again = quietly(made, inside, out)
    assert all(result["again"] for result in again.values())
    assert (out / "grades.csv").read_bytes() == before


def test_the_book_takes_only_what_is_new(made, tmp_path):
    inside, out = put(tmp_path / "in", {f"{name}.ipynb": handed_in(made) for name in ("hugo", "ida")}), tmp_path / "out"
    quietly(made, inside, out)
    first = _booked(made)
    put(inside, {"ida.ipynb": handed_in(made, gas="gas = 1")})
    quietly(made, inside, out)
    assert _booked(made)["hugo"] == first["hugo"] and _booked(made)["ida"] != first["ida"]
    assert book(made)["ida"] == 2


def _booked(made):
    """Return when each student's notebook was booked."""
    return {path.parts[-3]: path.stat().st_mtime_ns for path in made.folder.glob("course/autograded/*/*/*.ipynb")}


def test_graded_anew_elsewhere_the_grades_are_the_same(graded, made, tmp_path):
    anew = quietly(made, graded[0], tmp_path, jobs=1)
    assert not any(result["again"] for result in anew.values())
    assert (tmp_path / "grades.csv").read_bytes() == (graded[2] / "grades.csv").read_bytes()


def test_only_a_changed_submission_is_run_again(graded, made, tmp_path):
    inside, out = put(tmp_path / "in", {f"{name}.ipynb": handed_in(made) for name in ("anna", "bo")}), tmp_path / "out"
    quietly(made, inside, out)
    put(inside, {"bo.ipynb": handed_in(made, gas="gas = 1")})
    (inside / "anna.ipynb").rename(inside / "Anna.ipynb")
    results = quietly(made, inside, out)
    assert {name: result["again"] for name, result in results.items()} == {"anna": True, "bo": False}
    assert results["anna"]["name"] == "Anna"
    assert points(results) == {"anna": 3, "bo": 2}


def test_an_interrupted_grading_stops_and_goes_on_where_it_was(made, tmp_path):
    inside = put(tmp_path / "in", {f"{name}.ipynb": handed_in(made) for name in "abcde"})

    def interrupt(text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quietly(made, inside, tmp_path / "out", tell=interrupt, jobs=1)
    kept = {path.stem for path in (tmp_path / "out" / "results").glob("*.json")}
    assert 1 <= len(kept) <= 3, "who interrupts does not wait for the class"
    assert not (tmp_path / "out" / "grades.csv").exists()
    results = quietly(made, inside, tmp_path / "out")
    assert {name for name, result in results.items() if result["again"]} == kept
    assert set(points(results).values()) == {3}


def test_what_nobody_thought_of_costs_one_grade_and_is_tried_again(made, tmp_path, monkeypatch):
    inside = put(tmp_path / "in", {"anna.ipynb": handed_in(made), "bo.ipynb": handed_in(made, gas="gas = 1")})
    run = sandbox.run

    def fails(notebook, *parts):
        if "gas = 1" in json.dumps(notebook):
            raise OSError("no more processes")
        return run(notebook, *parts)

    monkeypatch.setattr(sandbox, "run", fails)
    results = quietly(made, inside, tmp_path / "out")
    assert points(results) == {"anna": 3, "bo": 0}
    assert "could not be graded: OSError" in table(tmp_path / "out")["bo"]["remarks"]
    monkeypatch.undo()
    results = quietly(made, inside, tmp_path / "out")
    assert points(results) == {"anna": 3, "bo": 2}
    assert results["anna"]["again"]


def test_feedback_tells_the_thought_and_no_answer(graded, made):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (graded[2] / "feedback").iterdir()}
    assert set(pages) == set(EARNED)
    assert "You multiplied them." in pages["bo"]
    assert "That one is a poison." in pages["cleo"]
    assert "your code stops with" in pages["eva"]
    assert "is not a notebook" in pages["gus"]
    for name in ("cleo", "gus"):  # the others' own code holds the answer
        assert "CO2" not in pages[name]
    assert all("expected" not in page and "sealed" not in page for page in pages.values())
    assert "3 of 3 points" in pages["anna"]


def test_the_overview_counts_mistakes(graded):
    page = (graded[2] / "overview.html").read_text(encoding="utf-8")
    assert "<strong>2</strong> You multiplied them." in page
    assert "<strong>1</strong> That one is a poison." in page
    assert "7 submissions" in page
    assert "3 of 7" in page
