"""Above-ground biomass of an invented island and its uncertainty, simulated, in the shape of an ESA CCI Biomass tile.

Where trees grow, and how many, are smooth random fields; a cell's biomass among others like it follows a gamma
distribution (shape 6). The map is truth * (1 + error): the error's standard deviation is 20 % to 30 % of the biomass,
and 85 % of its variance is shared by cells some kilometres apart. In real maps errors are alike over 50 to 104 km
(Araza et al. 2022, doi 10.1016/j.rse.2022.112917); we chose 20 km, so that regions of this small island differ. Sea,
and a patch where the radar saw nothing, hold the fill value; fields and lakes hold 0. Variables, types, step and fill
value are those of the product. No measurement enters. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import shapely
import xarray as xr
from forest_regions import regions
from scipy.ndimage import gaussian_filter
from scipy.stats import gamma, norm

STEP = 1 / 1125  # degrees, 0.000888889
ROWS, COLUMNS, NORTH, WEST = 540, 720, 52.24, -27.32
LAT, LON = NORTH - STEP * (np.arange(ROWS) + 0.5), WEST + STEP * (np.arange(COLUMNS) + 0.5)
SHARED = 0.85  # of the variance of the errors, alike over REACH
REACH = 10.0  # km: errors 20 km apart correlate by exp(-1)
FILL = -32768


def patches(rng, km):
    """A random field of unit variance in which cells within some km are alike: correlation exp(-(d / 2 km)^2)."""
    sigma = km / 0.099, km / 0.061  # cells: 99 m from north to south, 61 m from west to east
    smooth = gaussian_filter(rng.standard_normal((ROWS, COLUMNS)), sigma, mode="wrap")
    return smooth * np.sqrt(4 * np.pi * sigma[0] * sigma[1])


def land():
    """True where a cell's centre is on the island."""
    island = regions().to_crs("EPSG:4326").union_all()
    shapely.prepare(island)
    return shapely.contains_xy(island, *np.meshgrid(LON, LAT))


def truth(seed=2022):
    """True above-ground biomass (Mg ha-1) of each cell: 0 without trees, whatever it is at sea."""
    rng = np.random.default_rng(seed)
    wet = 0.5 - (LON - LON.mean()) / 0.62 + 0.12 * patches(rng, 4.0)  # the west is wetter
    trees = patches(rng, 0.5) + 3.2 * (wet - 0.15) > 0
    alike = norm.cdf(0.6 * patches(rng, 1.0) + 0.8 * patches(rng, 0.12))
    return trees * gamma.ppf(alike, 6) / 6 * np.clip(60 + 190 * wet, 30, None)


def spread(biomass):
    """Standard deviation (Mg ha-1) of the error of a biomass: radar feels less where the forest is dense."""
    return biomass * (0.20 + 0.10 * np.clip(biomass / 300, 0, 1))


def observed(seed=5):
    """Biomass as mapped and its standard deviation (Mg ha-1), NaN where there is none: (lat, lon) each."""
    rng = np.random.default_rng(seed)
    error = np.sqrt(SHARED) * patches(rng, REACH) + np.sqrt(1 - SHARED) * rng.standard_normal((ROWS, COLUMNS))
    biomass = truth()
    agb = np.round(np.clip(biomass + spread(biomass) * error, 0, None))
    shadow = ((LAT[:, None] - 51.93) / 0.012) ** 2 + ((LON + 27.10) / 0.03) ** 2 < 1 + 0.3 * patches(rng, 0.6)
    seen = land() & ~shadow
    return np.where(seen, agb, np.nan), np.where(seen, np.round(spread(agb)), np.nan)


def make(folder: Path) -> None:
    """Write forest-agb.nc: agb and agb_sd (Mg/ha) by lat and lon."""
    agb, sd = observed()
    grid = xr.Dataset({"agb": (("lat", "lon"), agb), "agb_sd": (("lat", "lon"), sd)}, {"lat": LAT, "lon": LON})
    grid["agb"].attrs = {"units": "Mg/ha", "long_name": "Above-ground biomass", "ancillary_variables": "agb_sd"}
    grid["agb_sd"].attrs = {"units": "Mg/ha", "long_name": "Above-ground biomass standard deviation"}
    grid["lat"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    grid["lon"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    packed = {"dtype": "int16", "_FillValue": FILL, "zlib": True, "complevel": 9, "shuffle": True}
    encoding = {"agb": packed, "agb_sd": packed} | {axis: {"_FillValue": None} for axis in ("lat", "lon")}
    grid.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "forest-agb.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
