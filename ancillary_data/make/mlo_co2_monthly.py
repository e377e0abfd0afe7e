"""Monthly CO2 at Mauna Loa, March 1958 to April 2020, from vega-datasets 3.2.1.

Member `data/co2-concentration.csv`: the in situ record of the Scripps CO2 Program, out of
monthly_in_situ_co2_mlo.csv; `datapackage.json` of the package states CC BY 4.0 for it. The package
leaves out months without a value and stamps each month with its first day, but the values are
adjusted to 24:00 on the 15th. Changed: stamps to the 15th, missing months as empty fields.
"""

import io
from pathlib import Path

import pandas as pd
from _package import npm, read

SHA256 = "6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3"


def make(folder: Path) -> None:
    """Write mlo-co2-monthly.csv: time (UTC, the 15th of the month), co2 (ppm), co2_adjusted (ppm)."""
    content = read(npm("vega-datasets", "3.2.1", SHA256), "package/data/co2-concentration.csv")
    months = pd.read_csv(io.BytesIO(content), parse_dates=["Date"], index_col="Date")
    months = months.rename(columns={"CO2": "co2", "adjusted CO2": "co2_adjusted"}).asfreq("MS")
    months.index = (months.index + pd.Timedelta(days=14)).rename("time")
    months.to_csv(folder / "mlo-co2-monthly.csv", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
