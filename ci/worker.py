"""One notebook in a process of its own: execute it with papermill, then compare it. Forked from a process that has
imported papermill, nbval and pytest once, because that import costs more than most lessons."""

import contextlib
import os
import re
import sys
import time
import traceback
import uuid
from pathlib import Path
from subprocess import STDOUT

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from ci import compare, exercises
from ci.cell_errors import first_error

ANSI = re.compile(r"\x1b\[[0-9;]*m")
LOOPBACK_ONLY = "http://127.0.0.1:9"  # the discard port: what libraries in C hear when they call out through a proxy


class Kernel(AsyncKernelManager):
    """A kernel of this very Python, on sockets in the file system (no race for ports); its process id is told."""

    started = None

    @property
    def kernel_spec(self):
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], language="python"
        )

    def __init__(self, **traits):
        sockets = os.path.join(os.environ["JUPYTER_RUNTIME_DIR"], uuid.uuid4().hex[:12])
        super().__init__(**({"transport": "ipc", "ip": sockets} if os.name == "posix" else {}), **traits)

    async def _async_pre_start_kernel(self, **kw):
        if os.environ.get("FIELDNOTES_WARM"):
            from ci.warm import Forked

            self.provisioner = Forked(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        with open(os.environ["FIELDNOTES_LOG"], "w") as log:
            # What the kernel process itself says goes to a file: the terminal is for results.
            return await super()._async_pre_start_kernel(**kw | {"stdout": os.dup(log.fileno()), "stderr": STDOUT})

    pre_start_kernel = _async_pre_start_kernel

    async def _async_launch_kernel(self, kernel_cmd, **kw):
        await super()._async_launch_kernel(kernel_cmd, **kw)
        Kernel.started(self.provisioner.pid)

    _launch_kernel = _async_launch_kernel


class Engine(NBClientEngine):
    """Papermill's engine, telling which cell begins."""

    begun = None
    at = None

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **kwargs):
        cell_start = nb_man.cell_start

        def told(cell, cell_index=None, **more):
            Engine.at = cell.id
            Engine.begun(cell.id)
            return cell_start(cell, cell_index, **more)

        nb_man.cell_start = told
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


papermill_engines.register("fieldnotes", Engine)


def run(connection, job):
    """Execute and compare the notebook of a job.

    Sends ``("kernel", pid)`` when the kernel runs, ``("cell", id)`` as each cell begins, ``("compare", None)``, and at
    last ``("result", {"problems": [...], "seconds": ...})``.
    """
    os.setsid()
    _die_with_parent()
    os.environ.update(job["environment"])
    Kernel.started = lambda pid: connection.send(("kernel", pid))
    Engine.begun = lambda cell: connection.send(("cell", cell))
    begin = time.perf_counter()
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        try:
            problems = _execute(job)
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


def _execute(job):
    """Execute through papermill, with each exercise answered by its solution; return the problems found.

    What is kept is the notebook as readers open it: without the answers, and without what their cells gave.
    """
    try:
        answered = exercises.answered(nbformat.read(job["notebook"], as_version=4))
    except exercises.Incomplete as refusal:
        return [problem(str(refusal))]
    try:
        executed = papermill.execute_notebook(
            answered,
            job["executed"],
            job["parameters"],
            engine_name="fieldnotes",
            kernel_name="python3",
            language="python",
            cwd=str(Path(job["notebook"]).parent),
            progress_bar=False,
            request_save_on_cell_execute=False,
            kernel_manager_class=Kernel,
        )
    except PapermillExecutionError as error:
        executed = nbformat.read(job["executed"], as_version=4)
        if found := first_error(executed):
            return [problem(*found)]
        if not _raised_as_declared(executed):
            return [problem(str(error))]
    except DeadKernelError:
        log = Path(os.environ["FIELDNOTES_LOG"]).read_text(encoding="utf-8", errors="replace")
        return [problem("The kernel died: killed from outside, or out of memory.", Engine.at, log)]
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


def _die_with_parent():
    """Ask Linux to end this process when the runner ends, however it ends; the kernel watches this process itself."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
