"""The lesson on water extent: its functions on real scenes, its findings on a lake of other weather."""

import functools
import importlib
import re
import shutil

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.features import rasterize
from scipy.ndimage import binary_dilation, binary_erosion

from fieldnotes import fetch
from tests.lessons import functions
from tests.real.conftest import output

LESSON = "research/historic-water-extent"
OWN_ENTRY = """[lake-landsat]
kind = "simulated"
licence = "CC-BY-4.0"
credit = "the lake of make/lake_landsat.py in other weather; not a measurement"
"""
BANDS = ["blue", "green", "red", "nir", "swir1", "swir2"]
twin = importlib.import_module("lake_landsat")
lesson = functions(LESSON)
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A source of the same lake in the weather of another seed."""
    monkeypatch.setattr(twin, "simulate", functools.partial(twin.simulate, 7))
    twin.make(tmp_path)
    shutil.copy(fetch("canberra-landsat5"), tmp_path)
    (tmp_path / "catalogue.toml").write_text(OWN_ENTRY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def canberra(archive):
    """Bands of reflectance (Landsat 5, 23 March 1992), and the water bodies mapped there, as a mask."""
    with rasterio.open(archive / "landsat" / "ls5_nbar_canberra_19920323_25m.tif") as scene:
        stored, place = scene.read().astype(float), {"out_shape": scene.shape, "transform": scene.transform}
        bodies = gpd.read_file(archive / "landsat" / "dea_waterbodies_canberra" / "waterbodies_canberra.shp")
        mapped = rasterize(bodies.to_crs(scene.crs).geometry, **place).astype(bool)
    bands = xr.DataArray(stored, dims=("band", "y", "x"), coords={"band": BANDS})
    return (bands.where(bands != -999) / 10_000).to_dataset("band"), mapped


@pytest.mark.parametrize("year, percent", [(1985, 5.7), (2000, 5.2), (2020, 4.5)])
def test_water_at_pucallpa_by_mndwi(archive, year, percent):
    # The file's bands are SWIR1, NIR, red and green, all stretched alike to a byte: signs of differences are kept.
    with rasterio.open(archive / "landsat" / f"pucallpa_{year}.tif") as scene:
        swir1, _, _, green = scene.read().astype(float)
    wet = lesson["wet_by_mndwi"]({"green": xr.DataArray(green), "swir1": xr.DataArray(swir1)})
    assert 100 * wet.mean().item() == pytest.approx(percent, abs=0.05)


def test_clear_looks_of_a_real_feature_layer(archive):
    with rasterio.open(archive / "landsat" / "wofs_090081_1993-01-05.tif") as layer:
        flags = xr.DataArray(layer.read(1))
    wet, clear = lesson["clear_looks"](flags)
    assert (int(wet.sum()), int(clear.sum())) == (12_789, 12_789 + 672_157)
    assert int(lesson["bit"](flags, 7).sum()) == 19_152  # half as much again, on slopes and below clouds


@pytest.mark.parametrize("recipe", ["wofs", "wet_by_mndwi"])
def test_water_at_canberra_is_where_water_bodies_are_mapped(canberra, recipe):
    bands, mapped = canberra
    wet = lesson[recipe](bands).values
    assert np.isnan(wet).mean() == pytest.approx(0.063, abs=0.001)  # beyond the edge of the scene
    assert np.nanmean(wet[binary_erosion(mapped)]) > 0.97  # whole pixels of water
    assert np.nanmean(wet[~binary_dilation(mapped, iterations=2)]) < 0.002


def test_other_weather_gives_the_same_findings(run_lesson, folder, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path, minimum_clear=0.7)
    numbers = {cell: [float(x) for x in re.findall(r"-?\d+\.?\d*", output(notebook, cell))] for cell in PRINTED}
    assert numbers["clear"][2] < 2 and numbers["clear"][4] > 20  # per cent of looks that are truly dry
    _, pooled, by_month = numbers["normalised"]
    assert pooled < -3 and abs(by_month) < 0.7 * abs(pooled)  # percentage points
    assert numbers["check-exponent"][0] == pytest.approx(twin.B, abs=0.15)


PRINTED = ["clear", "normalised", "check-exponent"]
