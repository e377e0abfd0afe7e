"""The facts that the catalogue states about measured satellite images come out of the files, at the stated place."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rasterio.warp import transform

import fieldnotes

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
CATALOGUE = tomllib.loads((ROOM / "catalogue.toml").read_text(encoding="utf-8"))
CLEAR = [4, 5, 6, 7]  # classes of Sentinel-2: vegetation, bare soil, water, unclassified
GROUND = [4, 5]


@cache
def images(name):
    return fieldnotes.load(name)


def hectares(pixels):
    """Area of the pixels that are true on a grid in metres."""
    side = abs(float(pixels["x"][1] - pixels["x"][0]))
    return float(pixels.sum()) * side**2 / 10_000


def summer_ndvi(name):
    """Median NDVI of July and August, by year, y and x, of the pixels that show ground."""
    cube = images(name)
    ndvi = ((cube["nir"] - cube["red"]) / (cube["nir"] + cube["red"])).where(cube["scl"].isin(GROUND))
    return ndvi.sel(time=ndvi["time.month"].isin([7, 8])).groupby("time.year").median()


def carpathian(name):
    """The facts that both resolutions state."""
    summers = summer_ndvi(name)
    before = summers.sel(year=2016)
    forest = before > 0.8
    opened = forest & (before - summers.sel(year=slice(2017, 2020)) > 0.15)
    clear = images(name)["scl"].isin(CLEAR)
    return {
        "dates": clear.sizes["time"],
        "clear": 100 * clear.mean(),
        "forest_2016": hectares(forest),
        "opened_2019": hectares(opened.sel(year=2019)),
        "opened_by_2020": hectares(opened.any("year")),
    }


def carpathian_sentinel2():
    clear = images("carpathian-sentinel2")["scl"].isin(CLEAR).mean(["y", "x"])
    season = 100 * clear.groupby("time.season").mean()
    usable = clear["time"][clear >= 0.5]
    waits = usable.sel(time="2019").diff("time") / np.timedelta64(1, "D")
    return carpathian("carpathian-sentinel2") | {
        **{f"clear_{name.lower()}": season.sel(season=name) for name in ("DJF", "MAM", "JJA", "SON")},
        "half_clear": usable.size,
        "longest_wait": waits.max(),
    }


def carpathian_sentinel2_20m():
    tree_cover = images("carpathian-sentinel2-20m")["tree_cover"].mean()
    return carpathian("carpathian-sentinel2-20m") | {"tree_cover": tree_cover}


FACTS = {
    "carpathian-sentinel2": carpathian_sentinel2,
    "carpathian-sentinel2-20m": carpathian_sentinel2_20m,
}
STATED = [(name, fact) for name in FACTS for fact in CATALOGUE[name]["facts"] if not fact.startswith("published_")]


@cache
def found(name):
    """Every fact of a data set, as its file has it."""
    return FACTS[name]()


@pytest.mark.parametrize(("name", "fact"), STATED)
def test_a_stated_fact_comes_out_of_the_file(name, fact):
    stated = CATALOGUE[name]["facts"][fact][0]
    decimals = len(str(stated).partition(".")[2])
    assert round(float(found(name)[fact]), decimals) == stated


# degrees north and east of the middle, read off a map
PLACES = {
    "carpathian-sentinel2": (45.205, 22.152),
    "carpathian-sentinel2-20m": (45.205, 22.152),
}


@pytest.mark.parametrize("name", PLACES)
def test_images_carry_their_reference_system_and_lie_where_the_note_says(name):
    image = images(name)
    middle = [float(image["x"].mean())], [float(image["y"].mean())]
    (east,), (north,) = transform(image["spatial_ref"].attrs["crs_wkt"], "EPSG:4326", *middle)
    assert (north, east) == pytest.approx(PLACES[name], abs=0.005)
    assert float(image["y"][0]) > float(image["y"][-1])


def test_both_resolutions_of_the_carpathian_forest_show_the_same_pixels():
    fine, coarse = images("carpathian-sentinel2"), images("carpathian-sentinel2-20m")
    np.testing.assert_array_equal(fine["time"], coarse["time"])
    blocks = fine[["green", "red"]].where(fine["scl"].isin(GROUND)).coarsen(y=2, x=2).mean()
    np.testing.assert_allclose(blocks["x"], coarse["x"], rtol=0, atol=0.01)  # m
    np.testing.assert_allclose(blocks["y"], coarse["y"], rtol=0, atol=0.01)
    for band in ("green", "red"):
        difference = blocks[band] - coarse[band].where(coarse["scl"].isin(GROUND))
        assert float(abs(difference.mean())) < 1e-3
        assert float(difference.std()) < 0.01


def test_trees_stood_where_the_map_of_tree_cover_has_trees():
    forest = summer_ndvi("carpathian-sentinel2-20m").sel(year=2017) > 0.85
    cover = images("carpathian-sentinel2-20m")["tree_cover"]
    assert float(cover.where(forest).mean()) > 2 * float(cover.where(~forest).mean())
