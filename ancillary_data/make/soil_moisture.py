"""Daily surface soil moisture over an invented land, 2010-2020, with retrieval errors, gaps and flags, simulated.

No satellite and no weather record enters. The land lies where the real Earth has the Atlantic, so that nobody takes it
for a place. Its upper centimetres hold a share s of the water that their pores n z can hold, and
ds/dt = (P - ET(s) - K_s s^c) / (n z), after Laio et al. (2001), doi 10.1016/S0309-1708(01)00005-7, with the loam of
Clapp and Hornberger (1978), doi 10.1029/WR014i004p00601. Rain falls in correlated patches, most in the north-west;
from May to August of DROUGHT it is DRY of its amount at the heart of a drought. A retrieval is n s plus an error, of
which all cells share a part each day; the uncertainty it comes with is the standard deviation of that error, close to
the 0.04 m3 m-3 required of SMAP (doi 10.1109/JPROC.2010.2043918). Names and flags are those of ESA CCI soil moisture;
unlike there, values under flag 1 are kept, so that a reader sees what the flag is for. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import gaussian_filter

TIME = pd.date_range("2010-01-01", "2020-12-31")
LAT, LON = (
    np.arange(44.875, 40, -0.25),
    np.arange(-40.875, -35, 0.25),
)  # centres of cells, north first as in the product
PORES, KS, C = 50.0, 600.0, 13.8  # mm; mm d-1; 1: n z, and saturated conductivity and 2 b + 3 of a loam
STRESS = 0.6  # of saturation: below it the soil limits evapotranspiration
DROUGHT, DRY, HEART = 2017, 0.1, (42.6, -38.6)  # year; share of the usual rain at the heart (lat, lon)
SHARED = 0.3  # of the variance of a day's retrieval errors is common to all cells
FROZEN = 0.5  # a retrieval over snow or frozen ground sees this share of the water
VARIABLES = {
    "sm": ("m3 m-3", "volumetric surface soil moisture"),
    "sm_uncertainty": ("m3 m-3", "standard deviation of the error of sm"),
    "flag": ("1", "bits: 1 snow or frost, 2 dense vegetation, 64 barren ground (advisory)"),
    "porosity": ("m3 m-3", "soil moisture at saturation"),
}


def patches(rng, days, cells):
    """A field of unit variance in time and space that is alike over some days and cells."""
    field = gaussian_filter(rng.standard_normal((len(TIME), len(LAT), len(LON))), (days, cells, cells), mode="wrap")
    return field / field.std()


def land(rng):
    """Wetness of the climate (1 in the north-west, 0 in the desert), forest and porosity (m3 m-3), each (lat, lon)."""
    south, east = np.meshgrid(np.linspace(0, 1, len(LAT)), np.linspace(0, 1, len(LON)), indexing="ij")
    wet = np.clip(1.25 - 0.75 * (south + east) + 0.08 * patches(rng, 0, 2)[0], 0, 1)
    return wet, (wet > 0.97) & (east < 0.2), 0.36 + 0.10 * wet + 0.015 * patches(rng, 0, 1)[0]


def truth(seed=3):  # one of the few seeds without another drought
    """Degree of saturation s (1) and temperature (degC), each (time, lat, lon), and what `land` gives."""
    rng = np.random.default_rng(seed)
    wet, forest, porosity = land(rng)
    summer = -np.cos(2 * np.pi * (TIME.day_of_year.to_numpy() - 20) / 365.25)[:, None, None]
    storms = patches(rng, 0.7, 3)
    heart = np.exp(-(((LAT[:, None] - HEART[0]) / 1.5) ** 2) - ((LON - HEART[1]) / 1.9) ** 2)
    dry = ((TIME.year == DROUGHT) & TIME.month.isin([5, 6, 7, 8]))[:, None, None] * (1 - DRY) * heart
    rain = (0.7 + 8 * wet) * np.clip(storms - 0.3, 0, None) * (1 - dry)  # mm d-1
    demand = (1.7 + 1.2 * summer) * (1 + 0.25 * dry)  # mm d-1
    s = np.empty_like(rain)
    now = 0.2 + 0.4 * wet
    for day in range(len(TIME)):
        now = np.minimum(now + rain[day] / PORES, 1)
        now = (now ** (1 - C) + (C - 1) * KS / PORES) ** (1 / (1 - C))  # a day of drainage, exactly
        now = s[day] = np.maximum(now - demand[day] * np.clip(now / STRESS, 0, 1) / PORES, 0.05)
    return s, 11 + 11 * summer - 2.2 * (LAT[:, None] - 42) + 3 * patches(rng, 2, 6), wet, forest, porosity


def observe(s, temperature, wet, forest, porosity, seed=64):
    """The four variables as a satellite gives them; not overflown is NaN."""
    rng = np.random.default_rng(seed)
    day, column = np.arange(len(TIME))[:, None, None], np.arange(len(LON))
    swath = np.where(TIME.year < 2012, 6, 10)[:, None, None]  # columns: a second satellite joins in 2012
    seen = ((column - 7 * day) % len(LON) < swath) & (rng.random(len(TIME)) > 0.05)[:, None, None]
    seen &= ~((TIME >= "2014-05-28") & (TIME <= "2014-07-20"))[:, None, None]  # the instrument was in safe mode
    frost, barren = temperature < 0, wet < 0.12
    flag = frost * 1 + (forest & (TIME.month.isin([6, 7, 8]))[:, None, None]) * 2 + barren * 64
    sigma = np.round(0.024 + 0.022 * wet, 3) + np.zeros(s.shape)  # m3 m-3
    error = np.sqrt(1 - SHARED) * rng.standard_normal(s.shape) + np.sqrt(SHARED) * rng.standard_normal(
        (len(TIME), 1, 1)
    )
    sm = np.clip(np.where(frost, FROZEN, 1) * porosity * s + sigma * error, 0, 0.6)
    sm[(flag & 2) > 0] = np.nan
    daily = {"sm": sm, "sm_uncertainty": sigma, "flag": flag}
    seen_only = {name: (("time", "lat", "lon"), np.where(seen, field, np.nan)) for name, field in daily.items()}
    return seen_only | {"porosity": (("lat", "lon"), porosity)}


def make(folder: Path) -> None:
    """Write soil-moisture.nc: sm, sm_uncertainty and flag by time, lat and lon; porosity by lat and lon."""
    grid = xr.Dataset(observe(*truth()), coords={"time": TIME, "lat": LAT, "lon": LON})
    for name, (unit, meaning) in VARIABLES.items():
        grid[name].attrs = {"units": unit, "long_name": meaning}
    grid["time"].attrs = {"standard_name": "time", "axis": "T"}
    grid["lat"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    grid["lon"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    small = {"zlib": True, "complevel": 9, "shuffle": True}
    daily = small | {"chunksizes": (366, len(LAT), len(LON))}
    encoding = {
        "sm": daily | {"dtype": "int16", "scale_factor": 0.005, "_FillValue": -9999},
        "sm_uncertainty": daily | {"dtype": "int8", "scale_factor": 0.001, "_FillValue": -1},
        "flag": daily | {"dtype": "int8", "_FillValue": 127},
        "porosity": small | {"dtype": "int16", "scale_factor": 0.001, "_FillValue": -9999},
    } | {axis: {"_FillValue": None} for axis in ("lat", "lon")}
    grid.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "soil-moisture.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
