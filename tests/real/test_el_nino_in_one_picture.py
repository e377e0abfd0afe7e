"""The lesson on El Niño in one picture: its data are measured; what it says is held against what others published."""

import re
import shutil

import pandas as pd
import pytest
from conftest import output

from ci.notebooks import ROOT
from tests.lessons import defined

LESSON = "outreach/el-nino-in-one-picture"
ROOM = ROOT / "ancillary_data"
CREDIT = """[nino12-sst]
kind = "measured"
licence = "public domain"
credit = "a class's own copy of NOAA's record"
"""
# Trenberth (1997), doi:10.1175/1520-0477(1997)078<2771:TDOENO>2.0.CO;2, and NOAA's ONI: years of El Niños.
WARM = (1957, 1965, 1972, 1982, 1987, 1992, 1997)


@pytest.fixture(scope="module")
def unusual():
    """The lesson's anomalies (K), by its own cell."""
    return defined(LESSON, "imports", "parameters", "load")["unusual"]


@pytest.fixture
def own(tmp_path):
    """A folder with the lesson's three data sets, of which one says who made it."""
    folder = tmp_path / "own"
    folder.mkdir()
    for file in ("nino12-sst.csv", "coads-climatology.nc", "ostia-sst.nc"):
        shutil.copy(ROOM / file, folder)
    (folder / "catalogue.toml").write_text(CREDIT, encoding="utf-8")
    return folder


def test_an_anomaly_is_zero_in_the_mean_of_each_calendar_month(unusual):
    assert unusual.groupby(unusual.index.month).mean().abs().max() < 1e-9


def test_the_published_events_are_warm_and_the_published_giants_the_highest(unusual, entries):
    yearly = unusual.groupby(unusual.index.year).max()
    assert (yearly[list(WARM)] > 1.4).all()
    assert set(unusual.nlargest(10).index.year) == {1983, 1997, 1998}
    assert round(unusual["1983-06"].item(), 1) == entries["nino12-sst"]["facts"]["anomaly_june_1983"][0]


def test_the_claim_comes_out_with_a_folder_of_ones_own(run_lesson, own, tmp_path, entries):
    notebook = run_lesson(LESSON, own, tmp_path, birth_year=1951)
    rows = re.findall(r"\d{4} to \d{4} +(\S+) +(\S+) +(\S+)", output(notebook, "baselines"))
    heights = pd.DataFrame(rows, columns=["1982–83", "1997–98", "all others"], dtype=float)
    assert len(heights) == 3 and heights.iloc[:, :2].min(axis=None) > 4 > 3 > heights["all others"].max()
    hottest = entries["nino12-sst"]["facts"]["march_1998"][0]
    assert re.search(rf"March 1998, {hottest:.1f} degC.*\n.*June 1983", output(notebook, "hottest"))
    middle, coast, record = map(float, re.findall(r"[+-]\d\.\d", output(notebook, "two-places")))
    # The ONI of October to December, and of December to February: +1.36 and +1.50 K.
    assert middle == pytest.approx(1.43, abs=0.2) and coast == pytest.approx(record, abs=0.3)
    assert "a class's own copy" in output(notebook, "credit")


def test_a_birth_after_the_record_is_marked_in_the_picture(run_lesson, own, tmp_path):
    notebook = run_lesson(LESSON, own, tmp_path, birth_year=2015)
    cell = next(cell for cell in notebook.cells if cell.get("id") == "picture")
    written = cell.outputs[0].metadata["fieldnotes"]["texts"]
    assert any("you, 2015" in text for text in written)
    assert any("2023, NOAA" in text and "+3.3" in text for text in written)
