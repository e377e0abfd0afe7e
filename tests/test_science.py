"""The formulas that notebooks share, against published values and against PyCO2SYS, which has its own."""

import numpy as np
import pandas as pd
import PyCO2SYS
import pytest
from PyCO2SYS.gas import fugacity_factor, vpfactor

from fieldnotes import science

TEMPERATURE, SALINITY = np.meshgrid(np.linspace(0, 35, 8), np.linspace(0, 40, 5))
ATM = 1013.25  # hPa
GAS_CONSTANT = 83.14462618  # cm3 bar mol-1 K-1


def test_water_vapour_pressure_is_that_of_pyco2sys():
    theirs = ATM * (1 - vpfactor(TEMPERATURE, SALINITY))
    assert science.water_vapour_pressure(TEMPERATURE, SALINITY) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("temperature, pressure", [(0, 6.11), (10, 12.27), (20, 23.37), (30, 42.43)])
def test_water_vapour_pressure_of_fresh_water_is_the_tabulated_one(temperature, pressure):
    """Tables of the saturation vapour pressure of water (hPa), as in any handbook of physics."""
    assert science.water_vapour_pressure(temperature, 0) == pytest.approx(pressure, rel=2e-3)


def test_salt_lowers_the_vapour_pressure_by_two_per_cent():
    assert science.water_vapour_pressure(15, 35) / science.water_vapour_pressure(15, 0) == pytest.approx(
        0.981, abs=1e-3
    )


def test_fugacity_is_that_of_pyco2sys():
    theirs = fugacity_factor(TEMPERATURE, 10, GAS_CONSTANT, 0)
    assert science.fugacity(1.0, TEMPERATURE, ATM, 0) == pytest.approx(theirs, rel=1e-9)
    assert science.fugacity(1.0, TEMPERATURE, ATM, 400) == pytest.approx(theirs, rel=3e-6)  # which leaves xCO2 out


def test_the_chain_is_that_of_pyco2sys():
    """Dry CO2 to fCO2 at the pressure of one atmosphere, by the whole of PyCO2SYS."""
    theirs = PyCO2SYS.sys(400, 8.1, 9, 3, salinity=35, temperature=18)  # xCO2 (umol mol-1), pH
    assert science.partial_pressure(400, 18, 35, ATM) == pytest.approx(theirs["pCO2"], rel=1e-6)
    assert science.fco2(400, 18, 35, ATM) == pytest.approx(theirs["fCO2"], rel=1e-5)


def test_a_kelvin_is_worth_4_23_per_cent_and_the_way_back_is_the_way():
    assert science.at_temperature(400, 20, 21) / 400 == pytest.approx(1.0432, abs=1e-4)
    assert np.log(science.at_temperature(1, 10, 12)) == pytest.approx(2 * 0.0423)
    assert science.at_temperature(science.at_temperature(400, 20, 17), 17, 20) == pytest.approx(400)


def test_without_another_sea_the_chain_has_no_temperature_step():
    assert science.fco2(400, 10, 35, 1000) == science.fco2(400, 10, 35, 1000, sst=10)
    assert science.fco2(400, 10.6, 35, 1000, sst=10) < science.fco2(400, 10.6, 35, 1000)


def test_a_series_stays_a_series():
    table = pd.DataFrame({"xco2": [380.0, 400.0], "temperature": [5.0, 15.0]}, index=["a", "b"])
    found = science.fco2(table.xco2, table.temperature, 35, 1010, sst=table.temperature - 0.5)
    assert isinstance(found, pd.Series) and list(found.index) == ["a", "b"]


@pytest.mark.parametrize(
    "latitude, day, hours",
    [(64.256, 355, 4.05), (0, 81, 12.11), (56.098, 81, 12.20), (64.256, 81, 12.26), (80, 355, 0), (80, 172, 24)],
)
def test_daylight_counts_from_the_sun_s_upper_edge_with_refraction(latitude, day, hours):
    """At the equator the sun's edge and refraction add 2 * 0.833 / 15 hours to half a day; poles have no sunrise."""
    assert science.daylight(latitude, day) == pytest.approx(hours, abs=0.01)
