"""Daily maps of NO2 within 150 km of an invented city with the wind, weeks 12-19 of 2019 and 2020: a simulated twin.

Pixels with qa_value above 0.75 are averaged in cells of 10 km, by their centre; the same overpasses as in city-no2. No
measurement enters; physics, sources and choices stand in _no2.py. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from _no2 import DAYS, PLACES, overpasses, weather

EDGES = np.arange(-150, 151, 10)  # km
PACKED = {"dtype": "int16", "scale_factor": 0.1, "_FillValue": -32768, "zlib": True, "complevel": 9}


def cells(east, north, column, qa):
    """Mean column [umol m-2] of the good pixels in each cell, by north and east."""
    good, edges = qa > 0.75, [EDGES, EDGES]
    places = north[good] / 1000, east[good] / 1000
    count = np.histogram2d(*places, edges)[0]
    return np.histogram2d(*places, edges, weights=column[good] * 1e6)[0] / np.where(count, count, np.nan)


def make(folder: Path) -> None:
    """Write plume-no2.nc: no2 (umol m-2) by time, y and x; eastward_wind and northward_wind (m s-1) by time."""
    week, year = DAYS.isocalendar().week, DAYS.isocalendar().year
    chosen = (week.between(12, 19) & year.isin([2019, 2020])).to_numpy()
    maps = [cells(*fields) for (_, *fields), wanted in zip(overpasses("Alder"), chosen, strict=True) if wanted]
    east, north = weather().winds[list(PLACES).index("Alder")][:, chosen].round(2)
    centre = (EDGES[1:] + EDGES[:-1]) / 2
    grid = xr.Dataset(
        {
            "no2": (("time", "y", "x"), np.array(maps).round(1), {"units": "umol m-2"}),
            "eastward_wind": ("time", east.astype("float32"), {"units": "m s-1"}),
            "northward_wind": ("time", north.astype("float32"), {"units": "m s-1"}),
        },
        {"time": DAYS[chosen], "y": ("y", centre, {"units": "km"}), "x": ("x", centre, {"units": "km"})},
        {"Conventions": "CF-1.8"},
    )
    time = {"dtype": "int32", "units": "days since 2019-01-01", "calendar": "standard"}
    encoding = {"no2": PACKED, "time": time} | {axis: {"_FillValue": None} for axis in ("x", "y")}
    grid.to_netcdf(folder / "plume-no2.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
