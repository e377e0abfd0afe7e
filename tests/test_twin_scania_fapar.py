"""The simulated grid of light and leaves gives its truth back, and has the size and the shape of Scania."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fieldnotes.entries import describe

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
ENTRY = describe("scania-fapar")
FACTS = {key: value for key, (value, _, _) in ENTRY["facts"].items()}


@pytest.fixture(scope="module")
def grid():
    return xr.load_dataset(ROOM / ENTRY["file"])


@pytest.fixture(scope="module")
def area(grid):
    """Area of the land in each cell, km2."""
    south, north = np.radians(grid["lat"] - 0.025), np.radians(grid["lat"] + 0.025)
    return (6371**2 * np.radians(0.05) * (np.sin(north) - np.sin(south)) * grid["fapar"].notnull()).transpose()


def test_it_says_that_it_is_simulated():
    assert ENTRY["kind"] == "simulated"
    assert "simulated" in ENTRY["title"] and "not a measurement" in ENTRY["credit"]


def test_fapar_gives_back_that_of_forest_and_of_fields(grid):
    land = grid.to_dataframe().dropna()
    slope, field = np.polyfit(land["forest"], land["fapar"], 1)
    assert field == pytest.approx(FACTS["fapar_field"], abs=0.01)
    assert field + slope == pytest.approx(FACTS["fapar_forest"], abs=0.01)


def test_sea_is_missing_in_all_three_and_land_is_as_large_as_scania_and_its_neighbours(grid, area):
    sea = grid.isnull()
    assert sea["fapar"].equals(sea["par"]) and sea["fapar"].equals(sea["forest"])
    assert 11_000 < area.sum() < 14_500  # km2; the province has 11 000, the box a little more
    assert sea["fapar"].sel(lat=55.7, lon=12.56, method="nearest")  # Copenhagen is not in Scania
    assert not sea["fapar"].sel(lat=55.7, lon=13.19, method="nearest")  # Lund is


def test_fields_lie_in_the_south_west_and_forest_around_the_tower(grid):
    at = {name: grid.sel(lat=lat, lon=lon, method="nearest") for name, lat, lon in PLACES}
    assert at["Hyltemossa"]["forest"] > 0.7 > 0.4 > at["Trelleborg"]["forest"]
    assert at["Trelleborg"]["par"] > at["Hyltemossa"]["par"]


PLACES = [("Hyltemossa", 56.098, 13.419), ("Trelleborg", 55.40, 13.20)]
