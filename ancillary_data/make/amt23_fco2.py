"""Hourly CO2 in air and sea along the Atlantic in autumn 2013: a simulated twin of Atlantic Meridional Transect 23.

No measurement enters. A ship sails from 46 N to 50 S in thirty days, as RRS James Clark Ross did (Kitidis and Brown
2017, doi:10.1594/PANGAEA.878492), past the belts that an atlas shows: warm tropics, salty subtropics, trade winds and
doldrums. DISEQUILIBRIUM is the truth: the sea's fCO2 minus the air's, a rounded sketch of Takahashi and others (2009,
doi:10.1016/j.dsr2.2008.12.009). Red noise stands for eddies and weather; in an eddy fCO2 follows temperature by 4.23 %
per kelvin (Takahashi and others 1993). The record has three outages. Numbers without a source are our choice. Licence
of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _atmosphere import outages, red_noise

HOURS = 720
ROUTE = {46: -12, 38: -19, 20: -28, 0: -29, -20: -25, -28: -27, -40: -45, -50: -56}  # degrees north: degrees east
DISEQUILIBRIUM = {50: -15, 38: 10, 22: 25, 8: -5, -3: 28, -16: 5, -30: -10, -40: -45, -50: -25}  # uatm, by latitude
WIND = {50: 9, 32: 7, 20: 8, 5: 4, -14: 8.5, -30: 5, -42: 8.5, -50: 10}  # m s-1, by latitude
XCO2 = {50: 395, 0: 394.5, -50: 393.5}  # ppm, by latitude, as in the marine air of October 2013


def belts(knots, latitude):
    """Values between those of a table by latitude."""
    north = sorted(knots)
    return np.interp(latitude, north, [knots[one] for one in north])


def bump(latitude, centre, width):
    """A bell of height 1 around a latitude."""
    return np.exp(-(((latitude - centre) / width) ** 2))


def air_fugacity(xco2, sst, salinity, pressure):
    """fCO2 [uatm] of air saturated with vapour (Weiss and Price 1980, equation 10); as an ideal gas but for 0.35 %."""
    kelvin = sst + 273.15
    vapour = np.exp(24.4543 - 6745.09 / kelvin - 4.8489 * np.log(kelvin / 100) - 0.000544 * salinity)  # atm
    return 0.9965 * xco2 * (pressure / 1013.25 - vapour)


def simulate(seed=23):
    """The ship's table without gaps, one row an hour."""
    rng, time = np.random.default_rng(seed), pd.date_range("2013-10-09T20:00Z", periods=HOURS, freq="h", name="time")
    lat = np.linspace(46, -50, HOURS)
    eddies, weather, rain, gusts, plankton = (red_noise(rng, HOURS, hours) for hours in (10, 40, 20, 9, 16))
    table = pd.DataFrame({"lat": lat, "lon": belts(ROUTE, lat)}, index=time)
    table["sst"] = 28 - 20 * (abs(lat - 5) / 55) ** 1.7 + 0.6 * eddies
    table["salinity"] = 34.3 + 2.6 * bump(lat, 25, 20) + 2.6 * bump(lat, -18, 17) + 0.12 * rain
    pressure = 1010 + 11 * bump(lat, 34, 14) + 12 * bump(lat, -31, 11)
    table["air_pressure"] = pressure + 3.5 * weather
    table["wind_speed"] = belts(WIND, lat) * np.exp(0.3 * gusts - 0.045)  # a mean factor of one
    table["xco2_air"] = belts(XCO2, lat)
    air = air_fugacity(table["xco2_air"], table["sst"], table["salinity"], pressure)  # the sea forgets the weather
    table["fco2_sea"] = (air + belts(DISEQUILIBRIUM, lat) + 7 * plankton) * np.exp(0.0423 * 0.6 * eddies)
    return table


def make(folder: Path) -> None:
    """Write amt23-fco2.csv into the folder."""
    table = simulate()
    table["fco2_sea"] = table["fco2_sea"].mask(outages(np.random.default_rng(3), HOURS, 3, 40))
    decimals = {"lat": 3, "lon": 3, "wind_speed": 2, "air_pressure": 1, "xco2_air": 2, "fco2_sea": 2}
    table.round({"sst": 3, "salinity": 3} | decimals).to_csv(
        folder / "amt23-fco2.csv", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n"
    )


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
