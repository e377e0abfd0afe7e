"""What the lesson on sea surface temperature teaches holds, tested on the lesson's own functions and figures."""

import ast
import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import xarray as xr
from lessons import defined

from ci.notebooks import ROOT
from fieldnotes import load

LESSON = "education/sea-surface-temperature"
CELLS = (
    *("imports", "parameters", "tree", "open", "celsius", "world-figure", "limits-figure", "grey", "area-mean"),
    *("anomalies", "index", "deviation-numbers"),
)


@pytest.fixture(scope="module")
def cells():
    """The lesson's cells, by id."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", as_version=4)
    return {cell.id: cell for cell in notebook.cells}


@pytest.fixture(scope="module")
def lesson():
    """The names that the lesson defines, up to its index."""
    with plt.rc_context():
        return defined(LESSON, *CELLS)


@pytest.fixture(scope="module")
def world():
    """A temperature (degC) that falls from the equator to the poles, on whole degrees; half of its cells are land."""
    lat, lon = np.arange(-89.5, 90), np.arange(0.5, 360)
    field = 30 * np.cos(np.deg2rad(lat))[:, None] * np.ones(lon.size)
    coords = {"lat": lat, "lon": lon}
    return xr.DataArray(field, coords, ("lat", "lon")).where(xr.DataArray(lon, {"lon": lon}, "lon") < 180)


def calls(source, name):
    """Return the calls of a method in a cell's code, each as the names of its keywords."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [node for node in found if isinstance(node.func, ast.Attribute) and node.func.attr == name]
    return [{keyword.arg for keyword in node.keywords} for node in named]


def test_kelvin_become_degrees_celsius_once_and_never_twice(lesson):
    converted = lesson["celsius"](lesson["month"])
    assert float(lesson["month"].max() - converted.max()) == pytest.approx(273.15, abs=1e-9)
    assert (lesson["month"].attrs["units"], converted.attrs["units"]) == ("kelvin", "degC")
    with pytest.raises(AssertionError, match="degC already"):
        lesson["celsius"](converted)


def test_the_sea_is_within_its_bounds_and_only_land_is_missing(lesson):
    sea = load("ostia-sst")["sst"].sel(lon=slice(120, 290)).isel(time=0).notnull()
    assert float(lesson["series"].min()) >= -1.9 and float(lesson["series"].max()) <= 36  # degC
    for month in lesson["series"]:
        np.testing.assert_array_equal(month.notnull(), sea)


def test_what_is_missing_is_land_by_another_map(lesson):
    import shapely

    layers = load("natural-earth-50m")
    land = shapely.union_all(layers.geometry[layers["layer"] == "land"].to_numpy())
    lon, lat = np.meshgrid((lesson["sst"]["lon"] + 180) % 360 - 180, lesson["sst"]["lat"])
    assert (shapely.contains_xy(land, lon, lat) == lesson["sst"].isnull().to_numpy()).mean() > 0.95


def test_in_grey_a_perceptual_map_rises_and_a_rainbow_turns_three_times(lesson):
    turns = {name: np.diff(np.sign(np.diff(lesson["grey"](lesson[name])))) for name in ("viridis", "rainbow")}
    assert {name: np.count_nonzero(turn) for name, turn in turns.items()} == {"viridis": 0, "rainbow": 3}
    assert lesson["grey"]([[1, 1, 1], [0, 0, 0], [0, 1, 0]]) == pytest.approx([1, 0, 0.587])
    hottest, twin = lesson["grey"](lesson["rainbow"])[-1], lesson["twin"] / (lesson["high"] - lesson["low"])
    assert lesson["grey"](lesson["rainbow"])[round(255 * twin)] == pytest.approx(hottest, abs=0.02)
    assert twin < 0.2


def test_a_mean_by_area_is_the_integral_over_the_sphere(lesson, world):
    assert float(lesson["area_mean"](world)) == pytest.approx(30 * np.pi / 4, rel=1e-3)
    assert float(lesson["area_mean"](world) - world.mean()) > 3  # K: the mean of cells alike is 30 * 2 / pi
    assert float(lesson["area_mean"](world * 0 + 5)) == pytest.approx(5)


def test_the_mean_of_the_globe_by_area_is_several_kelvin_above_that_of_cells_alike(lesson):
    year = lesson["ships"]["sst"].mean("month")
    assert 17 < float(lesson["area_mean"](year)) < 20  # degC
    assert 3 < float(lesson["area_mean"](year) - year.mean()) < 6  # K


def test_an_anomaly_is_zero_over_its_baseline_in_every_calendar_month(lesson):
    baseline = lesson["series"].sel(time=slice("2007", "2009"))
    inside = lesson["anomaly"](baseline, baseline).groupby("time.month").mean()
    scale = float(baseline.std())
    assert float(abs(inside).max()) < 1e-6 * scale
    # The mistake, an anomaly from the mean of the whole record, leaves the season in.
    hasty = (baseline - baseline.mean("time")).groupby("time.month").mean()
    assert float(abs(hasty).max()) > 0.5  # K


def test_the_box_is_nino34_and_in_the_pacific(lesson):
    lat, lon = np.arange(-9.5, 10), np.arange(0.5, 360)
    inside = ((lon > 190) & (lon < 240)) & (abs(lat) < 5)[:, None]
    field = xr.DataArray(inside.astype(float), {"lat": lat, "lon": lon}, ("lat", "lon"))
    assert float(lesson["nino34"](field)) == pytest.approx(1)
    assert float(lesson["nino34"](1 - field)) == pytest.approx(0)


def test_the_index_is_divided_by_its_own_standard_deviation(lesson):
    right, wrong, index = lesson["right"], lesson["wrong"], lesson["index"]
    assert float((index / right).std()) == pytest.approx(1)
    assert float((index / wrong).std()) == pytest.approx(0.61, abs=0.02)  # the defect: 40 % too small
    assert (right, wrong) == pytest.approx((0.87, 1.43), abs=0.01)  # K


def test_a_threshold_is_named_and_stands_in_one_place(cells):
    rules = next(node for node in ast.walk(ast.parse(cells["index-figure"].source)) if isinstance(node, ast.Dict))
    assert ast.literal_eval(rules) == {"Trenberth": (5, 0.4), "ONI": (3, 0.5)}  # months, K
    numbers = [len(re.findall(r"\b0\.[45]\b", cell.source)) for cell in cells.values()]
    text = cells["definitions"].source
    assert "five months and a threshold of 0.4 K" in text and "three months and 0.5 K" in text
    assert sum(numbers) == 4, "a threshold is written outside of its definition"


def test_every_map_has_limits_and_a_bar_with_a_unit(cells):
    maps = {name: cell.source for name, cell in cells.items() if "pcolormesh" in cell.source}
    assert len(maps) == 6
    for name, source in maps.items():
        assert all({"vmin", "vmax", "cmap"} <= given for given in calls(source, "pcolormesh")), name
        assert all("label" in given for given in calls(source, "colorbar")), name
        assert len(calls(source, "pcolormesh")) == len(calls(source, "colorbar")), name
        assert 'label="SST (degC)"' in source or 'label="anomaly (K)"' in source, name


def test_the_map_of_anomalies_is_centred_on_zero_and_diverging(cells):
    assert 'vmin=-most, vmax=most, cmap="RdBu_r"' in cells["anomaly-figure"].source


def test_no_error_is_stored(cells):
    outputs = [output for cell in cells.values() for output in cell.get("outputs", [])]
    assert outputs and not [output for output in outputs if output.output_type == "error"]


def test_every_month_of_the_archive_has_one_path_in_the_newest_version(lesson):
    newest = lesson["archive"][lesson["archive"]["version"] == "v2.0"]
    for year, month, path in zip(newest["year"], newest["month"], newest["path"], strict=True):
        expected = f"ostia-monthly-pacific/v2.0/{year}/{month}/{year}{month}-OSTIA-SST-monthly-pacific-v2.0.nc"
        assert path == expected and len(month) == 2
