"""An invented lake as Landsat 8 would see it, every 32 days for ten years: 60 by 60 pixels of 30 m, with known water.

Nothing here is measured. The lake follows dV/dt = (P - E) A + Q with the area A = A_1 h^B of its level h: the bed is
laid out so that this holds pixel by pixel. It rains in summer, and the sky is cloudiest then, when the lake is high.
South of it stands a steep ridge, whose shadow in winter falls on the shore. Typical surface reflectances (SPECTRA) are
our choice, of the usual order for each class; a pixel mixes them, with noise. They are stored as Landsat Collection 2
digital numbers (scale 2.75e-5, offset -0.2, fill 0), in steps of 256 to keep the file small. The bits of QA_PIXEL are
those of Landsat 8; they are right but for one habit of real ones: the rim of each cloud shadow is missed. Licence of
the twin: CC BY 4.0.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, shift

SIZE, PIXEL, LATITUDE = 60, 30.0, 40.0  # pixels a side, m, degrees north
LEAST = 7280  # digital number of a reflectance of zero, or a little more
DATES = pd.date_range("2014-01-10T02:30", "2023-12-31", freq="32D")
BANDS = ("blue", "green", "red", "nir", "swir1", "swir2")
SPECTRA = {  # surface reflectance x 10000
    "deep": (300, 280, 180, 90, 40, 25),
    "turbid": (900, 1100, 1200, 700, 200, 120),
    "plants": (250, 450, 300, 3200, 1400, 600),
    "soil": (1200, 1600, 2100, 2700, 3300, 2900),
    "cloud": (5200, 5100, 5000, 5400, 3900, 2900),
    "shadow": (110, 120, 100, 180, 160, 90),
}
A_1, B = 0.09e6, 1.6  # m2 at a level of 1 m, and the exponent of the area
CLEAR, WATER, CLOUDY, NEAR_CLOUD, SHADED, FILL = 21824, 21952, 22280, 22018, 23888, 1  # QA_PIXEL
UNITS = {"x": "m", "y": "m", "level": "m", "slope": "degree"}


def smooth(rng, cells, size=SIZE):
    """A random field of unit variance that is alike over some `cells`."""
    field = gaussian_filter(rng.standard_normal((size, size)), cells, mode="wrap")
    return (field - field.mean()) / field.std()


def landscape(rng):
    """Height of the ground (m above the deepest point): A_1 h^B lies below a level h, and a ridge stands south."""
    row, column = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    bowl = np.hypot(row + 6.5, column * 0.8) / 12 + 0.35 * smooth(rng, 5)
    rank = bowl.ravel().argsort().argsort().reshape(bowl.shape) + 0.5
    bed = (rank * PIXEL**2 / A_1) ** (1 / B)
    ridge = np.exp(-(((row - 25) / 5) ** 2) - (column / 23) ** 4)
    return bed + 240 * np.clip(1.06 * ridge - 0.06, 0, None)  # it ends where the lake may reach


def levels(rng):
    """Level of the lake (m) on each date, by daily steps of its storage."""
    days = pd.date_range("2013-01-01", DATES[-1])
    summer = np.exp(-(((days.day_of_year.to_numpy() - 205) / 42) ** 2))
    wet = np.repeat(rng.gamma(25, 1 / 25, 12), 366)[: len(days)] * np.linspace(1.15, 0.85, len(days))
    rain, evaporation = 0.013 * wet * summer, 0.0025 + 0.002 * summer  # m d-1
    volume, level = 1.8e6, np.empty(len(days))
    for day in range(len(days)):
        level[day] = (volume * (B + 1) / A_1) ** (1 / (B + 1))
        inflow = 3.4e6 * rain[day] - 0.0075 * volume  # m3 d-1: what the catchment brings, less what leaves the lake
        volume += (rain[day] - evaporation[day]) * A_1 * level[day] ** B + inflow
    return level[days.get_indexer(DATES.normalize())]


def terrain_shadow(ground, date):
    """True where the ridge hides the sun of the morning, which stands at an azimuth of 150 degrees."""
    declination = np.radians(-23.44 * np.cos(2 * np.pi * (date.day_of_year + 10) / 365.25))
    latitude, hour = np.radians(LATITUDE), np.radians(-30)  # two hours before noon
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour)
    rise = np.tan(np.arcsin(height)) * PIXEL
    towards = np.array([-np.cos(np.radians(150)), np.sin(np.radians(150))])  # rows go south, columns east
    steps = range(1, 30)
    return np.any([shift(ground, -k * towards, order=1, mode="nearest") - k * rise > ground for k in steps], axis=0)


def below_clouds(depth, green, shadow):
    """Reflectance x 10000 by band as no cloud would hide it, and the share of water in each pixel."""
    share, shallow = np.clip(depth / 0.2 + 0.5, 0, 1), np.exp(-np.clip(depth, 0, None) / 0.5)
    surface = [shallow * t + (1 - shallow) * d for t, d in zip(SPECTRA["turbid"], SPECTRA["deep"], strict=True)]
    land = [green * p + (1 - green) * s for p, s in zip(SPECTRA["plants"], SPECTRA["soil"], strict=True)]
    seen = share * np.array(surface) + (1 - share) * np.array(land)
    return np.where(shadow, np.array(SPECTRA["shadow"])[:, None, None], seen), share


def overcast(rng, date):
    """Where clouds are and where their shadows fall, 7 pixels to the north-west."""
    cover = 0.42 * np.exp(-(((date.day_of_year - 220) / 60) ** 2)) + 0.3 * rng.standard_normal()
    field = smooth(rng, 5, SIZE + 14)
    cloud = field > np.quantile(field, np.clip(1 - cover, 0, 1))
    return cloud[:-14, :-14], cloud[7:-7, 7:-7] & ~cloud[:-14, :-14]


def scene(rng, date, depth, green, shadow):
    """Digital numbers of the six bands, QA_PIXEL, and whether each pixel truly is water."""
    reflectance, share = below_clouds(depth, green, shadow)
    cloud, shade = overcast(rng, date)
    for where, kind in ((shade, "shadow"), (cloud, "cloud")):
        reflectance = np.where(where, np.array(SPECTRA[kind])[:, None, None], reflectance)
    reflectance *= 1 + 0.012 * rng.standard_normal((SIZE, SIZE))
    reflectance += 10 * rng.standard_normal(reflectance.shape)
    seen_shade, near = binary_erosion(shade, iterations=2, border_value=1), binary_dilation(cloud, iterations=3)
    qa = np.select([cloud, near, seen_shade, share > 0.5], [CLOUDY, NEAR_CLOUD, SHADED, WATER], CLEAR)
    beyond = np.arange(SIZE) < (rng.integers(15, 45) if rng.random() < 0.12 else 0)  # the edge of the swath
    dn = np.round(((reflectance / 10000 + 0.2) / 2.75e-5 - LEAST) / 256).clip(0) * 256 + LEAST
    return np.where(beyond, 0, dn), np.where(beyond, FILL, qa), share > 0.5


def simulate(seed=1972):
    """The grid: what Landsat sees, and by its side the truth."""
    rng = np.random.default_rng(seed)
    ground = landscape(rng)
    level, plants = levels(rng), np.clip(0.55 + 0.3 * smooth(rng, 2), 0, 1)
    shadow = np.array([terrain_shadow(ground, date) for date in DATES])
    season = 0.25 + 0.75 * np.exp(-(((DATES.day_of_year.to_numpy() - 215) / 75) ** 2))
    depth = level[:, None, None] - ground
    green = season[:, None, None] * plants * (depth < -0.3)
    scenes = map(partial(scene, rng), DATES, depth, green, shadow)
    dn, qa, water = (np.array(part) for part in zip(*scenes, strict=True))
    slope = np.degrees(np.arctan(np.hypot(*np.gradient(ground, PIXEL))))
    cubes = dict(zip(BANDS, dn.astype("uint16").swapaxes(0, 1), strict=True)) | {"qa_pixel": qa.astype("uint16")}
    cubes |= {"terrain_shadow": shadow.astype("int8"), "water": water.astype("int8")}
    fields = {name: (("time", "y", "x"), cube) for name, cube in cubes.items()}
    fields |= {"slope": (("y", "x"), slope.round().astype("int8")), "level": ("time", level.round(2))}
    metres = (np.arange(SIZE) + 0.5) * PIXEL
    return xr.Dataset(fields, {"time": DATES, "y": metres[::-1], "x": metres})


def make(folder: Path) -> None:
    """Write lake-landsat.nc: six bands, qa_pixel, terrain and truth by time, y and x (m)."""
    grid = simulate()
    for name, field in grid.variables.items():
        field.attrs = {} if name == "time" else {"units": UNITS.get(name, "1")}
    packed = {"zlib": True, "complevel": 9, "shuffle": True, "_FillValue": None}
    encoding = {name: packed if name in grid.data_vars else {"_FillValue": None} for name in grid.variables}
    encoding["time"] |= {"dtype": "int32", "units": "minutes since 2014-01-01", "calendar": "standard"}
    grid.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "lake-landsat.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
