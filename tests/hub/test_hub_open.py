"""The open hub, for real: the shared word, a fresh home each time, and nothing kept."""

import pytest
from conftest import running, until

pytestmark = pytest.mark.needs("service")
PLACES = 3


@pytest.fixture(scope="module")
def hub():
    """An open hub with three places, whose idle servers go after 20 seconds."""
    yield from running("open", memory="700M", disk="32M", places=PLACES, idle_minutes=1 / 3)


def visitor(hub, name="anyone@example.org"):
    """Return a browser of somebody who knows the word."""
    return hub.person(name, (hub.root / "state" / "word").read_text())


def runs(hub, name):
    """Tell whether the hub has a server of that name."""
    return name in hub.run("status")


def test_the_word_is_needed(hub):
    assert hub.person("anyone", "wrong").sign_in().status_code == 403


def test_two_of_one_name_are_two_people_with_a_home_each(hub):
    one, two = visitor(hub).start(), visitor(hub).start()
    assert one.name != two.name
    one.run("open('mine.txt', 'w').write('x')")
    assert "mine.txt" not in two.run("import os; os.listdir()")
    assert two.get(f"/user/{one.name}/lab").status_code == 403
    assert "first-steps.ipynb" in two.run("os.listdir('lessons/education')")
    assert two.run("open('lessons/education/first-steps.ipynb', 'a').write(' ')") == "1"
    assert "No space left" in two.run("open('large', 'wb').write(bytes(40 * 2**20))")
    third, fourth = visitor(hub).start(), visitor(hub)
    fourth.sign_in()
    full = fourth.get(f"/hub/spawn/{fourth.name}")
    assert full.status_code == 429 and "All places are taken" in full.text
    assert f"room for: {PLACES}." in full.text
    gone = one.name
    one.get("/hub/logout")
    one.leave()
    assert until(lambda: not runs(hub, gone), 20), "logging out ends the server"
    assert not any(hub.root.glob("home/*")), "nothing is kept"
    assert until(lambda: not runs(hub, two.name) and not runs(hub, third.name), 60), "idle servers go"
    for person in (two, third):
        person.leave()


def test_there_is_no_way_out(hub):
    one = visitor(hub).start()
    code = "import socket\nfor place in ('1.1.1.1', '127.0.0.1'):\n    socket.create_connection((place, 443), 3)"
    assert "Error" in one.run(code)
    assert one.run("import os; [name for name in os.environ if 'proxy' in name.lower()]") == "[]"
