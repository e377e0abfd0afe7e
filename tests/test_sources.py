"""Live data from local servers that speak the providers' formats: good answers, and every way in which they fail."""

import gzip
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd
import pyarrow
import pystac
import pytest
import rasterio
import xarray as xr
from pyarrow import parquet
from test_data import entry, toml, write_catalogue

import fieldnotes
from fieldnotes import entries, errors, schema
from fieldnotes.sources import _http, stac

REPOSITORY = entries.DATA_FOLDER


class Provider(ThreadingHTTPServer):
    """A server whose ``answers`` map a path to (status, headers, body); it counts requests and can dawdle."""

    def __init__(self):
        self.answers, self.requests, self.delay, self.closing = {}, [], 0, threading.Event()
        super().__init__(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server_port}"

    def send(self, path, body, status=200, **headers):
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = status, {"Content-Length": str(len(content))} | named, content

    def handle_error(self, request, client_address):
        """A client that hangs up early is part of the tests."""


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        self.server.closing.wait(self.server.delay)
        missing = (404, {}, b"<html><body>Not  Found: no such thing</body></html>")
        status, headers, body = self.server.answers.get(urlsplit(self.path).path, missing)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and no pauses between attempts."""
    monkeypatch.setenv("FIELDNOTES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_http, "PAUSE", 0.0)
    return tmp_path / "cache"


@pytest.fixture
def offer(tmp_path, monkeypatch, provider, cache):
    """A function that puts one entry into a catalogue of its own, its server the local one."""

    def offer(live, shape="table", columns=None, **more):
        described = entry("none.csv", shape, columns or WEEKLY, live={"server": provider.address} | live, **more)
        write_catalogue(tmp_path, {"wanted": described | {"sha256": "0" * 64}})
        monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)

    return offer


def load():
    return fieldnotes.load("wanted", "live")


# ---- NOAA, and with it what all adapters share: the way to fetch

WEEKLY = {"time": "UTC, middle of the week", "co2": "ppm, dry air"}
WEEKLY_TXT = """# USE OF NOAA GML DATA
#
#      Start of week      CO2 molfrac           (-999.99 = no data)  increase
# (yr, mon, day, decimal)    (ppm)  #days       1 yr ago  10 yr ago  since 1800
  1974   5  19  1974.3795    333.34  6          -999.99   -999.99     50.36
  1974   5  26  1974.3986   -999.99  0          -999.99   -999.99   -999.99
  1974   6   2  1974.4178    332.32  5          -999.99   -999.99     49.57
"""
MONTHLY_TXT = """#            decimal     average   interpolated    trend    #days
1958   3    1958.208      315.71      315.71      314.62     -1
1958   4    1958.292      -99.99      317.45      315.29     -1
"""
PATH = "/co2/co2_weekly_mlo.txt"
NOAA = {"source": "noaa", "file": "co2/co2_weekly_mlo.txt", "shift": "3D"}


@pytest.fixture
def noaa(offer, provider):
    """The weekly file of Mauna Loa, offered and served."""
    offer(NOAA)
    provider.send(PATH, WEEKLY_TXT, Content_Type="text/plain")
    return provider


def files(cache):
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


def assert_nothing_kept(cache):
    assert files(cache) == []


def test_noaa_weekly(noaa):
    table = load()
    assert table.index.tolist() == [pd.Timestamp(day, tz="UTC") for day in ("1974-05-22", "1974-05-29", "1974-06-05")]
    assert table["co2"].tolist()[::2] == [333.34, 332.32]
    assert np.isnan(table["co2"].iloc[1])
    assert table.attrs["source"] == "live"
    assert table.attrs["kind"] == "measured"
    assert table.attrs["credit"].startswith("NOAA Global Monitoring Laboratory")
    assert table.attrs["retrieved"] == time.strftime("%Y-%m-%d", time.gmtime())


def test_noaa_monthly(offer, provider):
    offer({"source": "noaa", "file": "co2/co2_mm_mlo.txt"})
    provider.send("/co2/co2_mm_mlo.txt", MONTHLY_TXT)
    table = load()
    assert table.index.tolist() == [pd.Timestamp("1958-03-01", tz="UTC"), pd.Timestamp("1958-04-01", tz="UTC")]
    assert table["co2"].iloc[0] == 315.71
    assert np.isnan(table["co2"].iloc[1])


def test_a_live_credit_never_inherits_the_fixtures_doi(offer, provider):
    offer(NOAA, doi="10.5/fixture")
    provider.send(PATH, WEEKLY_TXT)
    assert "doi" not in load().attrs


def test_noaa_with_moved_columns(noaa):
    noaa.send(PATH, WEEKLY_TXT.replace("1974.3", "333.33 1974.3").replace("1974.4", "333.33 1974.4"))
    with pytest.raises(errors.SchemaChanged, match=r"'wanted': column 4 of NOAA's file, 'decimal', is not the decimal"):
        load()


def test_noaa_with_other_words(noaa, cache):
    noaa.send(PATH, "Service closed for maintenance\n")
    with pytest.raises(errors.Corrupt, match="not a table of numbers"):
        load()
    assert_nothing_kept(cache)


def test_noaa_cut_in_a_line_without_content_length(noaa, cache):
    noaa.answers[PATH] = 200, {}, WEEKLY_TXT[:-30].encode()
    with pytest.raises(errors.Corrupt, match="ends in the middle of a line"):
        load()
    assert_nothing_kept(cache)


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
        with pytest.raises(errors.NotFound, match=r"'wanted' has no live route: .*fixture.*the journal has a paywall"):
            door("wanted", "live")


def test_unknown_live_source(offer):
    offer({"source": "owl"})
    with pytest.raises(errors.NotFound, match="names the live source 'owl'; there are icos, noaa, erddap, stac"):
        load()


def test_catalogue_shows_the_live_route(offer):
    offer(NOAA)
    assert fieldnotes.catalogue()["live"].tolist() == [True]


def test_time_out_is_tried_three_times(noaa, monkeypatch, cache):
    monkeypatch.setattr(_http, "READ", 0.1)
    noaa.delay = 5
    with pytest.raises(errors.Offline, match=r"127\.0\.0\.1 did not answer in time .*3 attempts.*fixture"):
        load()
    assert len(noaa.requests) == 3
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
        with pytest.raises(errors.Offline, match=r"127\.0\.0\.1 could not be reached \(connection refused, 3 attempts"):
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
        (500, errors.Offline, r"127\.0\.0\.1 is out of order or busy: it answered 500\. Try later"),
        (503, errors.Offline, "it answered 503"),
        (429, errors.Offline, "busy: it answered 429"),
        (401, errors.NeedsLogin, r"does not send this to everybody: it answered 401\. Open its site in a browser"),
        (403, errors.NeedsLogin, "it answered 403"),
        (404, errors.NotFound, 'it answered 404, "station HTM151 is unknown; did you mean HTM150\\?"'),
        (400, errors.NotFound, 'does not have what was asked for: it answered 400, "station HTM151 is unknown'),
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


def test_truncated_body(noaa, cache):
    noaa.send(PATH, WEEKLY_TXT, Content_Length=str(len(WEEKLY_TXT) + 100))
    with pytest.raises(errors.Corrupt, match=r"answer of 127\.0\.0\.1 was cut short: load it again"):
        load()
    assert len(noaa.requests) == 1
    assert_nothing_kept(cache)


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


def test_class_shares_one_cache(noaa, cache):
    with ThreadPoolExecutor(8) as pupils:
        tables = list(pupils.map(lambda _: load(), range(8)))
    assert all(table.equals(tables[0]) for table in tables)
    assert len(files(cache)) == 2
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in cache.iterdir())


def load_elsewhere(room):
    """Load in a new process, as a second pupil does, and return what it printed: rows, then complaints."""
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


# ---- ICOS

TOWERS = {"time": "UTC, start of hour", "hyltemossa": "ppm, dry air", "svartberget": "ppm, dry air"}
CITATION = "Heliasz, M., Marklund, P. (2026). ICOS Atmosphere Level 2 data."
ICOS = {
    "source": "icos",
    "id": "icos-obspack.co2.co2",
    "stations": {"HTM150": "hyltemossa", "SVB150": "svartberget"},
    "start": "2018-01-01",
    "end": "2018-01-01T04:00",
}


def observations(stations, start="2018-01-01", hours=4, first=410.0):
    """Rows as the query service sends them: the middle of the hour, rejected hours left out."""
    times = pd.date_range(start, periods=hours, freq="h", unit="s") + pd.Timedelta("30min")
    parts = [
        pd.DataFrame({"station": station, "time_co2": times, "co2": np.float32(first + i) + np.arange(hours)})
        for i, station in enumerate(stations)
    ]
    rows = pd.concat(parts, ignore_index=True).drop(index=1)
    return rows.assign(co2=rows["co2"].astype("float32"), co2_std_dev=0.1, co2_nvalue=60.0, co2_qc_flag="O")


def passport(rows, **query):
    """An RO-Crate as the service makes it: the crate, this query, the variable, a station."""
    crate = {"@id": "./", "@type": "Dataset", "citation": CITATION, "license": {"@id": "https://spdx.org/CC-BY-4.0"}}
    asked = {"@id": "#query", "rowCount": len(rows), "collection_doi": "https://doi.org/10.18160/JZ2X-GZGU"} | query
    return {"@graph": [crate, asked, {"@id": "#variable"}, {"@id": "#station/HTM150", "rowCount": 1}]}


def as_parquet(rows, units=None, crate=None):
    table = pyarrow.Table.from_pandas(rows, preserve_index=False)
    if units:
        index = table.schema.get_field_index("co2")
        table = table.cast(table.schema.set(index, table.schema.field("co2").with_metadata({"units": units})))
    crate = passport(rows) if crate is None else crate
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"data_passport": json.dumps(crate)} if crate else None), file)
    return file.getvalue()


@pytest.fixture
def icos(offer, provider):
    """Two towers offered and served; answer with other rows by calling it."""

    def serve(rows=None, body=None, live=ICOS, columns=TOWERS, **more):
        offer(live, columns=columns, **more)
        rows = observations(ICOS["stations"]) if rows is None else rows
        provider.send("/query", as_parquet(rows) if body is None else body)
        return provider

    return serve


def test_icos_one_column_a_station(icos):
    icos(kind="simulated", doi="10.5/twin")
    table = load()
    assert list(table.columns) == ["hyltemossa", "svartberget"]
    assert table.index.tolist() == pd.date_range("2018-01-01", periods=4, freq="h", tz="UTC").tolist()
    assert table["hyltemossa"].dropna().tolist() == [410.0, 412.0, 413.0]
    assert np.isnan(table["hyltemossa"].iloc[1])
    assert table["svartberget"].tolist() == [411.0, 412.0, 413.0, 414.0]


def test_icos_hours_without_any_value_are_rows(icos):
    rows = observations(ICOS["stations"])
    icos(rows=rows[rows["time_co2"].dt.hour != 2])
    table = load()
    assert len(table) == 4
    assert table.iloc[2].isna().all()


def test_icos_passport_gives_credit_licence_and_doi(icos):
    icos(kind="simulated", doi="10.5/twin")
    attrs = load().attrs
    assert attrs["credit"] == CITATION
    assert attrs["licence"] == "https://spdx.org/CC-BY-4.0"
    assert attrs["doi"] == "10.18160/JZ2X-GZGU"
    assert (attrs["kind"], attrs["source"]) == ("measured", "live")


def test_icos_asks_the_documented_question(icos):
    server = icos()
    load()
    assert parse_qs(urlsplit(server.requests[0]).query) == {
        "id": ["icos-obspack.co2.co2"],
        "station": ["HTM150,SVB150"],
        "start": ["2018-01-01"],
        "end": ["2018-01-01T04:00"],
        "apply_qc": ["true"],
        "max_rows": ["200000"],
        "format": ["parquet"],
    }


def test_icos_csv_takes_the_credit_from_the_headers(icos):
    server = icos(live=ICOS | {"format": "csv"})
    lines = observations(ICOS["stations"]).to_csv(index=False, date_format="%Y-%m-%d %H:%M:%S.%f+00:00")
    server.send("/query", lines, X_Data_Citation=CITATION, X_Data_License="CC-BY-4.0", X_Data_DOI="10.18160/JZ2X-GZGU")
    table = load()
    assert table["svartberget"].tolist() == [411.0, 412.0, 413.0, 414.0]
    assert table.attrs["credit"] == CITATION
    assert table.attrs["doi"] == "10.18160/JZ2X-GZGU"
    assert "format=csv" in server.requests[0]
    assert fieldnotes.fetch("wanted", "live").read_text() == lines


@pytest.mark.parametrize(("units", "factor"), [("ppm", 1), ("umol mol-1", 1), ("mol mol-1", 1e-6), (None, 1)])
def test_icos_converts_the_unit_that_is_stated(icos, units, factor):
    rows = observations(ICOS["stations"])
    icos(body=as_parquet(rows.assign(co2=rows["co2"].astype("float64") * factor), units=units))
    assert load()["svartberget"].tolist() == pytest.approx([411.0, 412.0, 413.0, 414.0], rel=1e-9)


def test_icos_unit_that_is_no_mole_fraction(icos):
    icos(body=as_parquet(observations(ICOS["stations"]), units="mg m-3"))
    with pytest.raises(errors.SchemaChanged, match="'wanted': 'co2' comes in 'mg m-3', not in 'ppm'"):
        load()


def test_icos_half_a_parquet(icos, cache):
    icos(body=as_parquet(observations(ICOS["stations"]))[:-40])
    with pytest.raises(errors.Corrupt, match="answer of ICOS is not a whole parquet file"):
        load()
    assert_nothing_kept(cache)


def test_icos_rows_missing(icos, cache):
    rows = observations(ICOS["stations"])
    icos(body=as_parquet(rows.head(5), crate=passport(rows)))
    with pytest.raises(errors.Corrupt, match="ICOS announces 7 rows and sent 5"):
        load()
    assert_nothing_kept(cache)


def test_icos_without_passport(icos):
    icos(body=as_parquet(observations(ICOS["stations"]), crate={}))
    with pytest.raises(errors.SchemaChanged, match="no 'data_passport', so nothing says whom to credit"):
        load()


def test_icos_without_citation(icos):
    rows = observations(ICOS["stations"])
    icos(body=as_parquet(rows, crate={"@graph": [{"@id": "./", "rowCount": len(rows)}]}))
    with pytest.raises(errors.SchemaChanged, match="no 'citation'"):
        load()


@pytest.mark.parametrize("column", ["station", "co2"])
def test_icos_other_columns(icos, column):
    icos(rows=observations(ICOS["stations"]).rename(columns={column: "other"}))
    with pytest.raises(
        errors.SchemaChanged, match=f"'wanted': the answer of ICOS has no column {column!r}, only .*other"
    ):
        load()


def test_icos_station_without_data(icos):
    icos(rows=observations(["HTM150"]))
    with pytest.raises(errors.SchemaChanged, match="no column 'svartberget', only time, hyltemossa"):
        load()


def test_icos_answer_at_the_cap(icos, monkeypatch):
    monkeypatch.setattr("fieldnotes.sources.icos.MOST", 7)
    icos()
    with pytest.raises(errors.Corrupt, match="ICOS cut 'wanted' at 7 rows: its entry must ask for a shorter time"):
        load()


def test_icos_bad_request_is_quoted_once(icos):
    server = icos()
    server.send("/query", '{"detail":"station: unknown id HTM151, did you mean HTM150?"}', status=400)
    with pytest.raises(errors.NotFound, match="unknown id HTM151, did you mean HTM150"):
        load()
    assert len(server.requests) == 1


STATIONS = [
    ("AS_HTM", "HTM", "Hyltemossa", "SE", 56.0976, 13.4189, 115.0),
    ("ES_SE-Htm", "SE-Htm", "Hyltemossa", "SE", 56.0976, 13.419, 115.0),
    ("OS_ESTOC", "ESTOC", "ESTOC", "ES", 29.1667, -15.5, None),
    ("AS_NAM", "NAM", "Namib", "NA", -23.5, 15.0, 400.0),
    ("AS_NAM", "NAM", "Namib", "NA", -23.5, 15.0, 400.0),  # as of two classes
]
INTAKES = [("AS_HTM", 150.0), ("AS_HTM", 30.0), ("AS_HTM", 70.5)]


def sparql(names, rows):
    """A SPARQL result in JSON; a value that is None is left out, as the standard has it."""
    cells = [
        {n: {"type": "literal", "value": str(v)} for n, v in zip(names, row, strict=True) if v is not None}
        for row in rows
    ]
    return json.dumps({"head": {"vars": names}, "results": {"bindings": cells}})


def uri(code):
    return f"http://meta.icos-cp.eu/resources/stations/{code}"


class Metadata(dict):
    """Answers for /sparql that differ by the question asked."""

    def __init__(self, provider, stations=STATIONS, intakes=INTAKES):
        super().__init__()
        self.provider, names = provider, ["source", "id", "name", "country", "lat", "lon", "elevation"]
        self.stations = sparql(names, [(uri(code), *rest) for code, *rest in stations])
        self.intakes = sparql(["source", "height"], [(uri(code), height) for code, height in intakes])

    def get(self, path, default=None):
        if path != "/sparql":
            return default
        question = parse_qs(urlsplit(self.provider.requests[-1]).query)["query"][0]
        body = (self.intakes if "hasSamplingHeight" in question else self.stations).encode()
        return 200, {"Content-Length": str(len(body)), "Content-Type": "application/sparql-results+json"}, body


NETWORK = {
    "id": "text",
    "name": "text",
    "country": "text",
    "kind": "text",
    "lat": "degrees_north",
    "lon": "degrees_east",
    "elevation": "m",
    "intake_heights": "text",
    "source": "text",
}


def test_icos_stations(offer, provider):
    offer({"source": "icos", "list": "stations"}, columns=NETWORK)
    provider.answers = Metadata(provider)
    table = load().set_index("id")
    assert table.index.tolist() == ["HTM", "NAM", "SE-Htm", "ESTOC"]
    assert table["kind"].tolist() == ["atmosphere", "atmosphere", "ecosystem", "ocean"]
    assert table.loc["HTM", "intake_heights"] == "30;70.5;150"
    assert table.loc["NAM", "country"] == "NA"
    assert table["intake_heights"].isna().tolist() == [False, True, True, True]
    assert np.isnan(table.loc["ESTOC", "elevation"])
    assert table.loc["HTM", "source"] == uri("AS_HTM")
    assert table.attrs["credit"].startswith("ICOS Research Infrastructure")
    assert fieldnotes.fetch("wanted", "live").read_text() == provider.answers.stations


def test_icos_stations_without_a_column(offer, provider):
    offer({"source": "icos", "list": "stations"}, columns=NETWORK)
    provider.answers = Metadata(provider)
    provider.answers.stations = provider.answers.stations.replace('"lat"', '"latitude"')
    with pytest.raises(errors.SchemaChanged, match="no column 'lat', only source, id"):
        load()


@pytest.mark.parametrize("answer", ['{"head": {"vars": ["source"', '{"message": "query timed out"}'])
def test_icos_stations_cut_short(offer, provider, cache, answer):
    offer({"source": "icos", "list": "stations"}, columns=NETWORK)
    provider.answers = Metadata(provider)
    provider.answers.stations = answer
    with pytest.raises(errors.Corrupt, match="not a whole SPARQL result"):
        load()
    assert_nothing_kept(cache)


# ---- ERDDAP

SEA = {"time": "UTC, noon", "lat": "degrees_north", "lon": "degrees_east", "sst": "degC, sea surface temperature"}
ERDDAP = {
    "source": "erddap",
    "dataset": "ncdcOisst21",
    "variables": {"sst": "sst_daily"},
    "ranges": [["2018-07-01", "2018-07-02", 1], [0, 0, 1], [54, 56, 2], [10, 14, 4]],
}


def griddap(variable="sst_daily", lat="latitude"):
    axes = {
        "time": pd.to_datetime(["2018-07-01T12", "2018-07-02T12"]),
        "zlev": [0.0],
        lat: [54.0, 56.0],
        "longitude": [10.0, 14.0],
    }
    values = np.arange(8, dtype="float32").reshape(2, 1, 2, 2) + 15
    values[0, 0, 0, 0] = np.nan
    grid = xr.Dataset({variable: (tuple(axes), values, {"units": "degree_C"})}, axes)
    grid.attrs = {
        "title": "Daily SST",
        "institution": "NOAA NCEI",
        "license": "freely distributed",
        "infoUrl": "https://x.org",
    }
    return grid


def as_netcdf(grid, tmp_path):
    grid.to_netcdf(tmp_path / "answer.nc", encoding={name: {"_FillValue": -9.99} for name in grid.data_vars})
    return (tmp_path / "answer.nc").read_bytes()


@pytest.fixture
def erddap(offer, provider, tmp_path):
    def serve(grid=None, body=None):
        offer(ERDDAP, "grid", SEA, range={"sst": [-3, 40]})
        provider.send(
            "/griddap/ncdcOisst21.nc",
            as_netcdf(griddap() if grid is None else grid, tmp_path) if body is None else body,
        )
        return provider

    return serve


def test_erddap_grid(erddap):
    server = erddap()
    grid = load()
    assert grid["sst"].dims == ("time", "lat", "lon")
    assert grid["sst"].attrs["units"] == "degC"
    assert grid["sst"].sel(time="2018-07-02T12", lat=56, lon=14) == 22
    assert grid["sst"].isnull().sum() == 1
    assert "zlev" not in grid.coords
    assert grid.attrs["credit"] == "NOAA NCEI, Daily SST, https://x.org"
    assert (grid.attrs["licence"], grid.attrs["source"]) == ("freely distributed", "live")
    axes = "[(2018-07-01):1:(2018-07-02)][(0):1:(0)][(54):2:(56)][(10):4:(14)]"
    assert [unquote(path) for path in server.requests] == [f"/griddap/ncdcOisst21.nc?sst_daily{axes}"]
    assert "[" not in server.requests[0]


def test_erddap_other_variable(erddap):
    erddap(griddap(variable="temperature"))
    with pytest.raises(errors.SchemaChanged, match="'wanted': ERDDAP sent no variable 'sst_daily', only temperature"):
        load()


def test_erddap_other_axis(erddap):
    erddap(griddap(lat="y"))
    with pytest.raises(errors.SchemaChanged, match="no column 'lat'"):
        load()


def test_erddap_half_a_netcdf(erddap, tmp_path, cache):
    erddap(body=as_netcdf(griddap(), tmp_path)[:3000])
    with pytest.raises(errors.Corrupt, match="answer of ERDDAP is not a whole netCDF file"):
        load()
    assert_nothing_kept(cache)


def test_erddap_reason_is_quoted(erddap):
    server = erddap()
    server.send(
        "/griddap/ncdcOisst21.nc", 'Error {\n  code=404;\n  message="Not Found: time is after the last";\n}', status=404
    )
    with pytest.raises(errors.NotFound, match="time is after the last"):
        load()


def test_erddap_file(erddap):
    erddap()
    assert xr.load_dataset(fieldnotes.fetch("wanted", "live"))["sst_daily"].sizes["zlev"] == 1


# ---- STAC

overlook = pytest.mark.filterwarnings(  # what rasterio and odc-geo have still to change
    "ignore:Use `@` matmul:PendingDeprecationWarning", "ignore:The 'shapely.ops.transform:DeprecationWarning"
)

IMAGES = {"time": "UTC, overpass", "y": "m, northing", "x": "m, easting", "red": "1, reflectance"}
BOX = [15.0, 56.0, 15.02, 56.01]  # west, south, east, north
STAC = {
    "source": "stac",
    "collection": "spring",
    "bands": {"red": "B04"},
    "bbox": BOX,
    "time": "2018-06-01/2018-06-30",
    "crs": "EPSG:32633",
    "resolution": 100,
    "scale": 0.0001,
}


def write_cog(path, count):
    """A small cloud-optimised GeoTIFF around the box, with one missing pixel inside it."""
    counts = np.full((40, 40), count, "uint16")
    counts[14, 20] = 0
    place = rasterio.transform.from_origin(499_000, 6_208_000, 100, 100)
    shape = {"height": 40, "width": 40, "count": 1, "dtype": "uint16", "crs": "EPSG:32633", "transform": place}
    with rasterio.open(path, "w", driver="COG", nodata=0, **shape) as file:
        file.write(counts, 1)


@pytest.fixture
def static(tmp_path):
    """A static catalogue of one collection: two images in June, one in July; the path of its root."""
    catalogue = pystac.Catalog("root", "a root")
    extent = pystac.Extent(pystac.SpatialExtent([BOX]), pystac.TemporalExtent([[pd.Timestamp("2018-06-01"), None]]))
    collection = pystac.Collection("spring", "d", extent, title="Spring", license="CC-BY-4.0")
    collection.providers = [pystac.Provider("A. Satellite")]
    catalogue.add_child(collection)
    for day, count in {"2018-06-03": 1000, "2018-06-13": 2000, "2018-07-03": 3000}.items():
        write_cog(tmp_path / f"{day}.tif", count)
        shape = {
            "type": "Polygon",
            "coordinates": [[[14.98, 55.97], [15.06, 55.97], [15.06, 56.03], [14.98, 56.03], [14.98, 55.97]]],
        }
        item = pystac.Item(day, shape, [14.98, 55.97, 15.06, 56.03], pd.Timestamp(day, tz="UTC").to_pydatetime(), {})
        counts = {"raster:bands": [{"data_type": "uint16", "nodata": 0}]}
        cog = pystac.Asset(
            str(tmp_path / f"{day}.tif"), media_type=pystac.MediaType.COG, roles=["data"], extra_fields=counts
        )
        item.add_asset("B04", cog)
        collection.add_item(item)
    catalogue.normalize_and_save(str(tmp_path / "stac"), pystac.CatalogType.SELF_CONTAINED)
    for path in (tmp_path / "stac").rglob("2018-*.json"):  # as published catalogues do: images elsewhere, by address
        described = json.loads(path.read_text())
        described["assets"]["B04"]["href"] = (tmp_path / f"{described['id']}.tif").as_uri()
        path.write_text(json.dumps(described))
    return tmp_path / "stac" / "catalog.json"


def assert_is_june(grid):
    assert grid["red"].chunks is not None
    assert grid["red"].dims == ("time", "y", "x")
    assert pd.to_datetime(grid["time"].values).strftime("%m-%d").tolist() == ["06-03", "06-13"]
    assert grid["red"].attrs["units"] == "1"
    values = grid["red"].compute()
    assert np.unique(values.values[~np.isnan(values.values)]).tolist() == pytest.approx([0.1, 0.2])
    assert values.isnull().sum() == 2
    assert (grid.attrs["credit"], grid.attrs["licence"]) == ("A. Satellite, Spring", "CC-BY-4.0")
    assert (grid.attrs["kind"], grid.attrs["source"]) == ("measured", "live")


@overlook
def test_stac_static_catalogue_on_disk(offer, static):
    offer(STAC | {"server": str(static)}, "raster", IMAGES)
    assert_is_june(load())


@overlook
def test_stac_static_catalogue_over_http(offer, provider, static):
    for path in static.parent.rglob("*.json"):
        provider.send("/" + path.relative_to(static.parent).as_posix(), path.read_text())
    offer(STAC | {"server": f"{provider.address}/catalog.json"}, "raster", IMAGES)
    assert_is_june(load())


def serve_search(provider, static, images="2018-06-*.json", name="spring"):
    """The catalogue as a STAC service: landing page, collection and an item search that has already filtered."""
    texts = [path.read_text() for path in sorted(static.parent.rglob(images))]
    items = [json.loads(text.replace('"./', f'"{provider.address}/')) for text in texts]  # a service's are absolute
    collection = json.loads(next(static.parent.rglob("collection.json")).read_text()) | {"links": []}
    kind = "application/geo+json"
    links = [
        {"rel": rel, "type": kind, "href": f"{provider.address}/{place}"}
        for rel, place in (("search", "search"), ("data", "collections"))
    ]
    conforms = [
        f"https://api.stacspec.org/v1.0.0/{part}" for part in ("core", "item-search", "collections", "ogcapi-features")
    ]
    landing = {
        "type": "Catalog",
        "id": "api",
        "description": "d",
        "stac_version": "1.0.0",
        "links": links,
        "conformsTo": conforms,
    }
    provider.send("/", json.dumps(landing))
    provider.send(f"/collections/{name}", json.dumps(collection))
    found = [item | {"links": []} for item in items]
    provider.send("/search", json.dumps({"type": "FeatureCollection", "features": found, "links": []}))


@overlook
def test_stac_search(offer, provider, static):
    serve_search(provider, static)
    offer(STAC | {"server": f"{provider.address}/"}, "raster", IMAGES)
    assert_is_june(load())
    asked = next(parse_qs(urlsplit(path).query) for path in provider.requests if path.startswith("/search"))
    assert asked["collections"] == ["spring"]
    assert asked["bbox"] == ["15.0,56.0,15.02,56.01"]
    assert asked["datetime"] == ["2018-06-01T00:00:00Z/2018-06-30T23:59:59Z"]


@overlook
def test_stac_nothing_there(offer, static):
    offer(STAC | {"server": str(static), "time": "2017-01-01"}, "raster", IMAGES)
    with pytest.raises(errors.NotFound, match="'wanted': the catalogue has no images here"):
        load()


@overlook
def test_stac_other_place(offer, static):
    offer(STAC | {"server": str(static), "bbox": [0, 0, 1, 1]}, "raster", IMAGES)
    with pytest.raises(errors.NotFound, match="no images here"):
        load()


@overlook
def test_stac_other_bands(offer, static):
    offer(STAC | {"server": str(static), "bands": {"red": "B99"}}, "raster", IMAGES)
    with pytest.raises(errors.SchemaChanged, match="'wanted': its images have no 'B99', only B04"):
        load()


@overlook
def test_stac_catalogue_missing(offer, tmp_path):
    offer(STAC | {"server": str(tmp_path / "none.json")}, "raster", IMAGES)
    with pytest.raises(errors.NotFound, match=r"There is no file .*none\.json, the catalogue of 'wanted'"):
        load()


@overlook
def test_stac_collection_missing(offer, static):
    offer(STAC | {"server": str(static), "collection": "autumn"}, "raster", IMAGES)
    with pytest.raises(errors.NotFound, match=r"The catalogue .*catalog\.json has no collection 'autumn'"):
        load()


@pytest.mark.parametrize(
    ("body", "status", "error", "sentence"),
    [
        ("", 503, errors.Offline, "out of order or busy"),
        ("", 403, errors.NeedsLogin, "does not send this to everybody"),
        ("no such thing", 404, errors.NotFound, "no such thing"),
        ("<html>Sign in</html>", 200, errors.NeedsLogin, "sent a web page"),
        ('{"type": "Catal', 200, errors.Corrupt, "not whole JSON"),
        ('{"hello": "world"}', 200, errors.SchemaChanged, "not as STAC describes"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/catalog.json"])
@overlook
def test_stac_service_fails(offer, provider, cache, path, body, status, error, sentence):
    provider.send(path, body, status=status)
    offer(STAC | {"server": provider.address + path}, "raster", IMAGES)
    with pytest.raises(error, match=sentence):
        load()


@overlook
def test_stac_is_no_file(offer, static):
    offer(STAC | {"server": str(static)}, "raster", IMAGES)
    with pytest.raises(errors.NotFound, match="'wanted' has no single live file"):
        fieldnotes.fetch("wanted", "live")


SCENES = {
    "time": "UTC, overpass",
    "y": "m, northing",
    "x": "m, easting",
    "bits": "count, quality of the pixel",
    "red": "1, reflectance",
    "cloud_cover": "percent, as the catalogue says",
}
CUBE = {"collection": "spring", "bands": {"bits": "B05", "red": "B04"}, "properties": {"cloud_cover": "eo:cloud_cover"}}
CUBE |= {"crs": "EPSG:32633", "resolution": 100, "scale": 0.0001}


@pytest.fixture
def folder(static, monkeypatch):
    """A catalogue in which the static one is a data set of shape ``stac``; its bits are the images once more."""
    for path in static.parent.rglob("2018-*.json"):
        described = json.loads(path.read_text())
        described["assets"]["B05"] = described["assets"]["B04"]
        described["properties"] |= {} if "07-03" in path.name else {"eo:cloud_cover": 12.5}
        path.write_text(json.dumps(described))

    def keep(**more):
        sums = {"sha256": entries.checksum(static.parent)}
        write_catalogue(static.parents[1], {"wanted": entry("stac", "stac", SCENES, cube=CUBE, **sums, **more)})
        monkeypatch.setattr(entries, "DATA_FOLDER", static.parents[1])
        return static.parents[1]

    return keep


@overlook
def test_stac_folder_is_a_cube_of_counts_quantities_and_properties(folder):
    folder()
    cube = fieldnotes.load("wanted")
    assert pd.to_datetime(cube["time"].values).strftime("%m-%d").tolist() == ["06-03", "06-13", "07-03"]
    assert (cube["bits"].dtype, cube["bits"].attrs["nodata"], cube["bits"].attrs["units"]) == ("uint16", 0, "count")
    assert np.unique(cube["bits"]).tolist() == [0, 1000, 2000, 3000]
    assert (cube["red"].dtype, cube["red"].attrs["units"]) == ("float32", "1")
    np.testing.assert_allclose(cube["red"], np.where(cube["bits"] == 0, np.nan, cube["bits"] * 0.0001), rtol=1e-6)
    np.testing.assert_array_equal(cube["cloud_cover"], [12.5, 12.5, np.nan])
    assert cube["cloud_cover"].attrs["units"] == "percent"
    assert (cube.attrs["kind"], cube.attrs["source"]) == ("simulated", "fixture")


@overlook
def test_stac_folder_and_live_catalogue_are_the_same_cube(folder, static):
    folder(live=CUBE | {"source": "stac", "server": str(static)})
    fixture, live = fieldnotes.load("wanted"), load()
    xr.testing.assert_equal(fixture.compute(), live.compute())
    assert fixture.dtypes == live.dtypes
    assert (live.attrs["kind"], live.attrs["source"]) == ("measured", "live")


@overlook
def test_no_pixel_of_a_cube_is_read_before_it_is_asked_for(folder):
    room = folder(range={"red": [5, 6]})  # which no pixel keeps: to hold it, they would have to be read
    for image in room.glob("2018-*.tif"):
        image.unlink()
    cube = fieldnotes.load("wanted")
    assert cube["bits"].chunks and cube["red"].chunks
    with pytest.raises(rasterio.errors.RasterioIOError):
        cube["bits"].compute()


@overlook
def test_stac_folder_of_ones_own(folder, tmp_path):
    room = folder()
    (tmp_path / "own" / "stac").mkdir(parents=True)
    with pytest.raises(errors.NotFound, match=r"There is no file .*catalog\.json, the catalogue of 'stac'"):
        fieldnotes.load("wanted", tmp_path / "own")
    shutil.copytree(room / "stac", tmp_path / "own" / "stac", dirs_exist_ok=True)
    catalogue = tmp_path / "own" / "stac" / "catalog.json"
    catalogue.write_text(catalogue.read_text().replace("a root", "my root"))
    cube = fieldnotes.load("wanted", tmp_path / "own")
    assert (cube.attrs["source"], cube.attrs["kind"]) == ("folder", "undescribed")
    assert len(cube["time"]) == 3


def test_stac_token_is_asked_for_anew_and_added_to_each_address(provider, cache):
    provider.send("/api/token/spring", '{"token": "sig=abc", "msft:expiry": "2026-01-01T00:00:00Z"}')
    cube = {"server": f"{provider.address}/api/stac/v1", "token": "/api/token/spring"}
    signed = [stac._signature(cube)("https://x.org/a.tif") for _ in range(2)]
    assert signed == ["https://x.org/a.tif?sig=abc"] * 2
    assert provider.requests == ["/api/token/spring"] * 2
    provider.send("/api/token/spring", '{"message": "busy"}')
    with pytest.raises(errors.SchemaChanged, match="has no token"):
        stac._signature(cube)


# ---- The contract: fixture and live of one entry are the same shape

ELSEWHERE = {"landsat-clouds": {"bbox": [-20.02, 54.98, -19.98, 55.0], "crs": "EPSG:32627"}}  # where the images lie
LIVE = [name for name, described in entries.read(REPOSITORY).items() if "live" in described]


def answer_as_provider(provider, described):
    """Serve a few rows in the format of the entry's provider."""
    live = described["live"]
    if live.get("list") == "stations":
        provider.answers = Metadata(provider)
    elif live["source"] == "icos":
        provider.send("/query", as_parquet(observations(live["stations"], start=live["start"])))
    elif live["source"] == "noaa":
        provider.send(f"/{live['file']}", WEEKLY_TXT)
    elif live["source"] == "stac":
        provider.send(live["token"], '{"token": "a=b"}')
        serve_search(provider, REPOSITORY / described["file"] / "catalog.json", "20*.json", live["collection"])
    else:
        raise NotImplementedError(f"no answer made for {live}")


@pytest.mark.parametrize("name", LIVE)
@overlook
def test_fixture_and_live_are_one_shape(name, provider, cache, tmp_path, monkeypatch):
    described = entries.read(REPOSITORY)[name]
    fixture = fieldnotes.load(name)
    here = {"server": provider.address} | ELSEWHERE.get(name, {})
    write_catalogue(tmp_path, {name: described | {"live": described["live"] | here}})
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)
    answer_as_provider(provider, described)
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


def test_every_promise_of_a_live_entry_has_an_adapter():
    assert LIVE
    for name in LIVE:
        described = entries.read(REPOSITORY)[name]
        assert described["live"]["source"] in fieldnotes.sources.ADAPTERS
        assert schema.unit(described["columns"].get("time", "UTC")) == "UTC"
    assert toml({"a": 1}) == '{"a" = 1}'
