"""Limits on all that one person runs, and a way to end it all: a control group, of version 1 or 2."""

import os
import signal
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
ONE = {
    "memory": "memory.limit_in_bytes",
    "pids": "pids.max",
    "cpu": "cpu.cfs_quota_us",
}  # version 1: file by controller
PERIOD = 100_000  # microseconds, the kernel's default


def folders(name):
    """Return the control group's folders: one in version 2, one a controller in version 1."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT / "fieldnotes" / name]
    return [ROOT / controller / "fieldnotes" / name for controller in ONE if (ROOT / controller).is_dir()]


def create(name, memory, processes, cpus):
    """Make a control group; return whether memory, processes and processors are all limited."""
    settings = {"memory": memory, "pids": processes, "cpu": int(cpus * PERIOD)}
    if (ROOT / "cgroup.controllers").exists():
        return _create_two(folders(name)[0], settings)
    try:
        for controller, folder in zip(ONE, folders(name), strict=True):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ONE[controller]).write_text(str(settings[controller]))
    except (OSError, ValueError):
        return False
    return True


def _create_two(folder, settings):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for parent in (ROOT, folder.parent):
            (parent / "cgroup.subtree_control").write_text("+memory +pids +cpu")
        (folder / "memory.max").write_text(str(settings["memory"]))
        (folder / "memory.swap.max").write_text("0")
        (folder / "pids.max").write_text(str(settings["pids"]))
        (folder / "cpu.max").write_text(f"{settings['cpu']} {PERIOD}")
    except OSError:
        return False
    return True


def join(name):
    """Put this process into the control group; for the moment between fork and exec."""
    for folder in folders(name):
        if folder.is_dir():
            (folder / "cgroup.procs").write_text(str(os.getpid()))


def members(name):
    """Return the numbers of the processes in a control group."""
    files = [folder / "cgroup.procs" for folder in folders(name)]
    return {int(pid) for file in files if file.exists() for pid in file.read_text().split()}


def destroy(name, patience=5.0):
    """End every process of a control group, what was put in the background too, and remove the group."""
    end = time.monotonic() + patience
    while (left := members(name)) and time.monotonic() < end:
        for pid in left:
            _kill(pid)
        time.sleep(0.02)
    for folder in folders(name):
        if folder.is_dir() and not members(name):
            folder.rmdir()


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
