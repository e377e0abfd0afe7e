"""The lesson on the Mauna Loa record, run on NOAA's monthly means from 1958 on, against NOAA's own annual numbers."""

import re

import pandas as pd
import pytest
from conftest import MAUNA_LOA, output
from papermill.exceptions import PapermillExecutionError

LESSON = "education/does-the-air-breathe"
NUMBER = re.compile(r"-?\d+\.\d+")


@pytest.fixture
def folder(tmp_path, write_folder):
    """A function that makes a source of monthly means."""
    return lambda table: write_folder(tmp_path, {"mlo-co2": table}, MAUNA_LOA)


def noaa(archive, name, column):
    """Return one of NOAA's annual series at Mauna Loa, by year."""
    return pd.read_csv(archive / "atmosphere" / f"noaa_co2-{name}-mlo.csv", index_col="Year")[column]


def numbers(notebook, cell):
    """Return the decimal numbers that a cell printed or displayed."""
    return [float(number) for number in NUMBER.findall(output(notebook, cell))]


@pytest.mark.parametrize("first, last", [(1960, 2000), (1975, 2025)])
def test_growth_is_noaas(first, last, run_lesson, folder, mauna_loa, archive, tmp_path):
    notebook = run_lesson(LESSON, folder(mauna_loa), tmp_path, first_year=first, last_year=last)
    annual = noaa(archive, "annmean", "Mean")
    rates = noaa(archive, "gr", "Annual Increase")  # from one January to the next, so half a year off the annual means
    then, half_then, now, half_now = numbers(notebook, "decades")
    for mean, half, start in ((then, half_then, first), (now, half_now, last - 9)):
        decade = slice(start, start + 9)
        assert mean == pytest.approx(annual.diff().loc[decade].mean(), abs=0.01)
        assert abs(mean - rates.loc[decade].mean()) < 0.1 < half
    assert output(notebook, "verdict").strip().endswith("faster now")
    assert numbers(notebook, "hasty-numbers")[-1] == pytest.approx(annual[last] - annual[first], abs=0.1)


def test_annual_means_and_season_are_noaas(run_lesson, folder, mauna_loa, tmp_path):
    notebook = run_lesson(LESSON, folder(mauna_loa), tmp_path)
    assert numbers(notebook, "compare") == pytest.approx([0, 0], abs=0.02)
    years = mauna_loa.loc["1960":"2000"]
    season = (years["co2"] - years["deseasonalized"]).groupby(years.index.month).mean()
    depth, error = numbers(notebook, "depth")
    assert abs(depth - (season.max() - season.min())) < 2 * error < 0.5
    assert [season.idxmax(), season.idxmin()] == [5, 10]
    october_to_may, may_to_october, whole_years = numbers(notebook, "hasty-numbers")
    assert may_to_october + 4 < whole_years < october_to_may - 4


def test_a_year_that_the_record_lacks_is_named(run_lesson, folder, mauna_loa, tmp_path):
    with pytest.raises(PapermillExecutionError, match="Choose whole years between 1975 and 2025"):
        run_lesson(LESSON, folder(mauna_loa.loc["1974-05":]), tmp_path)


def test_decades_that_differ_little_are_not_ranked(run_lesson, folder, mauna_loa, tmp_path):
    notebook = run_lesson(LESSON, folder(mauna_loa.loc["1974-05":]), tmp_path, first_year=1975)
    assert output(notebook, "verdict").strip().endswith("cannot be ranked")
