"""Hourly CO2 and CO of 2018 at a tower in central Europe (50 N, 9 E, 30 m), and a transport model's view of it.

No measurement enters: it is a simulated twin of a station of the Integrated Carbon Observation System and of the time
series that the STILT viewer gives for it. The model has the right sun and the right fluxes of the biosphere, winds and
plumes that agree with the true ones only in part (SKILL), and two known errors: its layer is too deep at night
(NIGHT_DEPTH), and its inventory of fossil emissions too small (INVENTORY). Numbers without a source are our choice.
Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _atmosphere import above_background, background, exchange, outages, red_noise, sine_of_elevation, slow, year_cycle

PLACE, HEIGHT = (50.0, 9.0), 30  # degrees north and east; m
LEVEL, SEASON = 407.0, 7.5  # ppm in 2018.0, ppm
FLUXES = {"resp": dict(respiration=2.0), "gee": dict(uptake=18.0), "fossil": dict(fossil=1.0)}  # umol m-2 s-1
SKILL = 0.85  # correlation of the model's winds, plumes and background with the true ones
NIGHT_DEPTH = 1.6  # the model's depth of the layer at night, over the true one
INVENTORY = 0.75  # the model's fossil emissions, over the true ones
CO_RATIO = 10.0  # ppb of CO that comes with 1 ppm of fossil CO2
NOISE = {"co2": 0.1, "co": 3.0}  # ppm, ppb: of an hourly mean


def guessed(rng, true, steps):
    """What a model makes of unit noise: noise of the same kind that agrees with it with the correlation SKILL."""
    return SKILL * true + np.sqrt(1 - SKILL**2) * red_noise(rng, len(true), steps)


def components(time, wind, plumes, night_depth=1.0, inventory=1.0):
    """CO2 [ppm] that respiration, uptake (gee) and burning of fuel add to the background, the last with its plumes."""
    sine, winter = sine_of_elevation(time, *PLACE), year_cycle(time, 20)
    night = slow((sine < 0.05).astype(float), 2)
    depth = (180 + 80 * winter) * (1 + (night_depth - 1) * night)
    parts = {}
    for name, flux in FLUXES.items():
        ground = exchange(time, sine, **(dict(respiration=0.0, uptake=0.0, fossil=0.0) | flux))
        (parts[name],) = above_background([HEIGHT], sine, wind, ground, depth)
    parts["fossil"] += (1.2 + 0.6 * winter) * np.exp(0.9 * plumes)
    return pd.DataFrame(parts, time) * {"resp": 1, "gee": 1, "fossil": inventory}


def simulate(seed=2018):
    """The truth and the model's view of it, each with the columns background, resp, gee and fossil [ppm]."""
    time = pd.date_range("2018-01-01", "2018-12-31T23:00", freq="h", name="time")
    rng, middle, n = np.random.default_rng(seed), time + pd.Timedelta("30min"), len(time)
    noises = {"far": red_noise(rng, n, 96), "wind": red_noise(rng, n, 24), "plumes": red_noise(rng, n, 18)}
    guesses = {name: guessed(rng, noises[name], steps) for name, steps in (("far", 96), ("wind", 24), ("plumes", 18))}
    tables = []
    for view, errors in ((noises, (1.0, 1.0)), (guesses, (NIGHT_DEPTH, INVENTORY))):
        table = components(middle, view["wind"], view["plumes"], *errors).set_axis(time)
        table["background"] = background(middle, LEVEL, SEASON) + 2.0 * view["far"]
        tables.append(table)
    return tables


def observed(truth, seed=100):
    """CO2 [ppm] and CO [ppb] as the tower's instruments give them, with noise and gaps."""
    rng, n = np.random.default_rng(seed), len(truth)
    ratio = CO_RATIO * np.exp(0.25 * red_noise(rng, n, 48))
    far = 115 + 25 * year_cycle(truth.index, 60) + 6 * red_noise(rng, n, 96)
    seen = pd.DataFrame({"co2": truth.sum(axis=1), "co": far + ratio * truth.fossil})
    seen += rng.normal(0, [NOISE["co2"], NOISE["co"]], (n, 2))
    seen.loc[outages(rng, n, 8, 420)] = np.nan
    return seen


def make(folder: Path) -> None:
    """Write tower-model.csv.gz into the folder."""
    truth, model = simulate()
    parts = model[["background", "gee", "resp", "fossil"]].add_prefix("co2_model_").round(3)
    table = observed(truth).join(parts.assign(co2_model=parts.sum(axis=1)))
    decimals = {"co2": 2, "co": 1, "co2_model": 3}
    table.round(decimals).tz_localize("UTC").to_csv(
        folder / "tower-model.csv.gz",
        date_format="%Y-%m-%dT%H:%MZ",
        lineterminator="\n",
        compression={"method": "gzip", "mtime": 0},
    )


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
