"""The lesson on the breath of the air, run on NOAA's monthly means, against NOAA's own annual numbers."""

import re
import shutil

import pandas as pd
import pytest
from conftest import MAUNA_LOA, output
from papermill.exceptions import PapermillExecutionError

from fieldnotes import fetch

LESSON = "education/does-the-air-breathe"
NUMBER = re.compile(r"-?\d+\.\d+")


@pytest.fixture
def folder(tmp_path, write_folder):
    """A function that makes a source of monthly means, beside the shipped means of the South Pole."""

    def make(table):
        table = table.rename(columns={"deseasonalized": "co2_adjusted"})
        shutil.copy(fetch("two-hemispheres-co2"), tmp_path)
        described = MAUNA_LOA.replace("[mlo-co2]", "[mlo-co2-monthly]")
        return write_folder(tmp_path, {"mlo-co2-monthly": table}, described)

    return make


def noaa(archive, name, column):
    """Return one of NOAA's annual series at Mauna Loa, by year."""
    return pd.read_csv(archive / "atmosphere" / f"noaa_co2-{name}-mlo.csv", index_col="Year")[column]


def numbers(notebook, cell):
    """Return the decimal numbers that a cell printed or displayed."""
    return [float(number) for number in NUMBER.findall(output(notebook, cell))]


@pytest.fixture
def lesson(run_lesson, folder, mauna_loa, tmp_path):
    """The lesson, executed on NOAA's record to 2026."""
    return run_lesson(LESSON, folder(mauna_loa), tmp_path, birth_year=2012)


def test_means_growth_and_rise_are_noaas(lesson, archive):
    annual = noaa(archive, "annmean", "Mean")
    rates = noaa(archive, "gr", "Annual Increase")  # from one January to the next
    assert max(map(abs, numbers(lesson, "compare"))) < 0.02
    for decade, ours in zip(range(1960, 2020, 10), numbers(lesson, "yearly-growth"), strict=False):
        assert ours == pytest.approx(annual.diff().loc[decade : decade + 9].mean(), abs=0.02)
        assert ours == pytest.approx(rates.loc[decade : decade + 9].mean(), abs=0.15)
    upward, downward, whole_years = numbers(lesson, "hasty")
    assert whole_years == pytest.approx(annual[2025] - annual[2012], abs=0.1)
    assert downward + 4 < whole_years < upward - 4


def test_the_breath_is_that_of_noaas_own_season(lesson, mauna_loa):
    season = (mauna_loa["co2"] - mauna_loa["deseasonalized"]).groupby(mauna_loa.index.month).mean()
    assert numbers(lesson, "depth-number")[0] == pytest.approx(season.max() - season.min(), abs=0.2)
    assert output(lesson, "depth-number").startswith("May to October")


def test_a_year_that_the_record_lacks_is_named(run_lesson, folder, mauna_loa, tmp_path):
    with pytest.raises(PapermillExecutionError, match="1975 to 2025, not 1964"):
        run_lesson(LESSON, folder(mauna_loa.loc["1974-05":]), tmp_path, birth_year=1970)
