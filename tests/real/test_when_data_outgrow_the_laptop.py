"""The lesson on real measurements: 19 images around New York, a series of MODIS, and one scene of Collection 2."""

import json
import re
import zipfile

import numpy as np
import pandas as pd
import pystac
import pytest
import rasterio
import rioxarray
import xarray as xr
from conftest import output
from rasterio.warp import transform_bounds

from tests.lessons import defined, functions

LABEL = "research/when-data-outgrow-the-laptop"
SCENE = "landsat/lc08_c2l2_008059_20191201"
AREA, PIXELS = (540_000, 4_510_000, 600_000, 4_570_000), 20  # m (EPSG:32618), where three scenes overlap; 3 km each
NEW_YORK = """
[season-landsat]
kind = "measured"
licence = "public domain"
credit = "US Geological Survey, Landsat 8 Collection 1, around New York, 2018, at 3 km"
"""
pytestmark = [
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),  # rasterio has to change
    pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning"),  # and odc-geo
]


@pytest.fixture(scope="module")
def lesson():
    """The names that the lesson's cells define."""
    cells = ["imports", "parameters", "catalogue", "filter", "ndvi", "composite"]
    return functions(LABEL) | defined(LABEL, *cells)


# One scene of Collection 2: the constants, and what they do.


@pytest.fixture(scope="module")
def scene(archive):
    """Red, near infrared and QA_PIXEL of the real scene."""
    bands = rioxarray.open_rasterio(archive / f"{SCENE}_decimated512.tif").load()
    names = bands.attrs["long_name"]
    return [bands.isel(band=names.index(name), drop=True) for name in ("SR_B4", "SR_B5", "QA_PIXEL")]


def test_the_constants_are_those_that_come_with_the_scene(archive, lesson):
    described = json.loads((archive / f"{SCENE}_MTL.json").read_text(encoding="utf-8"))
    told = described["LANDSAT_METADATA_FILE"]["LEVEL2_SURFACE_REFLECTANCE_PARAMETERS"]
    for band in (4, 5):
        assert float(told[f"REFLECTANCE_MULT_BAND_{band}"]) == lesson["SCALE"]
        assert float(told[f"REFLECTANCE_ADD_BAND_{band}"]) == lesson["OFFSET"]


def test_the_forest_of_the_scene_is_green_only_from_reflectance(lesson, scene):
    """Rain forest in Colombia: a median NDVI of 0.78, which raw numbers would make 0.40."""
    red, nir, qa = scene
    greenness = lesson["ndvi"](red.values, nir.values, qa.values)
    clear = qa.values == 21824  # clear land, and nothing else
    assert np.isfinite(greenness[clear]).all() and np.isnan(greenness).mean() > 0.8  # 81 % of cloud
    raw = ((nir.astype(float) - red) / (nir.astype(float) + red)).values[clear]
    assert np.median(greenness[clear]) == pytest.approx(0.78, abs=0.01)
    assert np.median(raw) == pytest.approx(0.40, abs=0.01)


# MODIS: a December and the next year's winter.


def test_seasons_of_a_real_series(archive, lesson):
    """Twelve months of NDVI over Mato Grosso: the winter is that of December 2013 and of January and February 2014."""
    files = sorted((archive / "landsat/modis_sinop_ndvi").glob("*.jp2"))
    days = pd.DatetimeIndex([path.stem[-10:] for path in files])
    images = [rasterio.open(path).read(1).astype("float32") / 10_000 for path in files]
    series = xr.DataArray(np.array(images), {"time": days}, ("time", "y", "x"))
    found = lesson["seasonal"](series.chunk(time=2, y=50, x=60)).compute()
    assert found["time"].dt.strftime("%Y-%m").values.tolist() == ["2013-09", "2013-12", "2014-03", "2014-06"]
    for label, images in zip(found["time"], np.split(series.values, 4), strict=True):
        np.testing.assert_allclose(found.sel(time=label), images.mean(0), atol=1e-6)
    means = found.mean(("y", "x"))
    assert means.sel(time="2013-12-01") > means.sel(time="2014-06-01") + 0.05  # the rains, and the dry season


# New York: the whole lesson.


def collection_2(bits):
    """Bits of Collection 1 (USGS, Landsat 8 BQA) as the five of Collection 2 that the lesson asks for, and bit 6."""
    shadow, cirrus = ((bits >> first & 3) == 3 for first in (7, 11))
    cloud = bits >> 4 & 1
    return np.where(bits & 1, 1, cirrus << 2 | cloud << 3 | shadow << 4 | (1 - cloud) << 6)


def image(path):
    """Red, near infrared and bits of one image in the area, as Collection 2 stores them; reflectance is at the top."""
    bands = []
    for name in ("B4", "B5", "BQA"):
        with rasterio.open(path.replace("BQA.TIF", f"{name}.TIF")) as file:
            window = file.window(*AREA)
            bands.append(file.read(1, window=window, out_shape=(PIXELS, PIXELS), boundless=True).astype(int))
    red, nir, bits = bands
    numbers = [np.where(band == 0, 0, (band * 2e-5 - 0.1 + 0.2) / 2.75e-5) for band in (red, nir)]
    return np.array([*numbers, collection_2(np.where(red == 0, 1, bits))]).round().astype("uint16")


def write_image(folder, pixels, day):
    """Write one image as a GeoTIFF of three bands; return its page of the catalogue."""
    place = rasterio.transform.from_bounds(*AREA, PIXELS, PIXELS)
    shape = {"height": PIXELS, "width": PIXELS, "count": 3, "dtype": "uint16", "crs": "EPSG:32618", "transform": place}
    name = f"{day:%Y-%m-%dT%H%M}"
    with rasterio.open(folder / f"{name}.tif", "w", driver="GTiff", **shape) as file:
        file.write(pixels)
    west, south, east, north = box = transform_bounds("EPSG:32618", "EPSG:4326", *AREA)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    valid = pixels[2] != 1
    facts = {"eo:cloud_cover": 100 * float((pixels[2] >> 3 & 1)[valid].mean()), "proj:code": "EPSG:32618"}
    facts |= {"proj:shape": [PIXELS, PIXELS], "proj:transform": list(place)[:6]}
    page = pystac.Item(name, {"type": "Polygon", "coordinates": [ring]}, list(box), day.to_pydatetime(), facts)
    page.stac_extensions = [
        f"https://stac-extensions.github.io/{name}/schema.json"
        for name in ("eo/v1.1.0", "projection/v2.0.0", "raster/v1.1.0")
    ]
    bands = {"eo:bands": [{"name": band} for band in ("red", "nir08", "qa_pixel")]}
    bands["raster:bands"] = [{"data_type": "uint16", "nodata": fill} for fill in (0, 0, 1)]
    page.add_asset("image", pystac.Asset(f"../../{name}.tif", None, None, pystac.MediaType.COG, ["data"], bands))
    return page


@pytest.fixture
def new_york(archive, tmp_path):
    """A folder with the 19 real images as a static catalogue, and their pixels by time."""
    images = archive / "landsat" / "l8_c1_ny_2018_19scenes_3km.zip"
    names = [name for name in zipfile.ZipFile(images).namelist() if name.endswith("BQA.TIF")]
    folder, pixels = tmp_path / "season-landsat", {}
    folder.mkdir()
    span = pystac.Extent(pystac.SpatialExtent([[-80, 35, -70, 45]]), pystac.TemporalExtent([[None, None]]))
    collection = pystac.Collection("new-york", "measured", span)
    for minute, name in enumerate(sorted(names)):  # two pairs are of one day
        day = pd.Timestamp(f"{re.search(r'_(2018[0-9]{4})_', name)[1]}T15:{minute:02}", tz="UTC")
        pixels[day] = image(f"/vsizip/{images}/{name}")
        collection.add_item(write_image(folder, pixels[day], day))
    root = pystac.Catalog("root", "real images")
    root.add_child(collection)
    root.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)
    (tmp_path / "catalogue.toml").write_text(NEW_YORK, encoding="utf-8")
    return tmp_path, pixels


def test_the_lesson_holds_on_real_images(new_york, run_lesson, tmp_path):
    folder, pixels = new_york
    asked = {"period": "2018-01-01/2019-01-01", "max_cloud": 100, "size": 600}
    notebook = run_lesson(LABEL, folder, tmp_path, **asked)
    assert "19 clear enough" in output(notebook, "filter")
    told = dict(re.findall(r"^(\d{4}-\d\d)-01 +(\d+)$", output(notebook, "labels"), re.MULTILINE))
    days = pd.DatetimeIndex(pixels).tz_localize(None)
    counts = pd.Series(1, days).sort_index().resample("QS-DEC").count()
    assert {f"{day:%Y-%m}": str(count) for day, count in counts.items()} == told
    assert list(told) == ["2017-12", "2018-03", "2018-06", "2018-09", "2018-12"]
    looks = {
        season: (int(low), int(high))
        for season, low, high in re.findall(r"^(\S+) .* looks (\d+) to (\d+)", output(notebook, "looks"), re.MULTILINE)
    }
    assert looks == {f"{start:%Y-%m}": clear_looks(pixels, start) for start in counts.index}
    assert "US Geological Survey" in output(notebook, "credit")


def clear_looks(pixels, start):
    """The fewest and the most clear looks of a pixel in the season from a day on, counted without the lesson."""
    end = start + pd.DateOffset(months=3)
    bits = [values[2] for day, values in pixels.items() if start <= day.tz_localize(None) < end]
    looks = sum((one & 0b11111 == 0).astype(int) for one in bits)
    return int(looks.min()), int(looks.max())
