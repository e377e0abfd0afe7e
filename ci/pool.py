"""Many notebooks at once, each in processes that are watched, held to a budget, and gone when it ends."""

import contextlib
import multiprocessing
import os
import signal
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path

import psutil

from ci import journal
from ci.notebooks import ROOT, budget, card, label

PACE = 0.1  # seconds between two looks at the memory
START = 60  # seconds a kernel may take to start
GRACE = 3  # seconds that what a notebook started has to end by itself, after its kernel
GUARD = Path(__file__).parent / "guard"
MARK = "FIELDNOTES_RUN"


@dataclass
class Task:
    """A notebook that is running."""

    job: dict
    process: multiprocessing.Process
    connection: multiprocessing.connection.Connection
    limits: dict
    deadline: float
    mark: str
    kernel: int | None = None
    cell: str | None = None
    peak_mb: float = 0.0
    result: dict | None = None
    problems: list = field(default_factory=list)


def execute(notebooks, build, source="fixture", jobs=3, compare=True, warm=False):
    """Yield a result for each notebook as it ends: its problems, seconds, peak memory in MB, and the data it opened.

    Leaving the generator early, by an exception or Ctrl-C as well, ends every process it started.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ci.worker"])
    with tempfile.TemporaryDirectory(prefix="fn") as scratch, _forking(scratch, warm) as environment:
        waiting, running = list(notebooks), []
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(_start(context, waiting.pop(0), build, source, compare, environment))
                wait([handle for task in running for handle in (task.connection, task.process.sentinel)], PACE)
                for task in [task for task in running if _ended(task)]:
                    running.remove(task)
                    yield _finish(task)
        finally:
            for task in running:
                _end(task)


def _start(context, notebook, build, source, compare, environment):
    mark, name = uuid.uuid4().hex, label(notebook)
    job = {
        "notebook": str(notebook),
        "name": name,
        "source": source,
        "parameters": parameters(notebook, source),
        "compare": compare and source == "fixture",
        "executed": str(_fresh(build / "executed" / f"{name}.ipynb")),
        "journal": str(_fresh(build / "journal" / f"{name}.jsonl")),
        "environment": environment | {MARK: mark},
    }
    job["environment"]["FIELDNOTES_JOURNAL"] = job["journal"]
    job["environment"]["FIELDNOTES_LOG"] = str(_fresh(build / "journal" / f"{name}.log"))
    job["environment"]["FIELDNOTES_REFUSE"] = "0" if source == "live" else "1"
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, job), daemon=True)
    process.start()
    theirs.close()
    return Task(job, process, ours, budget(notebook), time.monotonic() + START, mark)


def parameters(notebook, source):
    """Return what a run gives a notebook: nothing on the fixture, else the source and what it declares for live."""
    if source == "fixture":
        return {}
    return {"source": source} | (card(notebook).get("live", {}) if source == "live" else {})


def _fresh(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


def _work(connection, job):
    from ci import worker

    worker.run(connection, job)


@contextlib.contextmanager
def _forking(scratch, warm):
    """Give the environment of the kernels; with ``warm``, while a process runs that forks them."""
    environment = {
        # The watch first, then the helper of this very checkout, wherever another one may be installed.
        "PYTHONPATH": os.pathsep.join(filter(None, (str(GUARD), str(ROOT), os.environ.get("PYTHONPATH")))),
        "FIELDNOTES_ROOM": str(ROOT / "ancillary_data"),
        "JUPYTER_RUNTIME_DIR": scratch,
        "IPYTHONDIR": scratch,
        # Results must not depend on how many processors share a sum.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    if not warm:
        yield environment
        return
    from ci import warm as forks

    with forks.server(Path(scratch) / "warm.sock") as address:
        yield environment | {"FIELDNOTES_WARM": str(address)}


def _ended(task):
    """Take in what a task has told; tell whether it is over, by itself or beyond its budget."""
    with contextlib.suppress(EOFError, ConnectionResetError):
        while task.result is None and task.connection.poll():
            _take(task, *task.connection.recv())
    if task.result is None and task.kernel:
        task.peak_mb = max(task.peak_mb, _memory(task.kernel))
    excess = _excess(task)
    if excess:
        task.problems.append({"sentence": excess, "cell": task.cell, "detail": ""})
    return bool(excess) or task.result is not None or not task.process.is_alive()


def _take(task, kind, content):
    if kind == "kernel":
        task.kernel, task.deadline = content, time.monotonic() + task.limits["seconds"]
    elif kind == "cell":
        task.cell = content
    elif kind == "compare":
        task.cell, task.deadline = None, time.monotonic() + START
    else:
        task.result = content


def _excess(task):
    """Return the budget that a running task has gone beyond, in a sentence."""
    if task.peak_mb > task.limits["gb"] * 1000:
        return f"It used {task.peak_mb / 1000:.1f} GB of memory; {task.limits['gb']:g} GB is its budget: stopped."
    if task.result is None and time.monotonic() > task.deadline:
        return f"It ran longer than its budget of {task.limits['seconds']:g} s: stopped."
    return None


def _memory(pid):
    """Return the memory in MB that a kernel and all it started hold, each at the most it ever held."""
    return sum(_high_water(process) for process in _family(pid)) / 1e6


def _family(pid):
    try:
        kernel = psutil.Process(pid)
        return [kernel, *kernel.children(recursive=True)]
    except psutil.Error:
        return []


def _high_water(process):
    try:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0
    except (FileNotFoundError, ProcessLookupError):  # not Linux, or just ended
        with contextlib.suppress(psutil.Error):
            return process.memory_info().rss
        return 0


def _finish(task):
    """Return the result of a task, after everything it started has ended."""
    left = _end(task)
    result = task.result or {"problems": [], "seconds": task.limits["seconds"]}
    if not task.result and not task.problems:
        task.problems.append({"sentence": "Its process was killed from outside.", "cell": task.cell, "detail": ""})
    problems = task.problems + result["problems"] + _heard(task.job)
    if left and not task.problems:
        problems.append({"sentence": f"It left processes behind: {', '.join(left)}.", "cell": None, "detail": ""})
    path = Path(task.job["journal"])
    return {
        "name": task.job["name"],
        "notebook": task.job["notebook"],
        "source": task.job["source"],
        "executed": task.job["executed"],
        "status": "failed" if problems else "passed",
        "problems": problems,
        "seconds": round(result["seconds"], 2),
        "peak_mb": round(task.peak_mb),
        "data": journal.data_sets(path),
    }


def _heard(job):
    """Return a problem for what the watch noted: hosts called, even if the notebook hid it, and undeclared data."""
    path, notebook = Path(job["journal"]), Path(job["notebook"])
    hosts = journal.read(path)["call"] if job["source"] != "live" else []
    silent = set(journal.data_sets(path)) - set(card(notebook).get("data", [])) if job["compare"] else ()
    told = f"and on the source {job['source']!r} nothing leaves this machine."
    sentences = [f"It called {host}, {told}" for host in hosts]
    sentences += [f"It read {name!r}, which its metadata do not declare: `make refresh` does." for name in silent]
    return [{"sentence": sentence, "cell": None, "detail": ""} for sentence in sentences]


def _end(task):
    """End everything a task started; return the command lines of what had not ended by itself."""
    if task.result is not None:
        task.process.join(GRACE)
    left = _marked(task)
    if task.result is not None and left:
        psutil.wait_procs(left, timeout=GRACE)
        left = _marked(task)
    names = [_command(process) for process in left]
    everything = [*left, *_family(task.process.pid)]
    for process in everything:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(everything, timeout=GRACE)
    task.process.join(GRACE)
    task.connection.close()
    return names


def _marked(task):
    """Return the processes that carry a task's mark in their environment, and the family of its kernel."""
    found = {process.pid: process for process in (_family(task.kernel) if task.kernel else [])}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == task.mark and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process
    return list(found.values())


def _command(process):
    try:
        return " ".join(process.cmdline()[:3]) or process.name()
    except psutil.Error:
        return f"process {process.pid}"
