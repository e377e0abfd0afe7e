"""Daily NO2 of three invented cities and a heath, 2019-2021, simulated as Sentinel-5P would see them.

One row a day, place, processing, threshold of qa_value and radius: the mean column of the valid pixels whose centre
lies within the radius, how many they are, and how many would be there without clouds. RPRO is one reprocessing of all
years; OFFL is what was delivered day by day, of version 1.3, then 1.4 from December 2020, then 2.x from July 2021.
Version 1.4 already has the new cloud pressures that raise columns over polluted places, so it is as RPRO here.
No measurement enters; physics, sources
and choices stand in _no2.py. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _no2 import PLACES, overpasses, version_1

RADII, THRESHOLDS = (15, 30, 50), (0.5, 0.75)  # km, 1
# From when on each OFFL version was delivered: temis.nl, "TROPOMI NO2 data version overview".
DELIVERED = [("2021-11-14", "OFFL 02.03.01"), ("2021-07-01", "OFFL 02.02.00")]
DELIVERED += [("2020-12-02", "OFFL 01.04.00"), ("2018-04-30", "OFFL 01.03.02")]


def delivered(day):
    """The OFFL version of a day."""
    return next(version for since, version in DELIVERED if day >= pd.Timestamp(since))


def rows(place):
    """Yield the rows of one place."""
    for day, east, north, column, qa in overpasses(place):
        distance = np.hypot(east, north) / 1000
        for radius in RADII:
            for threshold in THRESHOLDS:
                yield row(place, day, "RPRO 02.04.00", threshold, radius, column, qa, distance)
        version = delivered(day)
        old = version_1(column) if version.startswith("OFFL 01.03") else column
        yield row(place, day, version, 0.75, 30, old, qa, distance)


def row(place, day, processor, threshold, radius, column, qa, distance):
    """One row: who, when, how, and the mean [umol m-2] and counts of the pixels within the radius."""
    near = distance <= radius
    valid = column[near & (qa > threshold)] * 1e6
    mean = round(float(valid.mean()), 1) if valid.size else np.nan
    return place, f"{day:%Y-%m-%dT12:00Z}", processor, threshold, radius, mean, valid.size, int(near.sum())


def make(folder: Path) -> None:
    """Write city-no2.csv.gz into the folder."""
    names = ["place", "day", "processor", "qa_min", "radius", "no2", "valid", "pixels"]
    table = pd.DataFrame((one for place in PLACES for one in rows(place)), columns=names)
    compression = {"method": "gzip", "mtime": 0}
    table.to_csv(folder / "city-no2.csv.gz", index=False, lineterminator="\n", compression=compression)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
