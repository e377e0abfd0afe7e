"""Every data set is made again by its script, and the result is the committed file."""

import gzip
import importlib
import os
import sys
import tarfile
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import rasterio
import xarray as xr

from fieldnotes import entries
from fieldnotes.entries import checksum, files

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
CATALOGUE = entries.read()
MEGABYTE = 1_000_000

_package = importlib.import_module("_package")


@pytest.mark.parametrize("name", CATALOGUE)
def test_script_makes_the_committed_file(name, tmp_path):
    entry = CATALOGUE[name]
    importlib.import_module(Path(entry["made_by"]).stem).make(tmp_path)
    assert_same(tmp_path / entry["file"], ROOM / entry["file"])


@pytest.mark.parametrize("name", CATALOGUE)
def test_entry_names_its_file_and_script(name):
    entry = CATALOGUE[name]
    assert Path(entry["made_by"]).stem == name.replace("-", "_")
    assert (ROOM / entry["made_by"]).is_file()
    assert checksum(ROOM / entry["file"]) == entry["sha256"]


def test_every_file_belongs_to_an_entry():
    there = {path.name for path in ROOM.iterdir() if not path.name.startswith(".")}
    assert there == {entry["file"] for entry in CATALOGUE.values()} | {"catalogue.toml", "make"}


def test_the_room_stays_small():
    there = [path for path in ROOM.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    sizes = [path.stat().st_size for path in there]
    assert sum(sizes) < 30 * MEGABYTE
    assert max(sizes) < 4 * MEGABYTE


def assert_same(made, committed):
    """Byte for byte; what another version of a compressing library may change is compared after unpacking.

    A folder has the same files. A .gz is unpacked. A GeoTIFF has the same place and pixels. A netCDF file says itself
    which libraries wrote it: where they are the same, so are the bytes; where they are not, the content must be
    identical, values, coordinates and attributes.
    """
    if committed.is_dir():
        assert files(made) == files(committed)
        for name in files(committed):
            assert_same(made / name, committed / name)
    elif committed.suffix == ".gz":
        assert gzip.decompress(made.read_bytes()) == gzip.decompress(committed.read_bytes())
    elif committed.suffix == ".nc" and libraries(made) != libraries(committed):
        with xr.open_datatree(made) as new, xr.open_datatree(committed) as old:
            xr.testing.assert_identical(new.load(), old.load())
    elif committed.suffix == ".tif" and made.read_bytes() != committed.read_bytes():
        with rasterio.open(made) as new, rasterio.open(committed) as old:
            assert new.profile == old.profile
            np.testing.assert_array_equal(new.read(), old.read())
    else:
        assert made.read_bytes() == committed.read_bytes(), f"{made.name} is not what its script makes"


def libraries(path):
    """The versions of the netCDF and HDF5 libraries that wrote a netCDF-4 file; a classic file does not say."""
    with netCDF4.Dataset(path) as file:
        return getattr(file, "_NCProperties", None)


def test_a_package_with_other_content_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_package, "CACHE", tmp_path)
    (tmp_path / "name-1.0.whl").write_bytes(b"not what the script expects")
    with pytest.raises(ValueError, match="sha256"):
        _package.wheel("name", "1.0", "0" * 64)


def test_a_missing_client_and_a_failed_download_are_package_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(_package, "CACHE", tmp_path)
    with pytest.raises(_package.PackageUnavailable, match="not installed"):
        _package._download(["no-such-client"], "name-1.0.whl", "0" * 64)
    with pytest.raises(_package.PackageUnavailable, match="cannot be downloaded"):
        _package._download([sys.executable, "-c", "raise SystemExit(1)"], "name-1.0.whl", "0" * 64)
    assert not list(tmp_path.iterdir())


def test_the_code_of_a_source_distribution_with_another_checksum_does_not_run(tmp_path, monkeypatch):
    ran, index = tmp_path / "ran", tmp_path / "index"
    index.mkdir()
    (tmp_path / "setup.py").write_text(f"open({str(ran)!r}, 'w')", encoding="utf-8")
    with tarfile.open(index / "tiny-1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "setup.py", "tiny-1.0/setup.py")
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_package, "CACHE", tmp_path / "cache")
    with pytest.raises(ValueError, match=r"tiny==1\.0 .* has not the sha256"):
        _package.sdist("tiny", "1.0", "0" * 64)
    assert not ran.exists()
