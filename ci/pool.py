"""Many notebooks at once, each in processes that are watched, held to a budget, and gone when it ends."""

import contextlib
import multiprocessing
import os
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path

import psutil

from ci import files, journal, kernels
from ci.notebooks import budget, card, label

PACE = 0.4  # seconds between two looks at what a notebook uses
START_TIMEOUT = 60  # seconds a kernel may take to start, and a comparison to end
PATIENCE = 4  # times its budget that a notebook may take, however little it computes
END_TIMEOUT = 10  # seconds that processes may take to end


@dataclass
class Task:
    """A notebook that is running."""

    job: dict
    process: multiprocessing.Process
    connection: multiprocessing.connection.Connection
    limits: dict
    began: float  # when the phase it is in began
    phase: str = "start"  # then "execute", then "compare"
    keeper: int | None = None
    cell: str | None = None
    looked: float = 0.0
    peak_mb: float = 0.0
    worker_mb: float = 0.0
    busy_seconds: float = 0.0
    result: dict | None = None
    problems: list = field(default_factory=list)


def execute(notebooks, build, source="fixture", jobs=3, compare=True, warm=None):
    """Yield a result for each notebook as it ends: its problems, seconds, peak memory in MB, and the
    data it opened.

    With ``warm``, kernels are forked from a process that has imported the usual libraries; None
    means on Linux, from two notebooks on, where it pays. Leaving the generator early, by an
    exception or Ctrl-C as well, ends every process it started.
    """
    waiting, running = list(notebooks), []
    warm = kernels.WARM and len(waiting) > 1 if warm is None else warm
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ci.worker"])
    with kernels.environment(warm) as variables:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(_start(context, waiting.pop(0), source, compare, variables))
                wait(
                    [handle for task in running for handle in (task.connection, task.process.sentinel)],
                    PACE,
                )
                for task in [task for task in running if _ended(task)]:
                    running.remove(task)
                    yield _finish(task, build)
        finally:
            for task in running:
                _end(task)


def _start(context, notebook, source, compare, variables):
    # Everything is written to a folder of this run alone: another run may be at the same notebook.
    folder = Path(tempfile.mkdtemp(dir=variables["FIELDNOTES_SCRATCH"]))
    job = {
        "notebook": str(notebook),
        "name": label(notebook),
        "source": source,
        "parameters": parameters(notebook, source),
        "compare": compare and source == "fixture",
        "executed": str(folder / "executed.ipynb"),
        "journal": str(folder / "journal.jsonl"),
        "environment": variables
        | {
            "FIELDNOTES_JOURNAL": str(folder / "journal.jsonl"),
            "FIELDNOTES_LOG": str(folder / "kernel.log"),
            "FIELDNOTES_REFUSE": "0" if source == "live" else "1",
        },
    }
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, job), daemon=True)
    process.start()
    theirs.close()
    return Task(job, process, ours, budget(notebook), time.monotonic())


def parameters(notebook, source):
    """Return what a run gives a notebook: nothing on the fixture, else the source and what it declares for live."""
    if source == "fixture":
        return {}
    return {"source": source} | (card(notebook).get("live", {}) if source == "live" else {})


def _work(connection, job):
    from ci import worker

    worker.run(connection, job)


def _ended(task):
    """Take in what a task reports; tell whether it is over, by itself or beyond its budget."""
    alive = task.process.is_alive()  # asked first: what a worker sends before it ends is then read below
    with contextlib.suppress(EOFError, ConnectionResetError):
        while task.result is None and task.connection.poll():
            _take(task, *task.connection.recv())
    if task.result is None and time.monotonic() - task.looked >= PACE:
        _look(task)
    excess = _excess(task)
    if excess:
        task.problems.append({"sentence": excess, "cell": task.cell, "detail": ""})
    return bool(excess) or task.result is not None or not alive


def _take(task, kind, content):
    if kind == "kernel":
        task.keeper, task.phase, task.began = content, "execute", time.monotonic()
    elif kind == "cell":
        task.cell = content
    elif kind == "compare":
        task.cell, task.phase, task.began = None, "compare", time.monotonic()
    else:
        task.result = content


def _look(task):
    """Measure what a task uses: its memory, and the processor time of its busiest process."""
    task.looked = time.monotonic()
    with contextlib.suppress(psutil.Error):
        task.worker_mb = psutil.Process(task.process.pid).memory_info().rss / 1e6
    if task.phase == "execute":
        family = _family(task.keeper)
        task.peak_mb = max(task.peak_mb, memory(family))
        task.busy_seconds = max([task.busy_seconds, *map(_processor_seconds, family)])


def _family(keeper):
    """Return the processes of a kernel and of all it started, the kernel first."""
    try:
        return sorted(
            psutil.Process(keeper).children(recursive=True),
            key=lambda process: process.create_time(),
        )
    except psutil.Error:
        return []


def memory(family):
    """Return the memory of a kernel and its descendants in MB.

    That is the most the kernel ever held, or what all hold together now if that is more. Pages that processes share,
    as forks do, count once.
    """
    kernel, *others = family or [None]
    alone = _bytes(kernel, "status", "VmHWM:") if kernel else 0
    together = sum(_bytes(process, "smaps_rollup", "Pss:") for process in family) if others else 0
    return max(alone, together) / 1e6


def _bytes(process, file, name):
    """Return one of Linux's accounts of a process's memory; where there is none, what psutil says."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for line in Path(f"/proc/{process.pid}/{file}").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
        return 0  # it has just ended
    with contextlib.suppress(psutil.Error):
        return process.memory_info().rss
    return 0


def _processor_seconds(process):
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return times.user + times.system
    return 0.0


def _excess(task):
    """Return the budget that a running task has gone beyond, in a sentence."""
    seconds, gigabytes = task.limits["seconds"], task.limits["gb"]
    elapsed = time.monotonic() - task.began
    if task.peak_mb > gigabytes * 1000:
        return f"It used {task.peak_mb / 1000:.1f} GB of memory; {gigabytes:g} GB is its budget: stopped."
    if task.worker_mb > gigabytes * 1000:
        return f"Its outputs take {task.worker_mb / 1000:.1f} GB of memory; {gigabytes:g} GB is its budget: stopped."
    if task.result is not None:
        return None
    if task.phase != "execute":
        verb = {"start": "start", "compare": "compare its outputs"}[task.phase]
        return f"It took longer than {START_TIMEOUT} s to {verb}: stopped." if elapsed > START_TIMEOUT else None
    if elapsed > seconds and task.busy_seconds > seconds:
        return f"It computed longer than its budget of {seconds:g} s: stopped."
    if elapsed > PATIENCE * seconds * _slowdown():
        return f"It took longer than {PATIENCE} times its budget of {seconds:g} s, mostly waiting: stopped."
    return None


def _slowdown():
    """Return how many times longer than alone a process takes, so many others want a processor."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _finish(task, build):
    """Return the result of a task, after everything it started has ended."""
    _end(task)
    result = task.result or {"problems": [], "seconds": task.limits["seconds"]}
    if not task.result and not task.problems:
        task.problems.append({"sentence": "Its process was killed from outside.", "cell": task.cell, "detail": ""})
    path = Path(task.job["journal"])
    problems = task.problems + result["problems"] + _noted(task)
    return {
        "name": task.job["name"],
        "notebook": task.job["notebook"],
        "source": task.job["source"],
        "executed": str(_publish(task.job, build)),
        "status": "failed" if problems else "passed",
        "problems": problems,
        "seconds": round(result["seconds"], 2),
        "peak_mb": round(task.peak_mb),
        "data": journal.data_sets(path, task.job["notebook"]),
    }


def _publish(job, build):
    """Put the executed notebook where its readers look for it, whole or not at all; return that path."""
    path = build / "executed" / f"{job['name']}.ipynb"
    executed = Path(job["executed"])
    if executed.exists():
        files.write(path, executed.read_text(encoding="utf-8"))
    else:
        path.unlink(missing_ok=True)
    return path


def _noted(task):
    """Return a problem for what the watch noted: hosts called, even if the notebook hid it, data, processes left."""
    path, notebook, source = (
        Path(task.job["journal"]),
        Path(task.job["notebook"]),
        task.job["source"],
    )
    events = journal.read(path)
    sentences = []
    if source != "live":
        reason = f"and on the source {source!r} nothing leaves this machine."
        sentences += [f"It called {host}, {reason}" for host in events["call"]]
    if task.job["compare"]:
        undeclared = set(journal.data_sets(path, notebook)) - set(card(notebook).get("data", []))
        for name in sorted(undeclared):
            sentences.append(f"It read {name!r}, which its metadata do not declare: `make refresh` does.")
    if events["left"] and not task.problems:
        sentences.append(f"It left processes behind: {', '.join(events['left'])}.")
    return [{"sentence": sentence, "cell": None, "detail": ""} for sentence in sentences]


def _end(task):
    """End the worker, and wait for the keeper, which then ends all that the notebook started."""
    if task.result is not None:
        task.process.join(END_TIMEOUT)
    task.process.kill()
    task.process.join(END_TIMEOUT)
    task.connection.close()
    if task.keeper:
        _wait_for(task.keeper)


def _wait_for(pid):
    """Wait until a process has ended, also where nobody takes notice of its end and it stays as a zombie."""
    deadline = time.monotonic() + END_TIMEOUT
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
