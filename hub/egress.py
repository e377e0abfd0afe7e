"""The way out of the sandboxes: an HTTP proxy on a socket, which lets through what the profile names, nothing inside.

    python -m hub.egress SOCKET PATTERN...

A pattern is `host:port`, `*.host:port` or `*:port`. A name that leads to an address of this machine or its network is
refused, unless the pattern names that very address.
"""

import asyncio
import contextlib
import ctypes
import ipaddress
import os
import signal
import sys
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

NOBODY = 65_534
WAIT = 20  # seconds for a connection
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def allowed(host, port, patterns):
    """Tell whether a host and port are named."""
    return any(fnmatchcase(f"{host.lower()}:{port}", pattern.lower()) for pattern in patterns)


async def addresses(host, port, patterns):
    """Return where a connection may go: public addresses, or the one that a pattern names."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    every = [row[4][0] for row in found]
    return [each for each in every if ipaddress.ip_address(each).is_global or f"{each}:{port}" in patterns]


def target(method, address):
    """Return the host and port of a request: `CONNECT host:port`, or a method with a whole address."""
    parts = urlsplit(f"//{address}" if method == "CONNECT" else address)
    return parts.hostname or "", parts.port or (443 if method == "CONNECT" else 80)


async def serve(reader, writer, patterns):
    """Answer one connection."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT)
        method, address = head.decode("latin-1").split(" ", 2)[:2]
        host, port = target(method, address)
        places = await addresses(host, port, patterns) if allowed(host, port, patterns) else []
        if not places:
            writer.write(f"HTTP/1.1 403 {host}:{port} is not among what this service may reach\r\n\r\n".encode())
            return
        there = await asyncio.wait_for(asyncio.open_connection(places[0], port), WAIT)
        await _between((reader, writer), there, head if method != "CONNECT" else b"")
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as problem:
        writer.write(f"HTTP/1.1 502 {type(problem).__name__}\r\n\r\n".encode())
    finally:
        writer.close()


async def _between(here, there, head):
    """Carry bytes both ways until one side ends. A plain request is sent on and its connection not used again."""
    if head:
        line, _, rest = head.partition(b"\r\n")
        there[1].write(_origin(line) + b"\r\nConnection: close\r\n" + rest)
    else:
        here[1].write(b"HTTP/1.1 200 Connected\r\n\r\n")
    try:
        await asyncio.gather(_pump(here[0], there[1]), _pump(there[0], here[1]))
    finally:
        there[1].close()


def _origin(line):
    """Return a request line with the path alone, as a server wants it."""
    method, address, version = line.decode("latin-1").split(" ")
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{method} {path} {version}".encode("latin-1")


async def _pump(reader, writer):
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def main(socket, patterns):
    """Listen for everybody's sandbox, as nobody."""
    if os.path.exists(socket):
        os.unlink(socket)
    server = await asyncio.start_unix_server(lambda reader, writer: serve(reader, writer, patterns), socket)
    os.chmod(socket, 0o666)
    await addresses("localhost", 80, [])  # loads what a look-up needs, while this Python may still be read
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # it ends with the hub, also with one that crashed
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # how the hub stops its helpers
        asyncio.run(main(sys.argv[1], sys.argv[2:]))
