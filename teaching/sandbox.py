"""Run students' code where it can harm nothing: bubblewrap, limits, and a watch from outside.

Inside, there is no network, no file of this machine but the programs and the lessons' data (which cannot be written),
no other process, no environment, and a small disk in memory that is gone afterwards.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from functools import cache
from itertools import cycle
from pathlib import Path

import matplotlib
import psutil
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "teaching" / "execute.py"
USERS = range(61_000, 61_180)  # beyond the numbers of ordinary accounts; a run has one to itself, and counts its own
MEGABYTE = 1_000_000
LOOK = 0.2  # seconds between two looks at what runs

# The last run's processes may still be dying when the next begins, and another grader may be at work beside this one.
_users = cycle(random.sample(USERS, len(USERS)))


class NoSandbox(RuntimeError):
    """Nothing on this machine can run a stranger's code safely."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    seconds: int = 180
    cell_seconds: int = 60
    megabytes: int = 2000
    processes: int = 150
    disk_megabytes: int = 200
    told_megabytes: int = 40


@dataclass
class Run:
    """What a run told, line by line; why it ended; its seconds, and its most memory in MB."""

    lines: list
    end: str
    seconds: float = 0.0
    peak_mb: int = 0


def available():
    """Tell whether strangers' code can be run safely here."""
    return not obstacle()[0]


def obstacle():
    """Return why strangers' code cannot be run safely here, and what mends it; two empty texts where it can.

    An empty sandbox is tried once: that bubblewrap is installed does not say that the system allows one.
    """
    if sys.platform != "linux":
        return "sandboxes are made of Linux's namespaces", "grade on a Linux machine"
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed", "sudo apt install bubblewrap"
    complaint = _complaint(program)
    return (f"an empty sandbox does not start: {complaint}", _remedy()) if complaint else ("", "")


@cache
def _complaint(program):
    """Return what bubblewrap says when an empty sandbox does not start, or nothing."""
    command = [program, *_apart(Limits())[1:], "true"]
    tried = subprocess.run(command, capture_output=True, text=True, env=_environment())
    return (tried.stderr.strip() or f"exit status {tried.returncode}") if tried.returncode else ""


def _remedy():
    """Return the command that lets ordinary users have namespaces, where a setting forbids them."""
    for setting, refusing, allowing in (
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),  # Ubuntu since 23.10
        ("kernel.unprivileged_userns_clone", "0", "1"),  # Debian until 10
        ("user.max_user_namespaces", "0", "15000"),
    ):
        file = Path("/proc/sys", *setting.split("."))
        if file.exists() and file.read_text(encoding="utf-8").strip() == refusing:
            return f"sudo sysctl {setting}={allowing}"
    return "use a machine or a container that allows user namespaces"


def require():
    """Raise NoSandbox, which says what to do, where strangers' code cannot be run safely."""
    why, remedy = obstacle()
    if why:
        raise NoSandbox(
            f"Grading runs the students' code, and here nothing keeps it from harm: {why}. Mend that ({remedy}), "
            "grade on the hub, or say --trust if you have read every submission."
        )
    tried = run(new_notebook(cells=[new_code_cell("", id="nothing")]), Limits())
    if tried.end:  # else every submission would end so, and the whole class get nothing
        raise NoSandbox(f"The sandbox cannot run even an empty notebook here: {tried.end}. See what `bwrap` says.")


def run(notebook, limits, trust=False):
    """Execute a notebook (as nbformat's dictionary) and return a :class:`Run`.

    ``trust`` leaves the sandbox out, not the limits.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        _command(trust, limits),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    )
    done = Run([], "")
    reader = threading.Thread(target=_listen, args=(process, done, limits), daemon=True)
    reader.start()
    _ask(process, notebook, _bounds(limits, trust))
    _watch(process, done, limits, began)
    reader.join(5)
    process.stdout.close()
    last = done.lines[-1].get("end") if done.lines else None
    if not done.end:
        done.end = {"finished": "", "died": "Python ended in the middle of a cell"}.get(last, "it ended early")
    done.seconds = time.monotonic() - began
    return done


def _ask(process, notebook, bounds):
    try:
        with process.stdin as pipe:
            pipe.write(json.dumps({"notebook": notebook, "limits": bounds}).encode() + b"\n")
    except BrokenPipeError:
        pass  # it ended before it had read all; why is seen by the watch


def _bounds(limits, trust):
    bounds = asdict(limits) | {"bytes": limits.megabytes * MEGABYTE, "file_bytes": limits.disk_megabytes * MEGABYTE}
    root = os.name == "posix" and os.geteuid() == 0
    if trust:  # the number of processes would count all of this account's
        return {key: value for key, value in bounds.items() if key != "processes"}
    return bounds | ({"user": next(_users)} if root else {})


def _command(trust, limits):
    program = [sys.executable, str(PROGRAM)]
    return program if trust else [*_apart(limits), *program]


def _apart(limits):
    """Return the command that runs another one in a sandbox."""
    apart = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    outside = [*apart, "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
    disk = ["--size", str(limits.disk_megabytes * MEGABYTE), "--perms", "1777", "--tmpfs", "/tmp"]
    # An administrator's program becomes an account without rights or files (execute.py); anyone else's has a namespace.
    rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    way = {parent: None for path in _shown() for parent in reversed(Path(path).parents[:-1])}
    shown = [part for parent in way for part in ("--perms", "0755", "--dir", str(parent))]
    shown += [part for path in _shown() for part in ("--ro-bind-try", str(path), str(path))]
    root = rights if os.geteuid() == 0 else ["--unshare-user"]
    shut = ["--remount-ro", "/dev", "--remount-ro", "/"]  # elsewhere, files could fill the memory
    # The disk comes first: what is shown may itself lie below /tmp.
    return ["bwrap", *outside, *disk, *shown, *shut, *root, "--chdir", "/tmp"]


def _shown():
    """Return what a submission may read: this Python, the helper, the lessons' data, and the system's libraries."""
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts", "/etc/ssl/certs", "/etc/localtime"]
    helper = [ROOT / "fieldnotes", ROOT / "ancillary_data", PROGRAM]
    return [*system, sys.base_prefix, sys.prefix, *helper, matplotlib.get_cachedir()]


def _environment():
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),  # where the helper is; nothing else of it can be seen inside
        "PYTHONDONTWRITEBYTECODE": "1",
        "FONT_CACHE": matplotlib.get_cachedir(),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
    }


def _listen(process, done, limits):
    """Gather the lines; stop listening, and end the run, where they are more than any lesson tells."""
    room = limits.told_megabytes * MEGABYTE
    while line := process.stdout.readline(room + 1):
        room -= len(line)
        if room < 0:
            done.end = "it wrote without end"
            return
        try:
            done.lines.append(_line(line))
        except (ValueError, RecursionError):
            done.end = "it wrote what no notebook writes"
            return


def _line(text):
    """Return a line as execute.py tells it; raise ValueError where it is none, for students' code may write too."""
    # Half a character is all that JSON can hold and no file can.
    line = json.loads(json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace"))
    kinds = {"cell": str, "outputs": list, "answers": list, "too_much": bool, "end": str, "at": (str, type(None))}
    if not isinstance(line, dict) or not all(isinstance(part, kinds.get(name, ())) for name, part in line.items()):
        raise ValueError("The line has other parts.")
    if "end" not in line and line.keys() != {"cell", "outputs", "answers", "too_much"}:
        raise ValueError("The line lacks a part.")
    return line


def _watch(process, done, limits, began):
    """Wait for the end, and bring it about where a limit is passed."""
    while process.poll() is None:
        time.sleep(LOOK)
        memory, processes = _used(process.pid, limits)
        done.peak_mb = max(done.peak_mb, memory)
        if not done.end and time.monotonic() - began > limits.seconds:
            done.end = f"it ran for more than {limits.seconds} seconds"
        elif not done.end and memory > limits.megabytes:
            done.end = f"it took more than {limits.megabytes} MB of memory"
        elif not done.end and processes > limits.processes:
            done.end = f"it started more than {limits.processes} processes"
        if done.end:
            _kill(process)


def _used(pid, limits):
    """Return the memory (MB) and the number of a process and all that it started."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0, 0
    memory = _memory(family, "rss")
    if memory > limits.megabytes and sys.platform == "linux":
        memory = _memory(family, "pss")  # pages that processes share count once: slower, so only where it matters
    return memory, len(family)


def _memory(family, kind):
    found = 0
    for one in family:
        try:
            found += getattr(one.memory_full_info() if kind == "pss" else one.memory_info(), kind)
        except psutil.NoSuchProcess:
            continue
    return found // MEGABYTE


def _kill(process):
    """End a run and all that it started; in the sandbox the first process takes the others with it."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.kill()
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()
