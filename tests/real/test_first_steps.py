"""The first lesson for beginners, run on NOAA's monthly means: its answers are NOAA's own numbers."""

import re

import pandas as pd
import pytest
from conftest import MAUNA_LOA, output, texts
from papermill.exceptions import PapermillExecutionError

LESSON = "education/first-steps"
NUMBER = re.compile(r"-?\d+\.\d+")


@pytest.fixture
def folder(tmp_path, write_folder):
    """A function that makes a source of monthly means."""

    def make(table):
        described = MAUNA_LOA.replace("[mlo-co2]", "[mlo-co2-monthly]")
        table = table.rename(columns={"deseasonalized": "co2_adjusted"})
        source = tmp_path / "source"
        source.mkdir()
        return write_folder(source, {"mlo-co2-monthly": table}, described)

    return make


@pytest.fixture(scope="session")
def annual(archive):
    """NOAA's annual means in ppm, by year."""
    return pd.read_csv(archive / "atmosphere" / "noaa_co2-annmean-mlo.csv", index_col="Year")["Mean"]


def answers(notebook):
    """Return the answers that the checks call right, by exercise, as numbers; one that is text is None."""
    found = re.findall(r"^(\d\w): right\.(?: \((\S+).*\))?$", "\n".join(texts(notebook).values()), re.MULTILINE)
    return {exercise: float(value.rstrip(")")) if value else None for exercise, value in found}


@pytest.mark.parametrize(("birth_year", "elder_year"), [(2012, 1959), (2016, 1985)])
def test_the_answers_are_noaas(run_lesson, folder, mauna_loa, annual, tmp_path, birth_year, elder_year):
    years = {"birth_year": birth_year, "elder_year": elder_year}
    notebook = run_lesson(LESSON, folder(mauna_loa), tmp_path, start_level=10, **years)
    found = answers(notebook)
    assert len(found) == 13
    assert (found["2a"], found["2b"], found["2c"]) == (12, 10, 11)
    assert found["1a"] == pytest.approx((annual[2000] - annual[1959]) / 41, abs=0.001)
    assert found["4a"] == pytest.approx(annual[elder_year], abs=0.1)
    assert found["4b"] == pytest.approx(mauna_loa.loc[str(birth_year), "co2"].max(), abs=0.1)
    for exercise, year in [("5a", birth_year), ("5b", elder_year)]:
        speed = (annual[2025] - annual[year]) / (2025 - year)
        assert found[exercise] == pytest.approx(speed, abs=0.02)


def test_the_lifetime_is_told_to_the_last_whole_year(run_lesson, folder, mauna_loa, annual, tmp_path):
    notebook = run_lesson(LESSON, folder(mauna_loa), tmp_path, birth_year=2012)
    born, latest, gained = map(float, NUMBER.findall(output(notebook, "gained")))
    assert output(notebook, "gained").startswith("2012: ") and "2025: " in output(notebook, "gained")
    assert born == pytest.approx(annual[2012], abs=0.1)
    assert latest == pytest.approx(annual[2025], abs=0.1)
    assert gained == pytest.approx(latest - born, abs=0.11)


def test_the_names_of_months_are_those_of_the_record(run_lesson, folder, mauna_loa, tmp_path):
    """The five months that the lesson types as a list are those that the record holds."""
    notebook = run_lesson(LESSON, folder(mauna_loa), tmp_path)
    typed = next(cell for cell in notebook.cells if cell.id == "months").source
    typed = [float(number) for number in NUMBER.findall(typed)]
    assert typed == pytest.approx([*mauna_loa.loc["1959", "co2"].head(5)], abs=0.3)


@pytest.mark.parametrize("birth_year", [1970, 2026])
def test_a_year_without_twelve_months_is_refused(run_lesson, folder, mauna_loa, tmp_path, birth_year):
    with pytest.raises(PapermillExecutionError, match="Choose a year from 1959 to 2025, but not 1964"):
        run_lesson(LESSON, folder(mauna_loa.loc["1974-05":]), tmp_path, birth_year=birth_year)
