"""Light and leaves over Scania, southern Sweden, in an invented summer: a simulated grid of 0.05 degrees.

No satellite enters. The coast is that of Natural Earth (public domain), as this repository ships it; the rest is our
choice. Fields in the south-west give way to forest in the north-east, as they do in Scania, with patches of random
size. Spruce absorbs FOREST of the photosynthetically active light and crops, bare after harvest, FIELD of it; a cell
mixes the two by area. Light falls from the coast inland, where clouds grow. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from scipy.ndimage import gaussian_filter

LAT, LON = np.arange(55.325, 56.6, 0.05).round(3), np.arange(12.525, 14.6, 0.05).round(3)  # centres of cells
FOREST, FIELD = 0.88, 0.60  # fAPAR, mean of June to August
LIGHT, INLAND = 8.9, 0.6  # MJ m-2 d-1 at the south-western corner, and what a degree of latitude takes from it
DENMARK = 12.65  # degrees east: what lies west of it, north of 55.5, is Zealand and counts as sea here
COAST = Path(__file__).resolve().parents[1] / "natural-earth-50m.geojson"
VARIABLES = {
    "fapar": ("1", "absorbed fraction of photosynthetically active radiation"),
    "par": ("MJ m-2 d-1", "photosynthetically active radiation, mean of June to August"),
    "forest": ("1", "share of the cell that is forest"),
}


def patches(rng, cells):
    """A random field of unit variance that is alike over some `cells`."""
    field = gaussian_filter(rng.standard_normal((len(LAT), len(LON))), cells, mode="reflect")
    return (field - field.mean()) / field.std()


def land():
    """True where a cell's centre is Swedish land."""
    layers = gpd.read_file(COAST).set_index("layer")
    lon, lat = np.meshgrid(LON, LAT)
    return shapely.contains_xy(layers.geometry["land"], lon, lat) & ((lon > DENMARK) | (lat < 55.5))


def simulate(seed=1808):
    """The three variables on the grid, unrounded; sea is NaN. The seed is one that puts the tower into a forest."""
    rng, lon, lat = np.random.default_rng(seed), *np.meshgrid(LON, LAT)
    north_east = 3.2 * (lat - 55.9) + 1.2 * (lon - 13.5)
    forest = 1 / (1 + np.exp(-1.1 * north_east - 0.9 * patches(rng, 1.5) - 0.1))
    fapar = FIELD + (FOREST - FIELD) * forest + 0.015 * patches(rng, 0.7)
    par = LIGHT - INLAND * (lat - LAT[0]) + 0.08 * patches(rng, 4)
    dry = land()
    fields = {"fapar": fapar, "par": par, "forest": forest}
    return {name: (("lat", "lon"), np.where(dry, field, np.nan)) for name, field in fields.items()}


def make(folder: Path) -> None:
    """Write scania-fapar.nc: fapar, par and forest by lat (degrees_north) and lon (degrees_east)."""
    grid = xr.Dataset(simulate(), coords={"lat": LAT, "lon": LON})
    for name, (unit, meaning) in VARIABLES.items():
        grid[name].attrs = {"units": unit, "long_name": meaning}
    grid["lat"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
    grid["lon"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    packed = {"dtype": "int16", "scale_factor": 0.001, "_FillValue": -32768, "zlib": True, "complevel": 9}
    encoding = dict.fromkeys(VARIABLES, packed) | {axis: {"_FillValue": None} for axis in ("lat", "lon")}
    grid.assign_attrs(Conventions="CF-1.8").to_netcdf(folder / "scania-fapar.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
