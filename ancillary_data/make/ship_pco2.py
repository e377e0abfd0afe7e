"""Four days of a ship's CO2 analyser with its standards, westwards at 60 N in June 2019: a simulated twin.

No measurement enters. A true fCO2 of the sea is turned, with the gas formulas of PyCO2SYS, into the dry CO2 that the
equilibrator holds; the analyser then shows it through a zero and a gain that drift. Every four hours it reads three
standards and the air. The numbers are our choice, of the size usual on such ships (Pierrot and others 2009,
doi:10.1016/j.dsr2.2008.12.005). Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _atmosphere import red_noise
from PyCO2SYS.gas import fugacity_factor, vpfactor

STANDARDS = {"std1": 248.93, "std2": 389.41, "std3": 502.66}  # ppm
NOISE = 0.08  # ppm, of one reading
MINUTES = {0: "std1", 5: "std2", 10: "std3", 15: "atm", 20: "atm"} | dict.fromkeys(range(30, 240, 10), "equ")
R, ATM = 83.14462618, 1013.25  # cm3 bar mol-1 K-1, hPa


def drift(hours):
    """The analyser's zero [ppm] and gain [1]: it shows zero + gain * CO2. Both drift; the zero follows the sun, too."""
    return -6 + 0.06 * hours + 1.2 * np.sin(2 * np.pi * (hours - 9) / 24), 1.035 + 1.2e-4 * hours


def dry_co2(table):
    """CO2 [ppm] in the dried air of an equilibrator that stands in equilibrium with water of the true fCO2."""
    pressure = (table.p_equ / ATM).to_numpy()
    factor = fugacity_factor(table.sst.to_numpy(), 10, R, 0, pressure_atmosphere=pressure)
    pco2 = table.fco2 / factor * np.exp(0.0423 * (table.t_equ - table.sst))
    return pco2 / vpfactor(table.t_equ.to_numpy(), table.salinity.to_numpy(), pressure)


def simulate(seed=60):
    """The cruise, one row a reading, with the truth: fco2 [uatm] of the sea, co2 [ppm] of the gas."""
    rng = np.random.default_rng(seed)
    minutes = [240 * cycle + minute for cycle in range(24) for minute in MINUTES] + [5760, 5765, 5770]
    table = pd.DataFrame({"type": [*list(MINUTES.values()) * 24, *STANDARDS]})
    table.index = pd.Timestamp("2019-06-08T00:00Z") + pd.to_timedelta(minutes, unit="min").rename("time")
    n, hours = len(table), np.array(minutes) / 60
    way, west = hours / 96, 1 / (1 + np.exp(-(hours - 62) / 2.5))  # a front between two waters
    table["lat"], table["lon"] = 60 + 1.2 * np.sin(np.pi * way), 3.5 - 38 * way
    table["sst"] = 11.6 - 1.2 * way - 3.6 * west + 0.25 * red_noise(rng, n, 40)
    table["salinity"] = 35.15 - 1.3 * np.exp(-hours / 4) - 0.35 * west + 0.03 * red_noise(rng, n, 40)
    table["t_equ"] = table.sst + 0.62 + 0.04 * red_noise(rng, n, 12)
    table["p_atm"] = 1011 - 9 * np.sin(2 * np.pi * (way - 0.15)) + 0.5 * red_noise(rng, n, 30)
    table["p_equ"] = table.p_atm - 0.4 + 0.15 * rng.standard_normal(n)
    table["fco2"] = 352 - 34 * west - 18 * np.exp(-(((hours - 30) / 7) ** 2)) + 6 * red_noise(rng, n, 18)
    air = 411.2 + 0.4 * red_noise(rng, n, 20)
    table["standard"] = table.type.map(STANDARDS)
    table["co2"] = np.select([table.type == "equ", table.type == "atm"], [dry_co2(table), air], table.standard)
    zero, gain = drift(hours)
    table["xco2"] = zero + gain * table.co2 + NOISE * rng.standard_normal(n)
    return table


def make(folder: Path) -> None:
    """Write ship-pco2.csv into the folder."""
    columns = {
        "lat": 4,
        "lon": 4,
        "xco2": 2,
        "standard": 2,
        "t_equ": 3,
        "p_equ": 2,
        "sst": 3,
        "salinity": 3,
        "p_atm": 2,
    }
    table = simulate()[["type", *columns]].round(columns)
    table.to_csv(folder / "ship-pco2.csv", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
