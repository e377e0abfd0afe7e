"""One way to fetch a file: time-outs, two retries, a size cap, a cache that a class can share, and typed errors."""

import hashlib
import json
import os
import re
import textwrap
import time
import uuid
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from fieldnotes import errors

CONNECT, READ = 10, 30  # s, time-outs: to be answered at all, and between two pieces of the answer
WHOLE = 600  # s, for the whole answer
RETRIES, PAUSE = 2, 1.0  # pauses of 1 and 2 s
LARGEST = 100e6  # bytes
FRESH = 86400  # s, age up to which a cached answer is used again
REDIRECTS = 3
LOGIN = re.compile(r"login|sign-?in|licen[cs]e|oauth", re.IGNORECASE)
LATER = 'Try later, or load the file of this repository with source="fixture".'
BROWSER = (
    'Open its site in a browser to see what it asks for, or load the file of this repository with source="fixture".'
)


def get(url, params=None, accept="*/*", check=None, fresh=FRESH):
    """Return the path of the answer to a GET request, and a dictionary of its headers, their names in lower case.

    ``check(path)`` may raise Corrupt before the answer enters the cache. ``headers["retrieved"]`` is the day of the
    download in UTC. An answer younger than ``fresh`` (s) comes from the cache; an older one never does, even if
    fetching fails.
    """
    import pooch
    import requests

    url = requests.Request("GET", url, params=params).prepare().url
    path = cache_folder() / hashlib.sha256(f"{accept} {url}".encode()).hexdigest()[:32]
    notes = path.with_suffix(".json")
    if not (_is_fresh(path, fresh) and notes.exists()):
        pooch.get_logger().setLevel("WARNING")  # else a path and a hash in every notebook's output
        headers = {}

        def download(url, target, _):
            headers.update(_with_retries(url, accept, Path(target)))
            if check:
                check(Path(target))

        own = f"{path.name}.{uuid.uuid4().hex}"  # whoever shares the cache sees all of an answer or nothing
        part = Path(pooch.retrieve(url, None, fname=own, path=path.parent, downloader=download))
        _replace(notes, json.dumps(headers))
        part.replace(path)
    return path, json.loads(notes.read_text(encoding="utf-8"))


def cache_folder():
    """Return the folder of cached answers: ``FIELDNOTES_CACHE``, or the system's place for caches."""
    import pooch

    return Path(os.environ.get("FIELDNOTES_CACHE") or pooch.os_cache("fieldnotes")).expanduser()


def _is_fresh(path, fresh):
    return path.exists() and time.time() - path.stat().st_mtime < fresh


def _replace(path, text):
    part = path.with_suffix(f".{uuid.uuid4().hex}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _with_retries(url, accept, target):
    """Stream the answer into ``target`` and return its headers; a lost connection or a time-out is tried again."""
    import requests

    for pause in [PAUSE * 2**attempt for attempt in range(RETRIES)] + [None]:
        try:
            return _stream(url, accept, target)
        except (requests.ConnectionError, requests.Timeout) as error:
            if pause is None:
                raise errors.Offline(f"{_host(url)} {_what_happened(error)}. {LATER}") from error
            time.sleep(pause)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise errors.Corrupt(f"The answer of {_host(url)} was cut short: load it again.") from error


def _stream(url, accept, target):
    with _answer(url, accept) as response:
        _refuse_large(url, int(response.headers.get("Content-Length", 0)))
        size, end = 0, time.monotonic() + WHOLE
        with target.open("wb") as file:
            for piece in response.iter_content(1 << 16):
                size += file.write(piece)
                _refuse_large(url, size)
                if time.monotonic() > end:
                    raise errors.Offline(f"{_host(url)} did not send all within {WHOLE} s. {LATER}")
        _refuse_web_page(url, response.headers.get("Content-Type", ""), target)
        target.chmod(0o644)  # a temporary file is its owner's alone, but the cache may be shared
        kept = {key.lower(): value for key, value in response.headers.items() if key.lower() != "set-cookie"}
        return kept | {"retrieved": time.strftime("%Y-%m-%d", time.gmtime())}


def _answer(url, accept):
    """Return the open response, after redirects on the same host; raise the typed error of any other status."""
    import requests

    headers = {"Accept": accept, "User-Agent": "fieldnotes"}
    for _ in range(REDIRECTS + 1):
        response = requests.get(url, headers=headers, stream=True, timeout=(CONNECT, READ), allow_redirects=False)
        if not response.is_redirect:
            return _with_good_status(url, response)
        response.close()
        url = _followed(url, urljoin(url, response.headers["Location"]))
    raise errors.NotFound(f"{_host(url)} redirects more than {REDIRECTS} times: its address may have changed.")


def _followed(url, target):
    if _host(target) != _host(url):
        raise errors.NeedsLogin(f"{_host(url)} redirects to {_host(target)} instead of sending data. {BROWSER}")
    if LOGIN.search(urlsplit(target).path):
        raise errors.NeedsLogin(f"{_host(url)} redirects to {urlsplit(target).path} instead of sending data. {BROWSER}")
    return target


def _with_good_status(url, response):
    status, host = response.status_code, _host(url)
    if status == 200:
        return response
    with response:
        if status >= 500 or status == 429:
            raise errors.Offline(f"{host} is out of order or busy: it answered {status}. {LATER}")
        if status in (401, 403):
            raise errors.NeedsLogin(f"{host} does not send this to everybody: it answered {status}. {BROWSER}")
        raise errors.NotFound(f"{host} does not have what was asked for: it answered {status}, {_reason(response)}")


def _reason(response):
    text = next(response.iter_content(2000), b"").decode("utf-8", "replace")
    plain = re.sub(r"<[^>]*>", " ", text)
    return f'"{textwrap.shorten(plain, 300)}".' if plain.strip() else "without a reason."


def _refuse_large(url, size):
    if size > LARGEST:
        limit = f"{LARGEST / 1e6:g} MB"
        raise errors.Corrupt(
            f"The answer of {_host(url)} is larger than {limit}: ask for less time or a smaller region."
        )


def _refuse_web_page(url, content_type, target):
    with target.open("rb") as file:
        start = file.read(200).lstrip().lower()
    if "text/html" in content_type or start.startswith((b"<!doctype html", b"<html")):
        raise errors.NeedsLogin(f"{_host(url)} sent a web page where data were expected. {BROWSER}")


def _what_happened(error):
    """Return what kept a provider from answering, as the end of a sentence."""
    import requests

    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"did not answer in time ({CONNECT} s to connect, {READ} s to read, {RETRIES + 1} attempts)"
    signs = {"refused": "connection refused", "resol": "name not found", "certificate": "its certificate is not valid"}
    why = next((words for sign, words in signs.items() if sign in str(error)), "connection lost")
    return f"could not be reached ({why}, {RETRIES + 1} attempts)"


def _host(url):
    return urlsplit(url).hostname
