"""Hourly CO2 at four heights of a tall tower, 2016-2020: a simulated twin of Cabauw (51.970 N, 4.926 E).

No measurement enters. Grass and town give and take CO2; at night it stays in a shallow layer, whose depth the wind
sets, and falls off with height; by day the sun mixes it to one value. Numbers without a source are our choice, made for
profiles of the size that Cabauw has. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _atmosphere import (
    above_background,
    background,
    exchange,
    outages,
    polluted,
    red_noise,
    sine_of_elevation,
    year_cycle,
)

LATITUDE, LONGITUDE = 51.970, 4.926  # degrees
HEIGHTS = (27, 67, 127, 207)  # m
LEVEL, SEASON = 407.5, 5.0  # ppm in 2018.0, ppm
BROKEN = {27: 2400, 67: 1400, 127: 2600, 207: 900}  # hours, beside those when all heights fail together


def simulate(seed=207):
    """Four columns of hourly CO2 [ppm] without gaps, stamped at the start of the hour in UTC."""
    time = pd.date_range("2016-01-01", "2020-12-31T23:00", freq="h", name="time")
    rng, middle, n = np.random.default_rng(seed), time + pd.Timedelta("30min"), len(time)
    sine = sine_of_elevation(middle, LATITUDE, LONGITUDE)
    wind = 0.8 * red_noise(rng, n, 36) + 0.6 * red_noise(rng, n, 8)
    winter, flux = year_cycle(middle, 20), exchange(middle, sine, respiration=2.8, uptake=28.0, fossil=2.5)
    layers = above_background(HEIGHTS, sine, wind, flux, 170 + 80 * winter)
    far = background(middle, LEVEL, SEASON) + 4.0 * red_noise(rng, n, 96) + 2.5 * polluted(rng, winter)
    noise = rng.normal(0, 0.3, size=(len(HEIGHTS), n))
    return pd.DataFrame({f"co2_{z}m": far + c + e for z, c, e in zip(HEIGHTS, layers, noise, strict=True)}, index=time)


def make(folder: Path) -> None:
    """Write cbw-co2.csv.gz into the folder."""
    table, rng = simulate(), np.random.default_rng(27)
    down = outages(rng, len(table), 20, 2000)
    for z, hours in BROKEN.items():
        table[f"co2_{z}m"] = table[f"co2_{z}m"].mask(down | outages(rng, len(table), 40, hours))
    packing = {"method": "gzip", "mtime": 0}
    table.round(2).tz_localize("UTC").to_csv(
        folder / "cbw-co2.csv.gz", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n", compression=packing
    )


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
