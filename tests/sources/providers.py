"""Local servers that speak the providers' formats, for the tests of live data. A test module takes
the fixtures by ``pytest_plugins = ["providers"]``.
"""

import io
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pyarrow
import pystac
import pytest
import rasterio
from pyarrow import parquet
from test_data import entry, write_catalogue

import fieldnotes
from fieldnotes import entries
from fieldnotes.sources import _http

REPOSITORY = entries.DATA_FOLDER


class Provider(ThreadingHTTPServer):
    """A server whose ``answers`` map a path to (status, headers, body), or to a list of those, one
    per request.

    It keeps the requests and their headers, and can dawdle.
    """

    def __init__(self):
        self.answers, self.requests, self.headers = {}, [], []
        self.sent, self.delay, self.closing = 0, 0, threading.Event()
        super().__init__(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server_port}"

    def send(self, path, body, status=200, **headers):
        self.answers[path] = self.reply(body, status, **headers)

    @staticmethod
    def reply(body, status=200, **headers):
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return status, {"Content-Length": str(len(content))} | named, content

    def answer(self, path, query):
        """Return an answer that depends on more than the path, or None."""

    def handle_error(self, request, client_address):
        """A client that hangs up early is part of the tests."""


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        self.server.headers.append(dict(self.headers))
        self.server.closing.wait(self.server.delay)
        status, headers, body = self.found()
        start, end = self.span(len(body))
        if status == 200 and (start, end) != (0, len(body)):
            status, body = 206, body[start:end]
            headers = headers | {"Content-Length": str(len(body))}
        self.send(status, headers)
        self.server.sent += len(body)
        self.wfile.write(body)

    def do_HEAD(self):
        status, headers, _ = self.found()
        self.send(status, headers)

    def do_CONNECT(self):
        self.send(407, {"Proxy-Authenticate": "Basic", "Content-Length": "0"})

    def found(self):
        missing = (404, {}, b"<html><body>Not  Found: no such thing</body></html>")
        place = urlsplit(self.path)
        special = self.server.answer(place.path, place.query)
        if special:
            return special
        found = self.server.answers.get(place.path, missing)
        return found.pop(0) if isinstance(found, list) else found

    def span(self, size):
        """Return the bytes asked for: all, ``bytes=4-9``, ``bytes=4-`` or ``bytes=-4``."""
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        if not first:
            return max(size - int(last), 0), size
        return int(first), min(int(last) + 1, size) if last else size

    def send(self, status, headers):
        self.send_response(status)
        self.send_header("Accept-Ranges", "bytes")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

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


WEEKLY = {"time": "UTC, middle of the week", "co2": "ppm, dry air"}
WEEKLY_TXT = """# USE OF NOAA GML DATA
#
#      Start of week      CO2 molfrac           (-999.99 = no data)  increase
# (yr, mon, day, decimal)    (ppm)  #days       1 yr ago  10 yr ago  since 1800
  1974   5  19  1974.3795    333.34  6          -999.99   -999.99     50.36
  1974   5  26  1974.3986   -999.99  0          -999.99   -999.99   -999.99
  1974   6   2  1974.4178    332.32  5          -999.99   -999.99     49.57
"""
MONTHLY_TXT = """#            decimal     monthly    de-season  #days  st.dev  unc. of
#             date         average     alized          of days  mon mean
1958   3    1958.208      315.71      314.62     -1   -9.99   -0.99
1958   4    1958.292      -99.99      315.29     -1   -9.99   -0.99
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


CITATION = "Heliasz, M., Marklund, P. (2026). ICOS Atmosphere Level 2 data."


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
    crate = {
        "@id": "./",
        "@type": "Dataset",
        "citation": CITATION,
        "license": {"@id": "https://spdx.org/CC-BY-4.0"},
    }
    asked = {
        "@id": "#query",
        "totalRows": len(rows),
        "collection_doi": "https://doi.org/10.18160/JZ2X-GZGU",
    } | query
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
        self.provider, names = (
            provider,
            ["source", "id", "name", "country", "lat", "lon", "elevation"],
        )
        self.stations = sparql(names, [(uri(code), *rest) for code, *rest in stations])
        self.intakes = sparql(["source", "height"], [(uri(code), height) for code, height in intakes])

    def get(self, path, default=None):
        if path != "/sparql":
            return default
        question = parse_qs(urlsplit(self.provider.requests[-1]).query)["query"][0]
        body = (self.intakes if "hasSamplingHeight" in question else self.stations).encode()
        return (
            200,
            {"Content-Length": str(len(body)), "Content-Type": "application/sparql-results+json"},
            body,
        )


BOX = [15.0, 56.0, 15.02, 56.01]  # west, south, east, north


def write_cog(path, count):
    """A small cloud-optimised GeoTIFF around the box, with one missing pixel inside it."""
    counts = np.full((40, 40), count, "uint16")
    counts[14, 20] = 0
    place = rasterio.transform.from_origin(499_000, 6_208_000, 100, 100)
    shape = {
        "height": 40,
        "width": 40,
        "count": 1,
        "dtype": "uint16",
        "crs": "EPSG:32633",
        "transform": place,
    }
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
        item = pystac.Item(
            day,
            shape,
            [14.98, 55.97, 15.06, 56.03],
            pd.Timestamp(day, tz="UTC").to_pydatetime(),
            {},
        )
        counts = {"raster:bands": [{"data_type": "uint16", "nodata": 0}]}
        cog = pystac.Asset(
            str(tmp_path / f"{day}.tif"),
            media_type=pystac.MediaType.COG,
            roles=["data"],
            extra_fields=counts,
        )
        item.add_asset("B04", cog)
        collection.add_item(item)
    catalogue.normalize_and_save(str(tmp_path / "stac"), pystac.CatalogType.SELF_CONTAINED)
    for path in (tmp_path / "stac").rglob("2018-*.json"):  # as published catalogues do: images elsewhere, by address
        described = json.loads(path.read_text())
        described["assets"]["B04"]["href"] = (tmp_path / f"{described['id']}.tif").as_uri()
        path.write_text(json.dumps(described))
    return tmp_path / "stac" / "catalog.json"


def serve_store(provider, group, folder, name):
    """A group of a Zarr store, in version 2 as ICOS keeps it."""
    group.to_zarr(folder / name, zarr_format=2, consolidated=True)
    for path in (folder / name).rglob("*"):
        if path.is_file():
            provider.send("/" + path.relative_to(folder).as_posix(), path.read_bytes())


def serve_token(provider, path):
    """The token that a provider hands to everybody, for ten minutes."""
    expiry = (datetime.now(UTC) + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    provider.send(path, json.dumps({"token": "sig=abc", "msft:expiry": expiry}))


def serve_search(provider, static, images="2018-06-*.json", name="spring"):
    """The catalogue as a STAC service: landing page, collection and an item search that has already
    filtered.
    """
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
    for image in static.parent.rglob("*.tif"):
        provider.send(f"/{image.name}", image.read_bytes(), Content_Type="image/tiff")
    provider.send("/", json.dumps(landing))
    provider.send(f"/collections/{name}", json.dumps(collection))
    found = [item | {"links": []} for item in items]
    provider.send("/search", json.dumps({"type": "FeatureCollection", "features": found, "links": []}))


overlook = pytest.mark.filterwarnings(  # what rasterio and odc-geo have still to change
    "ignore:Use `@` matmul:PendingDeprecationWarning",
    "ignore:The 'shapely.ops.transform:DeprecationWarning",
)
