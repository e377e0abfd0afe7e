"""The answers of providers, kept in a folder that a class can share.

The folder is ``FIELDNOTES_CACHE`` or the system's place for caches. Each answer in it has a sidecar, a ``.json`` file
with the answer's headers.
"""

import contextlib
import contextvars
import errno
import hashlib
import json
import os
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path

from fieldnotes import errors

FRESH = 86400  # s, age up to which a cached answer is used again
_used = contextvars.ContextVar("used", default=None)


def keep(question, write, check=None, fresh=FRESH):
    """Return the path of an answer and its headers, from the cache or by ``headers = write(path)``.

    A cached answer that is incomplete or that ``check`` refuses is dropped and written again. Where
    the folder of the cache cannot be written to, the answer lasts as long as this process.
    """
    path = cache_folder() / hashlib.sha256(question.encode()).hexdigest()[:32]
    headers = _cached(path, check, fresh)
    if headers is None:
        path = _writable(path.parent) / path.name
        headers = _cached(path, check, fresh)
    if _used.get() is not None:
        _used.get()[path] = headers is not None
    return path, headers or _written(path, write, check)


@contextlib.contextmanager
def answers():
    """Give a dictionary of the answers that the block uses: each path, and whether it came from the
    cache.
    """
    token = _used.set({})
    try:
        yield _used.get()
    finally:
        _used.reset(token)


def forget(path):
    """Drop an answer from the cache, as far as the folder allows it."""
    for file in (path, path.with_suffix(".json")):
        try:
            file.unlink(missing_ok=True)
        except OSError:  # somebody else's file in a shared cache: its next reader refuses it as well
            return


def cache_folder():
    """Return the folder of cached answers: ``FIELDNOTES_CACHE``, or the system's place for caches."""
    import pooch

    return Path(os.environ.get("FIELDNOTES_CACHE") or pooch.os_cache("fieldnotes")).expanduser()


def _cached(path, check, fresh):
    """Return the headers of a whole, fresh and acceptable answer in the cache, else None; drop a
    damaged one.
    """
    try:
        if time.time() - path.stat().st_mtime >= fresh:
            return None
        headers = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        headers["retrieved"]
        if check:
            check(path)
        return headers
    except OSError:  # it is not there, or cannot be read
        return None
    except (errors.DataError, ValueError, KeyError, TypeError):
        forget(path)
        return None


def _writable(folder):
    """Return the folder of the cache, made if it is missing, or one of this process if nobody may
    write there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except PermissionError:
        return Path(_own_folder().name)
    except OSError as error:
        if error.errno == errno.EROFS:
            return Path(_own_folder().name)
        raise _unusable(folder, error) from error


@cache
def _own_folder():
    return tempfile.TemporaryDirectory(prefix="fieldnotes-")


def _unusable(folder, error):
    return errors.DataError(
        f"The cache folder {folder} cannot be used ({error.strerror}): make room there, or set FIELDNOTES_CACHE to"
        " another folder."
    )


def _written(path, write, check):
    """Write an answer beside its place, and move it there once it is whole: sharers see all of it
    or nothing.
    """
    import requests

    temporary, sidecar = (path.with_name(f"{path.name}.{uuid.uuid4().hex}{end}") for end in ("", ".json"))
    try:
        headers = write(temporary)
        if check:
            check(temporary)
        temporary.chmod(0o644)  # the cache may be shared
        sidecar.write_text(json.dumps(headers), encoding="utf-8")
        sidecar.replace(path.with_suffix(".json"))
        temporary.replace(path)
    except requests.RequestException:
        raise
    except OSError as error:
        raise _unusable(path.parent, error) from error
    finally:
        temporary.unlink(missing_ok=True)
        sidecar.unlink(missing_ok=True)
    return headers
