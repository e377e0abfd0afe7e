"""The lesson on the stations, run on a folder's list, and the list itself held against the headers of real files."""

import re

import pandas as pd
import pytest
import xarray as xr
from conftest import output
from papermill.exceptions import PapermillExecutionError

from ci.notebooks import ROOT

LESSON = "outreach/where-does-icos-measure"
OWN_ENTRY = """[icos-stations]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS Research Infrastructure, station information"
"""


@pytest.fixture
def stations(entries):
    """The list of stations, by id."""
    return pd.read_csv(ROOT / "ancillary_data" / entries["icos-stations"]["file"], dtype={"id": str}).set_index("id")


@pytest.fixture
def folder(tmp_path, write_folder):
    """A function that makes a source of a list of stations."""
    return lambda table: write_folder(tmp_path, {"icos-stations": table}, OWN_ENTRY)


def header(path):
    """Return the facts in the header of a file of the Atmosphere Thematic Centre."""
    return dict(re.findall(r"^# ([A-Z ]+): +(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE))


def heights(station):
    """Return a station's intake heights in metres above the ground."""
    return [float(height) for height in station["intake_heights"].split(";")]


@pytest.mark.parametrize(
    "file", ["icos_atc_nrt_gat341_2018-04-12.CO2.csv", "icos_cbw_207m_14c_integrated_2015_2023.14C"]
)
def test_a_station_is_where_its_data_say(file, archive, stations):
    facts = header(archive / "atmosphere" / file)
    station = stations.loc[facts["STATION CODE"]]
    assert (station["name"], station["kind"]) == (facts["STATION NAME"], "atmosphere")
    assert station["lat"] == float(facts["LATITUDE"].removesuffix(" N"))
    assert station["lon"] == float(facts["LONGITUDE"].removesuffix(" E"))
    assert station["elevation"] == float(facts["ALTITUDE"].removesuffix(" m asl"))
    assert float(facts["SAMPLING HEIGHTS"].removesuffix(" m agl")) in heights(station)


def test_cabauw_breathes_where_its_data_say(archive, stations):
    with xr.open_dataset(archive / "atmosphere" / "icos_cbw_co2_4levels_2016_2020.nc") as co2:
        place, levels = (float(co2.site_latitude), float(co2.site_longitude)), co2["height"].to_numpy()
    assert tuple(stations.loc["CBW", ["lat", "lon"]]) == place
    assert heights(stations.loc["CBW"]) == list(levels)


def test_mace_head_is_where_a_model_of_its_air_begins(archive, stations):
    with xr.open_dataset(archive / "footprints" / "flexpart_mhd10_201809_crop.nc") as footprint:
        start = [float(footprint[axis][0]) for axis in ("release_lat", "release_lon")]
    assert list(stations.loc["MHD", ["lat", "lon"]]) == pytest.approx(start, abs=0.002)  # degrees, 200 m


@pytest.mark.parametrize(("station", "separator"), [("HTM", ";"), ("SVB", ",")])
def test_swedish_towers_breathe_where_their_data_say(station, separator, archive, stations):
    file = archive / "atmosphere" / f"icos_{station.lower()}_150m_co2_hourly_2017_2019.csv"
    data = pd.read_csv(file, sep=separator)
    assert set(data["#Site"]) == {station}
    assert set(data["SamplingHeight"]) == {heights(stations.loc[station])[-1]}


def test_the_lesson_counts_and_measures_a_list_of_ones_own(run_lesson, folder, stations, entries, tmp_path):
    notebook = run_lesson(LESSON, folder(stations.drop("RUN")), tmp_path, home_lat=-33.87, home_lon=151.21)
    assert re.findall(r"^(\w+) +(\d+)$", output(notebook, "load"), re.MULTILINE) == [
        ("ecosystem", "60"), ("atmosphere", "42"), ("ocean", "9"),
    ]  # fmt: skip
    round_earth = float(re.search(r"round Earth: +(\d+)", output(notebook, "distance"))[1])
    assert round_earth == pytest.approx(entries["icos-stations"]["facts"]["htm_to_svb"][0], abs=0.5)
    assert "Gartow, 341 m" in output(notebook, "records") and "81.6 degrees" in output(notebook, "records")
    away = [int(km) for km in re.findall(r"(\d+)$", output(notebook, "home"), re.MULTILINE)]
    assert len(away) == 3 and min(away) > 10_000  # km: Sydney is on the other side of the Earth


def test_the_lesson_stops_at_a_list_that_cannot_be_right(run_lesson, folder, stations, tmp_path):
    stations.loc["CBW", "intake_heights"] = "27;67;127;307"
    with pytest.raises(PapermillExecutionError, match="assert 190 < cabauw"):
        run_lesson(LESSON, folder(stations), tmp_path)
