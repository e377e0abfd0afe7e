"""Kernels for notebooks, each watched and kept by a process of its own (``ci/keeper.py``)."""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from ci.notebooks import ROOT

GUARD = Path(__file__).parent / "guard"
WARM = sys.platform == "linux"  # elsewhere a fork may lose threads that libraries start when they are imported
LOOK = 0.5  # seconds between two looks at a channel
NAMESPACE = sys.platform == "linux"  # elsewhere there are no network namespaces
# No threads, which linear algebra and pyarrow's allocator would start when they are imported; and figures where a
# kernel wants them, because matplotlib looks once (its inline part must be imported by the kernel itself).
FORKABLE = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
# Variables by which a shell could switch checks off, such as PYTHONOPTIMIZE (no asserts) and PYTEST_ADDOPTS.
SWITCHES = ("PYTHON", "PYTEST", "IPYTHON", "JUPYTER", "FIELDNOTES_JOURNAL", "FIELDNOTES_REFUSE")


@contextlib.contextmanager
def environment(warm=WARM):
    """Give the environment in which kernels run; with ``warm``, while a process runs that forks them."""
    with tempfile.TemporaryDirectory(prefix="fn") as scratch:
        variables = clean_environment() | {
            # The watch first, then the helper of this very checkout, wherever another one may be installed.
            "PYTHONPATH": os.pathsep.join([str(GUARD), str(ROOT)]),
            "FIELDNOTES_DATA": str(ROOT / "ancillary_data"),
            "FIELDNOTES_REFUSE": "1",
            "FIELDNOTES_NAMESPACE": str(int(NAMESPACE)),
            "FIELDNOTES_SCRATCH": scratch,
            "JUPYTER_RUNTIME_DIR": scratch,
            "IPYTHONDIR": scratch,
            # Results must not depend on how many processors share a sum.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        with _warm_server(Path(scratch)) if warm else contextlib.nullcontext({}) as address:
            yield variables | address


def clean_environment():
    """Return this process's environment without what could switch checks off."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SWITCHES)}


@contextlib.contextmanager
def _warm_server(folder):
    """Run a process that forks kernels; give the variable that says where it listens."""
    address = folder / "warm"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(64)
        server = subprocess.Popen(
            [sys.executable, "-m", "ci.keeper", str(listener.fileno())],
            cwd=ROOT,
            env=clean_environment() | FORKABLE,
            stdin=subprocess.PIPE,  # closes when this process ends, in whatever way
            pass_fds=[listener.fileno()],
        )
    try:
        yield {"FIELDNOTES_WARM": str(address)}
    finally:
        server.kill()
        server.communicate()


class ShellChannel(AsyncZMQSocketChannel):
    """The channel of replies, looked at again and again while one is awaited.

    For a widget nbclient sends messages while it waits for a reply. Sending can use up the signal that the reply has
    come, and a wait without end then never ends (https://github.com/jupyter/nbclient/issues/312).
    """

    async def get_msg(self, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LOOK if end is None else max(min(LOOK, end - time.monotonic()), 0)
            try:
                return await super().get_msg(left)
            except Empty:
                if end is not None and time.monotonic() >= end:
                    raise


class KernelClient(AsyncKernelClient):
    """A client of a kernel whose reply is never missed."""

    shell_channel_class = ShellChannel


def kernel_manager(variables, started):
    """Return a class of kernel managers for papermill; ``started`` is called with the keeper's process id."""

    class KernelManager(AsyncKernelManager):
        """A kernel of this very Python, on sockets in the file system: no race for ports."""

        def __init__(self, **traits):
            sockets = os.path.join(variables["FIELDNOTES_SCRATCH"], uuid.uuid4().hex[:12])
            super().__init__(**traits, transport="ipc", ip=sockets, connection_file=f"{sockets}.json")
            self.client_factory = KernelClient
            self.provisioner = Provisioner(kernel_spec=self.kernel_spec, parent=self)
            self.provisioner.variables, self.provisioner.started = variables, started

        @property
        def kernel_spec(self):
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, language="python")

    return KernelManager


class Provisioner(LocalProvisioner):
    """Gives jupyter_client a kernel with a keeper, in the environment ``variables``."""

    variables = started = kernel = None

    async def launch_kernel(self, cmd, **options):
        self.cwd = str(options.get("cwd") or Path.cwd())
        request = {
            "command": cmd,
            "environment": self.variables,
            "folder": self.cwd,
            "isolate": self.variables["FIELDNOTES_REFUSE"] == "1",
            "namespace": self.variables["FIELDNOTES_NAMESPACE"] == "1",
            "log": self.variables["FIELDNOTES_LOG"],
        }
        address = self.variables.get("FIELDNOTES_WARM")
        keeper = _warm_keeper(address) if address else _fresh_keeper()
        self.process = self.kernel = KernelProcess(*keeper, request)
        self.pid = self.pgid = self.kernel.pid
        self.started(self.kernel.keeper)
        return self.connection_info

    async def wait(self):
        while self.kernel.poll() is None:
            await asyncio.sleep(0.01)
        self.process = None
        return self.kernel.returncode

    async def cleanup(self, restart=False):
        await super().cleanup(restart)
        kernel, self.kernel = self.kernel, None  # jupyter_client cleans up twice
        if kernel:
            kernel.end()


def _warm_keeper(address):
    """Return the connection to a keeper that has been forked, and no process: it is no child of ours."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    return connection, None


def _fresh_keeper():
    """Return the connection to a new keeper, and its process."""
    connection, keepers = socket.socketpair()
    with keepers:
        command = [sys.executable, "-m", "ci.keeper"]
        process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdin=keepers)
    return connection, process


class KernelProcess:
    """The part of ``subprocess.Popen`` that jupyter_client uses, for a kernel with a keeper.

    The keeper ends the kernel when the connection closes, so this object holds it.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection, process, request):
        self.connection, self.process, self.returncode = connection, process, None
        connection.sendall(json.dumps(request).encode() + b"\n")
        self.lines = connection.makefile("r")
        line = self.lines.readline()
        if not line:
            raise RuntimeError("No kernel could be started: the process that starts kernels has ended.")
        answer = json.loads(line)
        self.pid, self.keeper = answer["pid"], answer["keeper"]

    def poll(self):
        """Return the kernel's exit code, or None while it runs."""
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            line = self.lines.readline()
            self.returncode = json.loads(line)["exit"] if line else -signal.SIGKILL
        return self.returncode

    def wait(self, timeout=None):
        """Return the kernel's exit code once it has ended."""
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode

    def end(self):
        """End the kernel and all it has started, and wait until it has ended."""
        self.connection.shutdown(socket.SHUT_WR)
        for _ in self.lines:
            pass
        self.lines.close()
        self.connection.close()
        if self.process:
            self.process.wait()

    def send_signal(self, number):
        """Send a signal to the kernel."""
        os.kill(self.pid, number)

    def kill(self):
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)
