"""Carbon emitted by burning fossil fuels and making cement, world, 1751-2014, from dslabs 0.7.4-1.

Object `temp_carbon` of Debian's r-cran-dslabs, column carbon_emissions. Its
`script/make-temp_carbon.R` names the source: the global totals of the Carbon Dioxide Information
Analysis Center (CDIAC), tre_glob_2014. The package is Artistic-2.0 (`DESCRIPTION`, `copyright`).
Changed: one column of five, years in order.
"""

from pathlib import Path

from _package import debian, lazy_load

SHA256 = "c3f93382c44d4581de9561792a87b110cb239c70771cac5ad63fa0a259e71ef3"
BASE = "./usr/lib/R/site-library/dslabs/data/Rdata"


def make(folder: Path) -> None:
    """Write fossil-emissions.csv: year, emissions (MtC per year)."""
    years = lazy_load(debian("r-cran-dslabs", "0.7.4-1", SHA256), BASE, "temp_carbon")
    years = years[["year", "carbon_emissions"]].dropna().astype(int).sort_values("year")
    years = years.rename(columns={"carbon_emissions": "emissions"})
    years.to_csv(folder / "fossil-emissions.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
