"""Formulas that more than one notebook needs, each taught where its docstring says.

Numbers, numpy arrays and pandas Series go in, and the same comes out.
"""

import numpy as np
from scipy.constants import R, atm, zero_Celsius

ATMOSPHERE = atm / 100  # hPa in 1 atm
WARMING = 0.0423  # K-1, of sea water's pCO2: Takahashi and others (1993), doi:10.1029/93GB02263


def water_vapour_pressure(temperature, salinity):
    """Return the vapour pressure (hPa) in air saturated above sea water of a temperature (degC) and salinity (1).

    Weiss and Price (1980), equation 10, doi:10.1016/0304-4203(80)90024-9; for 0 to 40 degC and salinity 0 to 40.
    Taught in notebooks/education/from-gas-analyser-to-fco2.ipynb.
    """
    kelvin = temperature + zero_Celsius
    return ATMOSPHERE * np.exp(24.4543 - 6745.09 / kelvin - 4.8489 * np.log(kelvin / 100) - 0.000544 * salinity)


def partial_pressure(xco2, temperature, salinity, pressure):
    """Return pCO2 (uatm) of air saturated above sea water, from its CO2 once it is dried (xco2, umol mol-1).

    temperature (degC) and salinity (1) of the water, total pressure (hPa). Dickson and others (2007), Guide to Best
    Practices for Ocean CO2 Measurements, SOP 5. Taught in notebooks/education/from-gas-analyser-to-fco2.ipynb.
    """
    return xco2 * (pressure - water_vapour_pressure(temperature, salinity)) / ATMOSPHERE


def fugacity(pco2, temperature, pressure, xco2):
    """Return fCO2 (uatm) of CO2 in air: its pCO2 (uatm), less the few thousandths by which CO2 is not an ideal gas.

    temperature (degC), total pressure (hPa), CO2 in dry air (xco2, umol mol-1). Virial coefficients (cm3 mol-1) of
    Weiss (1974), doi:10.1016/0304-4203(74)90015-2. Taught in notebooks/education/from-gas-analyser-to-fco2.ipynb.
    """
    T = temperature + zero_Celsius
    B = -1636.75 + 12.0408 * T - 0.0327957 * T**2 + 3.16528e-5 * T**3  # CO2 with CO2
    delta = 57.7 - 0.118 * T  # CO2 with air
    others = 1 - xco2 * 1e-6
    return pco2 * np.exp(100 * pressure * (B + 2 * others**2 * delta) * 1e-6 / (R * T))


def at_temperature(co2, measured, wanted):
    """Return pCO2 or fCO2 (uatm) of sea water as it would be at another temperature, `wanted` instead of `measured`.

    Both in degC; the water exchanges no CO2 on the way. 4.23 % per kelvin: Takahashi and others (1993),
    doi:10.1029/93GB02263. Taught in notebooks/education/from-gas-analyser-to-fco2.ipynb.
    """
    return co2 * np.exp(WARMING * (wanted - measured))


def fco2(xco2, temperature, salinity, pressure, sst=None):
    """Return fCO2 (uatm) from CO2 in dried air (xco2, umol mol-1) that was saturated above sea water.

    temperature (degC), salinity (1) and total pressure (hPa) where air and water met. For an equilibrator give `sst`
    (degC), the temperature of the sea, too; for the air above the sea `temperature` is that of its surface.
    Taught in notebooks/education/from-gas-analyser-to-fco2.ipynb.
    """
    sea = temperature if sst is None else sst
    pco2 = at_temperature(partial_pressure(xco2, temperature, salinity, pressure), temperature, sea)
    return fugacity(pco2, sea, pressure, xco2)


def daylight(latitude, day):
    """Return the hours from sunrise to sunset at a latitude (degrees north) on a day of the year (1 to 365).

    The sun rises when its upper edge appears: with the bending of light by the air, its centre is then 0.833 degrees
    below the horizon (US Naval Observatory, https://aa.usno.navy.mil/faq/RST_defs). Declination by Cooper (1969),
    doi:10.1016/0038-092X(69)90047-4. Polar day is 24 hours, polar night 0.
    Taught in notebooks/education/the-breathing-of-the-forest.ipynb.
    """
    phi = np.radians(latitude)
    delta = np.radians(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    cosine = (np.sin(np.radians(-0.833)) - np.sin(phi) * np.sin(delta)) / (np.cos(phi) * np.cos(delta))
    return 24 / np.pi * np.arccos(np.clip(cosine, -1, 1))
