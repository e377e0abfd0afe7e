"""What once cost students points that they had earned, or was passed over in silence: each case, and its remark."""

import copy
import json

import nbformat
import pytest
from classroom import RIGHT, cell, handed_in, needs_sandbox, points, put, quietly, table
from nbformat.v4 import new_markdown_cell, new_output

from fieldnotes.exercises import MIME
from teaching import __main__ as door
from teaching import submissions

LOOP = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"


def _import_in_the_lessons_cell(notebook):
    cell(notebook, "imports").source += "\nimport numpy as np"
    cell(notebook, "sum-answer").source = "total = np.add(rate, 3)"


def _helper_in_the_lessons_cell(notebook):
    cell(notebook, "title").source += "\n\nMy own words below the title."
    cell(notebook, "parameters").source = "rate = 99"
    notebook.cells.insert(5, new_markdown_cell("I think it is five."))


def _fifty_megabytes(notebook):
    cell(notebook, "credit").outputs = [new_output("display_data", {"image/png": "A" * 30_000_000})]


def _checks_changed(notebook):
    cell(notebook, "sum-check").source = "print('right')"
    notebook.cells.remove(cell(notebook, "gas-check"))
    cell(notebook, "sealed-questions").source += "\n1"


def _renamed(notebook):
    notebook.metadata["fieldnotes"] = {"title": "What is it?"}


def _other_variant(notebook):
    notebook.metadata["fieldnotes"]["assignment"]["parameters"] = {"rate": 7}


# By name: answers, change of the file, points, part of a remark and part of the feedback.
CASES = {
    "j1-import": ({}, _import_in_the_lessons_cell, 3, "'imports' was changed: ours runs first", ""),
    "j2-words": ({}, _helper_in_the_lessons_cell, 3, "The parameters were changed", "I think it is five."),
    "j4-died": ({"sum": "import os\nos._exit(1)"}, None, 2, "'sum-answer' was stopped: Python ended", "was stopped"),
    "j4-animation": ({"half": "from IPython.display import HTML, display\nhalf = 4\ndisplay(HTML('x' * 45_000_000))"},
                     None, 3, "", ""),
    "j4-flood": ({"half": "from IPython.display import HTML, display\nhalf = 4\n"
                          "for n in range(500): display(HTML('x' * 100_000))"}, None, 3, "", ""),
    "j5-millions": ({"sum": "import numpy as np\ntotal = np.zeros(2_500_000)"}, None, 2, "", "2,500,000 values"),
    "j6-large": ({}, _fifty_megabytes, 3, "", ""),
    "j7-decimal": ({"sum": "from decimal import Decimal\ntotal = Decimal(5)",
                    "half": "from fractions import Fraction\nhalf = Fraction(8, 2)"}, None, 3, "", ""),
    "text-with-unit": ({"half": "half = '4.0 g'"}, None, 3, "", ""),
    "a-function": ({"sum": "def total(): return 5"}, None, 2, "", "the answer is a function: call it"),
    "a-list": ({"sum": "total = [5, 5]"}, None, 2, "", "should be a number, and yours is 2 numbers"),
    "printed": ({"sum": "print(5)"}, None, 2, "", "nothing has the name total: begin a line with"),
    "input": ({"sum": "total = input()"}, None, 2, "", "your code waits for input"),
    "misspelt": ({"gas": "gas = = 1"}, None, 2, "", "SyntaxError: invalid syntax (line 1)"),
    "checks": ({}, _checks_changed, 3, "Checks were edited, and are as they were handed out: sum-check.", ""),
    "deleted": ({}, _checks_changed, 3, "Checks were deleted, and are there again: gas-check.", ""),
    "seals": ({}, _checks_changed, 3, "The sealed questions were edited", ""),
    "open-lesson": ({}, _renamed, 3, "the lesson of the repository, not the file that was handed out", ""),
    "variant": ({}, _other_variant, 3, "It is another variant", ""),
    "published": (RIGHT, None, 3, "Every answer is the published solution, letter by letter.", ""),
}  # fmt: skip


def _answers(name):
    own = {"sum": f"total = 5  # {name}", "half": "half = 4", "gas": "gas = 'CO2'"}
    given = CASES[name][0]
    return RIGHT if given is RIGHT else {f"{part}-answer": code for part, code in (own | given).items()}


@pytest.fixture(scope="module")
def graded(made, tmp_path_factory):
    """All cases graded at once: results, and the folder with the pages."""
    folder = tmp_path_factory.mktemp("justice")
    files = {f"{name}.ipynb": handed_in(made, _answers(name), CASES[name][1]) for name in CASES}
    return quietly(made, put(folder / "in", files), folder / "out"), folder / "out"


@needs_sandbox
@pytest.mark.parametrize("name", CASES)
def test_nobody_loses_what_they_earned_and_what_was_mended_is_told(graded, name):
    results, out = graded
    _, _, worth, remark, feedback = CASES[name]
    assert points(results)[name] == worth
    assert remark in table(out)[name]["remarks"]
    assert feedback in (out / "feedback" / f"{name}.html").read_text(encoding="utf-8").replace("&#39;", "'")


@needs_sandbox
def test_an_endless_loop_costs_its_exercise_alone(made, tmp_path):
    from teaching.sandbox import Limits

    put(tmp_path / "in", {"anna.ipynb": handed_in(made, sum=LOOP)})
    found = quietly(made, tmp_path / "in", tmp_path / "out", limits=Limits(seconds=12, cell_seconds=4))
    assert points(found) == {"anna": 2}
    assert "your code was stopped: it ran for more than 12 seconds" in found["anna"]["verdicts"]["Sum"]["sentence"]


@needs_sandbox
def test_the_same_code_as_anothers_is_told(made, tmp_path):
    own = {"sum": "total = sum([rate, 1, 1, 1])", "half": "whole = 8 / rate\nhalf = whole / 1 + 0 * rate"}
    files = {f"{name}.ipynb": handed_in(made, gas="gas = 'C' + 'O2'  # " + name, **own) for name in ("anna", "bo")}
    quietly(made, put(tmp_path / "in", files), tmp_path / "out")
    assert "has the same code as that of another: anna, bo." in table(tmp_path / "out")["bo"]["remarks"]


def test_of_two_files_the_answered_one_is_graded_and_that_is_told(made, tmp_path):
    answered, blank = handed_in(made), json.dumps(made.released).encode()
    put(tmp_path, {"anna/what-is-it.ipynb": blank, "anna/what-is-it (1).ipynb": answered})
    (found,) = submissions.collect(tmp_path, "what-is-it")
    assert found.content == answered
    assert found.notes == ("2 notebooks were handed in; graded: what-is-it (1).ipynb.",)


def noted(made, **answers):
    """Return a file whose checks have noted answers, by exercise, as a browser saves it; its code says nothing."""
    notebook = copy.deepcopy(made.released)
    for name, answer in answers.items():
        note = {"exercise": name, "answer": answer, "problem": None}
        cell(notebook, f"{name.lower()}-check").outputs = [new_output("display_data", {"text/plain": "", MIME: note})]
    return json.dumps(notebook).encode()


def test_answers_in_the_file_are_graded_where_no_code_can_run(made, tmp_path, monkeypatch):
    """As on macOS and Windows: no sandbox, and nothing is run."""
    from teaching import sandbox

    monkeypatch.setattr(sandbox, "obstacle", lambda: ("there is no Linux", "use another machine"))
    monkeypatch.setattr(sandbox, "run", lambda *parts: pytest.fail("it ran"))
    put(tmp_path / "in", {"anna.ipynb": noted(made, Sum=5, Half=4.01, Gas="CO"), "bo.ipynb": handed_in(made)})
    told = []
    results = quietly(made, tmp_path / "in", tmp_path / "out", tell=told.append)
    assert points(results) == {"anna": 2, "bo": 0}
    assert "No code is run: the answers that the checks noted" in told[0] and "there is no Linux" in told[0]
    assert results["anna"]["verdicts"]["Gas"]["sentence"] == "That one is a poison."
    assert "the check was not run, or the file was not saved" in results["bo"]["verdicts"]["Sum"]["sentence"]


def test_forged_notes_are_judged_as_values(made, tmp_path):
    files = {
        "list.ipynb": noted(made, Sum=[[5, 6], [7]], Half={"points": 3}, Gas=True),
        "huge.ipynb": noted(made, Sum="9" * 100_000, Half=1e308, Gas=None),
    }
    results = quietly(made, put(tmp_path / "in", files), tmp_path / "out", execute=False)
    assert points(results) == {"list": 0, "huge": 0}


@needs_sandbox
def test_where_file_and_run_disagree_a_remark_says_so(made, tmp_path):
    right_in_file = nbformat.reads(noted(made, Sum=5), as_version=4)
    cell(right_in_file, "sum-answer").source = "total = 1"
    right_in_run = nbformat.reads(noted(made, Sum=1), as_version=4)
    cell(right_in_run, "sum-answer").source = "total = 5"
    files = {"anna.ipynb": json.dumps(right_in_file).encode(), "bo.ipynb": json.dumps(right_in_run).encode()}
    assert points(quietly(made, put(tmp_path / "in", files), tmp_path / "out")) == {"anna": 1, "bo": 1}
    rows = table(tmp_path / "out")
    assert "Sum: right in the student's file, but not when the code runs from the top." in rows["anna"]["remarks"]
    assert "Sum: right when the code runs from the top, but not in the student's file" in rows["bo"]["remarks"]


def test_a_check_in_a_notebook_notes_the_answer_that_grading_reads(made, tmp_path):
    from nbclient import NotebookClient

    notebook = nbformat.reads(handed_in(made, half="half = 8"), as_version=4)
    NotebookClient(notebook, allow_errors=True).execute()
    assert submissions.noted(json.dumps(notebook).encode()) == {
        "Sum": {"answer": 5, "problem": None},
        "Half": {"answer": 8, "problem": None},
        "Gas": {"answer": "CO2", "problem": None},
    }
    put(tmp_path / "in", {"anna.ipynb": json.dumps(notebook).encode()})
    assert points(quietly(made, tmp_path / "in", tmp_path / "out", execute=False)) == {"anna": 2}


def _of(lesson):
    def change(notebook):
        notebook.metadata["fieldnotes"]["assignment"]["lesson"] = lesson

    return change


def test_a_file_of_another_lesson_gets_no_points_and_says_so(made, tmp_path):
    files = {"anna.ipynb": handed_in(made, change=_of("first-steps")), "bo.ipynb": noted(made, Sum=5)}
    results = quietly(made, put(tmp_path / "in", files), tmp_path / "out", execute=False)
    assert points(results) == {"anna": 0, "bo": 1}
    assert "the file is of another lesson, 'first-steps'" in table(tmp_path / "out")["anna"]["remarks"]


def test_a_class_graded_with_the_wrong_folder_is_refused(made, tmp_path, capsys):
    files = {f"{name}.ipynb": handed_in(made, change=_of("first-steps")) for name in ("anna", "bo")}
    asked = [
        "grade",
        str(put(tmp_path / "in", files)),
        "--assignment",
        str(made.folder),
        "--out",
        str(tmp_path / "out"),
    ]
    assert door.main([*asked, "--no-run"]) == 2
    assert "No file is of the assignment in" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_untouched_file_is_told(made, tmp_path):
    put(tmp_path / "in", {"anna.ipynb": json.dumps(made.released).encode()})
    quietly(made, tmp_path / "in", tmp_path / "out", execute=False)
    assert "No answer was changed: this is the file as it was handed out." in table(tmp_path / "out")["anna"]["remarks"]
