"""A hub behind a real proxy with TLS: what a browser keeps to itself, and whose wrong passwords count for whom."""

import http.cookies

import pytest
import requests
from tls import PLAIN, at, secured

pytestmark = pytest.mark.needs("tls")
FORGED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "X-Client-IP")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A service of members behind Caddy."""
    yield from secured(tmp_path_factory.mktemp("caddy"))


@pytest.fixture(scope="module")
def alice(hub):
    """Somebody whose server runs."""
    return hub.person("alice").start()


def guess(http, hub, times=7, name="alice", **headers):
    """Send wrong passwords; return the answers' status. Cookies are sent by hand, as whoever guesses would."""
    page = http.get(f"{hub}/hub/login", headers=headers)
    cookies = http.cookies.get_dict() | page.cookies.get_dict()
    headers |= {"Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items())}
    form = {"username": name, "login_terms_checkbox": "on", "_xsrf": cookies["_xsrf"]}
    ask = {"headers": headers, "allow_redirects": False}
    codes = [http.post(f"{hub}/hub/login", data={**form, "password": f"guess{n}"}, **ask) for n in range(times)]
    return [answer.status_code for answer in codes]


def test_a_cell_is_run_over_tls(alice):
    assert alice.run("6 * 7") == "42"
    assert alice.cells.socket.sock.version() in ("TLSv1.2", "TLSv1.3")


def test_who_trusts_no_such_certificate_is_told(hub):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(hub.hub, timeout=10)


def test_every_cookie_goes_over_tls_and_to_this_site_alone_and_no_script_reads_it(alice):
    """But for the one that JupyterLab's script must read, which proves a form and opens nothing."""
    kept = [cookie for cookie in alice.http.cookies if not cookie.is_expired()]
    assert {"jupyterhub-hub-login", "jupyterhub-session-id", "jupyterhub-user-alice", "_xsrf"} <= {c.name for c in kept}
    for cookie in kept:
        assert cookie.secure and cookie._rest["SameSite"] == "Lax", cookie
        assert "HttpOnly" in cookie._rest or (cookie.name, cookie.path) == ("_xsrf", "/user/alice/"), cookie


def test_no_answer_on_the_way_in_sets_a_cookie_otherwise(hub):
    """Those too that are gone again when somebody is in."""
    person = hub.person("bob")
    answers = [person.get("/user/bob/lab"), person.sign_in(), person.get("/user/bob/lab"), person.get("/hub/logout")]
    every = [step for answer in answers for step in (*answer.history, answer)]
    told = [row for step in every for row in step.raw.headers.getlist("Set-Cookie")]
    assert len(told) > 5
    for row in told:
        ((name, cookie),) = http.cookies.SimpleCookie(row).items()
        assert cookie.value == "" or (cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"), name


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_tls_there_is_nothing_but_the_way_to_it(hub, method):
    address = f"http://127.0.0.1:{hub.port + PLAIN}/hub/login"
    more = {"headers": {"Host": "hub.localhost"}, "timeout": 10, "allow_redirects": False}
    answer = requests.request(method, address, data={"password": "x"}, **more)
    assert answer.status_code == 308 and answer.headers["Location"] == "https://hub.localhost/hub/login"
    assert answer.content == b"" and not answer.cookies


@pytest.mark.parametrize("path", ["/hub/login", "/user/alice/lab", "/user/alice/api/status", "/hub/nothing"])
def test_every_page_tells_to_come_over_tls_alone(alice, path):
    assert alice.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_wrong_passwords_at_one_address_are_nothing_to_another(hub):
    authority = hub.browser["authority"]
    assert guess(at("127.0.0.5", authority), hub.hub) == [403] * 5 + [429] * 2
    assert guess(at("127.0.0.6", authority), hub.hub, times=1) == [403]
    assert hub.person("alice").sign_in().ok


@pytest.mark.parametrize("header", FORGED)
def test_who_forges_an_address_through_the_proxy_gains_nothing(hub, header):
    mine = f"127.0.1.{FORGED.index(header) + 1}"
    browser = at(mine, hub.browser["authority"])
    assert guess(browser, hub.hub, **{header: "203.0.113.9"})[-1] == 429
    assert guess(browser, hub.hub, times=2, **{header: "203.0.113.10"}) == [429, 429]


@pytest.mark.parametrize("header", FORGED)
@pytest.mark.parametrize("after", [0, 1], ids=["the proxy's port", "the hub's port"])
def test_who_forges_an_address_past_the_proxy_gains_nothing_and_locks_nobody_out(hub, header, after):
    mine, other = (f"127.0.{net + after}.{FORGED.index(header) + 1}" for net in (10, 20))
    browser, place = at(mine), f"http://127.0.0.1:{hub.port + after}"
    assert guess(browser, place, **{header: other}) == [403] * 5 + [429] * 2
    assert guess(browser, place, times=1, **{header: "203.0.113.9"}) == [429]
    assert guess(at(other, hub.browser["authority"]), hub.hub, times=1) == [403]


GUESS = """import os, urllib.error, urllib.parse, urllib.request
login = os.environ["JUPYTERHUB_API_URL"].replace("/api", "/login")
def guess(number):
    forged = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-Ip": f"203.0.113.{number}"}
    with urllib.request.urlopen(urllib.request.Request(login, headers=forged)) as page:
        cookies = [row.split(";")[0] for row in page.headers.get_all("Set-Cookie")]
    token = dict(cookie.split("=", 1) for cookie in cookies)["_xsrf"]
    form = {"username": "bob", "password": "x", "login_terms_checkbox": "on", "_xsrf": token}
    data = urllib.parse.urlencode(form).encode()
    try:
        urllib.request.urlopen(urllib.request.Request(login, data, {**forged, "Cookie": "; ".join(cookies)}))
    except urllib.error.HTTPError as error:
        return error.code
[guess(number) for number in range(7)]"""


def test_nobody_guesses_from_a_sandbox_either(hub, alice):
    assert alice.run(GUESS) == str([403] * 5 + [429] * 2)
    assert hub.person("bob").sign_in().ok
