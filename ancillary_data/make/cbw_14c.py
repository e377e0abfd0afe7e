"""Radiocarbon in CO2 of a tall tower, samples of 14 days, 2016-2020: a simulated twin of Cabauw (51.970 N, 4.926 E).

No measurement enters. Air from the ocean mixes with CO2 of a living land, which has the ocean air's Delta14C, and with
fossil CO2, which has no 14C; nuclear facilities add 14C. What the table says of background and facilities is off
by errors that last for months; only the laboratory's are independent. Numbers without a source are our choice, made
for samples of the size that a tower among towns has. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _atmosphere import background, red_noise, year_cycle

LEVEL, SEASON = 407.5, 6.0  # ppm in 2018.0, ppm
DELTA_2018, FALL = 7.0, 4.0  # permille in 2018.0, permille yr-1
FOSSIL = -1000.0  # permille: no 14C at all (Levin et al. 2003, doi 10.1029/2003GL018477)
BACKGROUND_ERR, NUCLEAR_ERR = 0.6, 0.4  # permille; share of the estimate
FAILED = [17, 44, 71, 72, 108]  # samples that the laboratory could not count


def simulate(seed=14):
    """The table without lost samples, and with `fossil`, the fossil CO2 [ppm] that is the truth."""
    time = pd.date_range("2016-01-08", periods=130, freq="14D", name="time")
    rng, n, winter = np.random.default_rng(seed), len(time), year_cycle(time, 15)
    years = ((time - pd.Timestamp("2018-01-01")) / pd.Timedelta("365.25D")).to_numpy()
    fossil = (5.5 + 2.0 * winter) * np.exp(0.35 * red_noise(rng, n, 2) - 0.06)
    living = 1.5 + 4.0 * winter + 1.5 * rng.standard_normal(n)
    co2_bg = background(time, LEVEL, SEASON) + 0.5 * rng.standard_normal(n)
    clean = DELTA_2018 - FALL * years - 0.7 * year_cycle(time, 120)  # permille
    co2 = co2_bg + fossil + living
    emitted = 1.4 * np.exp(0.7 * red_noise(rng, n, 2) - 0.25)  # permille
    delta14c_err = rng.uniform(1.2, 2.1, n).round(2)
    diluted = ((co2_bg + living) * clean + fossil * FOSSIL) / co2
    nuclear = emitted * np.exp(NUCLEAR_ERR * red_noise(rng, n, 6))
    columns = {
        "co2": co2,
        "delta14c": diluted + emitted + delta14c_err * rng.standard_normal(n),
        "delta14c_err": delta14c_err,
        "co2_bg": co2_bg,
        "delta14c_bg": clean + BACKGROUND_ERR * red_noise(rng, n, 12),
        "delta14c_bg_err": np.full(n, BACKGROUND_ERR),
        "nuclear": nuclear,
        "nuclear_err": NUCLEAR_ERR * nuclear,
    }
    return pd.DataFrame(columns | {"fossil": fossil}, index=time)


def make(folder: Path) -> None:
    """Write cbw-14c.csv into the folder."""
    table = simulate().drop(columns="fossil")
    table.loc[table.index[FAILED], ["delta14c", "delta14c_err"]] = np.nan
    table.round(2).tz_localize("UTC").to_csv(folder / "cbw-14c.csv", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
