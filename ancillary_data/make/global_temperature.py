"""Global temperature by year, 1880-2023, from vega-datasets 3.2.1 (`data/global-temp.csv`).

The land-ocean temperature index of NASA's GISTEMP; `datapackage.json` of the package calls it a
dataset of the US government. The package does not state the base period: the values have their
zero in 1951-1980, the period that GISTEMP uses, as a test recomputes. Changed: a column's name.
"""

import io
from pathlib import Path

import pandas as pd
from _package import npm, read

SHA256 = "6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3"


def make(folder: Path) -> None:
    """Write global-temperature.csv: year, anomaly (K, from the mean of 1951-1980)."""
    content = read(npm("vega-datasets", "3.2.1", SHA256), "package/data/global-temp.csv")
    years = pd.read_csv(io.BytesIO(content)).rename(columns={"temp": "anomaly"})
    years.to_csv(folder / "global-temperature.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
