"""What the simulated NO2 data share: three invented cities and a heath, their weather, and what a satellite sees.

A city is a Gaussian source in a steady wind whose NO2 decays at a constant rate: the plume of Beirle and others (2011,
doi:10.1126/science.1207824) with a Gaussian across. NOx is 1.32 times NO2, as there. Ground pixels are 3.5 km wide at
nadir and 7 km long, 5.5 km since 6 August 2019 (Liu and others 2021, doi:10.5194/amt-14-7297-2021). Processor versions
1.2 and 1.3 are too low by up to half over polluted places (van Geffen and others 2022, doi:10.5194/amt-15-2037-2022).
Other numbers, clouds and what they do to the column among them, are our choice.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from _atmosphere import red_noise
from scipy.ndimage import gaussian_filter
from scipy.special import erfc

SEED = 6  # of six the one whose weather tells the three cities apart most clearly
DAYS = pd.date_range("2019-01-01", "2021-12-31")
PLACES = {  # NOx emission [mol s-1] of a weekday in 2019, what lockdown leaves of it, what is left from 2020 on anyway
    "Alder": SimpleNamespace(emission=60.0, lockdown=0.6, later=1.0),
    "Birch": SimpleNamespace(emission=45.0, lockdown=0.75, later=1.0),
    "Cedar": SimpleNamespace(emission=45.0, lockdown=1.0, later=0.7),
    "heath": SimpleNamespace(emission=0.0, lockdown=1.0, later=1.0),
}
LOCKDOWN = pd.to_datetime(["2020-03-14", "2020-03-17", "2020-05-11", "2020-08-01"])  # falls, stays, rises
WEEK = np.array([1, 1, 1, 1, 1, 0.85, 0.72])  # of Monday to Sunday
NOX, LIFETIME = 1.32, 4.0  # mol NOx per mol NO2; h
SPREAD = 10_000.0  # m, standard deviation of the source
BACKGROUND = 9e-6  # mol m-2
NOISE, SCATTER, DAILY = 9e-6, 0.15, 0.12  # of a pixel, mol m-2; of a pixel and of a whole overpass, share of the column


def weather():
    """Wind [m s-1] of each place and day, background [mol m-2] and mean cloudiness [1], as arrays."""
    rng, n = np.random.default_rng(SEED), len(DAYS)
    winds = np.array([[red_noise(rng, n, 2) for _ in range(2)] for _ in PLACES]) * 1.6 + np.array([[[4.5], [1.0]]])
    speed = np.hypot(winds[:, 0], winds[:, 1])
    winds *= (np.maximum(speed, 2.5) / speed)[:, None]  # never calm: the steady plume needs a wind
    season = 1 + 0.3 * np.cos(2 * np.pi * (DAYS.day_of_year.to_numpy() - 20) / 365.25)
    background = BACKGROUND * season * np.exp(0.1 * red_noise(rng, n, 10))
    clouds = np.array([red_noise(rng, n, 2) for _ in PLACES])
    return SimpleNamespace(winds=winds, background=background, clouds=clouds)


def emission(place):
    """NOx [mol s-1] that a place emits on each of DAYS."""
    city, day = PLACES[place], DAYS.to_julian_date()
    lockdown = np.interp(day, LOCKDOWN.to_julian_date(), [1, city.lockdown, city.lockdown, 1])
    return city.emission * WEEK[DAYS.day_of_week] * lockdown * np.where(DAYS.year > 2019, city.later, 1)


def plume(east, north, wind, nox):
    """NO2 [mol m-2] at places east and north [m] of a city that emits NOx [mol s-1] into a wind [m s-1]."""
    speed = np.hypot(*wind)
    along, across = (east * wind[0] + north * wind[1]) / speed, (north * wind[0] - east * wind[1]) / speed
    x0 = speed * LIFETIME * 3600
    decay = 0.5 * np.exp(SPREAD**2 / (2 * x0**2) - along / x0) * erfc((SPREAD / x0 - along / SPREAD) / np.sqrt(2))
    return nox / NOX / speed * decay * np.exp(-(across**2) / (2 * SPREAD**2)) / (np.sqrt(2 * np.pi) * SPREAD)


def seen(rng, true, cloudiness):
    """What is retrieved of true columns [mol m-2] by scanline and row: columns, their precision, and qa_value."""
    field = gaussian_filter(rng.standard_normal(true.shape), 4, mode="wrap")
    cloud = (0.5 + 0.35 * field / field.std() + 0.35 * cloudiness).clip(0, 1)  # cloud radiance fraction
    qa = np.select([rng.random(true.shape) < 0.03, cloud > 0.5], [0.4, 0.74], 1.0)
    shielded = true * (1 - 0.5 * np.maximum(cloud - 0.5, 0)) * np.exp(DAILY * rng.standard_normal())
    precision = np.hypot(NOISE, SCATTER * shielded) * np.where(cloud > 0.5, 1.5, 1)
    return shielded + precision * rng.standard_normal(true.shape), precision, qa


def overpasses(place, half=150_000.0):
    """Yield day, east, north [m], columns [mol m-2] and qa_value of the pixels within `half` of a place, day by day."""
    air, number = weather(), list(PLACES).index(place)
    for k, (day, nox) in enumerate(zip(DAYS, emission(place), strict=True)):
        rng = np.random.default_rng([SEED, number, k])
        length, width = (7000 if day < pd.Timestamp("2019-08-06") else 5500), rng.uniform(3500, 7000)
        north, east = np.meshgrid(np.arange(-half, half, length), np.arange(-half, half, width), indexing="ij")
        north, east = north + rng.uniform(0, length), east + rng.uniform(0, width)
        true = air.background[k] + plume(east, north, air.winds[number, :, k], nox)
        column, _, qa = seen(rng, true, air.clouds[number, k])
        yield day, east, north, column, qa


def version_1(column):
    """Columns [mol m-2] as processor versions 1.2 and 1.3 give them: the higher, the more too low, up to half."""
    return column * (1 - 0.5 * column.clip(0) / (column.clip(0) + 1e-4))
