"""The lesson on one chimney: what it teaches holds on the real overpass, and its functions on plumes of known size."""

import numpy as np
import pandas as pd
import pytest
from lessons import defined

from fieldnotes.entries import describe

LESSON = "education/one-chimney-from-space"
CELLS = ("imports", "parameters", "load", "places", "wind", "turned", "strip-at", "line-density", "emission", "along")


@pytest.fixture(scope="module")
def lesson():
    return defined(LESSON, *CELLS)


def test_the_emission_is_that_of_the_catalogue_of_data(lesson):
    facts = describe("matimba-no2")["facts"] | describe("matimba-wind")["facts"]
    expected = 1.32 * facts["line_density"][0] * facts["speed_850"][0]
    assert lesson["plateau"].mean() == pytest.approx(expected, rel=0.03)  # mol s-1
    assert lesson["speed"] == pytest.approx(facts["speed_850"][0], abs=0.05)


def test_the_wind_blows_along_the_plume(lesson):
    near = lesson["pixels"][lesson["pixels"]["across"].abs() < 80]
    bright = near[near["downwind"].between(20, 120) & (near["no2"] > 120)]
    assert len(bright) > 30 and bright["across"].abs().median() < 8  # km


def test_upwind_is_clean_and_far_away_the_plume_fades(lesson):
    emissions = lesson["emissions"]
    assert abs(emissions[-40]) < 1 and emissions[200] < 0.4 * lesson["plateau"].mean()


def test_a_plume_of_known_mass_in_known_air_is_measured():
    names = defined(LESSON, "parameters", "line-density")
    across = np.arange(-79.5, 80)  # km
    plume = 4.0e6 / (np.sqrt(2 * np.pi) * 8000) * np.exp(-(across**2) / (2 * 8**2))  # umol m-2; sigma 8 km, 4 mol m-1
    strip = pd.DataFrame({"across": across, "no2": 12 + plume})
    assert names["background_of"](strip) == pytest.approx(12, abs=0.01)
    assert names["line_density"](strip) == pytest.approx(4, rel=0.01)


def test_negative_columns_are_kept(lesson):
    assert lesson["pixels"]["no2"].min() < 0 and len(lesson["pixels"]) == int(lesson["no2"].count())
