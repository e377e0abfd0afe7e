"""The lesson on the Mauna Loa record, run on NOAA's monthly means from 1958 on, against NOAA's own annual numbers."""

import re

import pandas as pd
import pytest
from papermill.exceptions import PapermillExecutionError

LESSON = "education/does-the-air-breathe"
NUMBER = re.compile(r"-?\d+\.\d+")
OWN_ENTRY = """[mlo-co2]
kind = "measured"
licence = "public domain"
credit = "NOAA Global Monitoring Laboratory, monthly CO2 at Mauna Loa"
"""


@pytest.fixture(scope="session")
def monthly(archive):
    """NOAA's table, whose header has fewer names than the rows have fields."""
    names = ["month", "decimal_date", "average", "deseasonalized", "days", "sd", "uncertainty"]
    table = pd.read_csv(archive / "atmosphere" / "noaa_co2-mm-mlo.csv", header=0, names=names)
    return table.set_index(pd.to_datetime(table["month"] + "-15", utc=True).rename("time"))


@pytest.fixture
def folder(tmp_path, entries):
    """A function that makes a source of monthly means, stamped in the middle of the month."""

    def write(table):
        values = table["average"].where(table["average"] > 0).rename("co2")
        values.to_csv(tmp_path / entries["mlo-co2"]["file"], date_format="%Y-%m-%dT%H:%MZ")
        (tmp_path / "catalogue.toml").write_text(OWN_ENTRY, encoding="utf-8")
        return tmp_path

    return write


def noaa(archive, name, column):
    """Return one of NOAA's annual series at Mauna Loa, by year."""
    return pd.read_csv(archive / "atmosphere" / f"noaa_co2-{name}-mlo.csv", index_col="Year")[column]


def output(notebook, cell):
    """Return what a cell printed or displayed, as text."""
    found = next(one for one in notebook.cells if one.id == cell)
    return "".join(out.text if out.output_type == "stream" else out.data["text/plain"] for out in found.outputs)


def numbers(notebook, cell):
    """Return the decimal numbers that a cell printed or displayed."""
    return [float(number) for number in NUMBER.findall(output(notebook, cell))]


@pytest.mark.parametrize("first, last", [(1960, 2000), (1975, 2025)])
def test_growth_is_noaas(first, last, run_lesson, folder, monthly, archive, tmp_path):
    notebook = run_lesson(LESSON, folder(monthly), tmp_path, first_year=first, last_year=last)
    annual = noaa(archive, "annmean", "Mean")
    rates = noaa(archive, "gr", "Annual Increase")  # from one January to the next, so half a year off the annual means
    then, half_then, now, half_now = numbers(notebook, "decades")
    for mean, half, start in ((then, half_then, first), (now, half_now, last - 9)):
        decade = slice(start, start + 9)
        assert mean == pytest.approx(annual.diff().loc[decade].mean(), abs=0.01)
        assert abs(mean - rates.loc[decade].mean()) < 0.1 < half
    assert output(notebook, "verdict").strip().endswith("faster now")
    assert numbers(notebook, "hasty-numbers")[-1] == pytest.approx(annual[last] - annual[first], abs=0.1)


def test_annual_means_and_season_are_noaas(run_lesson, folder, monthly, tmp_path):
    notebook = run_lesson(LESSON, folder(monthly), tmp_path)
    assert numbers(notebook, "compare") == pytest.approx([0, 0], abs=0.02)
    years = monthly.loc["1960":"2000"]
    season = (years["average"] - years["deseasonalized"]).groupby(years.index.month).mean()
    depth, error = numbers(notebook, "depth")
    assert abs(depth - (season.max() - season.min())) < 2 * error < 0.5
    assert [season.idxmax(), season.idxmin()] == [5, 10]
    october_to_may, may_to_october, whole_years = numbers(notebook, "hasty-numbers")
    assert may_to_october + 4 < whole_years < october_to_may - 4


def test_a_year_that_the_record_lacks_is_named(run_lesson, folder, monthly, tmp_path):
    with pytest.raises(PapermillExecutionError, match="Choose whole years between 1975 and 2025"):
        run_lesson(LESSON, folder(monthly.loc["1974-05":]), tmp_path)


def test_decades_that_differ_little_are_not_ranked(run_lesson, folder, monthly, tmp_path):
    notebook = run_lesson(LESSON, folder(monthly.loc["1974-05":]), tmp_path, first_year=1975)
    assert output(notebook, "verdict").strip().endswith("cannot be ranked")
