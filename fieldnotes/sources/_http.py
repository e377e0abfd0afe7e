"""One way to ask a provider: time-outs, retries with backoff, a size cap, and typed errors."""

import os
import re
import textwrap
import time
from importlib import metadata
from urllib.parse import urljoin, urlsplit

from fieldnotes import errors
from fieldnotes.sources import _cache

CONNECT, READ = 10, 30  # s, time-outs: to be answered at all, and between two pieces of the answer
WHOLE = 600  # s, for the whole answer
RETRIES, PAUSE = 3, 1.0  # pauses of 1, 2 and 4 s
PATIENCE = 60  # s, the longest Retry-After that is obeyed
BUSY = (429, 502, 503, 504)  # statuses that pass: too many requests, bad gateway, unavailable
LARGEST = 100e6  # bytes
REDIRECTS = 3
LOGIN = re.compile(r"login|sign-?in|licen[cs]e|oauth", re.IGNORECASE)
LATER = 'Try later, or load the file of this repository with source="fixture".'
BROWSER = (
    'Open its site in a browser to see what it asks for, or load the file of this repository with source="fixture".'
)


class _Busy(errors.Offline):
    """The provider is busy for now; ``wait`` is its Retry-After in seconds, or None."""

    wait = None


def get(url, params=None, accept="*/*", check=None, fresh=_cache.FRESH, hosts=()):
    """Return the path of the answer to a GET request, and a dictionary of its headers, their names
    in lower case.

    Parameters
    ----------
    check : ``check(path)`` raises a DataError for an answer that must not enter the cache.
    fresh : an answer younger than this (s) comes from the cache; an older one never does, even if
        fetching fails.
    hosts : domains of the same provider, to which a redirect may lead besides the address's own
        host.

    ``headers["retrieved"]`` is the day of the download in UTC.
    """
    import requests

    url = requests.Request("GET", url, params=params).prepare().url
    return _cache.keep(f"{accept} {url}", lambda path: _ask(url, accept, path, hosts), check, fresh)


def user_agent():
    """Return what we call ourselves: tool, version, and the address in ``FIELDNOTES_CONTACT`` or
    the package.
    """
    package = metadata.metadata("fieldnotes")
    pages = [line.split(", ")[-1] for line in package.get_all("Project-URL") or []]
    address = os.environ.get("FIELDNOTES_CONTACT") or next(iter(pages), "open teaching notebooks")
    return f"fieldnotes/{package['Version']} (+{address})"


def proxy_help(url):
    """Return the proxy that a request to ``url`` goes through, as the start of a sentence."""
    import requests

    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    return f"The proxy {urlsplit(proxy).hostname if proxy else 'between here and the provider'}"


def patiently(ask, url):
    """Return ``ask()``, tried again after a lost connection, a time-out or a busy server, with
    growing pauses.
    """
    import requests
    import tenacity

    lost = (
        _Busy,
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    )
    backoff = tenacity.wait_exponential(multiplier=PAUSE, max=PATIENCE)
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(lost),
        stop=tenacity.stop_after_attempt(RETRIES + 1),
        wait=lambda state: getattr(state.outcome.exception(), "wait", None) or backoff(state),
        reraise=True,
    )
    try:
        return retrying(ask)
    except (
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    ) as error:
        sentence = f"The answer of {_host(url)} was cut short {RETRIES + 1} times: load it again."
        raise errors.Corrupt(sentence) from error
    except requests.exceptions.InvalidURL as error:
        raise errors.NotFound(f"The address {url} is not valid: correct the entry in the catalogue.") from error
    except requests.RequestException as error:
        raise errors.Offline(f"{_what_happened(url, error)}. {LATER}") from error


def _ask(url, accept, target, hosts):
    """Stream the answer into ``target`` and return its headers."""
    return patiently(lambda: _stream(url, accept, target, hosts), url)


def _stream(url, accept, target, hosts):
    with answer(url, {"Accept": accept}, hosts) as response:
        refuse_large(url, int(response.headers.get("Content-Length", 0)))
        size, end = 0, time.monotonic() + WHOLE
        with target.open("wb") as file:
            for piece in response.iter_content(1 << 16):
                size += file.write(piece)
                refuse_large(url, size)
                if time.monotonic() > end:
                    raise errors.Offline(f"{_host(url)} did not send all within {WHOLE} s. {LATER}")
        _refuse_web_page(url, response.headers.get("Content-Type", ""), target)
        headers = {key.lower(): value for key, value in response.headers.items() if key.lower() != "set-cookie"}
        return headers | {"retrieved": today()}


def today():
    """Return the day in UTC, as text."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def answer(url, headers, hosts=()):
    """Return the open response after redirects within the provider; raise the typed error of any
    other status.
    """
    import requests

    headers = headers | {"User-Agent": user_agent()}
    for _ in range(REDIRECTS + 1):
        response = requests.get(url, headers=headers, stream=True, timeout=(CONNECT, READ), allow_redirects=False)
        if not response.is_redirect:
            return _with_good_status(url, response)
        response.close()
        url = _followed(url, urljoin(url, response.headers["Location"]), hosts)
    raise errors.NotFound(f"{_host(url)} redirects more than {REDIRECTS} times: its address may have changed.")


def _followed(url, target, hosts):
    host = _host(target)
    if host != _host(url) and not any(host == domain or host.endswith(f".{domain}") for domain in hosts):
        raise errors.NeedsLogin(f"{_host(url)} redirects to {host} instead of sending data. {BROWSER}")
    if LOGIN.search(urlsplit(target).path):
        place = urlsplit(target).path
        raise errors.NeedsLogin(f"{_host(url)} redirects to {place} instead of sending data. {BROWSER}")
    return target


def _with_good_status(url, response):
    status, host = response.status_code, _host(url)
    if status in (200, 206):
        return response
    with response:
        if status in BUSY:
            raise _busy(host, response)
        if status == 407:
            raise errors.Offline(f"{proxy_help(url)} wants a user and a password (407): {PROXY}")
        if status >= 500:
            reason = _reason(response)
            raise errors.Offline(f"{host} is out of order: it answered {status}, {reason}. {LATER}")
        if status in (401, 403):
            raise errors.NeedsLogin(
                f"{host} does not send this to everybody: it answered {status}, {_reason(response)}. {BROWSER}"
            )
        raise errors.NotFound(f"{host} does not have what was asked for: it answered {status}, {_reason(response)}")


PROXY = "put them into HTTPS_PROXY, http://user:password@host:port."


def _busy(host, response):
    """Return the error of a server that is busy for now, which is tried again unless it asks for
    too long a wait.
    """
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    stated, wait = response.headers.get("Retry-After"), None
    if stated:
        try:
            wait = Retry().parse_retry_after(stated)
        except InvalidHeader:  # neither seconds nor a date
            wait = None
    asks = f" and asks to wait {wait:.0f} s" if wait else ""
    kind = errors.Offline if wait and wait > PATIENCE else _Busy
    error = kind(f"{host} is busy: it answered {response.status_code}{asks}. {LATER}")
    error.wait = wait
    return error


def _reason(response):
    """Return the provider's own words, without markup, shortened."""
    import requests

    try:
        text = next(response.iter_content(2000), b"").decode("utf-8", "replace")
    except requests.RequestException:  # the connection is lost, but the status says enough
        text = ""
    words = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return f'"{textwrap.shorten(words, 300)}"' if words else "without a reason"


def refuse_large(url, size):
    if size > LARGEST:
        raise errors.Corrupt(
            f"The answer of {_host(url)} is larger than {LARGEST / 1e6:g} MB: ask for less time or a smaller region."
        )


def _refuse_web_page(url, content_type, target):
    with target.open("rb") as file:
        start = file.read(200).lstrip().lower()
    if "text/html" in content_type or start.startswith((b"<!doctype html", b"<html")):
        raise errors.NeedsLogin(f"{_host(url)} sent a web page where data were expected. {BROWSER}")


def _what_happened(url, error):
    """Return what kept a provider from answering, as a sentence without its full stop."""
    import requests

    attempts = f"{RETRIES + 1} attempts"
    if isinstance(error, requests.exceptions.ProxyError) or "proxy" in str(error).lower():
        why = "wants a user and a password (407)" if "407" in str(error) else f"does not answer ({attempts})"
        return f"{proxy_help(url)} {why}: look at HTTPS_PROXY, http://user:password@host:port"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"{_host(url)} did not answer in time ({CONNECT} s to connect, {READ} s to read, {attempts})"
    causes = {
        "refused": "connection refused",
        "resol": "name not found",
        "certificate": "its certificate is not valid; behind a company's proxy name its file in REQUESTS_CA_BUNDLE",
    }
    why = next((words for sign, words in causes.items() if sign in str(error)), "connection lost")
    return f"{_host(url)} could not be reached ({why}, {attempts})"


def _host(url):
    return urlsplit(url).hostname or url
