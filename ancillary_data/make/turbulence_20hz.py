"""Wind, CO2, water vapour and temperature above a canopy, 20 times per second, from fluxpart 0.2.11.

Members `tests/data/TOA5_6843.ts_Above_2012_06_07_{1245,1300}.dat` of the source distribution: two
files of a Campbell data logger, 15 minutes each, CC0-1.0 (`LICENSE`, `PKG-INFO`). The instruments
stood 7.11 m above the ground, the canopy was 4.42 m high (`tests/test_fluxpart.py`). The package
states neither place nor crop, nor the zone of the logger's clock, so neither do we.

Changed: both files joined; the clock to seconds since 12:45:00 of 7 June 2012; wind, water vapour
and temperature rounded to 0.001, CO2 and pressure to 0.01. Left out: record number and the sonic
anemometer's diagnostics, which are all 0.
"""

import io
from pathlib import Path

import pandas as pd
from _package import read, sdist

SHA256 = "63e2e6662316a0e5b3178c3252659a30618613746b8fbb3c6e7aa54bbf1accef"
MEMBER = "fluxpart-0.2.11/tests/data/TOA5_6843.ts_Above_2012_06_07_{}.dat"
START = pd.Timestamp("2012-06-07T12:45")
COLUMNS = {  # ours: (theirs, decimals)
    "u": ("Ux", 3),
    "v": ("Uy", 3),
    "w": ("Uz", 3),
    "co2": ("co2", 2),
    "h2o": ("h2o", 3),
    "t_sonic": ("Ts", 3),
    "pressure": ("press", 2),
}


def make(folder: Path) -> None:
    """Write turbulence-20hz.csv.gz: seconds (s since 12:45:00) and the columns above."""
    package = sdist("fluxpart", "0.2.11", SHA256)
    files = [io.BytesIO(read(package, MEMBER.format(start))) for start in ("1245", "1300")]
    readings = pd.concat([pd.read_csv(file, skiprows=[0, 2, 3]) for file in files])
    clock = pd.to_datetime(readings["TIMESTAMP"], format="ISO8601")
    columns = {ours: readings[theirs].round(digits) for ours, (theirs, digits) in COLUMNS.items()}
    seconds = ((clock - START) / pd.Timedelta("1s")).round(2)
    table = pd.DataFrame({"seconds": seconds} | columns)
    packing = {"method": "gzip", "mtime": 0}
    path = folder / "turbulence-20hz.csv.gz"
    table.to_csv(path, index=False, lineterminator="\n", compression=packing)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
