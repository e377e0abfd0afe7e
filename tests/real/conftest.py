"""Lessons on real measurements: these lie beside the checkout, and never enter it."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest
import xarray as xr
from archive import seed
from needs import ARCHIVE

import fieldnotes.entries
from ci import kernels
from ci.exercises import answered
from ci.notebooks import ROOT
from ci.worker import execute

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
SEPARATORS = {"hyltemossa": ("htm", ";"), "svartberget": ("svb", ",")}
HYLTEMOSSA = """
[htm-fluxes]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS ecosystem station Hyltemossa (SE-Htm), 2015-2018"
"""
CABAUW = """
[cbw-co2]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS RI and others (2023), European ObsPack of atmospheric CO2, Cabauw"
doi = "10.18160/9CQ4-W69K"
"""
TOWERS = """
[htm-co2]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS atmosphere stations Hyltemossa and Svartberget, 150 m, 2017-2019"
"""
MAUNA_LOA = """
[mlo-co2]
kind = "measured"
licence = "public domain"
credit = "NOAA Global Monitoring Laboratory, monthly CO2 at Mauna Loa"
"""


def pytest_itemcollected(item):
    """Mark each test that reads the archive: what needs it can be told from others before any is run."""
    if "archive" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.needs("archive"))


@pytest.fixture(scope="session")
def archive():
    """The folder of real measurements."""
    return ARCHIVE


@pytest.fixture(scope="session")
def measured(archive, tmp_path_factory):
    """A function that makes data sets' pinned files ready in a cache, and returns the source that takes them."""

    def ready(*names):
        for name in names:
            seed(name)
        return "measured"

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDNOTES_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield ready


@pytest.fixture(scope="session")
def entries():
    """The catalogue: what each data set promises, and how its file is named."""
    return fieldnotes.entries.read()


@pytest.fixture(scope="session")
def cabauw(archive):
    """Hourly CO2 (ppm) at Cabauw's four heights, stamped in UTC."""
    with xr.open_dataset(archive / "atmosphere" / "icos_cbw_co2_4levels_2016_2020.nc") as tower:
        return tower["co2"].to_pandas().add_prefix("co2_").add_suffix("m").tz_localize("UTC")


@pytest.fixture(scope="session")
def towers(archive):
    """Hourly CO2 (ppm) at both Swedish towers; Svartberget's file has no rows for hours without a value."""
    columns = {}
    for tower, (code, separator) in SEPARATORS.items():
        path = archive / "atmosphere" / f"icos_{code}_150m_co2_hourly_2017_2019.csv"
        table = pd.read_csv(path, sep=separator, parse_dates=["DateTime"])
        columns[tower] = table.set_index(table["DateTime"].dt.tz_localize("UTC"))["co2"]
    return pd.DataFrame(columns).rename_axis("time")


@pytest.fixture(scope="session")
def mauna_loa(archive):
    """NOAA's monthly CO2 (ppm), stamped mid-month; its header has fewer names than its rows have fields."""
    names = ["month", "decimal_date", "co2", "deseasonalized", "days", "sd", "uncertainty"]
    table = pd.read_csv(archive / "atmosphere" / "noaa_co2-mm-mlo.csv", header=0, names=names)
    table["co2"] = table["co2"].where(table["co2"] > 0)
    return table.set_index(pd.to_datetime(table["month"] + "-15", utc=True).rename("time"))


@pytest.fixture(scope="session")
def write_folder(entries):
    """A function that adds tables, by data set, to a folder in the catalogue's shape, with their own entries."""

    def write(folder, tables, described):
        for name, table in tables.items():
            columns = table.filter(items=[*entries[name]["columns"]])
            columns.to_csv(folder / entries[name]["file"], date_format="%Y-%m-%dT%H:%M:%SZ")
        with (folder / "catalogue.toml").open("a", encoding="utf-8") as catalogue:
            catalogue.write(described)
        return folder

    return write


@pytest.fixture(scope="module")
def fluxes(archive, write_folder, tmp_path_factory):
    """A module's folder with the measured half-hours in the catalogue's shape: end of half-hour, winter time to UTC."""
    table = pd.read_csv(archive / "ecosystem/icos_se-htm_halfhourly_2015_2018.csv.gz", parse_dates=["TIMESTAMP_END"])
    time = table["TIMESTAMP_END"].dt.tz_localize("UTC+01:00").dt.tz_convert("UTC").rename("time")
    table = table[list(FLUXES)].rename(columns=FLUXES).set_index(time)
    return write_folder(tmp_path_factory.mktemp("fluxes"), {"htm-fluxes": table}, HYLTEMOSSA)


@pytest.fixture(scope="session")
def run_lesson():
    """A function that executes a lesson, solutions put in, on a folder's data and returns the executed notebook."""
    return _run_lesson


def _run_lesson(label, folder, out_dir, **parameters):
    lesson = ROOT / "notebooks" / f"{label}.ipynb"
    solved, executed = answered(nbformat.read(lesson, as_version=4)), Path(out_dir) / lesson.name
    with kernels.environment(warm=False) as variables:
        parameters = {"source": str(folder), **parameters}
        return execute(solved, parameters, lesson.parent, variables, executed)


def output(notebook, cell):
    """Return what a cell printed or displayed, as text."""
    found = next(one for one in notebook.cells if one.id == cell)
    return "".join(out.text if out.output_type == "stream" else out.data["text/plain"] for out in found.outputs)


def texts(notebook):
    """Return what each code cell printed or displayed, as text, by the cell's id."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {cell.id: "\n".join(map(_text_of, cell.outputs)) for cell in cells}


def _text_of(out):
    return out.get("text") or out.get("data", {}).get("text/plain", "")
