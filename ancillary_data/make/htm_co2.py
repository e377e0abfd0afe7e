"""Hourly CO2 150 m above two Swedish forests, 2017-2019: a simulated twin of Hyltemossa (56 N) and Svartberget (64 N).

No measurement enters. The towers share the air that comes from far; each adds what its own forest and its neighbours
give and take, diluted by its own weather and sun. Hyltemossa keeps the published size of its record (PUBLISHED): the
number of gaps, and the lowest, highest and mean value, to which the simulated ones are stretched. Svartberget begins in
June 2017. Numbers without a source are our choice. Licence of the twin: CC BY 4.0.
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

HEIGHT = 150  # m
LEVEL, SEASON = 405.5, 8.5  # ppm in 2018.0, ppm
TOWERS = {  # latitude and longitude; what the ground gives [umol m-2 s-1]; share in pollution
    "hyltemossa": ((56.098, 13.419), dict(respiration=2.0, uptake=20.0, fossil=0.6), 1.0),
    "svartberget": ((64.256, 19.775), dict(respiration=1.6, uptake=14.0, fossil=0.1), 0.7),
}
PUBLISHED = dict(missing=17_856 - 17_242, lowest=382.455, highest=452.815, mean=411.857)  # Hyltemossa; hours, ppm


def simulate(seed=150):
    """CO2 [ppm] at both towers without gaps, before stretching, stamped at the start of the hour in UTC."""
    time = pd.date_range("2017-04-17", "2019-04-30T23:00", freq="h", name="time")
    rng, middle, n = np.random.default_rng(seed), time + pd.Timedelta("30min"), len(time)
    winter = year_cycle(middle, 20)
    far = background(middle, LEVEL, SEASON) + (2.7 + 0.8 * winter) * red_noise(rng, n, 96)
    episodes = polluted(rng, winter)
    table = pd.DataFrame(index=time)
    for name, (place, ground, share) in TOWERS.items():
        sine, wind = sine_of_elevation(middle, *place), 0.8 * red_noise(rng, n, 36) + 0.6 * red_noise(rng, n, 8)
        (local,) = above_background([HEIGHT], sine, wind, exchange(middle, sine, **ground), 240 + 140 * winter)
        weather = (2.4 + 0.6 * winter) * red_noise(rng, n, 48) + rng.normal(0, 0.1, n)
        table[name] = far + share * episodes + local + weather
    return table


def stretched(values, lowest, highest, mean):
    """Values moved, in their order, to lowest + (highest - lowest) u**p, u from 0 to 1, with p that gives the mean."""
    u = (values - values.min()) / (values.max() - values.min())
    low, high = 0.2, 5.0
    for _ in range(60):  # bisection: the mean falls as p grows
        p = (low + high) / 2
        low, high = (p, high) if lowest + (highest - lowest) * (u**p).mean() > mean else (low, p)
    return lowest + (highest - lowest) * u**p


def make(folder: Path) -> None:
    """Write htm-co2.csv.gz into the folder."""
    table, numbers = simulate(), dict(PUBLISHED)
    down = outages(np.random.default_rng(12), len(table), 12, numbers.pop("missing"))
    table["hyltemossa"] = stretched(table.hyltemossa.mask(down), **numbers)
    table["svartberget"] = table.svartberget.where(table.index >= "2017-06-01")
    packing = {"method": "gzip", "mtime": 0}
    table.round(3).tz_localize("UTC").to_csv(
        folder / "htm-co2.csv.gz", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n", compression=packing
    )


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
