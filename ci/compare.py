"""nbval's comparison of an execution with the committed notebook, without executing it a second time.

nbval asks a kernel for the outputs of each cell; here a recording answers: the notebook papermill has just executed.
Text and tables must agree strictly (after ``sanitize.cfg``), figures to the eye (``figures.difference``).
"""

import itertools
import os
from pathlib import Path
from queue import Empty

import nbformat
import pytest
from nbval.plugin import IPyNbFile

from ci import figures

HERE = Path(__file__).parent
INJECTED = "injected-parameters"


class Recording:
    """Answers like nbval's kernel, with the outputs of a notebook that was executed before."""

    def __init__(self, reference, executed):
        self.pairs = iter(pairs(reference, executed))
        self.messages, self.numbers = [], itertools.count()

    def execute_cell_input(self, source, allow_stdin=None):
        committed, cell = next(self.pairs, (None, None))
        if cell is None or not source == committed.source == cell.source:
            raise RuntimeError("The execution is of another version of the notebook.")
        identity = f"recording-{next(self.numbers)}"
        contents = [
            *figures.steady(committed.outputs, cell.outputs),
            {"output_type": "status", "execution_state": "idle"},
        ]
        self.messages = [
            {"msg_type": content["output_type"], "parent_header": {"msg_id": identity}, "content": content}
            for content in contents
        ]
        return identity

    def get_message(self, stream, timeout=None):
        if not self.messages:
            raise Empty
        return self.messages.pop(0)

    def await_reply(self, msg_id, timeout=None):
        """Every answer is there already."""

    def await_idle(self, msg_id, timeout=None):
        self.messages.clear()

    def is_alive(self):
        return True

    def stop(self):
        """There is nothing to stop."""


def differences(reference, executed):
    """Return a problem for each cell of ``reference`` whose outputs the execution does not reproduce."""
    kernel = Recording(reference, executed)

    class Recorded(IPyNbFile):
        def setup(self):
            self.kernel = kernel
            self.skip_compare = tuple(kind for kind in self.skip_compare if kind not in figures.KINDS)
            self.setup_sanitize_files()

    class Findings:
        failed = ()

        def pytest_collect_file(self, file_path, parent):
            return Recorded.from_parent(parent, path=file_path)

        def pytest_runtest_logreport(self, report):
            if report.failed:
                self.failed += ((int(report.nodeid.rsplit(" ", 1)[1]), report.longreprtext),)

    findings = Findings()
    _run_nbval(reference, findings)
    cells = pairs(reference, executed)
    return [_difference(*cells[number], text) for number, text in findings.failed]


def pairs(reference, executed):
    """Return the code cells of both notebooks, pair by pair; the cell that papermill injected left out."""
    both = [nbformat.read(path, as_version=4).cells for path in (reference, executed)]
    committed, now = (
        [cell for cell in cells if cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", [])]
        for cells in both
    )
    return list(zip(committed, now, strict=True))


def _run_nbval(reference, findings):
    options = ["-c", str(HERE / "pytest.ini"), "--nbval-sanitize-with", str(HERE / "sanitize.cfg"), "--color=no"]
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    status = pytest.main(
        [str(reference), "-p", "nbval.plugin", "-p", "no:cacheprovider", "--noconftest", *options], plugins=[findings]
    )
    os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD") if before is None else None
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"nbval could not compare {reference}: pytest ended with {status!r}.")


def _difference(committed, now, report):
    return {
        "sentence": f"The output differs from what is committed: {_first_difference(committed, now)}.",
        "cell": committed.id,
        "detail": report,
        "committed": _parts(committed),
        "now": _parts(now),
    }


def _parts(cell):
    """Return a cell's outputs as ``(kind, content)``: pictures as PNG in base64, tables as HTML, the rest as text."""
    parts = []
    for output in cell.outputs:
        data = output.get("data", {"text/plain": output.get("text", output.get("evalue", ""))})
        kind = next(kind for kind in (*figures.KINDS, "text/html", *data) if kind in data)
        parts.append((kind, data[kind]))
    return parts


def _first_difference(committed, now):
    """Return the first thing that differs: a table's cell, a figure, or a line of text."""
    for (kind, before), (other, after) in zip(_parts(committed), _parts(now), strict=False):
        if kind == other and before != after:
            ways = {"text/html": _cell_difference} | dict.fromkeys(figures.KINDS, figures.difference)
            return ways.get(kind, _line_difference)(before, after) or "the same figure"
    return f"{len(committed.outputs)} outputs are committed, {len(now.outputs)} came"


def _line_difference(before, after):
    lines = itertools.zip_longest(before.splitlines(), after.splitlines(), fillvalue="nothing")
    return next(f"{old.strip()!r} is now {new.strip()!r}" for old, new in lines if old != new)


def _cell_difference(before, after):
    """Return which cell of an HTML table differs, by row and column number, both counted from 1."""
    from bs4 import BeautifulSoup

    tables = [
        [[cell.get_text(strip=True) for cell in row(["th", "td"])] for row in BeautifulSoup(html, "html.parser")("tr")]
        for html in (before, after)
    ]
    for row, (old_row, new_row) in enumerate(zip(*tables, strict=False), 1):
        for column, (old, new) in enumerate(zip(old_row, new_row, strict=False), 1):
            if old != new:
                return f"row {row}, column {column} of the table: {old!r} is now {new!r}"
    return "the table has other rows or columns"
