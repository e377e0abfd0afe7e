"""The simulated NO2: sums that must come out, and the truths a fit must find."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fieldnotes import entries

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
ENTRIES = entries.read()
twin = importlib.import_module("_no2")
NAMES = ["city-no2", "plume-no2"]


@pytest.fixture(scope="module")
def table():
    table = pd.read_csv(ROOM / "city-no2.csv.gz", parse_dates=["day"])
    return table.assign(year=table["day"].dt.year, week=table["day"].dt.isocalendar().week)


def fact(name, key):
    return ENTRIES[name]["facts"][key][0]


@pytest.mark.parametrize("name", NAMES)
def test_a_twin_says_that_it_is_one(name):
    assert ENTRIES[name]["kind"] == "simulated"
    assert "simulated" in ENTRIES[name]["title"] and "not a measurement" in ENTRIES[name]["credit"]


def test_the_mass_of_a_plume_is_emission_times_lifetime():
    step, u, nox = 2000.0, 5.0, 60.0
    east, north = np.meshgrid(np.arange(-2e5, 1.2e6, step), np.arange(-1e5, 1e5, step))
    mass = twin.plume(east, north, (u, 0.0), nox).sum() * step**2  # mol of NO2
    assert mass == pytest.approx(nox / twin.NOX * twin.LIFETIME * 3600, rel=0.01)


def test_a_plume_turns_with_its_wind():
    along, across = np.array([0.0, 3e4, 8e4]), np.array([5e3, -8e3, 2e4])
    east = twin.plume(along, across, (5.0, 0.0), 60.0)
    assert twin.plume(-across, along, (0.0, 5.0), 60.0) == pytest.approx(east)


def test_version_1_is_lower_over_cities_and_the_same_where_nothing_is():
    column = np.array([-1e-5, 0.0, 1e-5, 1e-4, 1e-3])
    share = twin.version_1(column)[2:] / column[2:]
    assert (np.diff(share) < 0).all() and (share > 0.5).all()
    assert (twin.version_1(column)[:2] == column[:2]).all()


def test_facts_are_what_the_script_makes():
    week, year = twin.DAYS.isocalendar().week.to_numpy(), twin.DAYS.year.to_numpy()
    for one in (2019, 2020):
        true = twin.emission("Alder")[(week >= 12) & (week <= 19) & (year == one)].mean()
        assert round(true, 1) == fact("plume-no2", f"nox_{one}")
    assert fact("plume-no2", "lifetime") == twin.LIFETIME and fact("plume-no2", "nox_no2") == twin.NOX
    for place in ("Alder", "Birch", "Cedar"):
        assert fact("city-no2", f"lockdown_{place.lower()}") == twin.PLACES[place].lockdown
    assert fact("city-no2", "later_cedar") == twin.PLACES["Cedar"].later
    assert fact("city-no2", "sunday") == twin.WEEK[6] and fact("city-no2", "days") == len(twin.DAYS)


# Series.


def test_every_day_and_place_has_every_row(table):
    counts = table.groupby(["place", table["processor"].str[:4]]).size().unstack()
    assert (counts["RPRO"] == 6 * 1096).all() and (counts["OFFL"] == 1096).all()
    assert (table["no2"].isna() == (table["valid"] == 0)).all() and (table["valid"] <= table["pixels"]).all()


def test_versions_are_delivered_when_they_were(table):
    offline = table[table["processor"].str.startswith("OFFL")]
    first = offline.groupby("processor")["day"].min().dt.strftime("%Y-%m-%d")
    assert first["OFFL 01.04.00"] == "2020-12-02"
    assert first["OFFL 02.02.00"] == "2021-07-01" and first["OFFL 02.03.01"] == "2021-11-14"


def test_columns_of_cities_jump_with_version_1_4_and_not_with_version_2(table):
    city = table[(table["place"] == "Alder") & (table["radius"] == 30) & (table["qa_min"] == 0.75)]
    columns = city.pivot_table(index="day", columns=city["processor"].str[:4], values="no2")
    share = columns["OFFL"] / columns["RPRO"]
    assert share[:"2020-12-01"].median() < 0.8 and share["2020-12-02":].median() == pytest.approx(1)


def test_sundays_are_cleaner_in_cities_and_not_on_the_heath(table):
    chosen = table[(table["processor"] == "RPRO 02.04.00") & (table["qa_min"] == 0.75) & (table["radius"] == 15)]
    sunday = chosen["day"].dt.day_of_week == 6
    ratio = chosen[sunday].groupby("place")["no2"].mean() / chosen[~sunday].groupby("place")["no2"].mean()
    assert (ratio[["Alder", "Birch", "Cedar"]] < 0.92).all() and ratio["heath"] == pytest.approx(1, abs=0.06)


# Maps.


def test_days_of_the_maps_are_those_of_the_series(table):
    with xr.open_dataset(ROOM / "plume-no2.nc") as maps:
        assert maps.sizes["time"] == 112
        near = maps["no2"].where(np.hypot(maps["x"], maps["y"]) < 30).mean(("x", "y")).to_series().dropna()
    alder = table[(table["place"] == "Alder") & (table["processor"] == "RPRO 02.04.00")]
    series = alder[(alder["qa_min"] == 0.75) & (alder["radius"] == 30)].set_index("day")["no2"]
    series.index = series.index.tz_localize(None).normalize()
    assert series.reindex(near.index).corr(near) > 0.97


def test_the_plumes_lean_with_the_wind():
    with xr.open_dataset(ROOM / "plume-no2.nc") as maps:
        clear = maps.isel(time=(maps["no2"].notnull().mean(("x", "y")) > 0.7).to_numpy()).load()
    excess = (clear["no2"] - clear["no2"].median(("x", "y")) - 20).clip(0)  # umol m-2, above the noise of a cell
    lean = sum(
        (excess * clear[axis]).sum(("x", "y")) / excess.sum(("x", "y")) * clear[wind]
        for axis, wind in (("x", "eastward_wind"), ("y", "northward_wind"))
    )
    assert (lean / np.hypot(clear["eastward_wind"], clear["northward_wind"]) > 10).all()  # km
