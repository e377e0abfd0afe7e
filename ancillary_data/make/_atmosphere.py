"""What the simulated towers share: weather noise, the sun, CO2 under a lid that opens by day, broken instruments."""

import numpy as np
import pandas as pd

PPM_M = 3600 * 0.0241  # ppm m in an hour at 1 umol m-2 s-1: a mole of air fills 0.0241 m3 at 20 degC
GROWTH = 2.4  # ppm yr-1, close to the growth of global CO2 in 2016-2020 (NOAA GML)


def red_noise(rng, n, steps):
    """First-order autoregressive noise of unit variance that forgets in `steps` time steps."""
    white = pd.Series(rng.standard_normal(n + 10 * steps))
    red = white.ewm(alpha=1 / steps, adjust=False).mean().to_numpy()[-n:]
    return (red - red.mean()) / red.std()


def slow(x, steps):
    """The exponential running mean of x: what a store makes of its supply."""
    return pd.Series(x).ewm(alpha=1 / steps).mean().to_numpy()


def year_cycle(time, peak):
    """Cosine of the year: 1 on the day of the year `peak`, -1 half a year later."""
    return np.cos(2 * np.pi * (time.day_of_year.to_numpy() - peak) / 365.25)


def sine_of_elevation(time, latitude, longitude):
    """Sine of the sun's elevation, zero at night, with the equation of time (textbook astronomy)."""
    b = 2 * np.pi * (time.day_of_year.to_numpy() - 81) / 364
    minutes = 9.87 * np.sin(2 * b) - 7.53 * np.cos(b) - 1.5 * np.sin(b)
    solar_hour = (time.hour + time.minute / 60).to_numpy() + longitude / 15 + minutes / 60
    latitude, declination = np.radians(latitude), np.radians(23.45 * np.sin(b))
    across = np.cos(latitude) * np.cos(declination) * np.cos(np.pi / 12 * (solar_hour - 12))
    return np.maximum(np.sin(latitude) * np.sin(declination) + across, 0)


def background(time, level, amplitude, peak=45, sharp=0.2):
    """CO2 [ppm] of air that no land has touched lately: growth from `level` in 2018.0, and a season.

    The season is highest on the day of the year `peak`; `sharp` above zero makes the high shorter than the low.
    """
    years = ((time - pd.Timestamp("2018-01-01")) / pd.Timedelta("365.25D")).to_numpy()
    season = year_cycle(time, peak)
    return level + GROWTH * years + amplitude * (season + sharp * season**2)


def polluted(rng, winter):
    """CO2 [ppm] that air of the continent brings now and then, most in winter: a log-normal red noise."""
    return (1 + winter) * np.exp(0.9 * red_noise(rng, len(winter), 72))


def exchange(time, sine, respiration, uptake, fossil, coldest=20):
    """What the ground gives to the air [umol m-2 s-1]: respiration and burning, less uptake in light and leaf.

    The day of the year `coldest` is that with the least respiration and leaf; half a year later both have their most.
    """
    warmth = -year_cycle(time, coldest)
    leaf = (0.55 + 0.45 * warmth).clip(0)
    burnt = fossil * (1 - 0.4 * warmth)
    return respiration * 2.5**warmth + burnt - uptake * leaf * sine / (sine + 0.3)


def above_background(heights, sine, wind, flux, calm_depth):
    """CO2 [ppm] above background at each height [m]: a stock that decays upwards with the depth of mixing.

    Sun deepens the layer from `calm_depth` [m] and opens it; wind does so day and night (wind: unit variance).
    """
    sun = slow(sine, 3) * (sine > 0.05)  # the ground must warm before it stirs the air
    depth = calm_depth + 2500 * sun
    kept = np.exp(-0.02 * np.exp(wind) - 0.5 * sun)
    kept[1:] *= np.minimum(1, depth[1:] / depth[:-1])  # a layer that shrinks at sunset leaves the rest aloft
    stock = [0.0]
    for share, gain in zip(kept, PPM_M * flux, strict=True):
        stock.append(stock[-1] * share + gain)
    depth = depth * np.exp(0.65 * wind)
    return [np.array(stock[1:]) / depth * np.exp(-z / depth) for z in heights]


def outages(rng, n, episodes, hours):
    """True in `hours` of n hours, in so many episodes of chance length, one in each equal part of the record."""
    lengths = 1 + rng.multinomial(hours - episodes, rng.dirichlet(np.ones(episodes)))
    missing = np.zeros(n, bool)
    for part, length in zip(np.array_split(np.arange(n), episodes), lengths, strict=True):
        start = rng.integers(part[0], part[-1] - length)
        missing[start : start + length] = True
    return missing
