"""A machine that lacks something: its tests are skipped, and told at the end with what would bring it."""

import os
import subprocess
import sys

import needs
import pytest

GRADING = "tests/teaching/test_teaching_sandbox.py::test_a_clone_below_tmp_is_seen_inside"
SERVICE = "tests/hub/test_hub_open.py"


def told(path, *tests):
    """Run tests with the programs of one folder alone; return what pytest says, in one line."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PATH": str(path), "COLUMNS": "160"}
    done = subprocess.run(command, cwd=needs.ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_what_is_skipped_is_told_with_its_reason_and_what_would_bring_it(tmp_path):
    said = told(tmp_path, GRADING, SERVICE)
    assert "not tested here" in said and "1 skipped" not in said
    assert "grading in a sandbox bubblewrap is not installed sudo apt install bubblewrap" in said
    assert "services with people at work" in said


@pytest.mark.needs("sandbox")
def test_where_everything_is_there_nothing_is_told():
    assert "not tested here" not in told(os.environ["PATH"], GRADING)


def test_a_table_counts_each_reason_once_and_keeps_to_the_width():
    lines = needs.table(["archive: it is not there"] * 3 + ["said by a library"], 80)
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line[0] != " "] == ["tests", "3", "1"]
    assert "said by a library" in lines[-1]
