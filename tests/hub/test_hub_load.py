"""Twenty people at once, and the hub restarted while all of them compute. How long they wait is told by `crowd.py`."""

import os
import signal
import statistics
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from conftest import running, until
from crowd import arrive, memory

pytestmark = pytest.mark.needs("service")
NAMES = [f"person-{number}" for number in range(20)]
CELL = """import pandas
record = pandas.DataFrame({"year": [2000, 2010, 2020], "co2": [369.7, 390.1, 414.2]})
round(float(record["co2"].diff().mean()), 2)"""
LONG = """import time
for _ in range(60):
    time.sleep(0.2)
print(len(record), "still here")"""
MOST = 180 * 1.05  # MB a person; measured are 178, and how much is shared varies a little


@pytest.fixture(scope="module")
def course():
    """A course of twenty."""
    people = "user,role\n" + "".join(f"{name},student\n" for name in NAMES)
    yield from running("course", people, places=len(NAMES))


@pytest.fixture(scope="module")
def crowd(course):
    """Twenty people who came at the same moment, with what their first cell said."""
    people = [course.person(name) for name in NAMES]
    return people, arrive(people, [CELL])


def test_everybody_who_comes_at_once_gets_an_answer(crowd):
    _, took = crowd
    assert [one["said"] for one in took] == [["22.25"]] * len(NAMES)


def test_a_person_takes_no_more_memory_than_is_planned_for(course, crowd):
    assert statistics.mean(memory(course.processes(name)) for name in NAMES) < MOST


def test_a_hub_restarted_under_load_loses_no_kernel(course, crowd):
    people, _ = crowd
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda person: person.come_back(), people))  # whoever was first has waited for the last
        computing = [pool.submit(person.run, LONG) for person in people]
        course.run("restart")
        assert [done.result() for done in computing] == ["3 still here"] * len(people)
        assert list(pool.map(lambda person: person.get(person.path("lab")).status_code, people)) == [200] * len(people)


def test_a_proxy_that_dies_is_replaced_and_the_kernels_are_found_again(course, crowd):
    """After the test above it is one that the running hub did not start itself."""
    one, proxy = crowd[0][0], course.root / "state" / "proxy.pid"
    dead = int(proxy.read_text())
    os.kill(dead, signal.SIGKILL)
    assert until(lambda: proxy.exists() and int(proxy.read_text()) != dead and healthy(one), 30)
    one.come_back()
    assert one.run("len(record)") == "3"


def healthy(person):
    """Tell whether a person's server can be reached."""
    try:
        return person.get(person.path("lab")).ok
    except requests.ConnectionError:
        return False
