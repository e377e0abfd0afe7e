"""The lesson on the Keeling curve, run on NOAA's monthly means from 1958 on, against NOAA's own annual means."""

import re

import pandas as pd
import pytest
from conftest import MAUNA_LOA, output
from papermill.exceptions import PapermillExecutionError

LESSON = "outreach/one-curve-everyone-should-know"
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@pytest.fixture(scope="session")
def annual(archive):
    """NOAA's annual means at Mauna Loa, by year, in ppm."""
    return pd.read_csv(archive / "atmosphere" / "noaa_co2-annmean-mlo.csv", index_col="Year")["Mean"]


@pytest.fixture
def folder(tmp_path, mauna_loa, write_folder):
    """A source of NOAA's monthly means, to 2026."""
    table = mauna_loa.rename(columns={"deseasonalized": "co2_adjusted"})
    described = MAUNA_LOA.replace("[mlo-co2]", "[mlo-co2-monthly]")
    return write_folder(tmp_path, {"mlo-co2-monthly": table}, described)


def numbers(notebook, cell):
    """Return the numbers that a cell printed."""
    return [float(number) for number in NUMBER.findall(output(notebook, cell).replace("CO₂", ""))]


@pytest.mark.parametrize("source, tolerance", [("fixture", 0.5), ("folder", 0.05)])
@pytest.mark.parametrize("birth_year", [1959, 1964, 1985, 2012, 2019])
def test_the_rise_since_a_birth_is_noaas(source, tolerance, birth_year, run_lesson, folder, annual, tmp_path):
    notebook = run_lesson(LESSON, folder if source == "folder" else source, tmp_path, birth_year=birth_year)
    born, last, rise, share, low, high = numbers(notebook, "lifetime")
    assert (born, last) == (birth_year, annual.index[-1]) == (birth_year, 2025)
    assert rise == pytest.approx(annual[2025] - annual[birth_year], abs=tolerance + 0.05)
    assert share == pytest.approx(100 * rise / (annual[2025] - 280), abs=0.6)
    assert low <= share + 0.5 and share - 0.5 <= high


def test_somebody_born_in_1985_has_lived_through_more_than_half_of_the_rise(run_lesson, tmp_path):
    notebook = run_lesson(LESSON, "fixture", tmp_path, birth_year=1985)
    _, _, rise, share, low, high = numbers(notebook, "lifetime")
    assert (rise, share) == (pytest.approx(427.35 - 345.90, abs=0.06), 55)
    assert 50 < low < 55 < high < 58


def test_the_doubling_and_both_guesses_are_those_of_noaas_means(run_lesson, folder, annual, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path)
    half = (annual - 280 - (annual[2001] - 280) / 2).abs().idxmin()
    doubling, *years, grown, _ = numbers(notebook, "doubling-time")
    assert (doubling, *years) == (2001 - half, half, 2001) == (31, 1970, 2001)
    assert grown == pytest.approx(100 * (annual[2025] / annual[1959] - 1), abs=1)  # here from 1958 on
    straight, _, doubled, _ = numbers(notebook, "guesses")
    assert straight == pytest.approx(annual[2001] + 2.4 * (annual[2001] - annual[1991]) - annual[2025], abs=1)
    assert doubled == pytest.approx(280 + (annual[2001] - 280) * 2 ** (24 / (2001 - half)) - annual[2025], abs=1)
    assert straight < -15 < 0 < doubled


def test_the_years_that_the_lesson_adds_are_noaas(run_lesson, folder, tmp_path):
    table = output(run_lesson(LESSON, folder, tmp_path), "compare")
    rows = dict(re.findall(r"^(\d{4})\s+(\S+)", table, re.MULTILINE))
    assert {"1959", "2000", *map(str, range(2019, 2026))} == set(rows)
    assert all(abs(float(difference)) < 0.03 for difference in rows.values())


@pytest.mark.parametrize("source, first", [("fixture", 1959), ("folder", 1958)])
def test_a_birth_that_the_record_lacks_is_named(source, first, run_lesson, folder, tmp_path):
    with pytest.raises(PapermillExecutionError, match=f"Choose a birth year from {first} to 2024"):
        run_lesson(LESSON, folder if source == "folder" else source, tmp_path, birth_year=1957)
