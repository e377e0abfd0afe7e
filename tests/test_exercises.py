"""Exercises as ci executes them: answered by their solutions, and committed open."""

import nbformat
import pytest
from lessons import lesson, outputs
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell

from ci.refresh import refresh
from ci.run import run

FIRST_LINE = "# Run this cell to check your answer.\n"


def open_lesson(path, solution="print('counting')\nmissing = 3", check='check("Exercise 1", missing, 1 + 2)'):
    """Write a lesson with one exercise, and a cell behind it; return its path."""
    lesson(path, "from fieldnotes import check", "missing_above = 7")
    notebook = nbformat.read(path, as_version=4)
    shown = f"<details>\n<summary>Solution</summary>\n\n```python\n{solution}\n```\n\n</details>"
    notebook.cells += [
        new_markdown_cell("How many?", id="holes-task", metadata={"tags": ["task"]}),
        new_code_cell("missing = ...", id="holes-answer", metadata={"tags": ["answer"]}),
        new_code_cell(FIRST_LINE + check, id="holes-check", metadata={"tags": ["check"]}),
        new_markdown_cell(shown, id="holes-solution", metadata={"tags": ["solution"]}),
        new_code_cell("missing_above + 1", id="behind"),
    ]
    nbformat.write(notebook, path)
    return path


def failure(path, tmp_path, capsys):
    """Run a notebook that fails; return what was said."""
    assert run([path], build=tmp_path / "_build") == 1
    return capsys.readouterr().out


def test_a_refreshed_lesson_is_open_and_runs_to_its_end(tmp_path):
    path = open_lesson(tmp_path / "open.ipynb")
    assert refresh([path], build=tmp_path / "_build") == 0
    made, notebook = outputs(path), nbformat.read(path, as_version=4)
    assert (made["holes-answer"], made["holes-check"]) == ([], [])
    assert made["behind"][0].data["text/plain"] == "8"
    assert next(cell.source for cell in notebook.cells if cell.id == "holes-answer") == "missing = ..."
    assert run([path], build=tmp_path / "_build") == 0
    said = {cell.id: cell.get("outputs") for cell in NotebookClient(notebook).execute().cells}
    assert said["holes-check"][0].text == "Exercise 1: no answer yet.\n"
    assert said["behind"][0].data["text/plain"] == "8"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"solution": "missing = ..."}, "The solution of 'Exercise 1' does not pass its check."),
        ({"solution": "missing = 4"}, "Exercise 1: look again"),
        ({"solution": "hole = 3"}, "'holes-solution' assigns nothing that the check"),
        ({"check": 'print("Exercise 1: right.")'}, "'holes-check' is tagged 'check' and calls no check"),
    ],
)
def test_a_solution_that_its_check_does_not_call_right_fails(tmp_path, capsys, change, sentence):
    path = open_lesson(tmp_path / "open.ipynb", **change)
    assert sentence in failure(path, tmp_path, capsys)


def test_a_lesson_that_reads_an_answer_fails(tmp_path, capsys):
    path = open_lesson(tmp_path / "open.ipynb")
    path.write_text(path.read_text(encoding="utf-8").replace("missing_above + 1", "missing + 1"), encoding="utf-8")
    said = failure(path, tmp_path, capsys)
    assert "'behind' reads 'missing', which only the solution 'holes-solution' makes" in said


def test_a_committed_verdict_is_a_difference(tmp_path, capsys):
    path = open_lesson(tmp_path / "open.ipynb")
    refresh([path], build=tmp_path / "_build")
    notebook = nbformat.read(path, as_version=4)
    check = next(cell for cell in notebook.cells if cell.id == "holes-check")
    check.outputs = [nbformat.v4.new_output("stream", text="Exercise 1: right. (3)\n")]
    nbformat.write(notebook, path)
    said = failure(path, tmp_path, capsys)
    assert "holes-check" in said and "differ" in said, said
