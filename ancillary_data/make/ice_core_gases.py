"""CO2, methane and nitrous oxide of 2,000 years from the Law Dome ice cores, from dslabs 0.7.4-1.

Object `greenhouse_gases` of Debian's r-cran-dslabs. Its `script/make-greenhouse_gases.R` names the
source: the spline fits of MacFarling Meure et al. (2006), doi:10.1029/2006GL026152, in NOAA's file
law2006.txt, every 20th year. The package is Artistic-2.0 (`DESCRIPTION`, `copyright`). Changed: one row
a year.
"""

from pathlib import Path

from _package import debian, lazy_load

SHA256 = "c3f93382c44d4581de9561792a87b110cb239c70771cac5ad63fa0a259e71ef3"
BASE = "./usr/lib/R/site-library/dslabs/data/Rdata"


def make(folder: Path) -> None:
    """Write ice-core-gases.csv: year, co2 (ppm), ch4 (ppb), n2o (ppb)."""
    values = lazy_load(debian("r-cran-dslabs", "0.7.4-1", SHA256), BASE, "greenhouse_gases")
    values = values.astype({"year": int}).assign(gas=values["gas"].str.lower())
    years = values.pivot(index="year", columns="gas", values="concentration")
    years[["co2", "ch4", "n2o"]].to_csv(folder / "ice-core-gases.csv", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
