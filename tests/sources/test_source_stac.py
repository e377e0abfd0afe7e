"""Images from a STAC service and from a static catalogue."""

import gzip
import json
import shutil
import threading
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pystac
import pytest
import rasterio
import xarray as xr
from needs import ARCHIVE
from providers import BOX, Provider, load, overlook, serve_search
from test_data import entry, write_catalogue

import fieldnotes
from fieldnotes import entries, errors
from fieldnotes.sources import _items, stac

# ---- STAC

IMAGES = {"time": "UTC, overpass", "y": "m, northing", "x": "m, easting", "red": "1, reflectance"}
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
        ("", 503, errors.Offline, "is busy: it answered 503"),
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
CUBE = {
    "collection": "spring",
    "bands": {"bits": "B05", "red": "B04"},
    "properties": {"cloud_cover": "eo:cloud_cover"},
}
CUBE |= {"crs": "EPSG:32633", "resolution": 100, "scale": 0.0001}


@pytest.fixture
def folder(static, monkeypatch):
    """A catalogue in which the static one is a data set of shape ``stac``; its bits are the images
    once more.
    """
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
    assert pd.to_datetime(cube["time"].values).strftime("%m-%d").tolist() == [
        "06-03",
        "06-13",
        "07-03",
    ]
    assert (cube["bits"].dtype, cube["bits"].attrs["nodata"], cube["bits"].attrs["units"]) == (
        "uint16",
        0,
        "count",
    )
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


# ---- What images say of themselves


@pytest.fixture
def edit(static):
    """A function that changes the descriptions of images, all of them or those of one day."""

    def edit(change, images="2018-*.json"):
        for path in static.parent.rglob(images):
            described = json.loads(path.read_text())
            change(described)
            path.write_text(json.dumps(described))
        return static

    return edit


def counting(**stated):
    def change(item):
        item["assets"]["B04"]["raster:bands"] = [{"data_type": "uint16", "nodata": 0} | stated]

    return change


def values(grid):
    return np.unique(grid["red"].values[~np.isnan(grid["red"].values)]).tolist()


@overlook
def test_stac_scale_and_offset_of_the_image_win(offer, edit):
    offer(STAC | {"server": str(edit(counting(scale=0.0002, offset=-0.1)))}, "raster", IMAGES)
    assert values(load()) == pytest.approx([0.1, 0.3])


@overlook
def test_stac_images_that_count_differently(offer, edit):
    edit(counting(scale=2.75e-5, offset=-0.02))
    static = edit(counting(scale=1e-4, offset=0), "2018-06-13.json")
    offer(STAC | {"server": str(static)}, "raster", IMAGES)
    grid = load()
    assert pd.to_datetime(grid["time"].values).strftime("%m-%d").tolist() == ["06-03", "06-13"]
    assert values(grid) == pytest.approx([1000 * 2.75e-5 - 0.02, 0.2])


@overlook
def test_stac_offset_that_is_applied_already_is_not_applied_again(offer, edit):
    def change(item):
        counting(scale=1e-4, offset=-0.1)(item)
        item["properties"]["earthsearch:boa_offset_applied"] = True

    offer(STAC | {"server": str(edit(change))}, "raster", IMAGES)
    assert values(load()) == pytest.approx([0.1, 0.2])


@overlook
def test_stac_scale_where_version_1_1_states_it(offer, edit):
    def change(item):
        del item["assets"]["B04"]["raster:bands"]
        item["assets"]["B04"] |= {"bands": [{"raster:scale": 0.001, "nodata": 0, "data_type": "uint16"}]}

    offer(STAC | {"server": str(edit(change))}, "raster", IMAGES)
    assert values(load()) == pytest.approx([1.0, 2.0])


@overlook
def test_stac_image_without_the_asset_is_left_out_and_counted(offer, edit):
    static = edit(lambda item: item["assets"].clear(), "2018-06-03.json")
    offer(STAC | {"server": str(static)}, "raster", IMAGES)
    grid = load()
    assert pd.to_datetime(grid["time"].values).strftime("%m-%d").tolist() == ["06-13"]
    assert grid.attrs["left_out"] == "1 without its asset, of 2 images"


@overlook
def test_stac_period_instead_of_a_moment(offer, edit):
    def change(item):
        start = item["properties"].pop("datetime")
        item["properties"] |= {"datetime": None, "start_datetime": start, "end_datetime": start}

    offer(STAC | {"server": str(edit(change))}, "raster", IMAGES)
    assert_is_june(load())


@overlook
def test_stac_image_without_any_time(offer, edit):
    static = edit(lambda item: item["properties"].update(datetime=None), "2018-06-03.json")
    offer(STAC | {"server": str(static)}, "raster", IMAGES)
    with pytest.raises(errors.SchemaChanged, match="catalogue of 'wanted' is not as STAC describes"):
        load()


@overlook
@pytest.mark.parametrize("box", [[14.98, 55.97, 0, 15.06, 56.03, 900], None])
def test_stac_box_with_heights_or_none(offer, edit, box):
    static = edit(lambda item: item.update(bbox=box) if box else item.pop("bbox"))
    offer(STAC | {"server": str(static)}, "raster", IMAGES)
    assert_is_june(load())


@overlook
def test_stac_box_across_the_180th_meridian(offer, static, edit):
    place = rasterio.transform.from_origin(179.7, 0.2, 0.01, 0.01)
    shape = {"height": 40, "width": 60, "count": 1, "dtype": "uint16", "crs": "EPSG:4326", "transform": place}
    for path in static.parents[1].glob("2018-*.tif"):
        with rasterio.open(path, "w", driver="COG", nodata=0, **shape) as file:
            file.write(np.full((40, 60), 5000, "uint16"), 1)
    corners = [[179.7, -0.2], [180.3, -0.2], [180.3, 0.2], [179.7, 0.2], [179.7, -0.2]]

    def change(item):
        item |= {"bbox": [179.7, -0.2, -179.7, 0.2], "geometry": {"type": "Polygon", "coordinates": [corners]}}

    degrees = {"time": "UTC", "lat": "degrees_north", "lon": "degrees_east", "red": "1, reflectance"}
    where = {"bbox": [179.8, -0.1, -179.8, 0.1], "crs": "EPSG:4326", "resolution": 0.01}
    offer(STAC | where | {"server": str(edit(change))}, "raster", degrees)
    grid = load()
    assert grid["lon"].size == 40
    assert values(grid) == pytest.approx([0.5])
    assert not grid["red"].isnull().any()


@overlook
def test_stac_licence_that_is_only_called_proprietary(offer, static):
    path = next(static.parent.rglob("collection.json"))
    described = json.loads(path.read_text()) | {"license": "proprietary"}
    described["links"].append({"rel": "license", "href": "https://example.org/licence"})
    path.write_text(json.dumps(described))
    offer(STAC | {"server": str(static)}, "raster", IMAGES)
    grid = load()
    assert grid.attrs["licence"] == "https://example.org/licence"
    assert grid.attrs["title"] == "Spring"


# ---- Images behind a token


SIGNED = {"token": "/api/sas/v1/token/%s", "time": "2018-06-01/2018-06-30"}


class Signed(Provider):
    """A provider whose images want a token that is still good: 409 without, 403 after it has expired."""

    token, handed_out = "first", 0

    def answer(self, path, query):
        if path.startswith("/api/sas/v1/token/"):
            self.handed_out += 1
            expiry = pd.Timestamp.now("UTC") + pd.Timedelta(self.lifetime)
            body = {"token": f"sig={self.token}", "msft:expiry": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")}
            return self.reply(json.dumps(body))
        if path.endswith(".tif") and query != f"sig={self.token}":
            return self.reply("<Error/>", status=403 if query else 409)
        return None


@pytest.fixture
def signed(static, monkeypatch):
    """A function that serves the catalogue with its images behind a token of a given lifetime."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    servers = []

    def serve(lifetime, collection):
        server = Signed()
        server.lifetime = lifetime
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        for path in static.parent.rglob("2018-*.json"):
            described = json.loads(path.read_text())
            described["assets"]["B04"]["href"] = f"{server.address}/{collection}/{described['id']}.tif"
            path.write_text(json.dumps(described))
            image = static.parents[1] / f"{described['id']}.tif"
            server.send(f"/{collection}/{image.name}", image.read_bytes())
        serve_search(server, static)
        live = STAC | SIGNED | {"server": f"{server.address}/"}
        return server, live | {"token": live["token"] % collection}

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@overlook
def test_stac_images_behind_a_token(offer, signed):
    server, live = signed("1h", "lasting")
    offer(live, "raster", IMAGES)
    assert_is_june(load())
    assert server.handed_out == 1


@overlook
def test_stac_token_that_expires_is_renewed_before_pixels_are_read(offer, signed):
    server, live = signed("-1min", "expiring")
    offer(live, "raster", IMAGES)
    grid = load()
    server.token = "second"
    assert values(grid) == pytest.approx([0.1, 0.2])
    assert server.handed_out > 1


@overlook
def test_stac_image_whose_file_is_gone_is_left_out_and_counted(offer, signed):
    server, live = signed("1h", "gone")
    server.answers.pop("/gone/2018-06-03.tif")
    offer(live, "raster", IMAGES)
    grid = load()
    assert values(grid) == pytest.approx([0.2])
    assert grid.attrs["left_out"] == "1 without its file, of 2 images"


@overlook
def test_stac_when_every_file_is_gone(offer, signed):
    server, live = signed("1h", "all-gone")
    for path in [path for path in server.answers if path.endswith(".tif")]:
        server.answers.pop(path)
    offer(live, "raster", IMAGES)
    with pytest.raises(errors.NotFound, match="'wanted': none of its 2 images can be opened") as caught:
        load()
    assert "sig=" not in str(caught.value)


# ---- Pages as Planetary Computer and Earth Search sent them


PC = "https://planetarycomputer.microsoft.com"
REPLIES = ARCHIVE / "replies" / "stac" / "replies"


@pytest.mark.needs("archive")
def test_stac_pages_of_planetary_computer_as_recorded(provider, cache):
    landing, page, collection = (
        next(REPLIES.glob(f"test_fallback_strategy-{number}-*.json")).read_text() for number in (0, 2, 1)
    )
    here = provider.address
    for path, text in {
        "/api/stac/v1": landing,
        "/api/stac/v1/": landing,
        "/api/stac/v1/collections/landsat-c2-l2": collection,
    }.items():
        provider.send(path, gzip.compress(text.replace(PC, here).encode()), Content_Encoding="gzip")
    found = json.loads(page.replace(PC, here)) | {"links": []}
    provider.send("/api/stac/v1/search", json.dumps(found), Content_Type="application/geo+json")
    cube = {"server": f"{here}/api/stac/v1", "collection": "landsat-c2-l2", "bbox": [150, -40, 160, -30]}
    collection, items = _items._search(cube | {"time": "2025-07-22"})
    assert len(items) == 10
    assert {_counting(item) for item in items} == {((2.75e-05, -0.2, 0), (1, 0, 1))}
    assert stac._licence(collection).startswith("https://")
    assert "limit=100" in provider.requests[-1]


def _counting(item):
    return tuple(stac._counting(item, asset, {}) for asset in ("red", "qa_pixel"))


@pytest.mark.needs("archive")
def test_stac_page_of_earth_search_as_recorded_has_its_offset_applied():
    page = json.loads(next(REPLIES.glob("test_multiple_collections-0-earth_search*.json")).read_text())
    items = {one["collection"]: pystac.Item.from_dict(one) for one in page["features"]}
    assert stac._counting(items["sentinel-2-l2a"], "red", {}) == (0.0001, 0, 0)
    assert stac._counting(items["landsat-c2-l2"], "red", {}) == (2.75e-05, -0.2, 0)
