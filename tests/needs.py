"""What some tests need that a machine may lack: whether it is missing here, and the command that brings it."""

import os
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import wrap

import pytest

ROOT = Path(__file__).resolve().parents[1]
ARCHIVE = Path(os.environ.get("FIELDNOTES_ARCHIVE", ROOT.parent / "shared" / "archive"))
HUB = ROOT / "hub" / ".venv"
SERVICE_PROGRAMS = {"bwrap": "bubblewrap", "setfacl": "acl", "socat": "socat", "mkfs.ext4": "e2fsprogs"}


@dataclass(frozen=True)
class Need:
    """What stays untested without it, and a function that returns why it is missing and what brings it, or nothing."""

    untested: str
    missing: Callable


def skip(name, why):
    """Skip the test that runs, because it needs what cannot be had here."""
    pytest.skip(f"{name}: {why}")


@cache
def missing(name):
    """Return why a need cannot be met here and the command that would meet it, or nothing where it is met."""
    return NEEDS[name].missing()


def _archive():
    if not ARCHIVE.is_dir():
        why = "the archive of real measurements is not beside this checkout, and its licences keep it out of a clone"
        return why, f"lay it at {os.path.relpath(ARCHIVE, ROOT)}"


def _packages():
    """Nothing is asked of an index before a test needs it; the hook in conftest.py skips it where nothing came."""
    return "", "run again with a network, as root on Debian after `apt-get update`"


def _sandbox():
    from teaching import sandbox

    why, remedy = sandbox.obstacle()
    return (why, remedy) if why else None


def _service():
    lacking = _install(SERVICE_PROGRAMS)
    if sys.platform != "linux":
        return "a service is made of Linux's namespaces and control groups", "run the tests on a Linux machine"
    if os.geteuid():
        return "a service runs as root: it gives each person a UNIX user", "sudo .ci/run"
    return lacking or _hub_environment() or _sandbox()


def _tls():
    return _service() or _install({"caddy": "caddy", "openssl": "openssl"})


def _browser():
    playwright = HUB.glob("lib/python*/site-packages/playwright")
    return _service() or _install({"chromium": "chromium"}) or _hub_environment(any(playwright))


def _tls_browser():
    return _tls() or _browser()


def _hub_environment(complete=True):
    if not (complete and (HUB / "bin" / "python").exists()):
        return "the hub's environment is not there", "make hub/.venv/ready"


def _compose_schema():
    if not compose_checker():
        return "check-jsonschema, which carries Compose's schema, is not there", "pip install check-jsonschema"


def compose_checker():
    """Return the path of check-jsonschema, or nothing."""
    beside = HUB / "bin" / "check-jsonschema"
    return str(beside) if beside.exists() else shutil.which("check-jsonschema")


def _charts():
    if not os.environ.get("FIELDNOTES_CHARTS"):
        return "FIELDNOTES_CHARTS names no folder of unpacked Helm charts", "FIELDNOTES_CHARTS=FOLDER make test"


def _proc():
    if not Path("/proc/self/status").exists():
        return "memory is read as Linux tells it", "run the tests on a Linux machine"


def _posix():
    if os.name == "nt":
        return "Windows has other rights, links and processes", "run the tests on Linux or macOS"


def _install(programs):
    packages = [package for program, package in programs.items() if not shutil.which(program)]
    if packages:
        return f"Debian's {', '.join(packages)} is not installed", f"sudo apt install {' '.join(packages)}"


NEEDS = {
    "archive": Need("lessons on measurements that are not in the clone", _archive),
    "packages": Need("data sets made again from a downloaded package", _packages),
    "sandbox": Need("grading in a sandbox", _sandbox),
    "service": Need("services with people at work", _service),
    "tls": Need("a service behind TLS", _tls),
    "browser": Need("services in a real browser", _browser),
    "tls browser": Need("services in a real browser, behind TLS", _tls_browser),
    "hub": Need("the hub's commands", _hub_environment),
    "compose schema": Need("the file for Docker Compose against its schema", _compose_schema),
    "charts": Need("the values for Kubernetes against the charts' schemas", _charts),
    "proc": Need("the memory that workers take", _proc),
    "posix": Need("rights, links and Binder's image", _posix),
}


def table(reasons, width):
    """Return the lines of a table: what was not tested, why, and what would bring it, a row per need."""
    rows = [_row(*one) for one in sorted(_by_need(reasons).items(), key=lambda one: -sum(one[1].values()))]
    columns = [5, *share(width - 5 - 6)]
    lines = [_line(columns, ("tests", "not tested", "why", "what would bring it"))]
    for row in rows:
        cells = [
            wrap(cell, size, break_on_hyphens=False, break_long_words=False)
            for cell, size in zip(row, columns, strict=True)
        ]
        for number in range(max(map(len, cells))):
            lines.append(_line(columns, [cell[number] if number < len(cell) else "" for cell in cells]))
    return lines


def share(width):
    """Return the widths of the three columns of text."""
    untested, why = width * 3 // 10, width * 4 // 10
    return untested, why, width - untested - why


def _by_need(reasons):
    """Return how often each reason was given, by the need that begins it; one that no need begins stands alone."""
    found = defaultdict(Counter)
    for reason in reasons:
        name, _, why = reason.partition(": ")
        found[name if name in NEEDS else ""][why if name in NEEDS else reason] += 1
    return found


def _row(name, reasons):
    count, first = str(reasons.total()), next(iter(reasons))
    why = first + (f" (and {len(reasons) - 1} more such reasons)" if len(reasons) > 1 else "")
    return (count, NEEDS[name].untested, why, (missing(name) or ("", ""))[1]) if name else (count, "", why, "")


def _line(columns, cells):
    return "  ".join(cell.ljust(size) for cell, size in zip(cells, columns, strict=True)).rstrip()
