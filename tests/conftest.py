"""Two processes share the tests: those of one module stay together, and so do all that start a hub."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
APART = {"test_assignments.py"}  # each of its tests is long, and needs no other


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        group = item.nodeid if item.path.name in APART else folder if folder == "hub" else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
