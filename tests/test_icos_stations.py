"""The ICOS stations: unique, where they can be, each with a source that is explained."""

import importlib.util
import math
from pathlib import Path

import pandas as pd
import pytest

from fieldnotes.entries import describe

DATA = Path(__file__).parents[1] / "ancillary_data"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("icos_stations", DATA / "make" / "icos_stations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def entry():
    return describe("icos-stations")


@pytest.fixture(scope="module")
def stations():
    return pd.read_csv(DATA / "icos-stations.csv", dtype={"id": str}, keep_default_na=False, na_values=[""])


def great_circle(one, other):
    """Return the great-circle distance in km between two rows, by the haversine formula with the mean Earth radius."""
    lat1, lon1, lat2, lon2 = map(math.radians, (one.lat, one.lon, other.lat, other.lon))
    half_chord = math.sin((lat2 - lat1) / 2) ** 2
    half_chord += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half_chord))


def test_the_script_makes_the_committed_file(script, tmp_path):
    script.make(tmp_path)
    assert (tmp_path / "icos-stations.csv").read_bytes() == (DATA / "icos-stations.csv").read_bytes()


def test_columns_are_those_promised(stations, entry):
    assert list(stations.columns) == list(entry["columns"])


def test_no_station_appears_twice(stations):
    assert not stations.duplicated(["id", "kind"]).any()
    assert not stations.duplicated(["name", "kind"]).any()


def test_every_kind_is_well_represented(stations, entry):
    count = stations.kind.value_counts()
    assert set(count.index) == {"atmosphere", "ecosystem", "ocean"}
    assert count["atmosphere"] >= 25 and count["ecosystem"] >= 20 and count["ocean"] >= 6
    assert len(stations) == entry["facts"]["stations"][0]


def test_only_the_far_stations_lie_outside_europe(stations):
    europe = stations.lat.between(34, 72) & stations.lon.between(-12, 32)
    assert set(stations.id[~europe]) == {"DE-FOS-CVOO", "DE-HGT", "ES-SOOP-ESTOC", "GF-Guy", "IZO", "RUN", "SNO", "ZEP"}


def test_ecosystem_ids_begin_with_their_country(stations):
    ecosystem = stations[stations.kind == "ecosystem"]
    odd = ecosystem[ecosystem.id.str[:2] != ecosystem.country]
    assert odd.id.tolist() == ["GF-Guy"]
    assert stations.country.str.fullmatch("[A-Z]{2}").all()


def test_every_source_is_explained(script, stations, entry):
    assert set(";".join(stations.source).split(";")) == set(script.SOURCES)
    assert all(f"{key}: {text}." in entry["note"] for key, text in script.SOURCES.items())


def test_every_value_has_a_source(script):
    facts = pd.read_csv(script.FACTS, dtype=str, keep_default_na=False)
    columns = {"lat": "position", "name": "name", "elevation": "elevation", "intake_heights": "heights"}
    for value, source in columns.items():
        assert ((facts[value] == "") == (facts[f"{source}_from"] == "")).all(), value


def test_intake_heights_are_rising_numbers_at_atmosphere_stations_only(stations):
    assert (stations.intake_heights.notna() == (stations.kind == "atmosphere")).all()
    for text in stations.intake_heights.dropna():
        heights = [float(height) for height in text.split(";")]
        assert heights == sorted(set(heights)) and heights[0] > 0 and heights[-1] < 400, text


def test_stations_on_one_tower_share_its_place(stations):
    row = stations.set_index("id")
    for tower, forest in [("HTM", "SE-Htm"), ("SVB", "SE-Svb"), ("NOR", "SE-Nor"), ("SMR", "FI-Hyy")]:
        assert great_circle(row.loc[tower], row.loc[forest]) < 0.5
        assert abs(row.elevation[tower] - row.elevation[forest]) < 5


def test_no_position_is_degrees_minutes_and_seconds_written_as_decimals(stations):
    nord = stations.set_index("id").loc["SNO"]
    degrees, minutes, seconds = 81, 36, 5.26  # eu-interact.org, also villumresearchstation.dk: 81 36' N, 16 40' W
    assert nord.lat == pytest.approx(degrees + minutes / 60 + seconds / 3600, abs=1e-4)
    assert nord.lon == pytest.approx(-(16 + 39 / 60 + 43.31 / 3600), abs=1e-4)


def test_extremes_and_a_distance(stations, entry):
    row = stations.set_index("id")
    assert row.lat.idxmax() == "SNO" and row.lat.max() == entry["facts"]["northernmost"][0]
    assert row.lat.idxmin() == "RUN"
    assert row.elevation.idxmax() == "JFJ"
    distance = great_circle(row.loc["HTM"], row.loc["SVB"])
    assert distance == pytest.approx(entry["facts"]["htm_to_svb"][0], abs=0.1)
