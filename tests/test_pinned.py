"""source="measured": pinned files are asked for once, verified, kept for good, and never replaced by a twin."""

import hashlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
from archive import manifest, seed
from needs import ARCHIVE
from test_data import TOWER, entry, write_catalogue

import fieldnotes
from fieldnotes import entries, errors, pinned
from fieldnotes.pinned.__main__ import main
from fieldnotes.sources import _http

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PATH = f"/maker/repository/{COMMIT}/data/Tower%202018.csv"
BODY = TOWER.replace("410.5", "399.5").encode()
OWN = {
    "title": "CO2 at a real tower",
    "kind": "measured",
    "licence": "CC-BY-3.0",
    "credit": "B. Maker (2018), a real tower.",
    "retrieved": "2026-02-03",
}
COLUMNS = {"time": "UTC, start of hour", "co2": "ppm", "station": "text, id", "samples": "count"}


class Server(ThreadingHTTPServer):
    """A publisher of files on this machine.

    ``files`` maps paths to bodies, ``statuses`` are answered first, ``announced`` is a Content-Length
    that is not true, and ``pause`` (s) is slept in the middle of a body.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Publisher)
        self.files, self.statuses, self.asked = {}, [], []
        self.announced, self.pause = None, 0
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Be silent about a client that was killed."""


class Publisher(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        status = server.statuses.pop(0) if server.statuses else 200 if self.path in server.files else 404
        body = server.files.get(self.path, b"") if status == 200 else b"no"
        self.send_response(status)
        self.send_header("Content-Length", str(server.announced or len(body)))
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half])
        self.wfile.flush()
        time.sleep(server.pause)
        self.wfile.write(body[half:])

    def log_message(self, *_):
        """Be silent."""


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        server.files[PATH] = BODY
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FIELDNOTES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_http, "PAUSE", 0)
    return tmp_path / "cache"


@pytest.fixture
def folder(server, cache, tmp_path, monkeypatch):
    """A catalogue of a simulated tower with a measured one pinned, and of one that has none."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "tower.csv").write_text(TOWER)
    file = {"url": server.url + PATH, "sha256": hashlib.sha256(BODY).hexdigest(), "bytes": len(BODY)}
    described = entry("tower.csv", "table", COLUMNS, sha256=entries.checksum(folder / "tower.csv"), doi="10.5/twin")
    write_catalogue(
        folder,
        {
            "tower": described | {"pinned": OWN | {"files": [file]}},
            "twin": described,
            "real": described | {"kind": "measured"},
        },
    )
    monkeypatch.setattr(entries, "DATA_FOLDER", folder)
    return folder


def in_a_new_process(folder, name="tower"):
    """Start a Python that loads a data set as another notebook does."""
    code = (
        f"import pathlib, fieldnotes.entries; fieldnotes.entries.DATA_FOLDER = pathlib.Path({str(folder)!r});"
        f"print(fieldnotes.load({name!r}, 'measured')['co2'].iloc[0])"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def cached(cache):
    """Return the names of all files in the cache."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def test_a_pinned_file_is_asked_for_once_and_kept(folder, server, cache):
    for _ in range(2):
        assert fieldnotes.load("tower", "measured")["co2"].iloc[0] == 399.5
    assert server.asked == [PATH]
    assert cached(cache) == ["Tower 2018.csv"]
    old = time.time() - 400 * 86400  # it cannot change, so it does not age
    os.utime(fieldnotes.fetch("tower", "measured"), (old, old))
    assert fieldnotes.fetch("tower", "measured").read_bytes() == BODY
    assert server.asked == [PATH]
    assert fieldnotes.fetch("tower", "measured").stat().st_mode & 0o044 == 0o044  # a class may read it


def test_pinned_data_have_their_own_title_credit_and_licence(folder):
    data = fieldnotes.load("tower", "measured")
    assert {key: data.attrs[key] for key in OWN} == OWN
    assert data.attrs["source"] == "pinned" and "doi" not in data.attrs
    licence = "CC-BY-3.0, https://spdx.org/licenses/CC-BY-3.0.html"
    assert fieldnotes.cite(data) == f"B. Maker (2018), a real tower. Licence: {licence}."


def test_a_modelled_file_is_called_modelled(folder):
    described = entries.describe("tower")
    write_catalogue(folder, {"tower": described | {"pinned": described["pinned"] | {"kind": "modelled"}}})
    data = fieldnotes.load("tower", "measured")
    assert data.attrs["kind"] == "modelled"
    assert "Modelled, not measured." in fieldnotes.cite(data)


def test_measured_is_the_fixture_only_where_that_is_measured(folder, server):
    real = fieldnotes.load("real", "measured")
    assert real["co2"].iloc[0] == 410.5
    assert (real.attrs["kind"], real.attrs["source"]) == ("measured", "fixture")
    assert fieldnotes.fetch("real", "measured") == folder / "tower.csv"
    for door in (fieldnotes.load, fieldnotes.fetch):
        with pytest.raises(errors.NotFound, match=r"'twin' has no measurement: .* is simulated.*source=\"fixture\""):
            door("twin", "measured")
    assert server.asked == []
    assert fieldnotes.catalogue()["measured"].to_dict() == {"real": True, "tower": True, "twin": False}


def test_another_content_at_the_address_is_corrupt_and_not_kept(folder, server, cache):
    server.files[PATH] = BODY.replace(b"399.5", b"399.6")
    with pytest.raises(errors.Corrupt, match=r"Tower 2018\.csv of 'tower', as 127\.0\.0\.1 sends it, is not the file"):
        fieldnotes.load("tower", "measured")
    assert cached(cache) == []
    server.files[PATH] = BODY + b"2018-01-01T03:00Z,400,,1\n"
    with pytest.raises(errors.Corrupt, match="checksum differs"):
        fieldnotes.load("tower", "measured")
    assert cached(cache) == []


def test_a_truncated_answer_is_asked_for_again_and_not_kept(folder, server, cache):
    server.announced = len(BODY) + 100
    with pytest.raises(errors.Corrupt, match=r"127\.0\.0\.1 was cut short 4 times"):
        fieldnotes.load("tower", "measured")
    assert len(server.asked) == 4
    assert cached(cache) == []


def test_a_repository_that_has_moved_is_not_found(folder, server, cache):
    server.files.clear()
    with pytest.raises(errors.NotFound, match=r"not at its address any more, .* moved .*404"):
        fieldnotes.load("tower", "measured")
    assert cached(cache) == []


def test_without_a_network_the_ways_out_are_told(folder, server):
    server.server_close()
    with pytest.raises(errors.Offline) as caught:
        fieldnotes.load("tower", "measured")
    said = str(caught.value)
    assert said.startswith(
        "'tower' is not in the cache, and 127.0.0.1 could not be reached (connection refused, 4 attempts):"
    )
    assert all(way in said for way in ("`make data`", "FIELDNOTES_CACHE", 'source="fixture"'))
    assert len(said.splitlines()) == 1


def test_a_busy_server_is_asked_again(folder, server):
    server.statuses = [503, 429]
    assert fieldnotes.load("tower", "measured")["co2"].iloc[0] == 399.5
    assert len(server.asked) == 3


def test_a_server_that_stays_busy_is_offline(folder, server):
    server.statuses = [503] * 4
    with pytest.raises(errors.Offline, match=r"127\.0\.0\.1 is busy: it answered 503: run `make data`"):
        fieldnotes.load("tower", "measured")


@pytest.mark.parametrize("left", [BODY[:40], b"", BODY.replace(b"399.5", b"499.5")], ids=["half", "empty", "changed"])
def test_a_damaged_file_in_the_cache_is_asked_for_again(folder, server, left):
    fieldnotes.fetch("tower", "measured").write_bytes(left)
    assert fieldnotes.load("tower", "measured")["co2"].iloc[0] == 399.5
    assert server.asked == [PATH, PATH]


def test_a_killed_process_leaves_nothing_that_is_read(folder, server, cache):
    server.pause = 60
    process = in_a_new_process(folder)
    while not server.asked or not cached(cache):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    server.pause = 0
    assert fieldnotes.load("tower", "measured")["co2"].iloc[0] == 399.5
    assert fieldnotes.fetch("tower", "measured").read_bytes() == BODY


def test_two_processes_at_once_read_the_same_whole_file(folder, server, cache):
    server.pause = 1
    processes = [in_a_new_process(folder) for _ in range(2)]
    said = [process.communicate() for process in processes]
    assert [out.strip() for out, _ in said] == ["399.5", "399.5"], said
    assert cached(cache) == ["Tower 2018.csv"]


def test_a_cache_that_cannot_be_used_is_told(folder, cache):
    cache.write_text("a file where a folder should be")
    with pytest.raises(errors.DataError, match=r"The cache folder .*cache.* cannot be used.*FIELDNOTES_CACHE"):
        fieldnotes.load("tower", "measured")


def test_a_folder_may_hold_the_file_under_its_publishers_name(folder, tmp_path, server):
    own = tmp_path / "own"
    own.mkdir()
    with pytest.raises(errors.NotFound, match=r"named tower\.csv, or from its publisher's files \(Tower 2018\.csv\)"):
        fieldnotes.load("tower", own)
    (own / "Tower 2018.csv").write_bytes(BODY)
    data = fieldnotes.load("tower", own)
    assert data["co2"].iloc[0] == 399.5
    assert (data.attrs["source"], data.attrs["kind"], data.attrs["title"]) == ("folder", "measured", OWN["title"])
    assert server.asked == []


def test_data_are_fetched_ahead(folder, server, capsys):
    assert main([]) == 0
    assert "1 of 1 pinned data sets (0.0 MB in all) are verified in" in capsys.readouterr().out
    assert main(["tower"]) == 0
    assert server.asked == [PATH]
    fieldnotes.fetch("tower", "measured").unlink()
    server.files.clear()
    assert main([]) == 1
    said = capsys.readouterr()
    assert "0 of 1 pinned data sets" in said.out and "is not at its address any more" in said.err


@pytest.fixture
def package(folder, tmp_path, monkeypatch):
    """A package in an index of this machine that holds the tower's file; the entry asks for it by name."""
    index = tmp_path / "index"
    index.mkdir()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr("towers/data/tower-2018.csv", BODY)
        wheel.writestr("towers-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: towers\nVersion: 1.0\n")
        wheel.writestr("towers-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("towers-1.0.dist-info/RECORD", "")
    path = index / "towers-1.0-py3-none-any.whl"
    path.write_bytes(buffer.getvalue())
    variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = {"package": "towers==1.0", "package_sha256": entries.checksum(path), "member": "towers/data/tower-2018.csv"}
    file |= {"sha256": hashlib.sha256(BODY).hexdigest(), "bytes": len(BODY)}
    write_catalogue(folder, {"tower": entries.describe("tower") | {"pinned": OWN | {"files": [file]}}})
    return path


def test_a_file_in_a_package_is_fetched_by_the_packages_name(package, cache):
    assert fieldnotes.load("tower", "measured")["co2"].iloc[0] == 399.5
    package.unlink()
    assert fieldnotes.load("tower", "measured")["co2"].iloc[0] == 399.5
    assert cached(cache) == ["tower-2018.csv"]


def test_another_package_of_that_name_is_refused(package, cache):
    package.write_bytes(package.read_bytes().replace(b"399.5", b"399.6"))
    with pytest.raises(errors.Corrupt, match=r"The package towers==1\.0, which holds 'tower', is not the one"):
        fieldnotes.load("tower", "measured")
    assert cached(cache) == []


def test_a_package_that_cannot_be_had_is_offline(package):
    package.unlink()
    with pytest.raises(errors.Offline, match=r"the package towers==1\.0 could not be had: run"):
        fieldnotes.load("tower", "measured")


def test_a_file_of_another_version_is_told_by_its_column(tmp_path):
    for file in pinned.file_names(entries.describe("htm-fluxes")):
        (tmp_path / file).write_text("date,time,NEE_VUT_REF\ndd/mm/yyyy,hh:mm,umolm-2s-1\n01/01/2015,00:30,1.0\n")
    with pytest.raises(errors.SchemaChanged, match=r"'htm-fluxes': the files in .* have no column 'USTAR_1_1_1'"):
        fieldnotes.load("htm-fluxes", tmp_path)


# What the archive holds: the very bytes that a reader's machine gets.


@pytest.mark.needs("archive")
@pytest.mark.parametrize("name", pinned.names())
def test_an_entry_says_what_the_archive_says(name):
    for file in entries.describe(name)["pinned"]["files"]:
        if "url" in file:
            listed = manifest()[file["url"]]
            assert (file["sha256"], file["bytes"]) == (listed["sha256"], listed["bytes"])


def year_sums(name, column):
    """Return the sums (gC m-2) of a flux over local years of winter time."""
    flux = fieldnotes.load(name, "measured")[column].tz_convert("Etc/GMT-1")
    years = (flux.index - pd.Timedelta("1min")).year
    return (flux.groupby(years).sum() * 1800 * 12.011e-6).round(1).tolist()


def of(name, column, statistic):
    """Return a statistic of a column of a pinned data set."""
    return round(float(getattr(fieldnotes.load(name, "measured")[column], statistic)()), 2)


def statistics(name, column, *statistics):
    """Return statistics of a column of a pinned data set."""
    values = fieldnotes.load(name, "measured")[column]
    return [round(float(getattr(values, statistic)()), 3) for statistic in statistics]


def standards():
    """Return what the ship's standards hold (ppm)."""
    return fieldnotes.load("ship-pco2", "measured")["standard"].dropna().unique().tolist()


def place():
    """Return where the footprint's particles arrive: the Thames Barrier."""
    data = fieldnotes.load("tower-footprint", "measured")
    return [round(float(data[f"release_{axis}"]), 5) for axis in ("lat", "lon")]


def methane():
    """Return what the emissions add at the Thames Barrier, ppm: 216 ppb, as published."""
    footprint = fieldnotes.load("tower-footprint", "measured")["footprint"]
    flux = fieldnotes.load("surface-flux", "measured")["flux"]
    return float((footprint * flux).sum())


# Published totals, counts and means.
FACTS = {
    "htm-fluxes": (lambda: year_sums("htm-fluxes", "nee_f"), [-174.3, -241.8, -319.1, -3.4]),
    "htm-co2": (
        lambda: statistics("htm-co2", "hyltemossa", "count", "min", "max", "mean"),
        [17242, 382.455, 452.815, 411.857],
    ),
    "cbw-co2": (lambda: statistics("cbw-co2", "co2_207m", "count"), [40901]),
    "gat-atc": (lambda: fieldnotes.load("gat-atc", "measured")["line"].str.startswith("#").sum(), 33),
    "ship-pco2": (standards, [246.98, 404.9, 507.77]),
    "cbw-14c": (lambda: len(fieldnotes.load("cbw-14c", "measured")), 73),
    "mlo-co2-monthly": (
        lambda: round(fieldnotes.load("mlo-co2-monthly", "measured")["co2"].loc["2019"].mean(), 2),
        411.65,
    ),
    "tower-footprint": (place, [51.49701, 0.03699]),
    "surface-flux": (lambda: round(methane(), 3), 0.216),
}


@pytest.mark.needs("archive")
@pytest.mark.parametrize("name", FACTS)
def test_pinned_data_keep_their_promise_and_their_published_numbers(name, cache):
    for one in {name, "tower-footprint"} if name == "surface-flux" else {name}:
        seed(one)
    data = fieldnotes.load(name, "measured")
    own = entries.describe(name)["pinned"]
    assert (data.attrs["kind"], data.attrs["title"], data.attrs["credit"]) == (own["kind"], own["title"], own["credit"])
    compute, published = FACTS[name]
    np.testing.assert_allclose(compute(), published)


def test_every_pinned_address_has_a_published_number():
    assert set(FACTS) | {"amt23-fco2"} == set(pinned.names())  # a package: tests/real has its numbers


@pytest.fixture
def publisher(server, cache, tmp_path, monkeypatch):
    """A server that has the archive's files under their public paths, and a catalogue that asks it for them."""
    described = {}
    for name in pinned.names():
        one = entries.describe(name)
        files = [file for file in one["pinned"]["files"] if "url" in file]
        for file in files:
            public = urlsplit(file["url"])
            server.files[public.path] = (ARCHIVE / "pinned" / manifest()[file["url"]]["file"]).read_bytes()
        here = [file | {"url": server.url + urlsplit(file["url"]).path} for file in files]
        if here:
            described[name] = one | {"pinned": one["pinned"] | {"files": here}}
    write_catalogue(tmp_path, described)
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)
    return server


@pytest.mark.needs("archive")
def test_all_pinned_files_come_from_their_public_paths_once(publisher, capsys):
    count = sum(len(entries.describe(name)["pinned"]["files"]) for name in pinned.names())
    for _ in range(2):
        assert main([]) == 0
        assert len(publisher.asked) == count
    assert re.search(r"9 of 9 pinned data sets \(\d\d\.\d MB in all\) are verified", capsys.readouterr().out)
    assert len(fieldnotes.load("htm-fluxes", "measured")) == 70128


def test_a_published_model_run_is_no_twin_and_stays_called_modelled():
    assert fieldnotes.load("matimba-wind", "measured").attrs["kind"] == "modelled"
    with pytest.raises(
        errors.NotFound, match="'city-no2' has no measurement: the file of this repository is simulated"
    ):
        fieldnotes.load("city-no2", "measured")
