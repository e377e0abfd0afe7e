"""Making an assignment and proving it; and what is refused, naming the cell."""

import json
import os
import threading
import time

import nbformat
import pytest
from classroom import RIGHT, cell, write_lesson

from teaching import __main__ as door
from teaching import assign, prove
from teaching.lesson import Incomplete


def _retag(name, *tags):
    def change(notebook):
        cell(notebook, name).metadata["tags"] = list(tags)

    return change


def _source(name, source):
    def change(notebook):
        cell(notebook, name).source = source

    return change


def _check(code):
    return _source("half-check", f"# Run this cell to check your answer.\n{code}")


def _solution(code):
    return _source("half-solution", f"<details>\n\n```python\n{code}\n```\n\n</details>")


def _cut(notebook):
    notebook.cells = notebook.cells[: notebook.cells.index(cell(notebook, "gas-solution"))]


def _retyped(notebook):
    found = cell(notebook, "half-solution")
    found.update(cell_type="code", outputs=[], execution_count=None)


def _untagged(notebook):
    for one in notebook.cells:
        one.metadata.pop("tags", None)


INCOMPLETE = {
    "no exercises": (_untagged, "no exercises"),
    "no solution": (_retag("half-solution"), "'half-solution' stands where an exercise's solution belongs"),
    "no solution at the end": (_cut, "'gas-check' is the last, and the exercise has no solution"),
    "no task": (_retag("half-task"), "'half-answer' stands where an exercise's task belongs"),
    "no answer": (_retag("half-answer"), "'half-answer' stands where an exercise's answer belongs"),
    "no check": (_retag("gas-check"), "'gas-check' stands where an exercise's check belongs"),
    "two checks": (_retag("half-answer", "check"), "'half-answer' stands where an exercise's answer belongs"),
    "a solution that runs": (_retyped, "'half-solution' is the solution of an exercise and should be markdown"),
    "calls no check": (_check("print(half)"), "'half-check' is tagged 'check' and calls no check"),
    "one inside another": (
        _check('check("Half", half, 4)\nif half:\n    check("Again", half, 4)'),
        "'half-check' has a check inside another statement",
    ),
    "no name": (_check("check(half, half, 4)"), "'half-check' has a check that does not begin"),
    "no first line": (
        _source("half-check", 'check("Half", half, 4)'),
        "'half-check' does not begin with the line",
    ),
    "one name twice": (_check('check("Sum", half, 4)'), "More than one check names the exercise 'Sum'"),
    "not what is asked": (_solution("other = 4"), "'half-solution' assigns nothing that the check"),
    "no block": (_source("half-solution", "half = 4"), "'half-solution' has 0 blocks of Python; a solution has one"),
    "not Python": (_solution("half = = 4"), "'half-solution' holds code that is not Python"),
    "answered": (_source("half-answer", "half = 3"), "'half-answer' should hold 'half = ...', and nothing else"),
    "an answer read by the lesson": (
        _source("credit", "print(half)"),
        "'credit' reads 'half', which only",
    ),
    "a step read by the lesson": (
        _source("credit", "quarter + 1"),
        "'credit' reads 'quarter', which only",
    ),
    "an answer read by a check": (_check('check("Half", half, total - 1)'), "'half-check' reads 'total', which only"),
}


@pytest.mark.parametrize("kind", INCOMPLETE)
def test_an_incomplete_lesson_is_refused_naming_the_cell(tmp_path, capsys, kind):
    change, sentence = INCOMPLETE[kind]
    path = write_lesson(tmp_path / "lesson.ipynb", change)
    with pytest.raises(Incomplete) as refusal:
        assign.assign(str(path), tmp_path / "out")
    assert sentence in str(refusal.value)
    assert door.main(["assign", str(path), "--out", str(tmp_path / "out")]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["education/no-such"], "There is no lesson 'education/no-such'"),
        (["LESSON", "speed=3"], "has no parameter 'speed', only rate"),
        (["LESSON", "rate=fast"], "'fast' is of another kind"),
        (["LESSON", "rate=[2]"], "'[2]' is of another kind"),
        (["LESSON", "rate"], "'rate' is no parameter: write NAME=VALUE"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(small_lesson, tmp_path, capsys, asked, sentence):
    asked = [str(small_lesson) if word == "LESSON" else word for word in asked]
    assert door.main(["assign", *asked, "--out", str(tmp_path / "out")]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_things_is_left_alone(small_lesson, tmp_path, capsys):
    (tmp_path / "diary.txt").write_text("mine")
    assert door.main(["assign", str(small_lesson), "--out", str(tmp_path)]) == 2
    assert "something else than an assignment" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_the_release_holds_neither_outputs_nor_solutions(first_made):
    text = nbformat.writes(first_made.released)
    assert not any(one.get("outputs") for one in first_made.released.cells)
    assert not any(line in text for code in RIGHT.values() for line in code.splitlines())
    assert "poison" not in text
    assert cell(first_made.released, "half-answer").source.strip() == "half = ..."
    check = cell(first_made.released, "gas-check").source
    assert check == '# Run this cell to check your answer.\ncheck("Gas", gas, sealed["Gas"])'


@pytest.mark.needs("posix")
def test_the_key_is_for_the_teacher_alone(first_made):
    key = first_made.folder / "instructor" / "key.json"
    assert key.stat().st_mode & 0o077 == 0
    assert json.loads(key.read_text(encoding="utf-8"))["lesson"] == "what-is-it"
    assert "poison" in (first_made.folder / "instructor" / "marking-guide.html").read_text(encoding="utf-8")


def test_a_variant_has_other_answers(small_lesson, first_made, tmp_path, capsys):
    assert door.main(["assign", str(small_lesson), "rate=4", "--out", str(tmp_path)]) == 0
    assert "3 exercises, 3 points" in capsys.readouterr().out
    made = assign.read(tmp_path)
    assert {name: question.expected for name, question in made.questions.items()} == {"Sum": 7, "Half": 2, "Gas": "CO2"}
    assert first_made.questions["Sum"].expected == 5
    assert cell(made.released, "parameters").source == "rate = 4"


def test_a_solution_that_does_not_pass_its_own_check_is_refused(tmp_path):
    path = write_lesson(tmp_path / "lesson.ipynb", _solution("half = 5"))
    with pytest.raises(assign.Refused, match=r"own solution of 'Half' does not pass"):
        assign.assign(str(path), tmp_path / "out")


WRONG = """
[sum.multiplied]
answer = "total = rate * 3"
points = 0
says = "You multiplied"

[half.whole]
answer = "half = 8"
points = 0

[gas.poison]
answer = "gas = 'CO'"
points = 0
says = "poison"
"""


def _vacuous(notebook):
    _check('check("Half", bool(half), True)')(notebook)


def _leaked(notebook):
    _solution("half = 8 / rate  # grams")(notebook)
    cell(notebook, "gas-task").metadata["hint"] = "half = 8 / rate  # grams"


def _earned(notebook):
    _check('check("Half", half, 8 / rate, rel=0.2, mistakes=[(3.5, "You took a third.")])')(notebook)


def _alike(notebook):
    mistakes = '[("CO", "That one is a poison."), ("CO", "One sign is missing.")]'
    source = f'# Run this cell to check your answer.\ncheck("Gas", gas, "CO2", mistakes={mistakes})'
    cell(notebook, "gas-check").source = source


PROVED = {
    "as it is": (None, WRONG, []),
    "a vacuous check": (
        _vacuous,
        WRONG,
        ["blank: 'half' gets 1 points, and 0 are stated", "half.whole: 'half' gets 1"],
    ),
    "a mistake that gets the point": (
        _earned,
        WRONG,
        ["'Half' takes 3.5 for the right answer, and never says: You took"],
    ),
    "mistakes alike": (
        _alike,
        WRONG,
        ["'Gas' cannot tell 'CO' from another mistake: it says 'That one is a poison.', not"],
    ),
    "a leak": (_leaked, WRONG, ["holds a line of the solution 'half-solution': half = 8 / rate  # grams"]),
    "none stated": (None, WRONG.split("[gas")[0], ["has no wrong answer to 'gas'"]),
    "an unknown exercise": (None, WRONG + '[sun.x]\nanswer = "a = 1"\npoints = 0', ["knows 'sun'"]),
    "other points": (
        None,
        WRONG.replace("points = 0\n\n[gas", "points = 1\n\n[gas"),
        ["'half' gets 0 points, and 1 are"],
    ),
    "other words": (None, WRONG.replace("You multiplied", "You divided"), ["and stated is 'You divided'"]),
}


@pytest.mark.parametrize("kind", PROVED)
def test_proving_finds_what_is_wrong_with_an_assignment(tmp_path, monkeypatch, kind):
    change, wrong, expected = PROVED[kind]
    path = write_lesson(tmp_path / "what-is-it.ipynb", change)
    (tmp_path / "what-is-it.wrong.toml").write_text(wrong, encoding="utf-8")
    monkeypatch.setattr(prove, "WRONG", tmp_path)
    problems = prove.prove(str(path))
    assert len(problems) >= len(expected) if expected else problems == []
    for sentence in expected:
        assert any(sentence in problem for problem in problems), problems


def test_who_hands_a_lesson_out_hears_which_mistakes_its_checks_cannot_tell(tmp_path, capsys):
    path = write_lesson(tmp_path / "what-is-it.ipynb", _alike)
    assert door.main(["assign", str(path), "--out", str(tmp_path / "out")]) == 0
    assert "warning       'Gas' cannot tell 'CO' from another mistake" in capsys.readouterr().out


def test_proofs_side_by_side_leave_the_working_directory_alone(tmp_path):
    """nbgrader changes it while it works; another proof beside it would be somewhere else all of a sudden."""
    paths = [str(write_lesson(tmp_path / f"{name}.ipynb")) for name in ("one", "other")]
    told, seen = [], set()
    proofs = threading.Thread(target=prove.prove_all, args=(paths, 2, told.append))
    proofs.start()
    while proofs.is_alive():
        seen.add(os.getcwd())
        time.sleep(0.001)
    assert seen == {os.getcwd()}
    assert [line for line in told if line.endswith("proved")] == ["one: NOT proved", "other: NOT proved"]
    assert sum("has no wrong answer" in line for line in told) == 6


STATED = {
    "other keys": (
        WRONG.replace("says = ", "say = ", 1),
        "[sum.multiplied] has other keys than answer, points and says",
    ),
    "a text for points": (
        WRONG.replace("points = 0", 'points = "0"', 1),
        "[sum.multiplied] has a points that is no int",
    ),
    "too many points": (WRONG.replace("points = 0", "points = 2", 1), "[sum.multiplied] states 2 of 1 points"),
}


@pytest.mark.parametrize("kind", STATED)
def test_the_file_of_wrong_answers_is_checked_before_anything_runs(tmp_path, monkeypatch, kind):
    path = write_lesson(tmp_path / "what-is-it.ipynb")
    wrong, sentence = STATED[kind]
    (tmp_path / "what-is-it.wrong.toml").write_text(wrong, encoding="utf-8")
    monkeypatch.setattr(prove, "WRONG", tmp_path)
    monkeypatch.setattr(prove.sandbox, "run", lambda *parts, **more: pytest.fail("it ran"))
    (problem,) = prove.prove(str(path))
    assert sentence in problem


def test_a_proof_executes_a_lesson_four_times(tmp_path, monkeypatch):
    path = write_lesson(tmp_path / "what-is-it.ipynb")
    more = '\n[sum.one]\nanswer = "rate = 1\\ntotal = rate"\npoints = 0\n[sum.two]\nanswer = "2 = ("\npoints = 0\n'
    (tmp_path / "what-is-it.wrong.toml").write_text(WRONG + more, encoding="utf-8")
    monkeypatch.setattr(prove, "WRONG", tmp_path)
    monkeypatch.setattr(prove.sandbox, "require", lambda: None)
    runs, run = [], prove.sandbox.run
    monkeypatch.setattr(prove.sandbox, "run", lambda *parts, **more: runs.append(1) or run(*parts, **more))
    assert prove.prove(str(path)) == []
    assert len(runs) == 4


def test_grades_are_never_deleted(small_lesson, tmp_path, capsys):
    (tmp_path / "made" / "graded").mkdir(parents=True)
    (tmp_path / "made" / "instructor").mkdir()
    (tmp_path / "made" / "instructor" / "key.json").write_text("{}")
    assert door.main(["assign", str(small_lesson), "--out", str(tmp_path / "made")]) == 2
    assert "holds grades: name another folder" in capsys.readouterr().err
    assert (tmp_path / "made" / "graded").exists()


def test_what_fails_half_way_leaves_the_earlier_assignment(small_lesson, tmp_path, monkeypatch):
    made = assign.assign(str(small_lesson), tmp_path / "made")
    before = (made.folder / "instructor" / "key.json").read_bytes()

    def fails(*parts):
        raise OSError("the disk is full")

    monkeypatch.setattr(assign.pages, "guide", fails)
    with pytest.raises(OSError, match="the disk is full"):
        assign.assign(str(small_lesson), tmp_path / "made", {"rate": "4"})
    assert (made.folder / "instructor" / "key.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


@pytest.mark.parametrize(
    ("typed", "like", "value"), [("2018-09-10", "'2018-01-01'", "'2018-09-10'"), ("1.5", "2", "1.5")]
)
def test_a_parameter_is_taken_as_it_is_typed(tmp_path, typed, like, value):
    path = write_lesson(tmp_path / "lesson.ipynb", _source("parameters", f"rate = {like}"))
    from teaching.lesson import with_parameters

    notebook = with_parameters(nbformat.read(path, as_version=4), {"rate": typed})
    assert cell(notebook, "parameters").source == f"rate = {value}"
