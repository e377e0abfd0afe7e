"""Monthly sea surface temperature of the Nino 1+2 region, 1950-2010, from statsmodels 0.15.0.

Member `statsmodels/datasets/elnino/elnino.csv`: the mean over 0-10 degrees south, 90-80 degrees west, of NOAA's ERSST
version 3b, public domain. Changed: the table of years by months became one row a month.
"""

import io
from pathlib import Path

import pandas as pd
from _package import read, wheel

SHA256 = "b67886b66d9c7ca118526accedb5c6de7ffd74c015dc0492ea0b1690192b65da"


def make(folder: Path) -> None:
    """Write nino12-sst.csv: time (UTC, first day of the month), sst (degC)."""
    content = read(wheel("statsmodels", "0.15.0", SHA256), "statsmodels/datasets/elnino/elnino.csv")
    years = pd.read_csv(io.BytesIO(content)).melt("YEAR", var_name="month", value_name="sst")
    time = pd.to_datetime(years["YEAR"].astype(str) + years["month"], format="%Y%b")
    months = years.assign(time=time).sort_values("time")[["time", "sst"]]
    months.to_csv(folder / "nino12-sst.csv", index=False, date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
