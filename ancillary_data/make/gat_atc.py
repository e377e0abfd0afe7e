"""Three days of hourly CO2 of an invented tower, in the ASCII format of the ICOS Atmosphere Thematic Centre.

No measurement enters, and no station stands at 52 N 10 E with the code FNT. Weather and mixing are those of the other
towers (`_atmosphere`). One analyser serves several heights: it comes to this one every 25 minutes and stays for 4, so
that an hour is the mean of 8 or 12 minutes. As in such files, two days have been looked at by a person (flags O and K)
and the third only by a program (U and N); a missing value is -999.990, its standard deviation -9.990. Numbers without a
source are our choice. Licence of the twin: CC BY 4.0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _atmosphere import above_background, background, exchange, polluted, red_noise, sine_of_elevation, year_cycle

LATITUDE, LONGITUDE, HEIGHT = 52.0, 10.0, 180  # degrees, degrees, m
START, HOURS, WARM_UP = pd.Timestamp("2023-07-11"), 72, 240  # hours before START let the model forget how it began
CALIBRATION, VISIT, LEAK, UNSAVED = [28, 29, 30], [33, 34], [62, 63], [55]  # hours since START
COLUMNS = (
    "Site;SamplingHeight;Year;Month;Day;Hour;Minute;DecimalDate;co2;Stdev;NbPoints;Flag;InstrumentId;QualityId;"
    "InternalFlag;AutoDescriptiveFlag;ManualDescriptiveFlag;H2O;H2O-Stdev;co2Raw;co2Raw-Stdev;"
    "co2Raw-withH2oCorrection;co2Raw-withH2oCorrection-Stdev"
)
HEADER = f"""TITLE: CO2 - NRT Continuous air, simulated
FILE NAME: FNT_2023-07-11T00:00:00_2023-07-13T23:59:00_{HEIGHT}.0_1_C_nrtHour.CO2
DATA FORMAT: Version 1.0
TOTAL LINES: 105
HEADER LINES: 33
PROJECT DATA VERSION: Undefined
DATA PRODUCT TYPE: NRT
STATION CODE: FNT
STATION NAME: Fieldnotes test tower, simulated
STATION CATEGORY: None
OBSERVATION CATEGORY: Air sampling observation at a Stationary platform
COUNTRY/TERRITORY: None
CONTRIBUTOR: Fieldnotes contributors
LATITUDE: {LATITUDE:.4f} N
LONGITUDE: {LONGITUDE:.4f} E
ALTITUDE: 60 m asl
NUMBER OF SAMPLING HEIGHTS: 1
SAMPLING HEIGHTS: {HEIGHT} m agl
CONTACT POINT: None
PARAMETER: CO2
COVERING PERIOD: 2023-07-11T00:00 2023-07-13T23:59
TIME INTERVAL: hourly
MEASUREMENT UNIT: umol.mol-¹
MEASUREMENT METHOD: Simulation (instrument Id 1)
SAMPLING TYPE: continuous
TIME ZONE: UTC +1
MEASUREMENT SCALE: WMOX2019
DATA POLICY: CC BY 4.0; not a measurement
COMMENT:
Times are UTC
Time-averaged values are reported at the beginning of the averaging interval.

"""


def minutes(seed=180):
    """CO2 [ppm] of every minute of the three days, with eddies that last about ten minutes."""
    time = pd.date_range(START - pd.Timedelta(WARM_UP, "h"), periods=WARM_UP + HOURS + 1, freq="h")
    rng, n = np.random.default_rng(seed), len(time)
    sine, wind, winter = sine_of_elevation(time, LATITUDE, LONGITUDE), red_noise(rng, n, 24) - 0.5, year_cycle(time, 20)
    flux = exchange(time, sine, respiration=2.8, uptake=28.0, fossil=1.5)
    (above,) = above_background([HEIGHT], sine, wind, flux, 170 + 80 * winter)
    hourly = pd.Series(background(time, 409.0, 5.0) + polluted(rng, winter) + above, time)[START:]
    smooth = hourly.resample("min").interpolate().iloc[:-1]
    unrest = 0.15 + 0.02 * above[WARM_UP:].clip(0, 30).repeat(60)[: len(smooth)]  # ppm; a fan of heights is uneasy air
    return smooth + unrest * red_noise(rng, len(smooth), 10)


def hours():
    """Mean, standard deviation [ppm] and number of the sampled minutes of each hour, its flag and what was noted."""
    co2 = minutes()
    visits = co2[np.arange(len(co2)) % 25 < 4].resample("h")
    table = pd.DataFrame({"co2": visits.mean(), "sd": visits.std(), "n": visits.count()}).assign(flag="O", note="")
    at = table.index
    table.loc[at[48:], "flag"] = "U"
    table.loc[at[VISIT], ["co2", "sd"]] += [18.0, 7.5]  # ppm: people breathe beside the intake
    table.loc[at[LEAK], "co2"] -= 23.0  # ppm: the pump fails, and the analyser sucks in scrubbed air
    table.loc[at[UNSAVED], "co2"] = np.nan  # a good flag and no value
    table.loc[at[CALIBRATION], ["co2", "sd", "n"]] = [np.nan, np.nan, 0]
    table.loc[at[VISIT], ["flag", "note"]] = ["K", "visit"]
    table.loc[at[CALIBRATION], ["flag", "note"]] = ["K", "calibration"]
    table.loc[at[LEAK], "flag"] = "N"
    return table


def row(time, hour, h2o):
    """One line of the table; the raw value is that of moist air, thinned by h2o [%]."""
    value, sd = (f"{x:.3f}" if x == x else missing for x, missing in ((hour.co2, "-999.990"), (hour.sd, "-9.990")))
    raw = f"{hour.co2 * (1 - h2o / 100):.3f}" if hour.co2 == hour.co2 else "-999.990"
    year = time.year + (time.day_of_year - 1 + time.hour / 24) / 365
    fields = ["FNT", HEIGHT, f"{time:%Y;%m;%d;%H;%M}", f"{year:.8f}", value, sd, int(hour.n), hour.flag, 1, 1]
    return ";".join(map(str, [*fields, "", "", hour.note, f"{h2o:.3f}", "0.010", raw, *["-999.990"] * 3]))


def make(folder: Path) -> None:
    """Write gat-atc.csv: 33 lines that begin with #, the last of them the columns' names, and 72 hours."""
    table = hours()
    h2o = 1.4 + 0.2 * red_noise(np.random.default_rng(14), HOURS, 12)
    rows = [row(time, hour, water) for (time, hour), water in zip(table.iterrows(), h2o, strict=True)]
    head = [f"# {line}".rstrip() for line in HEADER.splitlines()] + [f"#{COLUMNS}"]
    (folder / "gat-atc.csv").write_text("\n".join([*head, *rows, ""]), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
