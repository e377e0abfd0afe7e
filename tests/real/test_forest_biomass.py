"""The lesson on forest biomass, on real borders and a real canopy: what is published about them comes out.

No real biomass map lies in the archive, so the whole lesson runs on the borders of Mato Grosso, cut along meridians and
a parallel, with a made-up map over them.
"""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import xarray as xr

from tests.lessons import defined

LESSON = "education/forest-biomass"
CELLS = ["imports", "parameters", "load", "missing", "read-regions", "hectares", "lost-prj", "reserve-answer"]
CELLS += ["reserve-check", "cell-area", "pixel-hectare", "cells", "zonal"]
MATO_GROSSO = 903_207.050  # km2, Instituto Brasileiro de Geografia e Estatistica (2020)
ROCKY_MOUNTAIN = 265_807 * 0.40468564  # ha, National Park Service, acres within the boundary; other years differ by 50
CHAVE = 0.0673, 0.976  # pantropical model 4 of Chave and others (2014), doi:10.1111/gcb.12629: kg, cm, m, g cm-3
BRAZIL = "EPSG:5880"  # Brazil Polyconic, metres
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def lesson():
    """The lesson's functions."""
    return defined(LESSON, *CELLS)


@pytest.fixture(scope="module")
def state(archive):
    return gpd.read_file(archive / "biomass" / "mato_grosso" / "mt.shp").rename(columns={"NM_ESTADO": "name"})


def grid(values, lat, lon):
    axes = {"lat": ("lat", lat, {"standard_name": "latitude", "units": "degrees_north"})}
    axes["lon"] = ("lon", lon, {"standard_name": "longitude", "units": "degrees_east"})
    return xr.DataArray(np.broadcast_to(values, (len(lat), len(lon))).copy(), dims=("lat", "lon"), coords=axes)


def test_mato_grosso_has_its_published_area(lesson, state):
    assert state.crs == "EPSG:4674"
    assert lesson["hectares"](state)[0] / 100 == pytest.approx(MATO_GROSSO, rel=0.0005)


def test_a_national_park_has_its_published_area_and_square_degrees_are_none(lesson, archive):
    park = gpd.read_file(archive / "biomass" / "rmnp" / "rmnp.shp")
    area = lesson["hectares"](park)[0]
    assert area == pytest.approx(ROCKY_MOUNTAIN, rel=0.005)
    assert area == pytest.approx(park["Acres"][0] * 0.40468564, rel=0.005)
    square_degrees = shapely.area(park.geometry[0])
    assert park["Shp__Ar"][0] == pytest.approx(square_degrees, rel=0.005)  # what its table calls an area


def test_a_hundred_tonnes_per_hectare_over_mato_grosso(lesson, state):
    """Density times the published area, within half a per cent; over cells taken for equal it is off by more."""
    agb = grid(100.0, np.arange(-7.025, -18.3, -0.05), np.arange(-61.975, -50, 0.05))
    cells = lesson["cells_of"](state.to_crs(4326), agb=agb)
    found = lesson["zonal"](cells, 0.05)["total"].iloc[0]
    assert found == pytest.approx(100 * 100 * MATO_GROSSO, rel=0.005)
    at_equator = (cells["share"] * 100).sum() * lesson["cell_area"](0, 0.05)
    assert at_equator > 1.015 * found


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_zonal_means_of_a_canopy(lesson, archive):
    """Heights at Nouragues, metres on a metre grid: whole blocks as numpy has them, a circle as finer cells have it."""
    with rasterio.open(archive / "biomass" / "nouragues_chm_1m.tif") as tif:
        assert tif.crs is None  # the file says nowhere what its metres are
        height, (west, _, _, north) = tif.read(1).astype(float), tif.bounds
    rows, columns = np.indices(height.shape)
    canopy = grid(height, north - 0.5 - rows[:, 0], west + 0.5 + columns[0])
    corner = np.argwhere(np.isfinite(height).cumsum(axis=0) == 200)[0]
    row, column = corner[0] - 100, corner[1] + 60
    centre = west + column + 50.3, north - row - 50.6
    shapes = {"block": shapely.box(west + column, north - row - 100, west + column + 100, north - row)}
    shapes["circle"] = shapely.Point(centre).buffer(12, quad_segs=200)
    table = gpd.GeoDataFrame({"name": list(shapes)}, geometry=list(shapes.values()), crs=4326)
    cells = lesson["cells_of"](table, height=canopy).dropna()
    found = {name: np.average(part["height"], weights=part["share"]) for name, part in cells.groupby("name")}
    assert found["block"] == pytest.approx(np.nanmean(height[row : row + 100, column : column + 100]))
    fine = np.kron(height[row : row + 100, column : column + 100], np.ones((20, 20)))
    y, x = (north - row - (np.arange(2000) + 0.5) / 20)[:, None], west + column + (np.arange(2000) + 0.5) / 20
    inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < 12**2
    assert found["circle"] == pytest.approx(np.nanmean(fine[inside]), rel=0.001)
    assert 25 < found["block"] < 45  # m, an old tropical forest


def test_a_plot_of_an_old_forest_lies_within_the_limits_of_the_lesson(archive):
    """One hectare at Nouragues, its trees by an allometric model: tonnes in the plot are tonnes per hectare."""
    trees = pd.read_csv(archive / "biomass" / "nouragues_plot.csv")
    factor, power = CHAVE
    plot = (factor * (trees["WD"] * trees["D"] ** 2 * trees["H"]) ** power).sum() / 1000  # Mg in 100 m x 100 m
    assert trees[["xRel", "yRel"]].max().max() <= 100
    assert 300 < plot < 600  # Mg/ha, and far from the 1000 that the lesson allows


@pytest.fixture
def folder(state, entries, tmp_path):
    """Mato Grosso in six parts, as shapefiles in metres, a made-up map over it."""
    outline = shapely.segmentize(state.to_crs(4326).geometry[0], 0.02)
    cuts = [shapely.box(west, south, west + 4, south + 6) for west in (-62, -58, -54) for south in (-13, -19)]
    parts = [shapely.segmentize(outline.intersection(cut), 0.02) for cut in cuts]
    regions = gpd.GeoDataFrame({"name": [*"ABCDEF"]}, geometry=parts, crs=4326)
    regions.insert(1, "area_ha", regions.to_crs("EPSG:6933").area / 1e4)
    reserve = gpd.GeoDataFrame({"name": ["R"]}, geometry=[parts[2].representative_point().buffer(0.5)], crs=4326)
    here = tmp_path / entries["forest-regions"]["file"]
    here.mkdir()
    for name, table in {"regions": regions, "reserve": reserve}.items():
        table.to_crs(BRAZIL).to_file(here / f"{name}.shp")
    (here / "reserve.prj").unlink()
    lat, lon = np.arange(-7.025, -18.3, -0.05), np.arange(-61.975, -50, 0.05)
    agb = grid((260 + 12 * lat)[:, None] + 0 * lon, lat, lon)  # denser in the north
    seen = shapely.contains_xy(outline, *np.meshgrid(lon, lat))
    tile = xr.Dataset({"agb": agb.where(seen), "agb_sd": 0.1 * agb.where(seen)})
    for layer in tile.values():
        layer.attrs["units"] = "Mg/ha"
    tile["agb"].attrs["ancillary_variables"] = "agb_sd"
    tile.to_netcdf(tmp_path / entries["forest-agb"]["file"], engine="netcdf4")
    ours = '[{}]\nkind = "{}"\nlicence = "GPL-2.0"\ncredit = "{}"\n'
    described = (
        ours.format("forest-agb", "simulated", "A map made up for a test"),
        ours.format("forest-regions", "measured", "IBGE, border of Mato Grosso, as packed in sits"),
    )
    (tmp_path / "catalogue.toml").write_text("\n".join(described), encoding="utf-8")
    return tmp_path


def test_the_lesson_runs_on_real_borders(folder, run_lesson, tmp_path):
    executed = run_lesson(LESSON, folder, tmp_path)
    printed = {cell.id: cell.outputs for cell in executed.cells if cell.cell_type == "code"}
    rows = re.findall(r"^[A-F] +([\d.]+) +([\d.]+)", printed["zonal"][-1].data["text/plain"], re.MULTILINE)
    area, total = np.array(rows, float).sum(axis=0)  # ha, Mt
    assert area / 100 == pytest.approx(MATO_GROSSO, rel=0.005)
    carbon = float(re.search(r"([\d.]+) Mt of carbon", printed["zonal"][0].text)[1])
    assert carbon == pytest.approx(0.47 * total, rel=0.001)
    assert "15 by the lower bound" in printed["rank-pairs"][0].text
    assert "IBGE" in printed["credit"][0].text
