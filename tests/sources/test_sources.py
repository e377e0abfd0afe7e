"""What all live data share: asking, failing, the cache, and the contract between fixture and live."""

import gzip
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from providers import (
    MONTHLY_TXT,
    NOAA,
    PATH,
    REPOSITORY,
    WEEKLY,
    WEEKLY_TXT,
    Metadata,
    Provider,
    as_parquet,
    assert_nothing_kept,
    files,
    load,
    observations,
    overlook,
    serve_search,
    serve_store,
    serve_token,
)
from test_data import entry, toml, write_catalogue

import fieldnotes
from fieldnotes import entries, errors
from fieldnotes.sources import _http

# ---- NOAA, and with it what all adapters share: the way to fetch


def test_values_out_of_range_are_refused(offer, provider):
    offer(NOAA, range={"co2": [0, 1]})
    provider.send(PATH, WEEKLY_TXT)
    with pytest.raises(errors.SchemaChanged, match=r"column 'co2' fails in_range\(0, 1\) \(333\.34\)"):
        load()


def test_fetch_gives_the_providers_file(noaa):
    assert fieldnotes.fetch("wanted", "live").read_text() == WEEKLY_TXT


def test_no_live_route_says_why(tmp_path, monkeypatch, cache):
    described = entry("none.csv", "table", WEEKLY, sha256="0" * 64, note="No live route: the journal has a paywall.")
    write_catalogue(tmp_path, {"wanted": described})
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)
    for door in (fieldnotes.load, fieldnotes.fetch):
        with pytest.raises(
            errors.NotFound,
            match=r"'wanted' has no live route: .*fixture.*the journal has a paywall",
        ):
            door("wanted", "live")


def test_unknown_live_source(offer):
    offer({"source": "owl"})
    with pytest.raises(
        errors.NotFound, match="names the live source 'owl'; there are icos, fluxnet, noaa, text, erddap"
    ):
        load()


def test_catalogue_shows_the_live_route(offer):
    offer(NOAA)
    assert fieldnotes.catalogue()["live"].tolist() == [True]


def test_time_out_is_tried_four_times(noaa, monkeypatch, cache):
    monkeypatch.setattr(_http, "READ", 0.1)
    noaa.delay = 5
    with pytest.raises(errors.Offline, match=r"127\.0\.0\.1 did not answer in time .*4 attempts.*fixture"):
        load()
    assert len(noaa.requests) == 4
    assert_nothing_kept(cache)


def test_too_slow_altogether(noaa, monkeypatch, cache):
    monkeypatch.setattr(_http, "WHOLE", -1)
    with pytest.raises(errors.Offline, match="did not send all within"):
        load()
    assert_nothing_kept(cache)


def test_connection_refused(offer, provider):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # a port where nobody listens
        offer(NOAA | {"server": f"http://127.0.0.1:{taken.getsockname()[1]}"})
        with pytest.raises(
            errors.Offline,
            match=r"127\.0\.0\.1 could not be reached \(connection refused, 4 attempts",
        ):
            load()


def test_unknown_host(offer, monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    offer(NOAA | {"server": "http://nowhere.invalid"})
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(errors.Offline, match=r"nowhere\.invalid could not be reached \(name not found"):
        load()


def test_server_back_after_one_lost_connection(noaa, monkeypatch):
    monkeypatch.setattr(_http, "READ", 0.3)
    noaa.delay = 5
    threading.Timer(0.15, lambda: setattr(noaa, "delay", 0)).start()
    assert len(load()) == 3
    assert len(noaa.requests) == 2


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (500, errors.Offline, r'127\.0\.0\.1 is out of order: it answered 500, "station .*Try later'),
        (
            401,
            errors.NeedsLogin,
            "does not send this to everybody: it answered 401, .*Open its site in a browser",
        ),
        (403, errors.NeedsLogin, 'it answered 403, "station HTM151 is unknown'),
        (407, errors.Offline, "proxy .*wants a user and a password.*HTTPS_PROXY"),
        (
            404,
            errors.NotFound,
            'it answered 404, "station HTM151 is unknown; did you mean HTM150\\?"',
        ),
        (
            400,
            errors.NotFound,
            'does not have what was asked for: it answered 400, "station HTM151 is unknown',
        ),
        (410, errors.NotFound, "it answered 410"),
    ],
)
def test_status_is_an_error_and_not_tried_again(noaa, cache, status, error, sentence):
    noaa.send(PATH, "<p>station HTM151  is unknown;\n did you mean HTM150?</p>", status=status)
    with pytest.raises(error, match=sentence):
        load()
    assert len(noaa.requests) == 1
    assert_nothing_kept(cache)


def test_long_reason_is_shortened(noaa):
    noaa.send(PATH, "because " * 5000, status=400)
    with pytest.raises(errors.NotFound) as caught:
        load()
    assert len(str(caught.value)) < 500


def test_status_without_a_reason(noaa):
    noaa.send(PATH, "", status=404)
    with pytest.raises(errors.NotFound, match="it answered 404, without a reason"):
        load()


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/plain"])
def test_login_page_instead_of_data(noaa, cache, kind):
    noaa.send(PATH, "\n<!DOCTYPE html><html><body>Sign in, please</body></html>", Content_Type=kind)
    with pytest.raises(errors.NeedsLogin, match=r"127\.0\.0\.1 sent a web page where data were expected\. Open"):
        load()
    assert_nothing_kept(cache)


def test_redirect_to_another_host(noaa, cache):
    noaa.send(PATH, "", status=302, Location=f"http://localhost:{noaa.server_port}/elsewhere.txt")
    noaa.send("/elsewhere.txt", WEEKLY_TXT)
    with pytest.raises(errors.NeedsLogin, match=r"127\.0\.0\.1 redirects to localhost instead of sending data"):
        load()
    assert len(noaa.requests) == 1
    assert_nothing_kept(cache)


@pytest.mark.parametrize("place", ["/login?next=1", "/licence_accept", "/oauth2/authorize"])
def test_redirect_to_a_login_or_licence(noaa, place):
    noaa.send(PATH, "", status=303, Location=place)
    with pytest.raises(errors.NeedsLogin, match=f"redirects to {place.split('?')[0]} instead of sending data"):
        load()


def test_redirect_on_the_same_host_is_followed(noaa):
    noaa.send(PATH, "", status=301, Location="/moved.txt")
    noaa.send("/moved.txt", WEEKLY_TXT)
    assert len(load()) == 3


def test_redirects_in_circles(noaa):
    noaa.send(PATH, "", status=302, Location=PATH)
    with pytest.raises(errors.NotFound, match="redirects more than 3 times"):
        load()
    assert len(noaa.requests) == 4


BUSY = Provider.reply("busy", status=503)
GOOD = Provider.reply(WEEKLY_TXT)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_server_is_asked_again(noaa, status):
    noaa.answers[PATH] = [Provider.reply("busy", status=status)] * 3 + [GOOD]
    assert len(load()) == 3
    assert len(noaa.requests) == 4


def test_server_that_stays_busy(noaa, cache):
    noaa.send(PATH, "busy", status=503)
    with pytest.raises(errors.Offline, match=r"127\.0\.0\.1 is busy: it answered 503\. Try later"):
        load()
    assert len(noaa.requests) == 4
    assert_nothing_kept(cache)


@pytest.mark.parametrize("wait", ["1", "Thu, 01 Jan 2026 00:00:00 GMT", "soon"])
def test_retry_after_is_obeyed(noaa, monkeypatch, wait):
    pauses = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    monkeypatch.setattr(_http, "PAUSE", 0.5)
    noaa.answers[PATH] = [Provider.reply("busy", status=429, Retry_After=wait), GOOD]
    assert len(load()) == 3
    assert pauses == [1.0 if wait == "1" else 0.5]


def test_retry_after_an_hour_is_not_waited_for(noaa):
    noaa.send(PATH, "busy", status=429, Retry_After="3600")
    with pytest.raises(errors.Offline, match="busy: it answered 429 and asks to wait 3600 s"):
        load()
    assert len(noaa.requests) == 1


def test_connection_lost_in_the_body_is_tried_again(noaa):
    cut = Provider.reply(WEEKLY_TXT, Content_Length=str(len(WEEKLY_TXT) + 100))
    noaa.answers[PATH] = [cut, cut, GOOD]
    assert len(load()) == 3
    assert len(noaa.requests) == 3


def test_body_that_is_always_cut(noaa, cache):
    noaa.send(PATH, WEEKLY_TXT, Content_Length=str(len(WEEKLY_TXT) + 100))
    with pytest.raises(errors.Corrupt, match=r"127\.0\.0\.1 was cut short 4 times: load it again"):
        load()
    assert len(noaa.requests) == 4
    assert_nothing_kept(cache)


def test_request_names_the_tool_and_an_address(noaa, monkeypatch):
    monkeypatch.setenv("FIELDNOTES_CONTACT", "https://example.org/class")
    load()
    version = metadata.version("fieldnotes")
    assert noaa.headers[0]["User-Agent"] == f"fieldnotes/{version} (+https://example.org/class)"


def test_request_without_an_address_of_ours(noaa, monkeypatch):
    monkeypatch.delenv("FIELDNOTES_CONTACT", raising=False)
    load()
    assert re.fullmatch(r"fieldnotes/[0-9.]+ \(\+.+\)", noaa.headers[0]["User-Agent"])


def test_truncated_compression(noaa, cache):
    noaa.send(PATH, gzip.compress(WEEKLY_TXT.encode())[:-20], Content_Encoding="gzip")
    with pytest.raises(errors.Corrupt):
        load()
    assert_nothing_kept(cache)


def test_compressed_answer_is_read(noaa):
    noaa.send(PATH, gzip.compress(WEEKLY_TXT.encode()), Content_Encoding="gzip")
    assert len(load()) == 3


def test_too_large_by_its_own_words(noaa, monkeypatch, cache):
    monkeypatch.setattr(_http, "LARGEST", 100)
    with pytest.raises(errors.Corrupt, match=r"is larger than 0\.0001 MB: ask for less time or a smaller region"):
        load()
    assert_nothing_kept(cache)


def test_too_large_is_not_even_begun(noaa):
    noaa.send(PATH, WEEKLY_TXT, Content_Length="100000001")
    with pytest.raises(errors.Corrupt, match="is larger than 100 MB"):
        load()


def test_too_large_without_a_word(noaa, monkeypatch, cache):
    monkeypatch.setattr(_http, "LARGEST", 1000)
    noaa.send(PATH, gzip.compress(WEEKLY_TXT.encode() * 10_000), Content_Encoding="gzip")
    del noaa.answers[PATH][1]["Content-Length"]
    with pytest.raises(errors.Corrupt, match="is larger than"):
        load()
    assert_nothing_kept(cache)


def test_cache_answers_within_a_day_without_a_request(noaa, cache):
    first = load()
    for _ in range(3):
        pd.testing.assert_frame_equal(load(), first)
    assert len(noaa.requests) == 1
    assert len(files(cache)) == 2
    assert load().attrs == first.attrs


def age(cache, days):
    then = time.time() - days * 86400
    for path in cache.iterdir():
        os.utime(path, (then, then))


def test_old_answer_is_fetched_again(noaa, cache):
    load()
    age(cache, 1.01)
    noaa.send(PATH, WEEKLY_TXT.replace("333.34", "333.35"))
    assert load()["co2"].iloc[0] == 333.35
    assert len(noaa.requests) == 2


def test_old_answer_never_stands_in(noaa, cache):
    load()
    age(cache, 1.01)
    noaa.send(PATH, "", status=503)
    for _ in range(2):
        with pytest.raises(errors.Offline, match="503"):
            load()


def test_answer_without_its_headers_is_fetched_again(noaa, cache):
    load()
    next(cache.glob("*.json")).unlink()
    load()
    assert len(noaa.requests) == 2


@pytest.mark.parametrize("damage", [b"", b"1974 5 19 1974.37", b"\xff\xfe"])
def test_damaged_answer_in_the_cache_is_asked_for_again(noaa, cache, damage):
    first = load()
    next(path for path in cache.iterdir() if path.suffix != ".json").write_bytes(damage)
    pd.testing.assert_frame_equal(load(), first)
    assert len(noaa.requests) == 2


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}"])
def test_damaged_sidecar_in_the_cache(noaa, cache, damage):
    first = load()
    next(cache.glob("*.json")).write_text(damage)
    assert load().equals(first)
    assert len(noaa.requests) == 2


def test_answer_that_breaks_the_promise_is_not_kept(noaa, cache):
    noaa.send(PATH, WEEKLY_TXT.replace("1974.3", "333.33 1974.3").replace("1974.4", "333.33 1974.4"))
    with pytest.raises(errors.SchemaChanged):
        load()
    assert_nothing_kept(cache)
    noaa.send(PATH, WEEKLY_TXT)
    assert len(load()) == 3


def test_cached_answer_that_breaks_the_promise_is_asked_for_again(noaa, offer):
    load()
    offer(NOAA, range={"co2": [333, 334]})  # the entry has become stricter, and the provider mended its file
    noaa.send(PATH, WEEKLY_TXT.replace("332.32", "333.32"))
    assert load()["co2"].iloc[2] == 333.32
    assert len(noaa.requests) == 2


@pytest.mark.parametrize("place", ["/sys/fieldnotes-cache", "/proc/fieldnotes-cache"])
def test_cache_folder_that_cannot_be_made(noaa, monkeypatch, place):
    if not Path(place).parent.is_dir():
        pytest.skip(f"there is no {Path(place).parent} here")
    monkeypatch.setenv("FIELDNOTES_CACHE", place)
    try:
        assert len(load()) == 3  # not permitted: the answer lasts as long as this process
        assert len(load()) == 3
        assert len(noaa.requests) == 1
    except errors.DataError as error:
        assert f"The cache folder {place} cannot be used" in str(error)
        assert "FIELDNOTES_CACHE" in str(error)


def test_cache_folder_that_is_a_file(noaa, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FIELDNOTES_CACHE", str(tmp_path / "file"))
    with pytest.raises(errors.DataError, match=r"cache folder .*file cannot be used .*FIELDNOTES_CACHE"):
        load()
    assert noaa.requests == []


def test_cache_folder_without_room(noaa, tmp_path, cache):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"
    where = f"fieldnotes.entries.DATA_FOLDER = pathlib.Path({str(tmp_path)!r})"
    code = f"import pathlib, fieldnotes; {where}; {limit}; fieldnotes.load('wanted', 'live')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "DataError: The cache folder" in run.stderr
    assert "(File too large): make room there, or set FIELDNOTES_CACHE" in run.stderr
    assert_nothing_kept(cache)


def test_proxy_that_is_down(noaa, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(errors.Offline, match=r"The proxy 127\.0\.0\.1 does not answer"):
            load()


def test_proxy_that_wants_a_password(noaa, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", noaa.address)
    monkeypatch.setenv("http_proxy", noaa.address)
    noaa.send(PATH, "", status=407)
    with pytest.raises(errors.Offline, match=r"proxy 127\.0\.0\.1 wants a user and a password \(407\)"):
        load()


def test_class_shares_one_cache(noaa, cache):
    with ThreadPoolExecutor(8) as pupils:
        tables = list(pupils.map(lambda _: load(), range(8)))
    assert all(table.equals(tables[0]) for table in tables)
    assert len(files(cache)) == 2
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in cache.iterdir())


def load_elsewhere(room):
    """Load in a new process, as a second pupil does, and return what it printed: rows, then
    complaints.
    """
    where = f"fieldnotes.entries.DATA_FOLDER = pathlib.Path({str(room)!r})"
    code = f"import pathlib, fieldnotes; {where}; print(len(fieldnotes.load('wanted', 'live')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip(), run.stderr


def test_fetching_prints_nothing(noaa, tmp_path):
    assert load_elsewhere(tmp_path) == ("3", "")
    assert len(noaa.requests) == 1


def test_another_process_reads_the_shared_cache(noaa, tmp_path):
    load()
    noaa.send(PATH, "", status=503)
    assert load_elsewhere(tmp_path) == ("3", "")
    assert len(noaa.requests) == 1


def test_cookies_are_not_kept(noaa, cache):
    noaa.send(PATH, WEEKLY_TXT, Set_Cookie="who=you", X_Data_DOI="10.5/x")
    load()
    kept = json.loads(next(cache.glob("*.json")).read_text())
    assert kept["x-data-doi"] == "10.5/x"
    assert "set-cookie" not in kept


def test_proxy_that_wants_a_password_for_a_tunnel(noaa, offer, monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, noaa.address)
    offer(NOAA | {"server": "https://data.example.org"})
    with pytest.raises(errors.Offline, match=r"The proxy 127\.0\.0\.1 wants a user and a password \(407\): look"):
        load()


# ---- The contract: fixture and live of one entry are the same shape

ELSEWHERE = {"landsat-clouds": {"bbox": [-20.02, 54.98, -19.98, 55.0], "crs": "EPSG:32627"}}  # where the images lie
ROUTES = {
    name: described["live"]["source"] for name, described in entries.read(REPOSITORY).items() if "live" in described
}
LIVE = [name for name, source in ROUTES.items() if source != "finished"]
FINISHED = [name for name, source in ROUTES.items() if source == "finished"]


def answer_as_provider(provider, described, folder):
    """Serve a few rows in the format of the entry's provider."""
    live = described["live"]
    if live.get("list") == "stations":
        provider.answers = Metadata(provider)
    elif live["source"] == "icos":
        provider.send("/query", as_parquet(observations(live["stations"], start=live["start"])))
    elif live["source"] == "noaa":
        provider.send(f"/{live['file']}", MONTHLY_TXT if "_mm_" in live["file"] else WEEKLY_TXT)
    elif live["source"] == "text":
        for file in live["files"]:
            provider.send(f"/{file['url'].rpartition('/')[2]}", lines_of(file, described["range"]))
    elif live["source"] == "erddap":
        sst = xr.Dataset({"sst": (("time", "depth", "latitude", "longitude"), np.full((2, 1, 2, 2), 27.0))})
        axes = {"time": pd.to_datetime(["2006-05-01", "2006-06-01"]), "depth": [0.0]}
        sst = sst.assign_coords(axes | {"latitude": [-4.0, 4.0], "longitude": [0.0, 358.0]})
        sst["sst"].attrs["units"] = "degree_C"
        sst.to_netcdf(folder / "sst.nc")
        provider.send(f"/griddap/{live['dataset']}.nc", (folder / "sst.nc").read_bytes())
    elif live["source"] == "ceda":
        axes = {"time": [pd.Timestamp(live["time"])], "lat": [56.0, 55.9], "lon": [13.5, 13.6]}
        field = ("time", "lat", "lon"), np.full((1, 2, 2), 100, "int16"), {"units": "Mg/ha"}
        xr.Dataset(dict.fromkeys(live["variables"].values(), field), axes).to_netcdf(folder / "agb.nc")
        provider.send(f"/{live['file']}", (folder / "agb.nc").read_bytes())
    elif live["source"] == "fluxnet":
        serve_store(provider, site_of(live), folder / "store", live["station"])
    elif live["source"] == "stac":
        serve_token(provider, live["token"])
        serve_search(provider, REPOSITORY / described["file"] / "catalog.json", "20*.json", live["collection"])
    else:
        raise NotImplementedError(f"no answer made for {live}")


def lines_of(file, bounds):
    """Two lines of a text file that an entry describes, with its header where it has one."""
    columns = file.get("names") or [file["year"], *filter(None, [file.get("month")]), *file["columns"].values()]
    values = {file["year"]: ["1990", "1991"], file.get("month"): ["1", "2"]}
    middle = {column: str(sum(bounds[name]) / 2) for name, column in file["columns"].items()}
    values |= {column: [middle[column]] * 2 for column in middle}
    rows = [[values.get(column, ["X", "X"])[row] for column in columns] for row in (0, 1)]
    mark = file.get("separator", " ")
    head = ["a title"] * file.get("skip", 0) + ([] if "names" in file else [mark.join(columns)])
    return "\n".join([*head, *(mark.join(row) for row in rows)]) + "\n"


def site_of(live):
    """A day of a flux site with every part that an entry wants, in the units of the store."""
    time = pd.date_range(live["start"], periods=48, freq="30min")
    group = xr.Dataset(coords={"time": time})
    for wanted in live["variables"].values():
        axes = {axis: [label] for axis, label in wanted.items() if axis not in ("name", "measured")}
        labels = {
            axis: np.array(label, dtype=object if isinstance(label[0], str) else int) for axis, label in axes.items()
        }
        values = np.full((48, *(1 for _ in axes)), 1.0)
        group[wanted["name"]] = xr.DataArray(values, {"time": time} | labels, ("time", *axes))
        if "measured" in wanted:
            group[wanted["measured"]] = xr.zeros_like(group[wanted["name"]])
    return group.assign_attrs(citation="A. Station (2026)")


@pytest.mark.parametrize("name", LIVE)
@overlook
def test_fixture_and_live_are_one_shape(name, provider, cache, tmp_path, monkeypatch):
    described = entries.read(REPOSITORY)[name]
    fixture = fieldnotes.load(name)
    here = {"server": provider.address} | ELSEWHERE.get(name, {})
    write_catalogue(tmp_path, {name: described | {"live": described["live"] | here}})
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)
    answer_as_provider(provider, described, tmp_path)
    live = fieldnotes.load(name, "live")
    assert live.attrs["source"] == "live"
    if isinstance(fixture, xr.Dataset):
        assert {name: (part.dtype, part.dims, part.attrs["units"]) for name, part in live.items()} == {
            name: (part.dtype, part.dims, part.attrs["units"]) for name, part in fixture.items()
        }
        return
    pd.testing.assert_series_equal(live.dtypes, fixture.dtypes)
    assert live.index.name == fixture.index.name
    assert live.index.dtype == fixture.index.dtype
    assert live.attrs["units"] == fixture.attrs["units"]


@pytest.mark.parametrize("name", FINISHED)
def test_a_finished_measurement_is_the_same_live_and_says_so(name):
    fixture, live = fieldnotes.load(name), fieldnotes.load(name, "live")
    assert live.equals(fixture)
    assert live.attrs == fixture.attrs
    assert live.attrs["source"] == "fixture"
    assert live.attrs["kind"] == "measured"
    assert fieldnotes.fetch(name, "live") == fieldnotes.fetch(name)


def test_a_finished_measurement_that_was_changed(tmp_path, monkeypatch):
    described = entry("weeks.csv", "table", WEEKLY, kind="measured", live={"source": "finished"}, sha256="0" * 64)
    write_catalogue(tmp_path, {"wanted": described})
    (tmp_path / "weeks.csv").write_text("time,co2\n")
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)
    with pytest.raises(errors.Corrupt, match=r"weeks\.csv, is not the one of the catalogue: `git checkout"):
        load()


def test_a_simulation_is_never_a_finished_measurement():
    described = entry("weeks.csv", "table", WEEKLY, kind="simulated", live={"source": "finished"}, sha256="0" * 64)
    found = entries.mistakes("wanted", described)
    assert any("'live' is 'finished', which only measured data can be" in sentence for sentence in found)


def test_live_data_have_a_title_and_a_kind_of_their_own(offer, provider):
    own = {"title": "A model of the air", "kind": "modelled"}
    offer(NOAA | own, kind="simulated", title="Simulated twin of the air")
    provider.send(PATH, WEEKLY_TXT)
    attrs = load().attrs
    assert (attrs["title"], attrs["kind"]) == ("A model of the air", "modelled")


def test_live_data_never_have_the_title_of_the_fixture(offer, provider):
    offer(NOAA, kind="simulated", title="Simulated twin of the air")
    provider.send(PATH, WEEKLY_TXT)
    assert load().attrs["title"] == "wanted, as its provider sends it"


def test_every_promise_of_a_live_entry_has_an_adapter():
    assert LIVE
    for name in LIVE:
        described = entries.read(REPOSITORY)[name]
        assert described["live"]["source"] in fieldnotes.sources.ADAPTERS
        assert entries.unit(described["columns"].get("time", "UTC")) == "UTC"
    assert toml({"a": 1}) == '{"a" = 1}'
