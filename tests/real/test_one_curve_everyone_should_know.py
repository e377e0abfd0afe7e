"""The lesson on the Keeling curve, run on NOAA's monthly means from 1958 on, against NOAA's own annual means."""

import re

import numpy as np
import pandas as pd
import pytest
from conftest import MAUNA_LOA
from papermill.exceptions import PapermillExecutionError

LESSON = "outreach/one-curve-everyone-should-know"
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@pytest.fixture(scope="session")
def annual(archive):
    """NOAA's annual means at Mauna Loa, by year, in ppm."""
    return pd.read_csv(archive / "atmosphere" / "noaa_co2-annmean-mlo.csv", index_col="Year")["Mean"]


@pytest.fixture
def folder(tmp_path, mauna_loa, write_folder):
    """A source of NOAA's monthly means."""
    return write_folder(tmp_path, {"mlo-co2": mauna_loa}, MAUNA_LOA)


def numbers(notebook, cell):
    """Return the numbers that a cell printed."""
    found = next(one for one in notebook.cells if one.id == cell)
    return [float(number) for out in found.outputs for number in NUMBER.findall(out.get("text", ""))]


@pytest.mark.parametrize("birth_year", [1960, 1985, 2010])
def test_the_rise_since_a_birth_is_noaas(birth_year, run_lesson, folder, annual, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path, birth_year=birth_year)
    born, last, rise, give_or_take, share, low, high = numbers(notebook, "lifetime")
    assert (born, last) == (birth_year, annual.index[-1])
    assert abs(rise - (annual[last] - annual[born])) < 0.1 < give_or_take
    assert share == pytest.approx(100 * rise / (annual[last] - 280), abs=0.6)
    assert low <= share <= high


def test_the_doubling_and_both_guesses_are_those_of_noaas_means(run_lesson, folder, annual, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path)
    known = annual.loc[:2001]
    years = [np.log(2) / np.polyfit(known.index, np.log(known - before), 1)[0] for before in (280, 284, 275, 0)]
    assert numbers(notebook, "doubling-time") == pytest.approx(years, abs=1)
    straight, _, doubled, _, measured, half_century = numbers(notebook, "two-friends")
    assert straight == pytest.approx(known[2001] + 2.4 * (known[2001] - known[1991]), abs=1)
    assert doubled == pytest.approx(280 + (known[2001] - 280) * 2 ** (24 / years[0]), abs=1.5)
    assert measured == round(annual[2025])
    assert half_century == pytest.approx(annual[2025] - annual[1975], abs=1)


def test_a_birth_that_the_record_lacks_is_named(run_lesson, folder, tmp_path):
    with pytest.raises(PapermillExecutionError, match="No whole 1957 here: choose another year from 1959 to 2025"):
        run_lesson(LESSON, folder, tmp_path, birth_year=1957)
