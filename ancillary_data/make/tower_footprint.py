"""Footprints of a made-up tower in the middle of Europe, ten January middays, simulated: a Lagrangian particle model.

Particles leave the intake and are followed backward for three days. Vertical velocity obeys the Langevin equation
dw = -w dt / T_L + sqrt(2 sigma_w^2 / T_L) dW, solved exactly over each step; ground and top of the mixed layer reflect.
The wind is a mean with weather upon it (first-order autoregressive), stronger with height (1/7 power law); a particle
has eddies of its own. The footprint of a cell is m_air / (h rho) * (1/N) * the time spent in it below h, half the mixed
layer (Lin et al. 2003, doi 10.1029/2002JD003161). Numbers without a source are our choice. No measurement enters.
Particles come in batches, so that their noise can be seen. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from _atmosphere import red_noise

TIME = pd.date_range("2018-01-02T12:00", periods=10, freq="3D")  # UTC
RELEASE_LON, RELEASE_LAT, INTAKE = 10.0, 51.0, 100.0  # degrees east and north, m
LON, LAT = np.arange(-6, 26.01, 0.25), np.arange(41, 60.01, 0.25)  # degrees, centres of the cells
BATCHES, PARTICLES, HOURS, DT = 8, 250, 72, 180  # particles in a batch; h; s
M_AIR, RHO = 0.02896, 1.2  # kg mol-1 and kg m-3, dry air near the ground
SIGMA_W, T_LW = 1.3 * 0.4, 300.0  # m s-1 (1.3 u*, neutral: Hanna 1982), s
SIGMA_UV, T_LUV = 2.5, 4 * 3600.0  # m s-1, s: eddies too small for the weather map
COMPRESSED = {"zlib": True, "complevel": 9, "significant_digits": 8, "quantize_mode": "BitRound"}  # to 0.2 %
DEGREE = 111_195.0  # m in a degree of latitude


def weather(seed=2003):
    """Eastward and northward wind [m s-1] of each arrival and hour back, and mixing height [m] of each arrival."""
    rng, hours = np.random.default_rng(seed), (TIME - TIME[0]) // pd.Timedelta("1h") + HOURS
    u, v = (mean + 5 * red_noise(rng, hours[-1] + 1, 30) for mean in (3.0, 1.0))
    back = hours.to_numpy()[:, None] - np.arange(HOURS)
    return u[back], v[back], np.exp(6.6 + 0.3 * rng.standard_normal(len(TIME)))


def stirred(rng, velocity, sigma, memory, dt=DT):
    """Turbulent velocity a time step later: the exact solution of the Langevin equation for constant sigma."""
    kept = np.exp(-dt / memory)
    return kept * velocity + sigma * np.sqrt(1 - kept**2) * rng.standard_normal(velocity.shape)


def reflected(z, w, top):
    """Heights [m] and velocities after reflection at the ground and at the top of the mixed layer."""
    w = np.where((z < 0) | (z > top), -w, w)
    return np.where(z > top, 2 * top - z, np.abs(z)), w


def contact(seed=161):
    """Time [s] that a particle spends in each cell below half the mixing height: mean of each arrival and batch."""
    rng, (u, v, top) = np.random.default_rng(seed), weather()
    shape = (len(TIME), BATCHES * PARTICLES)
    x, y, z, top = np.zeros(shape), np.zeros(shape), np.full(shape, INTAKE), top[:, None]
    eddies, w = SIGMA_UV * rng.standard_normal((2, *shape)), SIGMA_W * rng.standard_normal(shape)
    batch = np.arange(shape[0])[:, None] * BATCHES + np.arange(shape[1]) // PARTICLES
    seconds = np.zeros(len(TIME) * BATCHES * LAT.size * LON.size)
    for hour in range(HOURS):
        visited = []
        for _ in range(3600 // DT):
            shear = (np.maximum(z, 10) / INTAKE) ** (1 / 7)
            x -= (u[:, [hour]] * shear + eddies[0]) * DT
            y -= (v[:, [hour]] * shear + eddies[1]) * DT
            z, w = reflected(z - w * DT, w, top)
            eddies, w = stirred(rng, eddies, SIGMA_UV, T_LUV), stirred(rng, w, SIGMA_W, T_LW)
            visited.append(cells(batch, x, y, z < top / 2))
        seconds += DT / PARTICLES * np.bincount(np.concatenate(visited), minlength=seconds.size)
    return seconds.reshape(len(TIME), BATCHES, LAT.size, LON.size)


def cells(batch, x, y, low):
    """Index of batch and cell of each particle that is low enough and on the grid; x and y in m from the tower."""
    lat = RELEASE_LAT + y / DEGREE
    lon = RELEASE_LON + x / (DEGREE * np.cos(np.radians(lat.clip(30, 70))))
    row, column = np.rint((lat - LAT[0]) / 0.25).astype(int), np.rint((lon - LON[0]) / 0.25).astype(int)
    seen = low & (row >= 0) & (row < LAT.size) & (column >= 0) & (column < LON.size)
    return ((batch * LAT.size + row) * LON.size + column)[seen]


def make(folder: Path) -> None:
    """Write tower-footprint.nc: footprint (ppm m2 s umol-1) by time, batch, lat and lon, and the place of release."""
    depth = weather()[2][:, None, None, None] / 2
    footprint = (M_AIR / (depth * RHO) * contact()).astype("float32")
    axes = {"lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"})}
    fields = {"footprint": (("time", "batch", "lat", "lon"), footprint, {"units": "ppm m2 s umol-1"})}
    fields |= {"release_lat": ((), RELEASE_LAT, axes["lat"][2]), "release_lon": ((), RELEASE_LON, axes["lon"][2])}
    encoding = {axis: {"_FillValue": None} for axis in axes} | {"footprint": COMPRESSED}
    encoding["time"] = {"dtype": "int32", "units": "hours since 2018-01-01", "calendar": "standard"}
    grid = xr.Dataset(fields, axes | {"time": TIME}, {"Conventions": "CF-1.8"})
    grid.to_netcdf(folder / "tower-footprint.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
