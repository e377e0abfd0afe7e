"""Whether an execution gave what is committed, without executing a notebook a second time.

Every output is compared twice. First here (``explain``): order, kinds, text by line, tables by cell,
figures by their texts and by pixels, in sentences that name the place and both values. Then by
nbval, which asks a kernel for the outputs of each cell; a recording of the execution answers it.
"""

import contextlib
import itertools
import os
from pathlib import Path
from queue import Empty

import nbformat
import pytest
from nbval.plugin import IPyNbFile, coalesce_streams

from ci import explain, figures

HERE = Path(__file__).parent
UNEXECUTED = "It was not executed when the notebook was committed, so nothing can be compared: run `make refresh`."
PYTEST_SETTINGS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")  # of the author's own shell: not for this comparison


class Recording:
    """Answers like nbval's kernel, with the outputs of a notebook that was executed before."""

    def __init__(self, cells):
        self.pairs = iter(cells)
        self.messages, self.numbers = [], itertools.count()

    def execute_cell_input(self, source, allow_stdin=None):
        committed, cell = next(pair for pair in self.pairs if pair[0].source == source)
        identity = f"recording-{next(self.numbers)}"
        outputs = figures.steady(committed.outputs, cell.outputs)
        contents = [*outputs, {"output_type": "status", "execution_state": "idle"}]
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
    """Return a problem for each code cell of ``reference`` that the execution does not reproduce.

    Parameters
    ----------
    reference, executed : paths of the committed notebook, and of the executed copy of it.
    """
    committed, now = (_code(path) for path in (reference, executed))
    if [cell.source for cell in committed] != [cell.source for cell in now]:
        sentence = "The execution is of another version of the notebook."
        return [{"sentence": sentence, "cell": None, "detail": ""}]
    cells = list(zip(committed, now, strict=True))
    reports = _nbval_reports(reference, cells)
    found = (_problem(number, *pair, reports.get(number)) for number, pair in enumerate(cells))
    return [problem for problem in found if problem]


def _code(path):
    """Return the code cells of a notebook of any format, the texts they print each in one piece."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for cell in cells:
        cell.outputs = coalesce_streams(cell.outputs)
    return cells


def _problem(number, committed, now, report):
    """Return what is wrong with one cell, in which nbval found what ``report`` says; None if nothing is."""
    if committed.execution_count is None and now.execution_count is not None:
        sentence = UNEXECUTED
    elif phrase := explain.difference(committed.outputs, now.outputs):
        sentence = f"The output differs from what is committed: {phrase}."
    elif report:
        sentence = f"The output differs from what is committed, says nbval: {_last_line(report)}"
    else:
        return None
    return {
        "sentence": sentence,
        "cell": committed.get("id") or f"code cell {number + 1}",  # before format 4.5, cells had no ids
        "detail": report or "",
        "committed": _parts(committed),
        "now": _parts(now),
    }


def _last_line(report):
    return [line.strip() for line in report.splitlines() if line.strip()][-1]


def _nbval_reports(reference, cells):
    """Return what nbval says of each cell whose outputs differ, by the cell's number."""

    class Recorded(IPyNbFile):
        def setup(self):
            self.kernel = Recording(cells)
            self.skip_compare = tuple(kind for kind in self.skip_compare if kind not in figures.TOLERANCE)
            self.setup_sanitize_files()

    reports = {}

    class Findings:
        def pytest_collect_file(self, file_path, parent):
            return Recorded.from_parent(parent, path=file_path)

        def pytest_runtest_logreport(self, report):
            if report.failed:
                reports[int(report.nodeid.rsplit(" ", 1)[1])] = report.longreprtext

    sanitize = ["-c", str(HERE / "pytest.ini"), "--nbval-sanitize-with", str(HERE / "sanitize.cfg")]
    plugins = ["-p", "nbval.plugin", "-p", "no:cacheprovider", "--noconftest", "--color=no"]
    with _plain_pytest():
        status = pytest.main([str(reference), *plugins, *sanitize], plugins=[Findings()])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"nbval could not compare {reference}: pytest ended with {status!r}.")
    return reports


@contextlib.contextmanager
def _plain_pytest():
    """Leave out plug-ins and options that the environment names, for as long as nbval runs."""
    before = dict(os.environ)
    for name in PYTEST_SETTINGS:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _parts(cell):
    """Return a cell's outputs as ``(kind, content)``: figures in base64, tables as HTML, the rest as text."""
    parts = []
    for output in cell.outputs:
        data = output.get("data", {"text/plain": output.get("text", output.get("evalue", ""))})
        kind = next((kind for kind in (*figures.TOLERANCE, "text/html", *data) if kind in data), "text/plain")
        parts.append((kind, data.get(kind, "")))
    return parts
