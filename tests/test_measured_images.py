"""The facts that the catalogue states about measured satellite images come out of the files, at the stated place."""

from functools import cache

import numpy as np
import pytest
import xarray as xr
from rasterio.warp import transform

import fieldnotes
from fieldnotes import entries

CATALOGUE = entries.read()
CLEAR = [4, 5, 6, 7]  # classes of Sentinel-2: vegetation, bare soil, water, unclassified
GROUND = [4, 5]
MATIMBA = {"lat": -23.6683, "lon": 27.6106}  # degrees, the power station
PLUME = 245  # degrees from north, into which its plume drifted
KM_PER_DEGREE = 111.2  # of latitude


@cache
def images(name):
    return fieldnotes.load(name)


def hectares(pixels):
    """Area of the pixels that are true on a grid in metres."""
    side = abs(float(pixels["x"][1] - pixels["x"][0]))
    return float(pixels.sum()) * side**2 / 10_000


def index(image, one, other):
    """Normalised difference of two bands."""
    return (image[one] - image[other]) / (image[one] + image[other])


def summer_ndvi(name):
    """Median NDVI of July and August, by year, y and x, of the pixels that show ground."""
    cube = images(name)
    ndvi = index(cube, "nir", "red").where(cube["scl"].isin(GROUND))
    return ndvi.sel(time=ndvi["time.month"].isin([7, 8])).groupby("time.year").median()


def carpathian(name):
    """The facts that both resolutions state."""
    summers = summer_ndvi(name)
    before = summers.sel(year=2016)
    forest = before > 0.8
    fall = (before - summers.sel(year=slice(2017, 2020))).where(forest)
    opened = fall - fall.median(["y", "x"]) > 0.15  # the whole forest's fall is a change of processing and weather
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


def around_matimba():
    """Distance (km) of each pixel from Matimba's stack down the plume and to its left."""
    swath = images("matimba-no2")
    north = (swath["lat"] - MATIMBA["lat"]) * KM_PER_DEGREE
    east = (swath["lon"] - MATIMBA["lon"]) * KM_PER_DEGREE * np.cos(np.deg2rad(MATIMBA["lat"]))
    heading = np.deg2rad(PLUME)
    along = east * np.sin(heading) + north * np.cos(heading)
    return along, north * np.sin(heading) - east * np.cos(heading)


def line_density(start, stop):
    """Column (mol m-1) across Matimba's plume, above the air beside it, between two distances (km) down the plume."""
    no2 = images("matimba-no2")["no2"]
    along, across = around_matimba()
    here = (along >= start) & (along < stop)
    beside = no2.where(here & (abs(across) >= 40) & (abs(across) < 80)).median()
    inside = no2.where(here & (abs(across) < 30)) - beside
    return float(inside.mean()) * 60e3 * 1e-6  # m wide, mol per umol


def matimba_no2():
    swath = images("matimba-no2")
    no2 = swath["no2"]
    along, across = around_matimba()
    clean = no2.where((swath["lon"] < 26) & (swath["lat"] > -23.5))
    return {
        "columns": no2.notnull().sum(),
        "clean_air": clean.median(),
        "scatter": clean.std(),
        "highest_matimba": no2.where(np.hypot(along, across) < 30).max(),
        "highest": no2.max(),
        "line_density": np.mean([line_density(start, start + 20) for start in range(20, 120, 20)]),
    }


def matimba_wind():
    there = images("matimba-wind").interp(time=images("matimba-no2")["time"].values, **MATIMBA)
    middle = there.sel(pressure=850)
    return {
        "speed_10": np.hypot(there["u10"], there["v10"]),
        "speed_100": np.hypot(there["u100"], there["v100"]),
        "speed_850": np.hypot(middle["u"], middle["v"]),
        "boundary_layer": there["boundary_layer"],
        "towards": np.rad2deg(np.arctan2(middle["u"], middle["v"])) % 360,
    }


def bit_pair(bits, first):
    """The number, 0 to 3, that two bits hold, the lower of them at place `first`."""
    return (bits >> first) & 3


def brightness_temperature(numbers):
    """Brightness temperature (K) of Landsat 8's band 10, by USGS's constants."""
    radiance = 3.342e-4 * numbers.astype("float64") + 0.1
    return 1321.0789 / np.log(774.8853 / radiance + 1)


def florida_landsat8_clouds():
    scene = images("florida-landsat8-clouds")
    bqa, temperature = scene["bqa"], brightness_temperature(scene["thermal"])
    return {
        "cloud_yes": 100 * (bit_pair(bqa, 14) == 3).mean(),
        "cloud_maybe": 100 * (bit_pair(bqa, 14) == 2).mean(),
        "cirrus_yes": 100 * (bit_pair(bqa, 12) == 3).mean(),
        "water_maybe": 100 * (bit_pair(bqa, 4) == 2).mean(),
        "values": np.unique(bqa).size,
        "coldest": temperature.min(),
        "warmest": temperature.max(),
    }


def virginia_sentinel2():
    image = images("virginia-sentinel2")
    sea = image.isel(y=slice(300, 700), x=slice(700, 800)).median()
    return {
        "area": hectares(image["red"] >= 0) / 100,
        "water": 100 * (index(image, "green", "nir") > 0).mean(),
        "water_mndwi": 100 * (index(image, "green", "swir1") > 0).mean(),
        "green_land": 100 * (index(image, "nir", "red") > 0.5).mean(),
        "sea_blue": sea["blue"],
        "sea_nir": sea["nir"],
    }


def canberra_landsat5():
    scene = images("canberra-landsat5")
    cloud = [(scene["pixel_quality"] >> place) & 1 == 0 for place in (10, 11)]  # ACCA, Fmask
    return {
        "empty": 100 * scene["blue"].isnull().mean(),
        "water_mndwi": hectares(index(scene, "green", "swir1") > 0),
        "water_ndwi": hectares(index(scene, "green", "nir") > 0),
        "cloud_acca": cloud[0].sum(),
        "cloud_fmask": cloud[1].sum(),
        "cloud_both": (cloud[0] & cloud[1]).sum(),
    }


def canberra_gedi():
    shots = images("canberra-gedi")
    return {
        "shots": len(shots),
        "shots_august": shots["overpass"].str.startswith("2019-08-16").sum(),
        "cover": shots["cover"].mean(),
        "cover_max": shots["cover"].max(),
        "pai": shots["pai"].mean(),
        "bare": 100 * (shots["cover"] < 0.05).mean(),
    }


def olinda_landsat7():
    scene = images("olinda-landsat7")
    wet, ground = scene["swir1"] < 25, scene["elevation"]
    return {
        "wet": 100 * wet.mean(),
        "wet_ground": ground.where(wet).mean(),
        "dry_ground": ground.where(~wet).mean(),
        "highest": ground.max(),
        "vegetated": 100 * (index(scene.astype("float64"), "nir", "red") > 0.2).mean(),
    }


FACTS = {
    "carpathian-sentinel2": carpathian_sentinel2,
    "carpathian-sentinel2-20m": carpathian_sentinel2_20m,
    "matimba-no2": matimba_no2,
    "matimba-wind": matimba_wind,
    "florida-landsat8-clouds": florida_landsat8_clouds,
    "virginia-sentinel2": virginia_sentinel2,
    "canberra-landsat5": canberra_landsat5,
    "canberra-gedi": canberra_gedi,
    "olinda-landsat7": olinda_landsat7,
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
    "florida-landsat8-clouds": (30.722, -87.418),
    "virginia-sentinel2": (37.664, -75.615),
    "canberra-landsat5": (-35.306, 149.141),
    "olinda-landsat7": (-7.995, -34.871),
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


def test_the_highest_columns_near_matimba_lie_down_the_wind():
    near = images("matimba-no2")["no2"].where(np.hypot(*around_matimba()) < 60)
    along, _ = around_matimba()
    assert float(near.where(along > 0).max()) > 10 * float(near.where(along < -10).mean())
    assert float(found("matimba-wind")["towards"]) == pytest.approx(PLUME, abs=10)
    assert line_density(-60, -20) == pytest.approx(0, abs=0.3)  # mol m-1: none up the wind


def test_each_pixel_of_the_swath_lies_within_its_corners():
    swath = images("matimba-no2")
    for axis in ("lat", "lon"):
        assert (swath[f"{axis}_corner"].min("corner") < swath[axis]).all()
        assert (swath[axis] < swath[f"{axis}_corner"].max("corner")).all()
    assert float(swath["lat"].diff("scanline").min()) > 0 and float(swath["lon"].diff("pixel").min()) > 0


def test_wind_and_line_density_give_the_emission_that_the_catalogue_of_power_plants_has():
    nox = 1.32 * found("matimba-no2")["line_density"] * float(found("matimba-wind")["speed_850"])  # mol s-1
    published = CATALOGUE["matimba-no2"]["facts"]["published_nox_2018"][0] * 1e9 / 46 / (365 * 86400)  # of NO2's 46 g
    assert published < nox < 2 * published  # 2018 had three of Medupi's six units


def test_what_the_quality_bits_call_cloud_is_bright_and_cold():
    scene = images("florida-landsat8-clouds")
    cloud = bit_pair(scene["bqa"], 14)
    temperature = brightness_temperature(scene["thermal"])
    assert float(scene["red"].where(cloud == 3).median()) > 1.3 * float(scene["red"].where(cloud == 1).median())
    assert float(temperature.where(cloud == 3).median()) < float(temperature.where(cloud == 1).median()) - 5
    assert int((bit_pair(scene["bqa"], 14) == 0).sum()) == 0


@pytest.mark.parametrize("band", ["swir1", "swir2"])
@pytest.mark.parametrize("axis", ["x", "y"])
def test_the_short_wave_bands_of_virginia_lie_upon_the_others(band, axis):
    image = images("virginia-sentinel2")
    water, coarse = index(image, "green", "nir"), index(image, "green", band)
    agreement = {by: float(xr.corr(water, coarse.shift({axis: by}))) for by in (-2, -1, 0, 1, 2)}
    assert max(agreement, key=agreement.get) == 0
    np.testing.assert_array_equal(image[band][0::2], image[band][1::2])


def test_what_two_algorithms_call_cloud_over_canberra_is_brighter_than_the_city():
    scene = images("canberra-landsat5")
    acca = (scene["pixel_quality"] >> 10) & 1 == 0
    assert float(scene["blue"].where(acca).mean()) > 2 * float(scene["blue"].mean())


def test_the_water_of_canberra_lies_where_its_lake_is():
    scene = images("canberra-landsat5")
    water = index(scene, "green", "swir1") > 0
    middle = [float((water * water[axis]).sum() / water.sum()) for axis in ("x", "y")]
    (east,), (north,) = transform(scene["spatial_ref"].attrs["crs_wkt"], "EPSG:4326", *[[one] for one in middle])
    assert (north, east) == pytest.approx((-35.293, 149.114), abs=0.02)


def test_olinda_has_its_sea_in_the_east_and_at_its_level():
    scene = images("olinda-landsat7")
    sea = scene.isel(x=slice(-40, None), y=slice(150, 350))
    assert float((sea["swir1"] < 25).mean()) > 0.95
    assert float(sea["elevation"].max()) < 10


def test_lidar_shots_lie_on_two_crossing_sets_of_tracks():
    shots = images("canberra-gedi")
    for start, sign in (("2019-08-16", -1), ("2019-10-21", 1)):
        track = shots[shots["overpass"].str.startswith(start)]
        across = track["lat"] - sign * track["lon"] * 415 / 548
        assert across.round(3).nunique() < 0.2 * len(track)
    assert shots[["cover", "pai"]].corr(method="spearman").iloc[0, 1] > 0.95


def test_images_of_the_carpathians_are_darker_in_blue_before_2017():
    """The trap that the note names: colours of the first two summers do not compare with those that follow."""
    cube = images("carpathian-sentinel2")
    summer = cube["blue"].where(cube["scl"] == 4).sel(time=cube["time.month"].isin([7, 8]))
    usual = summer.groupby("time.year").median(["time", "y", "x"])
    assert float(usual.sel(year=slice(2015, 2016)).max()) < 0.6 * float(usual.sel(year=slice(2017, 2020)).min())
