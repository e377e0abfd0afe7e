"""Hourly CO2 150 m above two Swedish forests, 2017-2019: a simulated twin of Hyltemossa (56 N) and
Svartberget (64 N).

No measurement enters. The towers share the air that comes from far; each adds what its own forest
and its neighbours give and take, diluted by its own weather and sun. Hyltemossa keeps the published
size of its record (PUBLISHED): the number of gaps, and the lowest, highest and mean value, to which
the simulated ones are stretched. Svartberget begins in June 2017.

The numbers in TOWERS, and the seed among two dozen, were chosen so that the daily breath of each
month, its error and the monthly means come near those of the measured towers, which the catalogue's
facts give beside the twin's. Licence of the twin: CC BY 4.0.
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
LEVEL, SEASON = 409.5, 7.5  # ppm in 2018.0, ppm
HIGH, SHARP = 35, -0.2  # day of the year, shape of the season: a long high and a short low
TOWERS = {
    "hyltemossa": dict(
        place=(56.098, 13.419),  # latitude, longitude
        ground=dict(respiration=3.0, uptake=18.0, fossil=0.65, coldest=-10),  # umol m-2 s-1
        lid=(230, 115, 175),  # m, depth of calm night air: mean, half its range, day of the year with the highest
        gusts=2.5,  # standard deviation of the wind that moves the lid
        hours=(1.2, 1.1, 180),  # ppm, passing air: mean standard deviation, half its range, day with the largest
        days=(3.5, 0.9),  # ppm, weather of days: standard deviation, its excess in midwinter
        share=1.0,  # in pollution
    ),
    "svartberget": dict(
        place=(64.256, 19.775),
        ground=dict(respiration=2.2, uptake=8.0, fossil=0.02),
        lid=(85, 45, 235),
        gusts=1.2,
        hours=(1.4, 1.2, 222),
        days=(2.8, 0.1),
        share=0.3,
    ),
}
PUBLISHED = dict(missing=17_856 - 17_242, lowest=382.455, highest=452.815, mean=411.857)  # Hyltemossa; hours, ppm


def swinging(time, mean, half_range, peak):
    """A quantity that swings by `half_range` about its mean, highest on the day of the year `peak`."""
    return mean + half_range * year_cycle(time, peak)


def simulate(seed=149):
    """CO2 [ppm] at both towers without gaps, before stretching, stamped at the start of the hour in UTC."""
    time = pd.date_range("2017-04-17", "2019-04-30T23:00", freq="h", name="time")
    rng, middle, n = np.random.default_rng(seed), time + pd.Timedelta("30min"), len(time)
    winter = year_cycle(middle, 20)
    far = background(middle, LEVEL, SEASON, HIGH, SHARP) + 2.0 * red_noise(rng, n, 96)
    episodes = polluted(rng, winter)
    table = pd.DataFrame(index=time)
    for name, tower in TOWERS.items():
        sine = sine_of_elevation(middle, *tower["place"])
        flux = exchange(middle, sine, **tower["ground"])
        wind = tower["gusts"] * (0.8 * red_noise(rng, n, 36) + 0.6 * red_noise(rng, n, 8))
        (local,) = above_background([HEIGHT], sine, wind, flux, swinging(middle, *tower["lid"]))
        passing = swinging(middle, *tower["hours"]) * red_noise(rng, n, 6)
        weather = swinging(middle, *tower["days"], 20) * red_noise(rng, n, 60)
        table[name] = far + tower["share"] * episodes + local + passing + weather + rng.normal(0, 0.1, n)
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
