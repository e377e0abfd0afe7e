"""Images from a STAC service and from a static catalogue."""

import json
import shutil
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from providers import BOX, load, overlook, serve_search
from test_data import entry, write_catalogue

import fieldnotes
from fieldnotes import entries, errors

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
