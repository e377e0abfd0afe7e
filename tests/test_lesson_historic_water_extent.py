"""The lesson on water extent: its own functions on pixels, looks and stacks whose answer is known."""

import nbformat
import numpy as np
import pytest
import xarray as xr

from ci.notebooks import ROOT
from fieldnotes import load
from tests.lessons import defined, functions

lesson = functions("research/historic-water-extent")
BANDS = ["blue", "green", "red", "nir", "swir1", "swir2"]
PIXELS = {  # reflectance x 10000, whether WOfS says wet, and MNDWI
    "deep water": ((300, 280, 180, 90, 40, 25), 1, 0.75),
    "turbid water": ((900, 1100, 1200, 700, 200, 120), 1, 0.69),
    "plants": ((250, 450, 300, 3200, 1400, 600), 0, -0.51),
    "bare soil": ((1200, 1600, 2100, 2700, 3300, 2900), 0, -0.35),
    "cloud": ((5200, 5100, 5000, 5400, 3900, 2900), 0, 0.13),  # water to MNDWI
    "dark shadow": ((110, 120, 100, 180, 160, 90), 1, -0.14),  # water to WOfS
    "missing": ((np.nan,) * 6, np.nan, np.nan),
}
RNG = np.random.default_rng(2016)


def bands(*pixels):
    """Bands of reflectance of pixels given as reflectance x 10000."""
    return xr.DataArray(np.array(pixels, float) / 10_000, dims=("pixel", "band"), coords={"band": BANDS}).to_dataset(
        "band"
    )


def tree(b1, b2, b3, b4, b5, b7):
    """The tree of Mueller et al. (2016) for one pixel, written node by node."""
    n52, n43, n72 = (b5 - b2) / (b5 + b2), (b4 - b3) / (b4 + b3), (b7 - b2) / (b7 + b2)
    if n52 <= -0.01:
        if b1 > 2083.5:
            return False
        if b7 <= 323.5:
            return n43 <= 0.61
        if b1 > 1400.5:
            return n43 <= -0.01
        if n72 > -0.23:
            return b1 <= 379
        return n43 <= 0.22 or b1 <= 473
    if n52 <= 0.23:
        if b1 > 334.5 or n43 > 0.54:
            return False
        if n52 <= 0.12:
            return True
        return b1 <= 129.5 if b3 <= 364.5 else b1 <= 300.5
    return n52 <= 0.34 and b1 <= 249.5 and n43 <= 0.45 and b3 <= 364.5 and b1 <= 129.5


def stack(values, freq="MS"):
    """A stack (time, y, x) of what is given by date, one a month."""
    values = np.asarray(values)
    time = xr.date_range("2020-01-01", periods=len(values), freq=freq)
    return xr.DataArray(values.reshape(len(values), 1, -1), dims=("time", "y", "x"), coords={"time": time})


def looks(dates=48, pixels=30):
    """Random looks: whether they are wet, and whether clear; a look is wet only where it is clear."""
    clear = stack(RNG.random((dates, pixels)) < 0.6)
    return clear & (RNG.random(clear.shape) < 0.4), clear


def observed(qa, terrain_shadow=0, slope=0):
    """A data set of one row of pixels with the quality given."""
    qa = stack(np.asarray(qa, "uint16")[None])
    return xr.Dataset(
        {
            "qa_pixel": qa,
            "terrain_shadow": xr.zeros_like(qa, dtype="int8") + np.int8(terrain_shadow),
            "slope": xr.zeros_like(qa[0], dtype="int8") + np.int8(slope),
        }
    )


@pytest.mark.parametrize("kind", PIXELS)
def test_reference_pixels(kind):
    pixel, wet, index = PIXELS[kind]
    found = bands(pixel)
    assert lesson["wofs"](found).values == pytest.approx([wet], nan_ok=True)
    assert lesson["mndwi"](found).values == pytest.approx([index], abs=0.006, nan_ok=True)
    by_index = np.nan if np.isnan(index) else float(index > 0)
    assert lesson["wet_by_mndwi"](found).values == pytest.approx([by_index], nan_ok=True)


def test_mndwi_is_neither_of_the_two_ndwi():
    turbid, shadow = bands(PIXELS["turbid water"][0]), bands(PIXELS["dark shadow"][0])
    assert lesson["ratio"](turbid["green"], turbid["nir"]).item() == pytest.approx(0.22, abs=0.005)
    assert lesson["ratio"](shadow["green"], shadow["nir"]).item() == pytest.approx(-0.20, abs=0.005)
    assert lesson["mndwi"](turbid).item() == pytest.approx(0.69, abs=0.005)


def test_the_branches_are_the_published_tree():
    pixels = np.concatenate([RNG.uniform(1, high, (1500, 6)) for high in (300, 500, 1000, 4000)])
    found = lesson["wofs"](bands(*pixels))
    expected = [tree(*pixel) for pixel in pixels]
    assert 0.05 < np.mean(expected) < 0.95
    np.testing.assert_array_equal(found, np.array(expected, float))


@pytest.mark.parametrize("missing", range(6))
def test_a_pixel_that_lacks_a_band_is_unknown_and_never_dry(missing):
    pixel = list(PIXELS["plants"][0])
    pixel[missing] = np.nan
    wet = lesson["wofs"](bands(pixel))
    assert wet.dtype == float and wet.isnull().all()
    flags = lesson["wofl"](wet.rename(pixel="x").expand_dims(["time", "y"]), observed([21824]))
    assert flags.dtype == np.uint8 and flags.item() == 2  # a whole number that fits, and not 0, which is dry
    assert not lesson["clear_looks"](flags)[1].any()


def test_numbers_of_collection_2_are_scaled_and_fill_is_missing():
    assert lesson["reflectance"](xr.DataArray([18639, 0, 7273])).values == pytest.approx(
        [0.3126, np.nan, 0.0], abs=1e-4, nan_ok=True
    )
    deep = bands(*[PIXELS[kind][0] for kind in ("deep water", "turbid water")])
    stored = (deep + 0.2) / 2.75e-5
    assert lesson["wofs"](lesson["reflectance"](stored)).values.tolist() == [1, 1]
    assert lesson["wofs"](stored / 10_000).values.tolist() == [0, 0]  # unscaled numbers dry the lake out
    assert lesson["mndwi"](stored).max() < 0.2 < lesson["mndwi"](deep).min()


FLAGS = {  # QA_PIXEL of Landsat 8: what a wet look becomes
    "clear land": (21824, 128),
    "clear water": (21952, 128),
    "dilated cloud": (22018, 64 + 128),
    "cloud": (22280, 64 + 128),
    "cirrus": (54596, 64 + 128),
    "cirrus over cloud": (55052, 64 + 128),
    "cloud shadow": (23888, 32 + 128),
    "fill": (1, 1),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags_of_a_wet_look(name):
    qa, expected = FLAGS[name]
    flags = lesson["wofl"](stack([[1.0]]), observed([qa]), rim=0)
    assert flags.item() == expected
    assert lesson["clear_looks"](flags)[0].item() == (expected == 128)


def test_shade_and_steep_ground_are_not_clear():
    wet = stack([[1.0]])
    shaded, hillside = observed([21824], terrain_shadow=1), observed([21824], slope=30)
    for data, expected in ((shaded, 136), (hillside, 144)):
        flags = lesson["wofl"](wet, data)
        assert flags.item() == expected and lesson["bit"](flags, 7)
        assert not any(chosen.item() for chosen in lesson["clear_looks"](flags))


def test_clear_is_exactly_128_or_0():
    wet, clear = lesson["clear_looks"](xr.DataArray(np.arange(256, dtype="uint8")))
    assert np.flatnonzero(wet).tolist() == [128] and np.flatnonzero(clear).tolist() == [0, 128]


def test_cloud_shadows_are_widened_on_their_own_date_only():
    shadow = stack(np.zeros((2, 11)), freq="D") > 0
    shadow[0, 0, 5] = True
    found = lesson["widened"](shadow, 3)
    assert np.flatnonzero(found[0]).tolist() == [2, 3, 4, 5, 6, 7, 8] and not found[1].any()
    assert lesson["widened"](shadow, 0).equals(shadow)


@pytest.mark.parametrize("measure", ["frequency", "monthly_frequency"])
def test_frequency_is_a_share_and_unknown_where_nothing_was_seen(measure):
    wet, clear = looks()
    found = lesson[measure](wet, clear)
    assert found.notnull().any() and found.min() >= 0 and found.max() <= 1
    assert lesson[measure](wet & False, clear & False).isnull().all()


def test_a_look_is_counted_once_and_only_if_clear():
    flags = stack(RNG.choice([0, 128, 136, 64, 1], (48, 30)).astype("uint8"))
    count_wet, count_clear = (chosen.sum("time") for chosen in lesson["clear_looks"](flags))
    np.testing.assert_array_equal(count_clear, (flags.values % 128 == 0).sum(axis=0))
    assert (count_wet <= count_clear).all() and count_clear.max() <= 48


@pytest.mark.parametrize("measure", ["frequency", "monthly_frequency"])
def test_the_order_of_dates_and_a_cloudy_date_change_nothing(measure):
    wet, clear = looks()
    found, order = lesson[measure](wet, clear), RNG.permutation(wet.sizes["time"])
    xr.testing.assert_allclose(lesson[measure](wet[order], clear[order]), found)
    flags = lesson["wofl"](stack(np.ones((1, 30))), observed([22280] * 30))
    cloudy = [
        chosen.assign_coords(time=xr.date_range("2030-01-15", periods=1)) for chosen in lesson["clear_looks"](flags)
    ]
    with_cloud = [xr.concat(pair, "time") for pair in zip((wet, clear), cloudy, strict=True)]
    xr.testing.assert_allclose(lesson[measure](*with_cloud), found)


def test_with_as_many_looks_in_every_month_both_frequencies_agree():
    wet = stack(RNG.random((36, 20)) < 0.4)
    clear = xr.ones_like(wet)
    xr.testing.assert_allclose(lesson["monthly_frequency"](wet, clear), lesson["frequency"](wet, clear))


def test_one_vote_for_each_month_undoes_dry_season_sampling():
    flooded = stack(np.arange(48)[:, None] % 12 >= 6)  # every year from July to December
    clear = flooded.copy(data=~flooded | (flooded["time"].dt.year == 2021).values[:, None, None])
    assert lesson["frequency"](flooded & clear, clear).item() == pytest.approx(6 / 30)
    assert lesson["monthly_frequency"](flooded & clear, clear).item() == pytest.approx(0.5)


def test_a_month_never_seen_leaves_the_monthly_frequency_unknown():
    wet, clear = looks(dates=12)
    never = clear.where(clear["time"].dt.month != 5, False)
    assert lesson["monthly_frequency"](wet & never, never).isnull().all()
    assert lesson["frequency"](wet & never, never).notnull().any()


def test_an_area_below_clouds_is_unknown_and_not_low():
    lake = stack(np.ones((3, 100)) > 0)
    clear = lake.copy()
    clear[1, 0, :15], clear[2, 0, :60] = False, False  # a little cloud, much cloud
    found = lesson["water_area"](lake & clear, clear, lake[0], 0.8)
    full = 100 * lesson["PIXEL"]
    assert found["area"].values == pytest.approx([full, full, np.nan], nan_ok=True)
    assert found["least"].values == pytest.approx([full, 0.85 * full, np.nan], nan_ok=True)
    assert found["most"].values == pytest.approx([full, full, np.nan], nan_ok=True)


def test_a_dry_date_has_an_area_of_zero():
    dry = stack(np.zeros((1, 50)) > 0)
    assert lesson["water_area"](dry, ~dry, ~dry[0], 0.8)["area"].item() == 0


def test_the_confusion_table_counts_looks():
    called, truth = (xr.DataArray(np.array(row, bool)) for row in ([1, 1, 0, 0, 1], [1, 0, 1, 0, 1]))
    assert lesson["confusion"](called, truth, xr.DataArray([True] * 4 + [False])) == [1, 1, 1]


def test_the_map_of_frequency_has_that_of_the_count_beside_it():
    cells = nbformat.read(ROOT / "notebooks" / "research" / "historic-water-extent.ipynb", as_version=4).cells
    source = next(cell.source for cell in cells if cell.id == "frequency")
    assert "pooled.plot.imshow" in source and "count_clear.where(count_clear > 0).plot.imshow" in source


def test_indices_disagree_about_the_water_of_canberra_and_take_roofs_for_it():
    scene = load("canberra-landsat5")
    hectare = defined("research/historic-water-extent", "imports", "parameters", "mndwi")["HECTARE"]
    assert hectare == float(scene["x"].diff("x").mean() * -scene["y"].diff("y").mean()) / 10_000
    found = {"mndwi": lesson["mndwi"](scene) > 0, "ndwi": lesson["ratio"](scene["green"], scene["nir"]) > 0}
    found["wofs"] = lesson["wofs"](scene) == 1
    area = {name: hectare * int(water.sum()) for name, water in found.items()}
    assert area == pytest.approx({"mndwi": 607, "ndwi": 491, "wofs": 598}, abs=1)
    roofs = found["mndwi"] & (scene["blue"] > 0.1)
    assert hectare * int(roofs.sum()) == pytest.approx(11, abs=0.5)
    west = (scene["x"] < scene["x"][92]) & (scene["y"] > scene["y"][205])  # the western arm, where NDWI has holes
    missed = found["mndwi"] & ~found["ndwi"] & west
    assert hectare * int(missed.sum()) > 30
