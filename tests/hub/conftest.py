"""Services that really run, each on ports and in a folder of its own, which tests that need them are marked with."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from person import Person

CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON = CHECKOUT / "hub" / ".venv" / "bin" / "python"
FIRST_PORT = 20_000
signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is broken off ends its services too
MEMBERS = """
users = ["alice", "bob", "carol", "dora", "erin"]

[groups.sea]
aim = "Carbon dioxide at the surface of the sea"
administrator = "alice"
contact = "alice@example.org"
members = ["alice", "bob"]
curators = ["dora"]

[groups.city]
aim = "Carbon dioxide over cities"
administrator = "carol"
contact = "carol@example.org"
members = ["carol"]
"""


class Service:
    """One running service."""

    def __init__(self, name, **settings):
        self.name, self.home = name, Path(tempfile.mkdtemp(prefix="fh-", dir="/tmp"))
        self.root = self.home / name
        self.root.mkdir()
        self.port, self.claim = claimed_ports()
        # Numbers of users go with the ports: another run of the tests would end the processes of the same numbers.
        self.ports = {"port": self.port, "ids": 100_000 + 1_000 * (self.port - FIRST_PORT)}
        self.hub, self.browser, self.open = f"http://127.0.0.1:{self.port}", {}, []
        self.settings(**self.ports | settings)

    def settings(self, **settings):
        """Write this machine's part of the profile."""
        rows = [f"{key} = {json.dumps(value)}\n" for key, value in settings.items()]
        (self.root / "profile.toml").write_text("".join(rows), encoding="utf-8")

    def run(self, command, *more, fine=True):
        """Run a command of `python -m hub`; return what it said."""
        environment = {**os.environ, "FIELDNOTES_HUB": str(self.home)}
        words = [PYTHON, "-m", "hub", command, self.name, *more]
        done = subprocess.run(words, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=180)
        self.status = done.returncode
        assert not fine or done.returncode == 0, done.stdout + done.stderr + self.log()
        return done.stdout + done.stderr

    def log(self):
        """Return the end of the hub's log."""
        file = self.root / "state" / "hub.log"
        return file.read_text(errors="replace")[-3000:] if file.exists() else ""

    def words(self):
        """Return the newest password of each user."""
        rows = (self.root / "state" / "passwords.tsv").read_text().splitlines()
        return dict(row.split("\t") for row in rows)

    def processes(self, name):
        """Return the processes of a user, by the UNIX number that the table gives."""
        return processes(json.loads((self.root / "state" / "accounts.json").read_text())["users"][name]["id"])

    def person(self, name, word=None, **more):
        """Return a browser for a user."""
        one = Person(self.hub, name, word or self.words()[name], **self.browser | more)
        self.open.append(one)
        return one

    def people(self, *names):
        """Return browsers of users whose servers run, started at the same time."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda name: self.person(name).start(), names))

    def end(self):
        """Stop everything and remove it."""
        for one in self.open:
            one.close()
        self.run("down")
        shutil.rmtree(self.home)
        self.claim.close()


def processes(number):
    """Return the processes of a UNIX number that have not ended."""
    command = ["ps", "-o", "pid=,stat=", "-U", str(number)]
    rows = [row.split() for row in subprocess.run(command, capture_output=True, text=True).stdout.splitlines()]
    return [int(pid) for pid, state in rows if not state.startswith("Z")]


def claimed_ports():
    """Return the first of ten ports of which five are free, and the socket on the last that keeps other runs off."""
    for port in range(FIRST_PORT, FIRST_PORT + 10_000, 10):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", port + 9))
            for offset in range(5):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
        except OSError:
            claim.close()
            continue
        return port, claim
    raise RuntimeError("no free ports")


def until(question, patience):
    """Tell whether a question is answered with yes in time."""
    end = time.monotonic() + patience
    while not question() and time.monotonic() < end:
        time.sleep(0.2)
    return bool(question())


def running(name, people="", **settings):
    """Yield a service that runs, and end it."""
    day = {"ends": "2999-01-01"} if name == "course" else {}
    yield from serving(Service(name, **day | settings), people)


def serving(service, people=""):
    """Yield a service once it runs, and end it."""
    try:
        if people:
            (service.root / ("class.csv" if service.name == "course" else "users.toml")).write_text(
                people, encoding="utf-8"
            )
            service.run("apply")
        service.run("up")
        yield service
    finally:
        service.end()


@pytest.fixture(scope="session")
def members():
    """Two groups of members, with limits that a test can reach."""
    small = {"memory": "700M", "disk": "64M", "processes": 100, "upload": "4M"}
    yield from running("members", MEMBERS, reach=["*:443"], **small)


@pytest.fixture(scope="session")
def sea(members):
    """Alice and Bob of one group, Carol of another, Dora who curates."""
    return dict(zip("abcd", members.people("alice", "bob", "carol", "dora"), strict=True))
