"""Carbon dioxide from burning over Europe, on the grid and for the arrivals of tower-footprint: a simulated twin.

Everyone in a town of 100,000 and more emits 8 t of CO2 a year, spread 15 km around its centre; the country between the
towns emits a little everywhere, the sea nothing. When the wind comes from the east it is cold, and heating adds to all
of it. A value is the mean of the three days before the arrival that it belongs to. Towns are those of Natural Earth in
libmagics++-data 4.13.0-1, land is that of natural-earth-110m; both are in the public domain. Other numbers are our
choice. The fluxes are not an inventory, and no measurement enters. Licence of the twin: CC BY 4.0.
"""

import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapefile
import shapely
import xarray as xr
from _natural_earth import MAGICS_SHA256
from _package import debian, read
from tower_footprint import DEGREE, LAT, LON, TIME, weather

PER_PERSON = 8e6 / 44.01 * 1e6 / (365.25 * 86400)  # umol s-1: 8 t CO2 a year, 44.01 g mol-1
COUNTRYSIDE, SPREAD, HEATING = 0.4, 15_000.0, 0.3  # umol m-2 s-1, m, share
MEMBER = "./usr/share/magics/10m/ne_10m_populated_places_simple"
PACKED = {"dtype": "int16", "scale_factor": 0.005, "_FillValue": -32768, "zlib": True, "complevel": 9}


def towns():
    """Longitude, latitude (degrees) and people of the towns on the grid and up to a degree beyond it."""
    package = debian("libmagics++-data", "4.13.0-1", MAGICS_SHA256)
    shp, dbf = (io.BytesIO(read(package, f"{MEMBER}.{part}")) for part in ("shp", "dbf"))
    with shapefile.Reader(shp=shp, dbf=dbf, encoding="latin-1") as reader:
        every = np.array([(*row.shape.points[0], row.record["pop_max"]) for row in reader.iterShapeRecords()])
    near = (abs(every[:, 0] - LON.mean()) < 17) & (abs(every[:, 1] - LAT.mean()) < 10.5)
    return every[near & (every[:, 2] >= 100_000)]


def base():
    """Flux [umol m-2 s-1] by lat and lon in a year's mean."""
    lon, lat = np.meshgrid(LON, LAT)
    layers = gpd.read_file(Path(__file__).resolve().parents[1] / "natural-earth-110m.geojson").set_index("layer")
    land, flux = shapely.contains_xy(layers.geometry["land"], lon, lat), np.zeros(lon.shape)
    for town_lon, town_lat, people in towns():
        east, north = (lon - town_lon) * np.cos(np.radians(lat)) * DEGREE, (lat - town_lat) * DEGREE
        density = np.exp(-(east**2 + north**2) / (2 * SPREAD**2)) / (2 * np.pi * SPREAD**2)  # share of people per m2
        flux += PER_PERSON * people * density
    return flux + COUNTRYSIDE * land


def heating():
    """Factor of each arrival, 1 on average: more with wind from the east."""
    east = -weather()[0].mean(axis=1)
    return 1 + HEATING * (east - east.mean()) / east.std()


def make(folder: Path) -> None:
    """Write surface-flux.nc: flux (umol m-2 s-1) by time, lat and lon."""
    flux = (heating()[:, None, None] * base()).round(4)
    axes = {"lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"})}
    fields = {"flux": (("time", "lat", "lon"), flux, {"units": "umol m-2 s-1"})}
    time = {"dtype": "int32", "units": "hours since 2018-01-01", "calendar": "standard"}
    encoding = {"flux": PACKED, "time": time} | {axis: {"_FillValue": None} for axis in axes}
    grid = xr.Dataset(fields, axes | {"time": TIME}, {"Conventions": "CF-1.8"})
    grid.to_netcdf(folder / "surface-flux.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
