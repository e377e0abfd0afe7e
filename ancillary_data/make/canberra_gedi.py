"""Canopy cover and plant area at Canberra, shots of the lidar GEDI on two days of 2019, from datacube 1.9.20.

Members `tests/data/lbg/gedi/*/*_{cover,pai}.xarray_3d` of the source distribution (netCDF in spite of the name): Level
2B, Version 1, placed on a grid of 1/3600 degree, one shot per cell; Apache-2.0. Changed: cells without a shot left out.
"""

from pathlib import Path

import pandas as pd
from _datacube import member
from _images import open_netcdf

OVERPASSES = {
    "2019-08-16T09:28:51Z": "GEDI02_B_2019228092851_O03828_T04236_02_001_01",
    "2019-10-21T15:54:01Z": "GEDI02_B_2019294155401_O04856_T03859_02_001_01",
}
FILL = -9999


def shots(granule: str) -> pd.DataFrame:
    """Cells of one overpass that have a shot: y, x, cover and pai."""
    grids = [open_netcdf(member(f"gedi/{granule}/{granule}_{name}.xarray_3d"))["array"] for name in ("cover", "pai")]
    table = pd.DataFrame({grid: part.to_series() for grid, part in zip(("cover", "pai"), grids, strict=True)})
    return table[table["cover"] != FILL].reset_index()


def make(folder: Path) -> None:
    """Write canberra-gedi.csv: overpass, lat, lon (degrees), cover (1) and pai (m2 m-2) of each shot."""
    table = pd.concat({overpass: shots(granule) for overpass, granule in OVERPASSES.items()}, names=["overpass", None])
    table = table.reset_index("overpass").rename(columns={"y": "lat", "x": "lon"})
    table = table.round({"lat": 5, "lon": 5, "cover": 4, "pai": 4})
    table.to_csv(folder / "canberra-gedi.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
