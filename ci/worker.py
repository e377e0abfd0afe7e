"""Execute a notebook with papermill, here or in a worker process of its own that compares it, too.

Workers are forked from a process that has imported papermill, nbval and pytest once, because that import costs more
than most lessons.
"""

import contextlib
import os
import re
import tempfile
import threading
import time
import traceback
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from ci import compare, exercises, kernels
from ci.cell_errors import first_error

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Engine(NBClientEngine):
    """Papermill's engine, reporting which cell begins."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, on_cell, **options):
        cell_start = nb_man.cell_start

        def report_cell(cell, cell_index=None, **more):
            on_cell(cell.get("id"))
            return cell_start(cell, cell_index, **more)

        nb_man.cell_start = report_cell
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


papermill_engines.register("fieldnotes", Engine)


def execute(
    notebook,
    parameters,
    folder,
    variables,
    output=None,
    on_kernel=lambda pid: None,
    on_cell=lambda cell: None,
):
    """Execute a notebook from a clean kernel and return it with its outputs.

    Every other execution in this repository goes through here. Nothing the notebook starts outlives the call::

        with kernels.environment() as variables:
            executed = execute(notebook, {"source": "fixture"}, folder, variables)

    Parameters
    ----------
    notebook : a path, or a notebook as nbformat reads it (which stays as it is).
    parameters : what replaces the literals of the cell tagged ``parameters``.
    folder : where the kernel starts.
    variables : the environment of the kernel, from ``kernels.environment``.
    output : the path to which the executed notebook is written as well, also if it fails.
    on_kernel, on_cell : called with the process id of the kernel's keeper, and with the id of each cell that begins.

    Raises
    ------
    papermill.exceptions.PapermillExecutionError
        A cell raised an error; it names the cell's number, the error and its traceback.
    nbclient.exceptions.DeadKernelError
        The kernel ended in the middle.
    """
    with tempfile.TemporaryDirectory(dir=variables["FIELDNOTES_SCRATCH"]) as scratch:
        notes = {
            "FIELDNOTES_JOURNAL": f"{scratch}/journal.jsonl",
            "FIELDNOTES_LOG": f"{scratch}/kernel.log",
        }
        return papermill.execute_notebook(
            notebook,
            output and str(output),
            parameters,
            engine_name="fieldnotes",
            kernel_name="python3",
            language="python",
            cwd=str(folder),
            progress_bar=False,
            request_save_on_cell_execute=False,
            shutdown_kernel="immediate",  # the keeper ends what the kernel leaves, and a kernel has nothing to save
            kernel_manager_class=kernels.kernel_manager(notes | variables, on_kernel),
            on_cell=on_cell,
        )


def run(connection, job):
    """Execute and compare the notebook of a job, in a process that is there for it alone.

    Sends ``("kernel", pid)`` with the process id of the kernel's keeper, ``("cell", id)`` as each cell begins,
    ``("compare", None)``, and at last ``("result", {"problems": [...], "seconds": ...})``.
    """
    os.setsid()
    threading.Thread(target=_end_with_runner, args=(connection,), daemon=True).start()
    os.environ.clear()
    os.environ.update(job["environment"])
    begin = time.perf_counter()
    with (
        open(os.devnull, "w") as nothing,
        contextlib.redirect_stdout(nothing),
        contextlib.redirect_stderr(nothing),
    ):
        try:
            problems = _execute(job, connection)
            seconds = time.perf_counter() - begin
            if not problems and job["compare"]:
                connection.send(("compare", None))
                problems = compare.differences(Path(job["notebook"]), Path(job["executed"]))
        except Exception as error:  # whatever breaks here is this notebook's failure, and the others go on
            seconds = time.perf_counter() - begin
            problems = [problem(f"{type(error).__name__}: {error}", detail=traceback.format_exc())]
    connection.send(("result", {"problems": problems, "seconds": seconds}))


def problem(sentence, cell=None, detail="", **more):
    """Return one thing that is wrong with a notebook, as the reports take it."""
    return {"sentence": sentence, "cell": cell, "detail": ANSI.sub("", detail), **more}


def _end_with_runner(connection):
    """Wait for the runner to close the connection, as it does when it ends in whatever way, and end this process."""
    with contextlib.suppress(EOFError, OSError):
        connection.recv()
    os._exit(1)


def _execute(job, connection):
    """Execute the notebook of a job, each exercise answered by its solution; return the problems.

    What is kept is the notebook as readers open it: without the answers, and without what their
    cells gave.
    """
    started = [None]

    def on_cell(cell):
        started.append(cell)
        connection.send(("cell", cell))

    try:
        answered = exercises.answered(nbformat.read(job["notebook"], as_version=4))
    except exercises.Incomplete as refusal:
        return [problem(str(refusal))]
    try:
        executed = execute(
            answered,
            job["parameters"],
            Path(job["notebook"]).parent,
            job["environment"],
            job["executed"],
            lambda keeper: connection.send(("kernel", keeper)),
            on_cell,
        )
    except PapermillExecutionError as error:
        executed = nbformat.read(job["executed"], as_version=4)
        if found := first_error(executed):
            return [problem(*found)]
        if not _raised_as_declared(executed):
            return [problem(str(error))]
    except DeadKernelError:
        log = Path(job["environment"]["FIELDNOTES_LOG"])
        detail = log.read_text(encoding="utf-8", errors="replace")
        sentence = "The kernel died: killed from outside, or out of memory."
        return [problem(sentence, started[-1], detail)]
    nbformat.write(exercises.opened(executed), job["executed"])
    return _noise(executed) + [
        problem(f"The solution of {name!r} does not pass its check.", cell)
        for cell, name in exercises.unsolved(executed)
    ]


def _raised_as_declared(executed):
    """Tell whether a cell raised an error that its tag declares, which papermill reports all the same."""
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    return any(output.output_type == "error" for output in outputs)


def _noise(executed):
    """Return a problem for each cell that wrote to standard error: warnings are for authors, not for readers."""
    return [
        problem("The cell wrote to standard error.", cell.id, output.text)
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
