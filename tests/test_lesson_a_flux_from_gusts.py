"""What the lesson on gusts teaches holds, tested on the lesson's own functions and the shipped readings."""

import numpy as np
import pytest
from lessons import defined

import fieldnotes.entries

LESSON = "education/a-flux-from-gusts"
CELLS = ("imports", "parameters", "load", "primes", "flux", "rotate", "ogive-series", "correction")
FACTS = fieldnotes.entries.read()["turbulence-20hz"]["facts"]


@pytest.fixture(scope="module")
def lesson():
    """The names that the lesson defines, without its figures."""
    return defined(LESSON, *CELLS)


@pytest.mark.parametrize(("start", "name"), [(0, "1245"), (900, "1300")])
def test_the_flux_of_each_quarter_is_the_catalogues(start, name, lesson):
    seconds = lesson["readings"]["seconds"]
    quarter = lesson["readings"][(seconds > start) & (seconds <= start + 900)]
    parts = lesson["flux_parts"](lesson["rotate"](quarter))
    assert parts["raw"] == pytest.approx(FACTS[f"raw_flux_{name}"][0], abs=0.06)
    assert parts.sum() == pytest.approx(FACTS[f"flux_{name}"][0], abs=0.06)
    published = FACTS[f"published_{name}"][0]
    assert abs(parts.sum() - published) < 0.15 * abs(published) < abs(parts["raw"] - published)


def test_rotation_leaves_no_mean_across_or_upward_and_keeps_the_speed(lesson):
    turned, gusts = lesson["turned"], lesson["gusts"]
    assert turned[["v", "w"]].mean().abs().max() < 1e-9 < turned["u"].mean()
    speeds = [np.linalg.norm(table[["u", "v", "w"]], axis=1) for table in (turned, gusts)]
    np.testing.assert_allclose(*speeds)


def test_a_known_flux_through_a_tilted_anemometer_is_found(lesson):
    rng = np.random.default_rng(1980)
    level = lesson["gusts"].copy()
    level["u"], level["v"] = 3 + rng.normal(size=len(level)), rng.normal(size=len(level))
    level["w"] = rng.normal(size=len(level))
    level["w"] -= level["w"].mean()
    level["co2"] = 660 - 2 * level["w"]
    true = -2 * level["w"].var() * 1000 / 44.01
    tilted = level.assign(u=level["u"] * np.cos(0.1) - level["w"] * np.sin(0.1))
    tilted["w"] = level["w"] * np.cos(0.1) + level["u"] * np.sin(0.1)
    found = lesson["flux_parts"](lesson["rotate"](tilted))["raw"]
    crooked = lesson["flux_parts"](tilted)["raw"]
    assert found == pytest.approx(true, rel=0.005) and abs(crooked - true) > 2 * abs(found - true)


def test_the_density_correction_vanishes_where_no_heat_and_no_vapour_go_up(lesson):
    calm = lesson["turned"].assign(h2o=9.5, t_sonic=28.5)
    assert lesson["flux_parts"](calm)[["water vapour", "heat"]].abs().max() < 1e-9


def test_one_per_cent_of_thinner_air_is_one_per_cent_less_gas(lesson):
    """Air with a constant mixing ratio has no flux of CO2, however its density varies with heat."""
    turned = lesson["turned"].assign(h2o=0.0, pressure=100.0)
    kelvin = turned["t_sonic"] + 273.15
    inert = lesson["flux_parts"](turned.assign(co2=660 * kelvin.mean() / kelvin))
    assert inert["raw"] < -5 and abs(inert.sum()) < 0.005 * abs(inert["raw"])


def test_the_ogive_ends_with_the_whole_flux_and_is_nearly_level_after_ten_minutes(lesson):
    share = lesson["ogive"] / lesson["ogive"].iloc[-1]
    assert lesson["ogive"].iloc[-1] == pytest.approx(-25.7, abs=0.05)
    assert share.loc[:1].abs().max() < 0.02 and 0.7 < share.loc[:60].iloc[-1] < 0.8 and share.loc[:600].iloc[-1] > 0.95


def test_most_readings_of_the_minute_have_opposite_signs(lesson):
    assert 0.7 < lesson["opposite"] < 0.8
