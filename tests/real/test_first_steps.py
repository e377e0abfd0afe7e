"""The lesson for beginners, run on NOAA's monthly means: its answers are NOAA's own numbers."""

import re
import shutil

import pandas as pd
import pytest
from conftest import MAUNA_LOA, output

from ci.notebooks import ROOT

LESSON = "education/first-steps"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture(scope="session")
def monthly(mauna_loa):
    """NOAA's monthly means in ppm, by month; a month without a value is NaN."""
    return mauna_loa.set_index("month")["co2"]


@pytest.fixture
def folder(tmp_path, entries, mauna_loa, write_folder):
    """A source of NOAA's months, and of the stations as they are listed here."""
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(ROOT / "ancillary_data" / entries["icos-stations"]["file"], source)
    return write_folder(source, {"mlo-co2": mauna_loa}, MAUNA_LOA)


def answers(notebook):
    """Return the answers that the checks call right, by exercise; one that they do not print is None."""
    checks = "".join(output(notebook, cell.id) for cell in notebook.cells if "check" in cell.metadata.get("tags", []))
    found = re.findall(r"^(\d\w): right\.(?: \((\d+\.?\d*).*\))?$", checks, re.MULTILINE)
    return {exercise: float(value) if value else None for exercise, value in found}


@pytest.mark.parametrize("year", [1974, 1990, 2025])
def test_the_answers_are_noaas(year, run_lesson, folder, monthly, archive, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path, year=year)
    annual = pd.read_csv(archive / "atmosphere" / "noaa_co2-annmean-mlo.csv", index_col="Year")["Mean"]
    found = answers(notebook)
    assert len(found) == 20
    assert found["1a"] == pytest.approx((annual[2000] - annual[1959]) / 41, abs=0.01)
    assert found["4a"] == len(monthly)
    assert found["4b"] == pytest.approx(annual[year], abs=0.1)
    assert found["6b"] == pytest.approx(monthly[f"{year}-05"], abs=0.1)
    assert float(NUMBER.findall(output(notebook, "years"))[3]) == len(annual)


def test_a_month_without_a_value_is_left_out_and_its_mark_is_not(run_lesson, folder, monthly, entries, tmp_path):
    file = folder / entries["mlo-co2"]["file"]
    file.write_text(re.sub(r"^(1984-04.*,).*$", r"\1", file.read_text(encoding="utf-8"), flags=re.MULTILINE))
    values = monthly.drop("1984-04")
    notebook = run_lesson(LESSON, folder, tmp_path)
    _, ours, noaas, whole = NUMBER.findall(output(notebook, "years"))[:4]
    assert float(ours) == pytest.approx(float(noaas), abs=0.02)
    careless, careful = map(float, NUMBER.findall(output(notebook, "csv")))
    assert careful == pytest.approx(values.mean(), abs=0.01)
    assert careless == pytest.approx((values.sum() - 99.99) / len(monthly), abs=0.01)
    assert int(whole) == 2025 - 1959  # 1984 has no dot
    assert len(answers(notebook)) == 20
