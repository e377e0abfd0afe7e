"""Lessons on real measurements: these lie beside the checkout, and never enter it."""

import tomllib
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest

from ci.notebooks import ROOT

ARCHIVE = ROOT.parent / "shared" / "archive"
FLUXES = {
    "NEE": "nee",
    "NEE_F": "nee_f",
    "GPP_F": "gpp",
    "RECO_F": "reco",
    "H_F": "h",
    "LE_F": "le",
    "USTAR": "ustar",
    "SW_IN": "sw_in",
    "VPD": "vpd",
    "TA": "ta",
    "TS": "ts",
}
HYLTEMOSSA = """[htm-fluxes]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS ecosystem station Hyltemossa (SE-Htm), 2015-2018"
"""


@pytest.fixture(scope="session")
def archive():
    """The folder of real measurements; the test is skipped where it is absent."""
    if not ARCHIVE.is_dir():
        pytest.skip("the archive of real measurements is not beside this checkout")
    return ARCHIVE


@pytest.fixture(scope="session")
def entries():
    """The catalogue: what each data set promises, and how its file is named."""
    return tomllib.loads((ROOT / "ancillary_data" / "catalogue.toml").read_text(encoding="utf-8"))


@pytest.fixture
def fluxes(archive, entries, tmp_path):
    """A folder with the measured half-hours in the catalogue's shape: end of half-hour, from winter time to UTC."""
    table = pd.read_csv(archive / "ecosystem/icos_se-htm_halfhourly_2015_2018.csv.gz", parse_dates=["TIMESTAMP_END"])
    time = table["TIMESTAMP_END"].dt.tz_localize("UTC+01:00").dt.tz_convert("UTC").rename("time")
    table = table[list(FLUXES)].rename(columns=FLUXES).set_index(time)
    table.to_csv(tmp_path / entries["htm-fluxes"]["file"], date_format="%Y-%m-%dT%H:%MZ")
    (tmp_path / "catalogue.toml").write_text(HYLTEMOSSA, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run_lesson():
    """A function that executes the lesson ``collection/name`` on a folder's data and returns the executed notebook."""
    return _run_lesson


def _run_lesson(label, folder, out_dir, **parameters):
    lesson = ROOT / "notebooks" / f"{label}.ipynb"
    executed = Path(out_dir) / lesson.name
    papermill.execute_notebook(
        lesson,
        executed,
        {"source": str(folder), **parameters},
        cwd=lesson.parent,
        kernel_name="python3",
        progress_bar=False,
    )
    return nbformat.read(executed, as_version=4)
