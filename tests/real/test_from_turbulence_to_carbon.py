"""What the lesson from turbulence to carbon finds at Davos, and whether its laws hold at another spruce forest."""

import re

import numpy as np
import pandas as pd
import pytest
from conftest import texts
from lessons import functions

from fieldnotes import load

LESSON = "education/from-turbulence-to-carbon"
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def numbers(text):
    """Return the numbers of a text, in their order."""
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


@pytest.fixture(scope="module")
def printed(run_lesson, tmp_path_factory):
    """What each cell of the lesson prints or displays on the shipped measurements of a wet year, by its id."""
    return texts(run_lesson(LESSON, "measured", tmp_path_factory.mktemp("davos"), year=2016))


@pytest.fixture(scope="module")
def hyltemossa(measured):
    """The lesson's functions, and the half-hours that the tower at Hyltemossa measured, windy nights only."""
    table = load("htm-fluxes", measured("htm-fluxes"))
    calm = (table["sw_in"] < 10) & (table["ustar"] < 0.4)
    return functions(LESSON), table.assign(nee=table["nee"].mask(calm))


def test_a_third_is_measured_and_only_the_filled_year_is_a_balance(printed):
    assert numbers(printed["load"])[:2] == [33, 11]  # per cent
    assert numbers(printed["sums"])[0] < 3 * numbers(printed["sums"])[1] < 0  # gC m-2


def test_nights_light_and_gaps_are_what_they_are_at_davos(printed):
    _, r10, _, q10, low, high, *_ = numbers(printed["q10-fit"])
    assert (r10, q10) == pytest.approx((4.7, 2.04), abs=0.06) and low < 2.0 < high
    shifts = np.array(numbers(printed["shift-numbers"])[-12:]).reshape(4, 3)[:, 1:]
    assert (shifts > 2).all() and shifts[-1, 0] < shifts[0, 0]
    short, long = np.array(numbers(printed["scores"])).reshape(2, 5)[:, 1:]
    assert short[1] / short[0] == pytest.approx(0.86, abs=0.05) and 0.7 < long[1] / long[0] < 0.9
    assert (np.abs([short[2:], long[2:]]) < 0.3).all()  # bias, µmol m-2 s-1


def test_the_threshold_decides_the_sign_in_two_of_ten_years(printed):
    lines = printed["spread"].splitlines()
    assert [line[:4] for line in lines if "False" in line] == ["2018", "2022"]
    assert "-238.0" in printed["spread"] and "42.0" in printed["spread"]


def test_respiration_at_hyltemossa_follows_the_same_law(hyltemossa):
    lesson, table = hyltemossa
    warm = table[(table["sw_in"] < 10) & table.index.month.isin(range(5, 10))]
    r10, q10 = lesson["fit_nights"](warm.dropna(subset=["ta"]))
    assert 3 < r10 < 9 and 1.3 < q10 < 3


def test_the_laws_beat_the_mean_day_at_hyltemossa_too(hyltemossa):
    lesson, table = hyltemossa
    season = table[table.index.month.isin(range(5, 10))]
    lesson["drivers"] = season[["sw_in", "ta"]].ffill().to_numpy().T
    hidden = np.random.default_rng(2007).random(len(season)) < 0.1
    kept = season["nee"].mask(hidden)
    fillings = {"laws": lesson["by_laws"](kept), "diurnal": lesson["by_diurnal_course"](kept)}
    error = pd.DataFrame(fillings, season.index)[hidden].sub(season["nee"][hidden], axis=0).dropna()
    rmse = np.sqrt((error**2).mean())
    assert rmse["laws"] < rmse["diurnal"] < 7 and error.mean().abs().max() < 0.4  # µmol m-2 s-1
