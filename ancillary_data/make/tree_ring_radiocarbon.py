"""Radiocarbon of the northern air over 55,000 years, the curve IntCal20, from iosacal 0.7.0.

Member `iosacal/data/intcal20.14c`: Reimer et al. (2020), doi:10.1017/RDC.2020.41, from tree rings for
the last 14,000 years and from other archives before. The package is GPL-3.0 (`METADATA`, `LICENSE`).
Changed: years before 1950 to calendar years, in their order; names.
"""

import io
from pathlib import Path

import pandas as pd
from _package import read, wheel

SHA256 = "c2c03f1ef0d9c8b662e189ade7d07daac71540887a7623e615b203b07471c78e"
COLUMNS = ["year", "age", "age_error", "delta_14c", "delta_14c_error"]


def make(folder: Path) -> None:
    """Write tree-ring-radiocarbon.csv: year, age and its error (yr), delta_14c and its error (permil)."""
    content = read(wheel("iosacal", "0.7.0", SHA256), "iosacal/data/intcal20.14c")
    curve = pd.read_csv(io.BytesIO(content), comment="#", header=None, names=COLUMNS)
    curve["year"] = 1950 - curve["year"]
    curve = curve.sort_values("year")
    curve.to_csv(folder / "tree-ring-radiocarbon.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
