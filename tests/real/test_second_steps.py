"""The second lesson for beginners, run on NOAA's monthly means: its answers are NOAA's own numbers."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import MAUNA_LOA, output, texts

from fieldnotes import fetch, load

LESSON = "education/second-steps"


@pytest.fixture
def folder(tmp_path, write_folder):
    """A function that makes a source of monthly means, beside the shipped image."""

    def make(table):
        described = MAUNA_LOA.replace("[mlo-co2]", "[mlo-co2-monthly]")
        table = table.rename(columns={"deseasonalized": "co2_adjusted"})
        source = tmp_path / "source"
        source.mkdir()
        shutil.copy(fetch("virginia-sentinel2"), source)
        return write_folder(source, {"mlo-co2-monthly": table}, described)

    return make


def answers(notebook):
    """Return the answers that the checks call right, by exercise."""
    found = re.findall(r"^(\d\w?): right\. \(([^ )]+).*\)$", "\n".join(texts(notebook).values()), re.MULTILINE)
    return {exercise: float(value) for exercise, value in found}


@pytest.mark.parametrize("level", [380, 415])
def test_the_answers_are_noaas(run_lesson, folder, mauna_loa, archive, tmp_path, level):
    annual = pd.read_csv(archive / "atmosphere" / "noaa_co2-annmean-mlo.csv", index_col="Year")["Mean"]
    found = answers(run_lesson(LESSON, folder(mauna_loa), tmp_path, level=level))
    assert len(found) == 12
    assert found["1"] == pytest.approx(level + sum(2.5 + 0.05 * year for year in range(10)), abs=0.1)
    assert (found["2a"], found["2b"]) == (len(mauna_loa), mauna_loa["co2"].isna().sum())
    assert found["2c"] == (mauna_loa["co2"] > level).sum()
    assert found["3a"] == len(annual)
    assert found["3b"] == annual.index[annual > level][0]
    assert found["4a"] == pytest.approx(annual[1970] - annual[1960], abs=0.1)
    assert found["4b"] == pytest.approx(annual[2019] - annual[2009], abs=0.1)
    assert found["4c"] == pytest.approx(found["4b"] / found["4a"], rel=0.01)


def test_a_year_with_a_gap_is_left_out(run_lesson, folder, mauna_loa, tmp_path):
    mauna_loa = mauna_loa.copy()
    mauna_loa.loc["1984-04", "co2"] = np.nan
    notebook = run_lesson(LESSON, folder(mauna_loa), tmp_path)
    assert "1984    11" in output(notebook, "group")
    assert answers(notebook)["3a"] == 2025 - 1959
    assert answers(notebook)["2b"] == 1


@pytest.mark.parametrize("dark", [0.05, 0.2])
def test_water_is_what_is_dark_in_near_infrared(run_lesson, folder, mauna_loa, tmp_path, dark):
    found = answers(run_lesson(LESSON, folder(mauna_loa), tmp_path, dark=dark))
    nir = load("virginia-sentinel2")["nir"].to_numpy()[:500, 250:750]
    assert found["6"] == pytest.approx(100 * (nir < dark).mean(), rel=0.001)


def test_a_photograph_of_ones_own_is_opened_in_place_of_the_example(run_lesson, folder, mauna_loa, tmp_path):
    from PIL import Image

    photo = tmp_path / "mine.png"
    Image.new("RGB", (320, 240), "green").save(photo)
    notebook = run_lesson(LESSON, folder(mauna_loa), tmp_path, my_photo=str(photo))
    assert output(notebook, "photo") == "(240, 320, 3)"
    (shown,) = (cell.outputs[0] for cell in notebook.cells if cell.id == "coarse")
    assert not [text for text in shown.metadata["fieldnotes"]["texts"] if "badge" in text]
