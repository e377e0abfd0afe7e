"""What goes wrong for one person is clear to that person, and nothing to the others."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from conftest import processes, running, until

pytestmark = pytest.mark.needs("service")


@pytest.fixture
def neighbour(sea):
    """Somebody who works on and notices nothing: the value is still there, and a cell is quick."""
    sea["b"].run("value = 411.4")
    yield sea["b"]
    begun = time.monotonic()
    assert sea["b"].run("value") == "411.4"
    assert time.monotonic() - begun < 5


def contents(person):
    """Return the status of the person's file browser."""
    return person.get(person.path("api/contents")).status_code


def test_a_memory_hog_loses_its_kernel_and_no_more(members, sea, neighbour):
    """The server tells so on the kernel's channels. What it says of the kernel elsewhere is the last thing that the
    kernel itself said: "busy", until another one has started under its name and been heard."""
    kernel = sea["a"].kernel()
    kernel.socket.send(request("data = b'x' * 2**31"))
    assert kernel.states_until({"restarting", "dead"})[-1] in ("restarting", "dead")
    assert contents(sea["a"]) == 200


def request(code):
    """Return a message that runs a cell whose end is not awaited."""
    header = {
        "msg_id": "hog",
        "username": "",
        "session": "hog",
        "msg_type": "execute_request",
        "version": "5.3",
        "date": "",
    }
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    whole = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell", "content": content}
    return json.dumps(whole)


def test_a_flood_of_processes_stops_at_the_limit(members, sea, neighbour):
    code = """
import subprocess
started = []
try:
    for number in range(1000):
        started.append(subprocess.Popen(["sleep", "60"]))
except OSError as error:
    print(len(started) < 100, error.strerror)
finally:
    for process in started:
        process.kill()
        process.wait()
"""
    assert sea["a"].run(code) == "True Resource temporarily unavailable"
    assert contents(sea["a"]) == 200


def test_a_fork_bomb_ends_with_its_server(members):
    browser = members.person("erin").start()
    browser.run("import os, subprocess\nsubprocess.Popen(['sh', '-c', 'f() { f | f & }; f'])")
    time.sleep(2)
    assert len(members.processes("erin")) <= 105
    stopped = members.run("stop", "erin")
    assert "erin" in stopped and not members.processes("erin")


def test_a_full_home_is_full_for_its_owner_alone(members, sea, neighbour):
    fill = "with open('large', 'wb', 0) as file:\n    for _ in range(100):\n        file.write(bytes(2**20))"
    assert "No space left on device" in sea["a"].run(fill)
    refused = sea["a"].upload("more.bin", os.urandom(2**20))
    assert refused.status_code == 507 and "Your home is full" in refused.json()["message"]
    assert sea["b"].upload("fits.bin", os.urandom(2**20)).status_code == 201
    sea["a"].run("import os; os.remove('large')")
    assert sea["a"].upload("more.bin", os.urandom(2**20)).status_code == 201


def test_who_filled_the_home_can_still_sign_in_and_tidy_up(members):
    browser = members.person("erin").start()
    browser.run("with open('large', 'wb') as file:\n    while True:\n        file.write(bytes(2**16))")
    browser.stop()
    browser.start_again()
    assert browser.run("import os; os.remove('large'); 'tidy'") == "'tidy'"


@pytest.mark.parametrize("size", [5, 20], ids=lambda size: f"{size} MB")
def test_a_file_too_large_is_refused_with_the_limit(members, sea, neighbour, size):
    answer = sea["a"].upload("large.nc", bytes(size * 2**20))
    assert answer.status_code == 413
    assert "larger than 4 MB, the most that may be uploaded here" in answer.json()["message"]
    assert sea["a"].get(sea["a"].path("api/contents/large.nc")).status_code == 404


def test_a_file_too_large_is_refused_in_pieces_too(members, sea):
    piece = {"type": "file", "format": "base64", "content": "AAAA" * 2**18}  # 0.75 MB
    answers = [
        sea["a"].send("PUT", sea["a"].path("api/contents/pieces.nc"), json={**piece, "chunk": number}).status_code
        for number in range(1, 9)
    ]
    assert answers[:5] == [201] * 5 or answers[:5] == [201, 200, 200, 200, 200]
    assert 413 in answers


def test_a_killed_server_can_be_started_again(members, sea, neighbour):
    browser = members.person("erin").start()
    for pid in members.processes("erin"):
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: not browser.send("GET", "/hub/api/users/erin").json()["servers"], 60)
    browser.leave()
    assert browser.start_again().run("6 * 7") == "42"


def test_a_thousand_wrong_passwords_are_stopped_early_and_lock_nobody_else_out(members, sea, neighbour):
    guesser = members.person("carol", "guess")
    guesser.get("/hub/login")
    form = {"username": "carol", "login_terms_checkbox": "on", "_xsrf": guesser.xsrf("/hub/login")}
    headers = {"X-Forwarded-For": "203.0.113.9"}
    codes = [
        guesser.http.post(
            f"{members.hub}/hub/login", data={**form, "password": f"guess{number}"}, headers=headers
        ).status_code
        for number in range(1000)
    ]
    assert codes[:5] == [403] * 5 and set(codes[5:]) == {429}
    last = guesser.http.post(f"{members.hub}/hub/login", data={**form, "password": "x"}, headers=headers)
    assert "Too many wrong passwords. Wait five minutes" in last.text
    assert members.person("bob").sign_in().ok


def test_there_are_no_processes_of_people_without_a_control_group(members, sea):
    for name in ("alice", "bob"):
        for pid in members.processes(name):
            file = Path(f"/proc/{pid}/cgroup")
            assert not file.exists() or "fieldnotes/members-" in file.read_text()


def test_what_a_crashed_hub_left_is_put_away():
    for service in running("open", memory="700M", disk="32M"):
        browser = service.person("anyone", (service.root / "state" / "word").read_text().strip()).start()
        os.kill(int((service.root / "state" / "hub.pid").read_text()), signal.SIGKILL)
        assert browser.run("6 * 7") == "42" and processes(service.ports["ids"])
        browser.leave()
        service.run("down")
        assert not processes(service.ports["ids"])
