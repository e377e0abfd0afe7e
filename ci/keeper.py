"""The process that starts one kernel, adopts whatever the kernel starts, and ends all of it.

Every kernel has such a keeper as its parent. It lives as long as its connection to whoever asked for the kernel: when
that process ends, in whatever way, the connection closes, and the keeper ends the kernel and all its descendants. On
Linux these include processes in sessions of their own and those whose parents have ended.

``python -m ci.keeper`` keeps one kernel, a fresh Python (the connection is standard input). ``python -m ci.keeper FD``
imports the usual libraries once and forks a keeper, with a warm kernel, for each connection to the socket ``FD``: half
of a short lesson's time is importing. What makes forking safe: this process imports, and does nothing else (one thread,
no figure, no random number), and a forked kernel starts like a fresh one: its environment, folder, seeds and signals
are its own, and a library that the lesson does not import stays unbound in it. What it does inherit are
the filters for warnings that these libraries set when they are imported.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time

import psutil

from ci.network import Network, drop_capabilities

LIBRARIES = (
    "IPython.core.completer",
    "IPython.core.magics",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib.pyplot",
    "numpy",
    "pandas",
    "pandera.pandas",
    "cartopy.crs",
    "geopandas",
    "scipy.optimize",
    "xarray",
)
GRACE = 3  # seconds that what a notebook started has to end by itself, after its kernel
PDEATHSIG, CHILD_SUBREAPER = 1, 36  # of prctl


def serve(descriptor):
    """Import the libraries, then fork a keeper for each connection, until standard input closes."""
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()  # or the collector of a child would copy every page it looks at
    threads = psutil.Process().num_threads()
    if threads > 1:
        raise RuntimeError(f"{threads} threads run after the imports: a fork would lose them.")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for keepers
    listener = socket.socket(fileno=descriptor)
    while 0 not in (ready := select.select([listener, 0], [], [])[0]):
        if listener in ready:
            connection, _ = listener.accept()
            if not os.fork():
                listener.close()
                keep(connection, become_kernel)
                os._exit(0)
            connection.close()


def keep(connection, start):
    """Start the kernel that the connection asks for with ``start``; end what is left of it when its time is over."""
    line = connection.makefile("rb").readline()
    if not line:
        return
    request = json.loads(line)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _adopt_orphans()
    network = Network(request["namespace"]) if request["isolate"] else None
    request["environment"] |= network.environment() if network else {}
    kernel = os.fork()
    if not kernel:
        connection.close()
        if network:
            network.close()
        _start(request, start)
    _send(connection, pid=kernel, keeper=os.getpid())
    note = _Journal(request["environment"]["FIELDNOTES_JOURNAL"])
    if _watch(connection, kernel, network, note):
        note.add("left", _leftovers())
    _end_descendants()
    if network:
        note.add("call", network.hosts(select.select(network.sockets(), [], [], 0)[0]))


def _watch(connection, kernel, network, note):
    """Wait until the connection closes; tell whether the kernel had ended before."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    sockets = network.sockets() if network else []
    ended = False
    while True:
        for pid, code in _reap():
            if pid == kernel:
                ended = True
                _send(connection, exit=code)
        ready = select.select([connection, woken, *sockets], [], [])[0]
        if woken in ready:
            os.read(woken, 4096)
        if network:
            note.add("call", network.hosts(ready))
        if connection in ready:
            return ended


def _reap():
    """Yield the process id and exit code of each child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended[0], os.waitstatus_to_exitcode(ended[1])


def _descendants():
    return psutil.Process().children(recursive=True)


def _leftovers():
    """Give descendants time to end by themselves; return the command lines of those that have not."""
    deadline = time.monotonic() + GRACE
    while (living := _living()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return {command for process in living if (command := _command(process))}


def _living():
    list(_reap())
    return _descendants()


def _end_descendants():
    """End what is left, again and again, since a process may start another one while it is ended."""
    deadline = time.monotonic() + GRACE
    while (living := _living()) and time.monotonic() < deadline:
        for process in living:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.005)


def _command(process):
    try:
        return " ".join(process.cmdline()[:3]) or process.name()
    except psutil.Error:
        return None


def _send(connection, **message):
    with contextlib.suppress(OSError):  # whoever asked may be gone: then the connection is closed, and that is seen
        connection.sendall(json.dumps(message).encode() + b"\n")


class _Journal:
    """The file in which the watch inside the kernel notes what happens, too: each thing once."""

    def __init__(self, path):
        self.path, self.known = path, set()

    def add(self, kind, names):
        """Note names that are new."""
        new = sorted({(kind, name) for name in names} - self.known)
        self.known.update(new)
        if new:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write("".join(json.dumps(event) + "\n" for event in new))


def _adopt_orphans():
    """On Linux become the parent of every descendant whose own parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1)


def _start(request, start):
    """In a new child: take on what the request says, and become a kernel."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        if sys.platform == "linux":
            drop_capabilities()
            ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
        # What the kernel process itself says goes to a file: the terminal is for results.
        log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(request["folder"])
        start(request["command"], request["environment"] | {"JPY_PARENT_PID": str(os.getppid())})
    finally:
        os._exit(1)


def execute_kernel(command, environment):
    """Replace this process by a fresh Python with a kernel."""
    os.execve(command[0], command, environment)


def become_kernel(command, environment):
    """Make this fork what a fresh kernel process is, and run it."""
    os.environ.clear()
    os.environ.update(environment)
    arguments = command[command.index("-f") :]
    sys.argv = ["ipykernel_launcher", *arguments]
    del sys.path[0]  # the folder this process started in; IPython adds the notebook's
    _import_watch()
    _seed()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(arguments)
    app.start()
    os._exit(0)


def _import_watch():
    """Start the watch that a fresh Python starts by itself, and see the same paths."""
    sys.path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
    sys.modules.pop("sitecustomize", None)
    importlib.import_module("sitecustomize")


def _seed():
    import random

    import numpy

    random.seed()
    numpy.random.seed()


def main(arguments):
    """Keep one kernel, or serve warm ones."""
    if arguments:
        serve(int(arguments[0]))
        return
    keep(socket.socket(fileno=os.dup(0)), execute_kernel)


if __name__ == "__main__":
    main(sys.argv[1:])
