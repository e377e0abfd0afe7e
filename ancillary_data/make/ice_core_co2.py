"""CO2 of 800,000 years from ice cores, and of 1959-2018 from the air, from Debian's dslabs 0.7.4-1.

Object `historic_co2` of the R package. Its `script/make-historic_co2.R` names the sources: every
third value of the Antarctic composite of Bereiter et al. (2015), doi:10.1002/2014GL061957, and the
annual means of NOAA at Mauna Loa. The package is Artistic-2.0 (`DESCRIPTION`, `copyright`).
Changed: order of years, names.
"""

from pathlib import Path

from _package import debian, lazy_load

SHA256 = "c3f93382c44d4581de9561792a87b110cb239c70771cac5ad63fa0a259e71ef3"
BASE = "./usr/lib/R/site-library/dslabs/data/Rdata"
SOURCES = {"Ice Cores": "ice core", "Mauna Loa": "air"}


def make(folder: Path) -> None:
    """Write ice-core-co2.csv: year, co2 (ppm), source (ice core or air)."""
    values = lazy_load(debian("r-cran-dslabs", "0.7.4-1", SHA256), BASE, "historic_co2")
    values = values.astype({"year": int}).assign(source=values["source"].map(SOURCES))
    values = values.sort_values(["year", "source"], ascending=[True, False])
    values.to_csv(folder / "ice-core-co2.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
