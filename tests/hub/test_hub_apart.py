"""A hub where each person's server has a name of its own, and so an origin that no other page shares."""

import pytest
from test_hub_browser import visit
from tls import secured

pytestmark = pytest.mark.needs("tls")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A service of members behind Caddy, with a certificate for all names."""
    yield from secured(tmp_path_factory.mktemp("caddy"), apart=True)


@pytest.fixture(scope="module")
def people(hub):
    """Alice and Bob, whose servers run."""
    return hub.people("alice", "bob")


def test_a_server_answers_under_its_own_name_and_runs_cells(hub, people):
    for one in people:
        assert one.get(one.path("lab")).url.startswith(hub.hub.replace("//", f"//{one.name}."))
        assert one.run("6 * 7") == "42"


def test_the_hub_sends_everybody_to_the_own_name(hub, people):
    answer = people[0].http.get(f"{hub.hub}/user/alice/api/status", allow_redirects=False)
    assert answer.status_code == 302
    assert people[0].http.get(f"{hub.hub}/hub/user-redirect/lab").url.startswith(hub.hub.replace("//", "//alice."))


def test_who_asks_under_another_name_gets_nothing_of_it(hub, people):
    bob = people[1]
    wrong = hub.hub.replace("//", "//alice.")
    for path in ("/user/bob/api/status", "/user/alice/api/status", "/user/alice/lab"):
        assert not bob.http.get(wrong + path, headers={"Sec-Fetch-Mode": "cors"}).ok, path


def test_a_name_of_ones_own_is_no_door_to_the_hub(hub, people):
    own = hub.hub.replace("//", "//alice.")
    for path in ("/hub/token", "/hub/login", "/hub/api/", "/", "/hub/home"):
        answer = people[0].http.get(own + path, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (302, hub.hub + path)


def test_cookies_are_bound_to_one_name(people):
    kept = {cookie.name: cookie for cookie in people[0].http.cookies}
    assert {"__Host-jupyterhub-hub-login", "__Host-jupyterhub-user-alice"} <= set(kept)
    assert all(cookie.secure for cookie in kept.values())


def test_a_restarted_hub_finds_every_kernel(hub, people):
    people[0].run("record = 411.4")
    hub.run("restart")
    assert people[0].run("record") == "411.4"
    assert people[0].get(people[0].path("lab")).ok


@pytest.mark.needs("tls browser")
def test_in_a_browser_a_page_of_a_server_reads_nothing_of_the_hub(hub, people, tmp_path):
    pictures = visit("apart", hub, hub.words(), tmp_path)  # the scene itself tries and looks
    assert any(pictures.iterdir())
