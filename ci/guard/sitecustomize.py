"""Watch a kernel from inside: which data files it opens, and whom it calls.

Python imports this module by its name at start, in the kernel and in every Python process the kernel starts, because
the runner puts this folder on PYTHONPATH. An audit hook cannot be taken off again by the notebook.
"""

import ipaddress
import json
import os
import socket
import sys

CALLS = (
    "socket.connect",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.getnameinfo",
)


class NetworkRefused(OSError):
    """A notebook tried to reach another machine while it runs on its fixtures."""


def install(journal, folder, refuse):
    """Note in ``journal`` (a file, one JSON line per event) the files opened in ``folder`` and the hosts called.

    With ``refuse`` a call to any host but this one raises :class:`NetworkRefused`.
    """
    folder = os.path.join(os.path.realpath(folder), "")
    seen = set()

    def note(event, what):
        if (event, what) not in seen:
            seen.add((event, what))
            handle = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(handle, json.dumps([event, what]).encode() + b"\n")
            os.close(handle)

    def hook(event, args):
        if event == "open":
            path = _resolve(args[0])
            if path.startswith(folder):
                note("open", path)
        elif event in CALLS and (host := _elsewhere(event, args)):
            note("call", host)
            if refuse:
                raise NetworkRefused(f"{host} was called, and on the fixtures nothing leaves this machine.")

    sys.addaudithook(hook)


def _resolve(path):
    """Return where a path leads that may be relative, in bytes, a link or an open file; empty where that is nowhere."""
    try:
        return os.path.realpath(os.fsdecode(path))
    except (OSError, TypeError, ValueError):
        return ""


def _elsewhere(event, args):
    """Return the host a call goes to, or None where it stays on this machine."""
    if event.startswith("socket.get"):
        host = args[0][0] if isinstance(args[0], tuple) else args[0]
    elif event == "socket.connect" and args[0].type == socket.SOCK_DGRAM:
        return None  # sends nothing: how libraries ask which address this machine has
    else:
        address = args[-1]
        host = address[0] if isinstance(address, tuple) and address else None
    host = host.decode() if isinstance(host, bytes) else host
    return host if isinstance(host, str) and host and not _is_here(host) else None


def _is_here(host):
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback or host == "0.0.0.0"
    except ValueError:
        return host == "localhost" or host == socket.gethostname()


if "FIELDNOTES_JOURNAL" in os.environ:
    install(
        os.environ["FIELDNOTES_JOURNAL"],
        os.environ["FIELDNOTES_DATA"],
        os.environ["FIELDNOTES_REFUSE"] == "1",
    )
