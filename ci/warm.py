"""Kernels forked from a process that has imported the libraries already: half of a short lesson's time is importing.

Behind the switch ``--warm``; a plain kernel stays the reference. What makes forking safe: the parent imports, and does
nothing else (one thread, no socket but its own, no figure, no random number), and a child starts like a fresh kernel:
its environment, folder, seeds and signals are its own, and a library the lesson does not import stays unbound in it.
"""

import asyncio
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from ci.notebooks import ROOT

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


# No threads, which linear algebra and pyarrow's allocator would start when they are imported; and figures where a
# kernel wants them, because matplotlib looks once (its inline part must be imported by the kernel itself).
FORKABLE = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


@contextlib.contextmanager
def server(address):
    """Run a forking process while the context lasts; give the path of its socket."""
    command = [sys.executable, "-m", "ci.warm", str(address)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | FORKABLE) as process:
        try:
            while not address.exists():
                if process.poll() is not None:
                    raise RuntimeError("The process that forks kernels did not start.")
                time.sleep(0.02)
            yield address
        finally:
            process.kill()


class Forked(LocalProvisioner):
    """Gives jupyter_client a kernel from the forking process instead of starting one."""

    async def launch_kernel(self, cmd, **kwargs):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(os.environ["FIELDNOTES_WARM"])
        wish = {
            "connection_file": os.path.abspath(self.parent.connection_file),
            "environment": kwargs.get("env") or dict(os.environ),
            "folder": str(kwargs.get("cwd") or Path.cwd()),
        }
        connection.sendall(json.dumps(wish).encode() + b"\n")
        self.process = Child(connection)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def wait(self):
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.01)
        code, self.process = (self.process.returncode if self.process else 0), None
        return code


class Child:
    """The part of ``subprocess.Popen`` that jupyter_client uses, for a process that another one forked."""

    stdin = stdout = stderr = None

    def __init__(self, connection):
        self.lines = connection.makefile("r")
        self.connection, self.returncode = connection, None
        self.pid = json.loads(self.lines.readline())["pid"]

    def poll(self):
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            line = self.lines.readline()
            self.returncode = json.loads(line)["exit"] if line else -1
        return self.returncode

    def wait(self, timeout=None):
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)


def serve(address):
    """Import the libraries, then fork a kernel for each wish that comes in, and tell when it has ended."""
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()  # or the collector of a child would copy every page it looks at
    threads = len(os.listdir("/proc/self/task")) if Path("/proc/self/task").exists() else 1
    if threads > 1:
        raise RuntimeError(f"{threads} threads run after the imports: a fork would lose them.")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{address}.new")
    listener.listen(64)
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    os.rename(f"{address}.new", address)
    children, parent = {}, os.getppid()
    while os.getppid() == parent:
        ready = select.select([listener, woken], [], [], 1.0)[0]
        if woken in ready:
            os.read(woken, 4096)
        _tell_ended(children)
        if listener in ready:
            _fork(listener, children)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _tell_ended(children):
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            connection = children.pop(ended[0])
            with contextlib.suppress(OSError):
                connection.sendall(json.dumps({"exit": os.waitstatus_to_exitcode(ended[1])}).encode() + b"\n")
            connection.close()


def _fork(listener, children):
    connection, _ = listener.accept()
    wish = json.loads(connection.makefile("r").readline())
    pid = os.fork()
    if pid:
        children[pid] = connection
        connection.sendall(json.dumps({"pid": pid}).encode() + b"\n")
        return
    try:
        for inherited in (listener, connection, *children.values()):
            inherited.close()
        _become_kernel(wish)
    finally:
        os._exit(1)


def _become_kernel(wish):
    """Make this fork what a fresh kernel process is, and run it."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    os.environ.clear()
    os.environ.update(wish["environment"])
    log = os.open(os.environ["FIELDNOTES_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(wish["folder"])
    sys.argv = ["ipykernel_launcher", "-f", wish["connection_file"]]
    sys.path[0] = ""
    _watch()
    _seed()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(parent_handle=os.getppid())  # ends when this process has lost its parent
    app.initialize(["-f", wish["connection_file"]])
    app.start()
    os._exit(0)


def _watch():
    """Start the watch that a fresh Python starts by itself."""
    sys.path.insert(1, os.environ["PYTHONPATH"].split(os.pathsep)[0])
    import sitecustomize

    sitecustomize.install(
        os.environ["FIELDNOTES_JOURNAL"], os.environ["FIELDNOTES_ROOM"], os.environ["FIELDNOTES_REFUSE"] == "1"
    )


def _seed():
    import random

    import numpy

    random.seed()
    numpy.random.seed()


if __name__ == "__main__":
    serve(sys.argv[1])
