"""Lessons on real measurements: these lie beside the checkout, and never enter it."""

import tomllib
from pathlib import Path

import nbformat
import papermill
import pytest

from ci.notebooks import ROOT

ARCHIVE = ROOT.parent / "shared" / "archive"


@pytest.fixture(scope="session")
def archive():
    """The folder of real measurements; the test is skipped where it is absent."""
    if not ARCHIVE.is_dir():
        pytest.skip("the archive of real measurements is not beside this checkout")
    return ARCHIVE


@pytest.fixture(scope="session")
def entries():
    """The catalogue: what each data set promises, and how its file is named."""
    return tomllib.loads((ROOT / "ancillary_data" / "catalogue.toml").read_text(encoding="utf-8"))


@pytest.fixture
def run_lesson():
    """A function that executes the lesson ``collection/name`` on a folder's data and returns the executed notebook."""
    return _run_lesson


def _run_lesson(label, folder, out_dir, **parameters):
    lesson = ROOT / "notebooks" / f"{label}.ipynb"
    executed = Path(out_dir) / lesson.name
    papermill.execute_notebook(
        lesson,
        executed,
        {"source": str(folder), **parameters},
        cwd=lesson.parent,
        kernel_name="python3",
        progress_bar=False,
    )
    return nbformat.read(executed, as_version=4)
