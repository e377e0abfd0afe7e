"""A small lesson with three exercises, and what students make of it."""

import csv
import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from teaching import grade

RIGHT = {
    "sum-answer": "total = sum([rate, 3])",
    "half-answer": "quarter = 8 / rate / 2\nhalf = 2 * quarter",
    "gas-answer": 'gas = "".join(["C", "O2"])',
}
CHECKS = {
    "sum-check": 'check("Sum", total, rate + 3, rel=0, hints=["Add."], mistakes=[(3 * rate, "You multiplied them.")])',
    "half-check": 'wanted = 8 / rate\ncheck("Half", half, wanted, "g", hints=["Divide."])',
    "gas-check": 'check("Gas", gas, "CO2", hints=["Three signs."], mistakes=[("CO", "That one is a poison.")])',
}
needs_sandbox = pytest.mark.needs("sandbox")


def write_lesson(path, change=None):
    """Write the lesson, which ``change`` may alter, and return its path."""
    cells = [
        new_markdown_cell("# What is it?", id="title"),
        new_code_cell("from fieldnotes import check", id="imports"),
        new_code_cell("rate = 2", id="parameters", metadata={"tags": ["parameters"]}),
    ]
    for (answer, code), (check, asked) in zip(RIGHT.items(), CHECKS.items(), strict=True):
        task, solution = (answer.replace("answer", part) for part in ("task", "solution"))
        names = dict.fromkeys(re.findall(r"^(\w+) = ", code, re.MULTILINE))
        stub = "\n".join(f"{name} = ..." for name in names if name in asked)
        cells.append(new_markdown_cell(f"**{task}** Find it.", id=task, metadata={"tags": ["task"]}))
        cells.append(new_code_cell(stub, id=answer, metadata={"tags": ["answer"]}))
        asked = f"# Run this cell to check your answer.\n{asked}"
        cells.append(new_code_cell(asked, id=check, metadata={"tags": ["check"], "jupyter": {"source_hidden": True}}))
        shown = f"<details>\n<summary>Solution</summary>\n\n```python\n{code}\n```\n\n</details>"
        cells.append(new_markdown_cell(shown, id=solution, metadata={"tags": ["solution"]}))
    cells.append(new_code_cell("rate + 1", id="credit"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel, "fieldnotes": {"title": "What is it?"}})
    if change:
        change(notebook)
    nbformat.write(notebook, path)
    return path


def cell(notebook, name):
    """Return the cell of an id."""
    return next(one for one in notebook.cells if one.id == name)


def handed_in(made, answers=RIGHT, change=None, **more):
    """Return a student's file: the release with answers, which ``change`` may alter; ``more`` answers by exercise."""
    notebook = made.released
    for name, code in {**answers, **{f"{short}-answer": code for short, code in more.items()}}.items():
        cell(notebook, name).source = code
    if change:
        change(notebook)
    return json.dumps(notebook).encode()


def put(folder, files):
    """Write files by name, folders too, and return the folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def quietly(made, folder, out, **options):
    """Grade without a word, two at a time."""
    return grade.grade(made, folder, out, **{"jobs": 2, "tell": lambda text: None} | options)


def points(results):
    """Return the sum of points by student."""
    return {student: grade.total_points(result) for student, result in results.items()}


def table(out):
    """Return the rows of grades.csv by student."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def book(made):
    """Return the points in nbgrader's grade book by student."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{made.folder.resolve() / 'course' / 'gradebook.db'}") as found:
        return {one.student_id: one.score for one in found.assignment_submissions(made.lesson)}
