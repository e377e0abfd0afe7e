"""The lesson on forest biomass: its own functions on cases whose answer is known, and the twin's truth."""

import importlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from lessons import defined
from pyproj import Geod

from fieldnotes.entries import describe

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
FACTS = describe("forest-agb")["facts"]
twin, island = importlib.import_module("forest_agb"), importlib.import_module("forest_regions")

CELLS = ["imports", "parameters", "load", "missing", "read-regions", "hectares", "lost-prj", "reserve-answer"]
CELLS += ["reserve-check", "cell-area", "pixel-hectare", "cells", "rules", "zonal", "two-bounds"]
CELLS += ["correlation", "distances", "rank-pairs", "truth-table"]
STEP = 1 / 1125  # degrees


@pytest.fixture(scope="module")
def lesson():
    """What the lesson's cells define, up to the ranking of the regions."""
    return defined("education/forest-biomass", *CELLS)


def layer(values, lat, lon):
    """A layer on a grid whose coordinates say what they are."""
    axes = {"lat": ("lat", lat, {"standard_name": "latitude"}), "lon": ("lon", lon, {"standard_name": "longitude"})}
    return xr.DataArray(np.broadcast_to(values, (len(lat), len(lon))).copy(), dims=("lat", "lon"), coords=axes)


def polygons(**shapes):
    return gpd.GeoDataFrame({"name": list(shapes)}, geometry=list(shapes.values()), crs=4326)


@pytest.mark.parametrize("lat", [0, 10, 52, -33, 89])
def test_a_cell_has_the_area_that_geodesics_enclose(lesson, lat):
    south, north = lat - STEP / 2, lat + STEP / 2
    corners = [0, STEP, STEP, 0], [south, south, north, north]
    expected = Geod(ellps="WGS84").polygon_area_perimeter(*corners)[0] / 1e4
    assert lesson["cell_area"](lat, STEP) == pytest.approx(expected, rel=1e-6)


def test_cells_agree_with_the_usual_numbers_of_a_sphere_within_a_percent(lesson):
    """0.979, 0.964 and 0.603 ha are those of a sphere with the equator's radius; an ellipsoid's are a little others."""
    cells = lesson["cell_area"](np.array([0, 10, 52]), STEP)
    assert cells.round(3).tolist() == [0.973, 0.958, 0.604]
    assert cells == pytest.approx([0.979, 0.964, 0.603], rel=0.01)


def test_all_cells_make_up_the_earth(lesson):
    area = 360 * lesson["cell_area"](np.arange(-89.5, 90), 1).sum() * 1e4  # m2
    assert area == pytest.approx(510.0656e12, rel=1e-6)


def test_a_pixel_taken_for_a_hectare_overstates_by_two_thirds_at_52_degrees(lesson):
    assert 1 / lesson["cell_area"](52, STEP) - 1 == pytest.approx(0.66, abs=0.005)
    assert lesson["naive"] / lesson["true"] - 1 == pytest.approx(0.66, abs=0.005)


def test_a_uniform_map_gives_density_times_area(lesson):
    """100 Mg/ha over a polygon of known area."""
    lat, lon = np.arange(55, 45, -0.05), np.arange(0, 12, 0.05)
    shape = polygons(ring=shapely.Point(6, 50).buffer(3, quad_segs=100))
    cells = lesson["cells_of"](shape, agb=layer(100.0, lat, lon))
    found = lesson["zonal"](cells, 0.05)
    assert found["total"]["ring"] == pytest.approx(100 * lesson["hectares"](shape)[0], rel=0.001)
    assert found["mean"]["ring"] == pytest.approx(100)


def test_a_mean_on_a_tall_grid_is_weighted_by_area(lesson):
    """Forest that thins from 200 at the equator to nothing at 60 N: the mean over cells is far too low."""
    lat, lon = np.arange(59.5, 0, -1), np.arange(0.5, 5)
    density = 200 * (1 - lat / 60)[:, None]
    cells = lesson["cells_of"](polygons(tall=shapely.box(0, 0, 5, 60)), agb=layer(density, lat, lon))
    edges = np.radians(np.arange(0, 61))
    expected = np.average(density[::-1, 0], weights=np.diff(np.sin(edges)))  # on a sphere
    assert lesson["zonal"](cells, 1)["mean"]["tall"] == pytest.approx(expected, rel=0.003)
    assert cells["agb"].mean() < 0.92 * expected


def test_a_map_may_be_written_from_the_south(lesson):
    tile, borders = lesson["tile"], lesson["borders"]
    upside_down = lesson["cells_of"](borders, agb=tile["agb"].sortby("lat"))
    found = lesson["zonal"](upside_down, STEP)["total"]
    assert found.to_numpy() == pytest.approx(lesson["table"]["total"].to_numpy())


def test_regions_make_up_the_island_and_share_no_ground(lesson):
    whole = polygons(island=lesson["borders"].union_all())
    together = lesson["zonal"](lesson["cells_of"](whole, agb=lesson["agb"]), STEP)
    assert together["total"]["island"] == pytest.approx(lesson["table"]["total"].sum(), rel=1e-5)
    shares = lesson["cells"].groupby("cell")["share"].sum()
    assert shares.max() < 1.0001


def test_the_share_gives_the_area_and_touching_gives_too_much(lesson):
    rules = lesson["rules"]
    assert rules["share"].abs().max() < 0.0005
    assert rules["touched"].min() > 0.01
    assert rules["touched"].idxmax() == island.RESERVE and rules["touched"].max() > 0.1


def test_densities_are_plausible_and_missing_is_not_zero(lesson):
    """To leave out what nobody saw never lowers a mean; to take it for zero does, where there is a hole."""
    table = lesson["table"]
    assert table["mean"].between(0, 1000).all()
    filled = lesson["cells"].fillna({"agb": 0})
    as_zero = lesson["zonal"](filled, STEP)["mean"]
    assert (table["mean"] > as_zero - 1e-6).all() and table["mean"]["Farholt"] > 1.03 * as_zero["Farholt"]


def test_bounds_enclose_and_meet_where_there_is_one_cell(lesson):
    found = lesson["bounds"](lesson["cells"], STEP)
    assert (found["lower"] < found["upper"]).all()
    one = lesson["bounds"](lesson["cells"].dropna().head(1), STEP)
    assert one["lower"].to_numpy() == pytest.approx(one["upper"].to_numpy())


def test_only_the_lower_bound_shrinks_with_the_number_of_cells(lesson):
    """A hundred times the cells: independent errors of the mean fall tenfold, shared ones not at all."""
    lat, lon = np.arange(0.995, 0, -0.01), np.arange(0.005, 1, 0.01)
    shapes = polygons(small=shapely.box(0, 0, 0.1, 0.1), large=shapely.box(0, 0, 1, 1))
    cells = lesson["cells_of"](shapes, agb=layer(100.0, lat, lon), sd=layer(30.0, lat, lon))
    found = lesson["bounds"](cells, 0.01).div(lesson["zonal"](cells, 0.01)["area"], axis=0)
    assert found["upper"].to_list() == pytest.approx([30, 30])
    assert found["lower"]["small"] / found["lower"]["large"] == pytest.approx(10, rel=0.001)


@pytest.mark.parametrize("name", ["agb_se", "agb_sd"])
def test_the_uncertainty_is_found_under_any_name(lesson, name):
    tile = lesson["tile"].rename(agb_sd=name)
    tile["quality"] = xr.zeros_like(tile["agb"]).assign_attrs(units="1")
    tile["agb"] = tile["agb"].assign_attrs(ancillary_variables=f"quality {name}")
    assert lesson["uncertainty"](tile).name == name


def test_a_lost_prj_is_noticed(lesson):
    assert not (ROOM / "forest-regions" / "reserve.prj").exists()
    assert lesson["reserve"].crs is None and lesson["regions"].crs == "EPSG:32626"
    assert lesson["right"] == pytest.approx(lesson["hectares"](island.reserve())[0])
    assert lesson["borders"].contains(lesson["placed"].geometry[0]).sum() == 1


def test_a_dbf_carries_the_fixed_date():
    for name in ("regions", "reserve"):
        header = (ROOM / "forest-regions" / f"{name}.dbf").read_bytes()[1:4]
        assert "{:04}-{:02}-{:02}".format(1900 + header[0], *header[1:]) == island.SURVEYED


def test_the_facts_are_the_truth_where_the_map_saw_it(lesson):
    true = xr.zeros_like(lesson["agb"]).fillna(0).copy(data=twin.truth()).where(lesson["agb"].notnull())
    means = lesson["zonal"](lesson["cells_of"](lesson["borders"], agb=true), STEP)["mean"]
    assert means.to_list() == pytest.approx([value for value, *_ in FACTS.values()], abs=0.06)


def test_the_truth_is_within_the_upper_bound_and_far_outside_the_lower(lesson):
    """At 95 % for each region; independent errors would leave nearly all of them out."""
    ranked = lesson["ranked"].assign(lower=lesson["errors"]["lower"]).loc[list(island.SEEDS)]
    error = (ranked["mean"] - [value for value, *_ in FACTS.values()]).abs()
    assert (error < 1.96 * ranked["upper"]).all()
    assert (error > 1.96 * ranked["lower"]).all()


def test_half_the_interval_of_a_difference_is_that_of_drawn_errors(lesson):
    """Errors drawn with a known correlation: 95 % of their differences lie within it."""
    rng = np.random.default_rng(1)
    for rho in (0, 0.5, 0.9):
        drawn = rng.multivariate_normal([0, 0], [[9, 12 * rho], [12 * rho, 16]], 200_000)
        within = np.abs(drawn[:, 0] - drawn[:, 1]) < lesson["half_width"](3, 4, rho)
        assert within.mean() == pytest.approx(0.95, abs=0.002)


def test_errors_correlate_less_with_distance_and_not_beyond_the_range(lesson):
    found = lesson["correlation"](np.array([0, 25, 50, 80]), 50)
    assert found.tolist() == pytest.approx([1, 0.3125, 0, 0])


def test_distances_are_those_on_the_ellipsoid_and_within_the_cited_range(lesson):
    points = lesson["centres"].to_crs(4326)
    for one, row in zip(points, lesson["distance"], strict=True):
        geodesics = [Geod(ellps="WGS84").inv(one.x, one.y, other.x, other.y)[2] / 1000 for other in points]
        assert row == pytest.approx(geodesics, abs=0.02)
    assert lesson["distance"].max() < 50


def test_more_pairs_differ_the_more_errors_are_shared(lesson):
    assert lesson["counts"].to_list() == [4, 11, 12, 27]
    assert not lesson["apart"]["range 104 km"][1, 5] and lesson["apart"]["all errors shared"][1, 5]


def test_the_cited_range_ranks_no_pair_falsely_but_one_error_for_all_does(lesson):
    """Independent cells rank everything, and some falsely; so do regions that share all their errors."""
    assert list(lesson["wrong"].values()) == [0, 0, 0, 6]
    assert lesson["alone"].sum() == 56 and (lesson["gap"] * lesson["true_gap"] < 0)[lesson["alone"]].any()


def test_the_second_region_on_the_map_is_the_fifth_in_truth(lesson):
    places = lesson["ranked"][["mean", "truth"]].rank(ascending=False)
    assert places.loc["Hollin"].to_list() == [2, 5] and places.loc["Farholt"].to_list() == [6, 3]
    assert lesson["ranked"]["truth"][list(island.SEEDS)].to_list() == [value for value, *_ in FACTS.values()]


def test_carbon_is_lighter_than_wood_and_carbon_dioxide_heavier_than_carbon(lesson):
    table = lesson["table"]
    assert (table["carbon"] * 1e6 / table["total"]).to_numpy() == pytest.approx(0.47)
    assert (table["co2"] / table["carbon"]).to_numpy() == pytest.approx(44.009 / 12.011, rel=0.001)
