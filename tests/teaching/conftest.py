"""One assignment of the small lesson for all tests, and a copy where a test writes into its grade book."""

import shutil

import pytest
from classroom import write_lesson

from teaching import assign


@pytest.fixture(scope="session")
def small_lesson(tmp_path_factory):
    """The path of the lesson."""
    return write_lesson(tmp_path_factory.mktemp("lesson") / "what-is-it.ipynb")


@pytest.fixture(scope="session")
def first_made(small_lesson, tmp_path_factory):
    """The lesson's assignment; nobody grades with it."""
    return assign.assign(str(small_lesson), tmp_path_factory.mktemp("assignment"))


@pytest.fixture(scope="module")
def made(first_made, tmp_path_factory):
    """A module's own copy of the assignment."""
    folder = tmp_path_factory.mktemp("made") / "assignment"
    return assign.read(shutil.copytree(first_made.folder, folder))
