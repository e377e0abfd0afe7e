"""Six granules of Sentinel-5P's NO2 (level 2), cropped around an invented city: simulated, in the product's layout.

Groups, names, units and file names are those of the product; nothing but the layout is taken from it. Two overpasses
of 2019 and two of 2020 are of version 02.04.00 (RPRO), and one of them comes again as OFFL and NRTI of version
01.03.02. Of each year one passes overhead, and one sees the city from the side, where pixels are wide. No measurement
enters; physics, sources and choices stand in _no2.py. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from _no2 import DAYS, PLACES, SEED, emission, plume, seen, version_1, weather

LAT, LON, DEGREE = 45.0, -30.0, 111_200  # mid-Atlantic, where no city is; m in a degree of latitude
HEADING, HALF = np.radians(-12), 85_000  # of the ground track by day, from north; m, half of the crop
FILES = [  # day, orbit, from the ground track to the city [m], stream_..._collection_version
    ("20190404", 7634, 60_000, "RPRO", "03_020400_20221101T120000"),
    ("20190411", 7733, 1_050_000, "RPRO", "03_020400_20221101T120000"),
    ("20200402", 12801, 60_000, "RPRO", "03_020400_20221104T120000"),
    ("20200402", 12801, 60_000, "OFFL", "01_010302_20200404T120000"),
    ("20200402", 12801, 60_000, "NRTI", "01_010302_20200402T170000"),
    ("20200409", 12900, 1_050_000, "RPRO", "03_020400_20221104T120000"),
]
FACTOR = {"multiplication_factor_to_convert_to_molecules_percm2": np.float32(6.02214e19)}
PIXEL = ("time", "scanline", "ground_pixel")


def edges(day, nadir):
    """Lines between pixels [m], along and across the track, the city at 0: pixels widen away from the ground track."""
    length, across = 7000 if day < "20190806" else 5500, [-float(HALF)]
    while across[-1] < HALF:
        across.append(across[-1] + 3500 * (1 + 3 * ((nadir + across[-1]) / 1_300_000) ** 2))
    return np.arange(-HALF, HALF + length, length, dtype=float), np.array(across)


def turned(along, across):
    """Distance east and north [m] of the city, of every pair of places along and across the track."""
    along, across = np.meshgrid(along, across, indexing="ij")
    sin, cos = np.sin(HEADING), np.cos(HEADING)
    return along * sin + across * cos, along * cos - across * sin


def fields(day, nadir, version):
    """Latitude, longitude, column, precision [mol m-2], qa_value, their corners' latitude, longitude, and the wind."""
    k, number, air, (along, across) = DAYS.get_loc(day), list(PLACES).index("Alder"), weather(), edges(day, nadir)
    (east, north), wind = turned((along[1:] + along[:-1]) / 2, (across[1:] + across[:-1]) / 2), air.winds[number, :, k]
    true = air.background[k] + plume(east, north, wind, emission("Alder")[k])
    column, precision, qa = seen(np.random.default_rng([SEED, 9, k]), true, -0.6)
    column = version_1(column) if version < "02" else column
    scale = np.array([DEGREE * np.cos(np.radians(LAT)), DEGREE])[:, None, None]
    lon, lat = np.array([east, north]) / scale + [[[LON]], [[LAT]]]
    lines = np.array(turned(along, across)) / scale + [[[LON]], [[LAT]]]
    corners = [np.stack([one[:-1, :-1], one[:-1, 1:], one[1:, 1:], one[1:, :-1]], axis=-1) for one in lines[::-1]]
    return (lat, lon, column, precision, qa), corners, [np.full(lat.shape, part) for part in wind]


def granule(day, nadir, version):
    """The groups of one granule, by their path."""
    pixels, corners, winds = fields(day, nadir, version)
    column, mol = "nitrogendioxide_tropospheric_column", {"units": "mol m-2"} | FACTOR
    kinds = {
        "latitude": {"units": "degrees_north"},
        "longitude": {"units": "degrees_east"},
        column: mol,
        f"{column}_precision": mol,
        "qa_value": {"units": "1"},
    }
    product = {name: (PIXEL, one[None], unit) for (name, unit), one in zip(kinds.items(), pixels, strict=True)}
    names = ("latitude_bounds", "longitude_bounds")
    bounds = {name: ((*PIXEL, "corner"), one[None]) for name, one in zip(names, corners, strict=True)}
    names = ("eastward_wind", "northward_wind")
    wind = {name: (PIXEL, one[None], {"units": "m s-1"}) for name, one in zip(names, winds, strict=True)}
    groups = {"": product, "/SUPPORT_DATA/GEOLOCATIONS": bounds, "/SUPPORT_DATA/INPUT_DATA": wind}
    return {f"/PRODUCT{path}": xr.Dataset(one).astype("float32") for path, one in groups.items()}


def make(folder: Path) -> None:
    """Write the granules into the folder s5p-no2."""
    (folder / "s5p-no2").mkdir(exist_ok=True)
    for day, orbit, nadir, stream, tail in FILES:
        groups = granule(day, nadir, tail.split("_")[1])
        groups["/PRODUCT"]["time"] = ("time", [np.datetime64(DAYS[DAYS.get_loc(day)], "ns")])
        encoding = {path: {name: {"zlib": True, "complevel": 9} for name in one} for path, one in groups.items()}
        encoding["/PRODUCT"]["qa_value"] |= {"dtype": "uint8", "scale_factor": 0.01, "_FillValue": 255}
        encoding["/PRODUCT"]["time"] = {"dtype": "int32", "units": "seconds since 2010-01-01"}
        name = f"S5P_{stream}_L2__NO2____{day}T150000_{day}T164130_{orbit:05}_{tail}.nc"
        xr.DataTree.from_dict(groups).to_netcdf(folder / "s5p-no2" / name, encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
