"""Start a service, stop it, and ask it: the hub's process and its interface."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from hub import folders, limits, sandbox
from hub.profile import CHECKOUT, ROOM

PROGRAMS = {
    "bwrap": "bubblewrap", "setpriv": "util-linux", "socat": "socat", "setfacl": "acl", "git": "git",
    "mkfs.ext4": "e2fsprogs", "mount": "mount",
}  # fmt: skip
BIN = Path(sys.executable).parent


def lessons_python():
    """Return the Python of the lessons' environment."""
    return os.environ.get("FIELDNOTES_LESSONS", str(CHECKOUT / ".venv" / "bin" / "python"))


def lacking(profile):
    """Yield a sentence for each thing without which a service does not start."""
    if os.geteuid():
        yield "only root can give each person a UNIX user and a sandbox of their own"
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            yield f"{program} is missing: apt-get install {package}"
    if not (BIN.parent / "proxy" / "node_modules").is_dir():
        yield "the proxy is missing: make hub/.venv/ready"
    if not Path(lessons_python()).exists():
        yield f"the lessons' environment is missing ({lessons_python()}): make setup"
    ports = (profile.port + 1,) if proxy(profile) else range(profile.port, profile.port + 3)
    yield from (f"port {port} is taken" for port in ports if _taken(port))


def weak(profile):
    """Yield a sentence for each protection that this machine does not give."""
    trial = f"{profile.name}-{profile.port}-check"
    if not limits.create(trial, 2**30, 64, 1.0):
        yield "no control groups here: NOTHING LIMITS memory, processes and processors of a person"
    limits.destroy(trial)
    if profile.kept and not folders.LOOP.exists():
        yield "no loop devices here: NOTHING LIMITS what a home or a group's folder takes of the disk"
    if profile.public_url == "":
        yield "no public_url: passwords go unencrypted, which is right on this machine alone"


def _taken(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def up(profile, wait=90):
    """Start a service in the background; return whether it answers."""
    folders.prepare(profile)
    sandbox.write_filter(profile.run / "filter.bpf")
    folders.publish(profile, lessons_python())
    return start(profile, wait)


def start(profile, wait=90):
    """Start the hub's process, and with it the proxy where none runs; return whether it answers."""
    environment = {**os.environ, "FIELDNOTES_PROFILE": profile.name, "FIELDNOTES_LESSONS": lessons_python()}
    environment["PATH"] = f"{BIN}:{os.environ.get('PATH', '/usr/bin:/bin:/usr/sbin')}"
    with (profile.root / "state" / "hub.log").open("ab") as log:
        command = [BIN / "jupyterhub", "-f", ROOM / "jupyterhub_config.py"]
        where = {"cwd": profile.root / "state", "env": environment, "stdout": log, "stderr": log}
        hub = subprocess.Popen(command, **where, start_new_session=True, preexec_fn=_interruptible)
    (profile.root / "state" / "hub.pid").write_text(str(hub.pid))
    end = time.monotonic() + wait
    while time.monotonic() < end and hub.poll() is None:
        if healthy(profile):
            return True
        time.sleep(0.1)
    return False


def _interruptible():
    """Take SIGINT again: a shell's `&` hands it on as ignored, and the hub stops its helpers with it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def healthy(profile):
    """Tell whether the hub answers through its proxy."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{profile.port}/hub/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def running(profile):
    """Return the number of the hub's process, or None."""
    file = profile.root / "state" / "hub.pid"
    return _alive(file, b"jupyterhub")


def proxy(profile):
    """Return the number of the proxy's process, or None; it outlives a hub that stops or crashes."""
    return _alive(profile.root / "state" / "proxy.pid", b"configurable-http-proxy")


def _alive(file, word):
    """Return the number in a file if the process of that number has a word in its command, else None."""
    try:
        pid = int(file.read_text())
        return pid if word in b" ".join(command(pid)) else None
    except (FileNotFoundError, ValueError):
        return None


def command(pid):
    """Return the words of a process's command; none once it has ended."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def stop(profile):
    """Stop the hub's process alone; servers and the proxy run on."""
    _end(running(profile))


def down(profile):
    """Stop the servers, the hub and the proxy, and put the rooms' file systems away, a hub that answers no more too."""
    if healthy(profile):
        for name in servers(profile):
            end_server(profile, name)
    stop(profile)
    _end(proxy(profile))
    for left in profile.run.glob("[0-9]*"):
        limits.destroy(f"{profile.name}-{left.name}")
    folders.close(profile)
    shutil.rmtree(profile.run, ignore_errors=True)


def _end(pid, patience=20):
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + patience
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def ask(profile, path, method="GET"):
    """Ask the hub's interface with the key of this command; return its answer, or None where there is no such thing."""
    token = (profile.root / "state" / "manager.token").read_text().strip()
    address = f"http://127.0.0.1:{profile.port}/hub/api/{path}"
    request = urllib.request.Request(address, method=method, headers={"Authorization": f"token {token}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as problem:
        if problem.code == 404:
            return None
        raise


def servers(profile):
    """Return the users whose server runs or starts."""
    return [user["name"] for user in ask(profile, "users") if user["servers"]]


def end_server(profile, name, patience=60):
    """Stop a user's server, and wait until nothing of it is left."""
    end = time.monotonic() + patience
    ask(profile, f"users/{name}/server", "DELETE")
    while (ask(profile, f"users/{name}") or {}).get("servers") and time.monotonic() < end:
        time.sleep(0.1)


def forget(profile, name):
    """End a user's server and sessions, and forget the password."""
    end_server(profile, name)
    ask(profile, f"users/{name}", "DELETE")
