"""The lesson for beginners, run on NOAA's monthly means: its answers are NOAA's own numbers."""

import re

import pandas as pd
import pytest

from ci.notebooks import ROOT

LESSON = "education/first-steps"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
OWN_ENTRY = """[mlo-co2]
kind = "measured"
licence = "public domain"
credit = "NOAA Global Monitoring Laboratory, monthly CO2 at Mauna Loa"
"""


@pytest.fixture(scope="session")
def monthly(archive):
    """NOAA's monthly means in ppm, by month; a month without a value is NaN."""
    names = ["month", "decimal_date", "average", "deseasonalized", "days", "sd", "uncertainty"]
    table = pd.read_csv(archive / "atmosphere" / "noaa_co2-mm-mlo.csv", header=0, names=names)
    return table.set_index("month")["average"].where(lambda values: values > 0)


@pytest.fixture
def folder(tmp_path, entries, monthly):
    """A source of NOAA's months, and of the stations as they are listed here."""
    source = tmp_path / "source"
    source.mkdir()
    values = monthly.rename("co2").set_axis(pd.Index(monthly.index + "-15T00:00Z", name="time"))
    values.to_csv(source / entries["mlo-co2"]["file"])
    stations = entries["icos-stations"]["file"]
    (source / stations).write_bytes((ROOT / "ancillary_data" / stations).read_bytes())
    (source / "catalogue.toml").write_text(OWN_ENTRY, encoding="utf-8")
    return source


def output(notebook, cell):
    """Return what a cell printed or displayed, as text."""
    found = next(one for one in notebook.cells if one.id == cell)
    return "".join(out.text if out.output_type == "stream" else out.data["text/plain"] for out in found.outputs)


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
    assert found["5a"] == len(annual)


def test_a_month_without_a_value_is_left_out_and_its_mark_is_not(run_lesson, folder, monthly, entries, tmp_path):
    file = folder / entries["mlo-co2"]["file"]
    file.write_text(re.sub(r"^(1984-04.*,).*$", r"\1", file.read_text(encoding="utf-8"), flags=re.MULTILINE))
    values = monthly.drop("1984-04")
    notebook = run_lesson(LESSON, folder, tmp_path)
    _, ours, noaas = NUMBER.findall(output(notebook, "years"))[:3]
    assert float(ours) == pytest.approx(float(noaas), abs=0.02)
    careless, careful = map(float, NUMBER.findall(output(notebook, "csv")))
    assert careful == pytest.approx(values.mean(), abs=0.01)
    assert careless == pytest.approx((values.sum() - 99.99) / len(monthly), abs=0.01)
    assert answers(notebook)["5a"] == 2025 - 1959  # 1984 has no dot
