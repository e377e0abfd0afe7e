"""Every exercise: its solution passes its check (the notebooks' own run), and an empty answer does not."""

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from ci.notebooks import ROOT

LESSONS = sorted((ROOT / "notebooks" / "education").glob("*.ipynb"))


def tagged(notebook, tag):
    """Return the cells that carry a tag."""
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def emptied(path):
    """Return a lesson in which each answer is three dots, as a student finds it."""
    notebook = nbformat.read(path, as_version=4)
    for cell in tagged(notebook, "solution"):
        names = [target.id for node in ast.parse(cell.source).body for target in targets(node)]
        cell.source = "\n".join(f"{name} = ..." for name in dict.fromkeys(names))
    return notebook


def targets(node):
    """Return the names that a statement assigns."""
    found = getattr(node, "targets", [getattr(node, "target", None)])
    return [name for target in found if target for name in ast.walk(target) if isinstance(name, ast.Name)]


def executed(path, folder):
    """Return a lesson without answers, executed to its end whatever fails."""
    copy = folder / path.name
    nbformat.write(emptied(path), copy)
    execute = [sys.executable, "-m", "jupyter", "execute", "--allow-errors", "--inplace", str(copy)]
    subprocess.run(execute, check=True, capture_output=True)
    return nbformat.read(copy, as_version=4)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """Return every lesson without answers, executed, by its name."""
    folder = tmp_path_factory.mktemp("emptied")
    with ThreadPoolExecutor(2) as threads:
        runs = threads.map(lambda path: executed(path, folder), LESSONS)
        return {path.stem: notebook for path, notebook in zip(LESSONS, runs, strict=True)}


@pytest.mark.parametrize("name", [path.stem for path in LESSONS])
def test_an_empty_answer_fails_every_check_in_one_sentence(answered, name):
    checks = tagged(answered[name], "check")
    assert len(checks) >= 3
    for cell in checks:
        errors = [output for output in cell.outputs if output.output_type == "error"]
        assert [error.ename for error in errors] == ["NotYet"], (cell.id, errors)
        assert "in place of the dots" in errors[0].evalue
