"""Radiocarbon of Cabauw's CO2, 207 m: the ICOS integrations with the backgrounds of marine air."""

import re

from fieldnotes.pinned import cbw_co2, mlo_co2_monthly

SAMPLES = "ICOS_ATC_L2_L2-2024.1_CBW_207.0_779.14C"
MACE_HEAD = "14c_mhd_integrals_noaa_smoothed_final.csv"
GLOBE = "co2-mm-gl.csv"
BACKGROUND_ERROR = 1.0  # permille, of the curve fitted to Mace Head: an assumption, none is given


def read(folder):
    """Return the integrations of 2016 to 2020 that passed the quality control.

    Each is stamped with its middle (UTC) and has the mean, over its days, of Cabauw's CO2, of the
    curve fitted to Mace Head's Delta14C, and of CO2 in the globe's marine air. Nobody estimated what
    nuclear facilities add here: ``nuclear`` is missing.
    """
    import numpy as np

    samples = _read_samples(folder)
    hourly = {
        "co2": cbw_co2.read_height(folder, 207),
        "delta14c_bg": _read_mace_head(folder),
        "co2_bg": mlo_co2_monthly.read_file(folder / GLOBE, "average").resample("D").interpolate(),
    }
    days = [slice(one.begin, one.end) for one in samples.itertuples()]
    middle = samples["begin"] + (samples["end"] - samples["begin"]) / 2
    table = samples[["delta14c", "delta14c_err"]].set_index(middle.rename("time"))
    for name, series in hourly.items():
        table[name] = [series.loc[span].mean() for span in days]
    return table.assign(delta14c_bg_err=BACKGROUND_ERROR, nuclear=np.nan, nuclear_err=np.nan)


def _read_samples(folder):
    """Return begin, end, Delta14C and its standard error (permille) of the samples of flag O."""
    import pandas as pd

    path = folder / SAMPLES
    names = re.search(r"^#(Site;.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1].split(";")
    table = pd.read_csv(path, sep=";", comment="#", names=names).query("Flag == 'O'")
    begin = pd.to_datetime(table[["Year", "Month", "Day", "Hour", "Minute"]], utc=True)
    table = table.assign(begin=begin, end=begin + pd.to_timedelta(table["IntegrationTime"], unit="D"))
    table = table.rename(columns={"14C": "delta14c", "WeightedStdErr": "delta14c_err"})
    return table[(table["begin"] >= "2016-01-01") & (table["end"] <= "2021-01-01")]


def _read_mace_head(folder):
    import pandas as pd

    table = pd.read_csv(folder / MACE_HEAD, encoding="utf-8-sig")
    return table.set_index(pd.to_datetime(table["DateTime"], utc=True))["FIT"]
