"""Execute a notebook and tell, line by line, what its cells gave: the part that runs students' code.

Reads one line of JSON from standard input, ``{"notebook": ..., "limits": ...}``, and writes lines of JSON: for each
code cell its id, its outputs and the answers its checks noted; at the end, or where it had to stop, why. It runs inside
the sandbox and needs no other file of this folder.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

KEPT = 20_000  # characters that a cell prints; what is beyond is dropped, and the cell interrupted
SHOWN = 2_000_000  # characters of what a cell displays; what is beyond is left out, and harms nobody


def main():
    """Execute what standard input brings."""
    asked = json.loads(sys.stdin.buffer.readline())
    tell = _speaker()
    _restrain(asked["limits"])
    with tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder))
        _execute(asked["notebook"], asked["limits"], Path(folder), tell)


def _speaker():
    """Return a function that writes a line for whoever started us; nothing a cell prints can get among them."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.set_inheritable(out.fileno(), False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(**what):
        out.write(json.dumps(what) + "\n")
        out.flush()

    return tell


def _restrain(limits):
    """Give up rights and take on limits, for this process and all it starts."""
    if os.name != "posix":
        return
    import resource

    bounds = {
        "RLIMIT_CORE": 0,
        "RLIMIT_DATA": limits.get("bytes"),
        "RLIMIT_FSIZE": limits.get("file_bytes"),
        "RLIMIT_NPROC": limits.get("processes"),
        "RLIMIT_CPU": limits.get("seconds"),
    }
    first = Path("/proc/self/oom_score_adj")  # where memory ends, the machine ends this, and nothing else
    if first.exists():
        first.write_text("1000")
    for name, bound in bounds.items():
        if bound is not None:
            resource.setrlimit(getattr(resource, name), (bound, bound))
    if limits.get("user"):
        os.setgroups([])
        os.setgid(limits["user"])
        os.setuid(limits["user"])


def _prepare(folder):
    home = folder / "home"
    home.mkdir()
    cache = Path(os.environ.get("FONT_CACHE", folder))
    (home / "matplotlib").mkdir()
    for path in cache.glob("fontlist-*.json"):  # or each run would look for the fonts anew
        (home / "matplotlib" / path.name).write_bytes(path.read_bytes())
    os.environ |= {
        "FIELDNOTES_ANSWERS": str(folder / "answers"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "JUPYTER_RUNTIME_DIR": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "HOME": str(home),
    }
    os.chdir(home)


def _execute(source, limits, folder, tell):
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    class Client(NotebookClient):
        """Drops what a cell prints beyond a measure, and interrupts it."""

        def output(self, outs, msg, display_id, cell_index):
            if msg["msg_type"] == "stream":
                text, room = msg["content"]["text"], max(KEPT - self.written, 0)
                msg["content"]["text"] = text[:room]
                self.written += len(text)
                if len(text) > room and not self.silenced:
                    self.silenced = True
                    os.kill(self.km.provisioner.pid, signal.SIGINT)
            elif "data" in msg["content"]:
                size = sum(len(str(part)) for part in msg["content"]["data"].values())
                self.shown += size
                if self.shown > SHOWN:
                    msg["content"]["data"] = {"text/plain": f"(an output of {size:,} characters was left out)"}
            return super().output(outs, msg, display_id, cell_index)

    notebook = nbformat.from_dict(source)
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "kernel"))
    client = Client(
        notebook, km=kernel, timeout=limits["cell_seconds"], allow_errors=True, interrupt_on_timeout=True,
        coalesce_streams=True,
    )  # fmt: skip
    # A widget is nothing to grade, and answering it can miss a reply (https://github.com/jupyter/nbclient/issues/312).
    client.comm_open_handlers = {}
    noted = _Answers(folder / "answers")
    at = None
    try:
        with client.setup_kernel(stdout=-3, stderr=-3):
            for number, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    at, client.written, client.shown, client.silenced = cell.id, 0, 0, False
                    client.execute_cell(cell, number, store_history=True)
                    tell(cell=cell.id, outputs=cell.outputs, answers=noted.new(), too_much=client.silenced)
        tell(end="finished")
    except DeadKernelError:
        tell(end="died", at=at, answers=noted.new())


class _Answers:
    """The file in which checks note answers, read as it grows."""

    def __init__(self, path):
        self.path, self.read = path, 0

    def new(self):
        """Return the lines that were added since the last time."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        added, self.read = lines[self.read : self.read + 100], len(lines)
        return added


if __name__ == "__main__":
    main()
