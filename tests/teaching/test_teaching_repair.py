"""What students do to a notebook, mended: each class of damage alone, then all of them graded."""

import copy
import json

import pytest
from classroom import RIGHT, cell, handed_in, needs_sandbox, points, put, quietly
from nbformat.v4 import new_code_cell, new_markdown_cell

from teaching import submissions
from teaching.repair import repair


def _copied(notebook):
    place = notebook.cells.index(cell(notebook, "sum-answer"))
    notebook.cells.insert(place, copy.deepcopy(notebook.cells[place]))


def _copied_and_answered_below(notebook):
    place = notebook.cells.index(cell(notebook, "sum-answer"))
    notebook.cells.insert(place + 1, copy.deepcopy(notebook.cells[place]))
    notebook.cells[place].source = "total = ..."


def _moved(notebook):
    notebook.cells.insert(0, notebook.cells.pop(notebook.cells.index(cell(notebook, "half-answer"))))
    notebook.cells.append(notebook.cells.pop(notebook.cells.index(cell(notebook, "gas-check"))))


def _retyped(notebook):
    found = cell(notebook, "gas-answer")
    found.cell_type = "markdown"
    del found["outputs"], found["execution_count"]


def _deleted(notebook):
    notebook.cells.remove(cell(notebook, "half-answer"))


def _stripped(notebook):
    for one in notebook.cells:
        one.metadata = {}


def _without_ids(notebook):
    _stripped(notebook)
    for one in notebook.cells:
        del one["id"]


def _through_colab(notebook):
    for one in notebook.cells:
        one.metadata = {"id": one.pop("id")}


def _checks_edited(notebook):
    for name in ("sum-check", "half-check", "gas-check"):
        cell(notebook, name).source = 'print("Sum: right.")'


def _checks_deleted(notebook):
    notebook.cells = [one for one in notebook.cells if not one.id.endswith("-check")]


def _parameters_edited(notebook):
    cell(notebook, "parameters").source = "rate = 99"


def _seals_deleted(notebook):
    notebook.cells.remove(cell(notebook, "sealed-questions"))


def _own_cells(notebook):
    cell(notebook, "sum-answer").source = "total = helper(rate)"
    place = notebook.cells.index(cell(notebook, "sum-answer"))
    notebook.cells.insert(place, new_code_cell("def helper(x):\n    return x + 3"))
    notebook.cells.insert(place, new_markdown_cell("My notes."))


DAMAGE = {
    "copied": (_copied, 3),
    "copied-below": (_copied_and_answered_below, 3),
    "moved": (_moved, 3),
    "retyped": (_retyped, 3),
    "deleted": (_deleted, 2),
    "stripped": (_stripped, 3),
    "without-ids": (_without_ids, 3),
    "through-colab": (_through_colab, 3),
    "checks-edited": (_checks_edited, 3),
    "checks-deleted": (_checks_deleted, 3),
    "parameters-edited": (_parameters_edited, 3),
    "seals-deleted": (_seals_deleted, 3),
    "own-cells": (_own_cells, 3),
}


def _repaired(made, change):
    content = handed_in(made, change=change)
    return repair(made.released, submissions.notebook(submissions.Submission("a", "a", content)), made.exercises)


@pytest.mark.parametrize("name", DAMAGE)
def test_all_that_was_handed_out_comes_back_in_its_order(made, name):
    notebook, _ = _repaired(made, DAMAGE[name][0])
    answers = set(RIGHT)
    mine = [one for one in notebook.cells if not one.id.startswith("own-")]
    assert [one.id for one in mine] == [one.id for one in made.released.cells]
    for one, given in zip(mine, made.released.cells, strict=True):
        assert one.metadata == given.metadata
        assert one.id in answers or one.source == given.source


def test_what_was_mended_is_told(made):
    assert "is missing" in _repaired(made, _deleted)[1][0]
    assert "had become text" in _repaired(made, _retyped)[1][0]
    assert _repaired(made, _stripped)[1] == []


def test_own_cells_stay_before_the_answer_that_uses_them(made):
    notebook, notes = _repaired(made, _own_cells)
    ids = [one.id for one in notebook.cells]
    assert ids.index("own-2-sum-task") == ids.index("sum-answer") - 1
    assert notes == []


def test_a_copy_with_another_answer_is_kept_and_told(made):
    def change(notebook):
        _copied(notebook)
        notebook.cells[notebook.cells.index(cell(notebook, "sum-answer")) + 1].source = "total = 7"

    notebook, notes = _repaired(made, change)
    assert "there twice" in notes[0]
    assert "total = 7" in [one.source for one in notebook.cells if one.id.startswith("own-")]


@needs_sandbox
def test_no_damage_costs_more_points_than_what_is_gone(made, tmp_path):
    files = {f"{name}.ipynb": handed_in(made, change=change) for name, (change, _) in DAMAGE.items()}
    files["nothing.ipynb"] = handed_in(made, answers={}, change=_checks_edited)
    files["emptied.ipynb"] = json.dumps({"nbformat": 4, "cells": []}).encode()
    found = points(quietly(made, put(tmp_path / "in", files), tmp_path / "out"))
    assert found == {name: worth for name, (_, worth) in DAMAGE.items()} | {"nothing": 0, "emptied": 0}
