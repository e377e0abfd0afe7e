"""Fossil CO2 of Cabauw's measured radiocarbon, 2016-2020, above Mace Head's background, without a nuclear estimate.

The CO2 of the background is that of the globe's marine air; fossil CO2 does not need it, only the share does.
"""

import re

import numpy as np
import pandas as pd
import pytest
from conftest import output

LESSON = "research/radiocarbon-fossil-co2"
OWN_ENTRY = """[cbw-14c]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS Central Radiocarbon Laboratory (2024), Delta14C at Cabauw, 207 m; background fitted to Mace Head"
"""


@pytest.fixture
def integrations(archive):
    """Begin, end, Delta14C and its standard error (permille) of the samples of 2016-2020 that passed the control."""
    path = archive / "atmosphere" / "icos_cbw_207m_14c_integrated_2015_2023.14C"
    names = re.search(r"^#(Site;.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1].split(";")
    table = pd.read_csv(path, sep=";", comment="#", names=names).query("Flag == 'O'")
    begin = pd.to_datetime(table[["Year", "Month", "Day", "Hour", "Minute"]], utc=True)
    table = table.assign(begin=begin, end=begin + pd.to_timedelta(table["IntegrationTime"], unit="D"))
    table = table.rename(columns={"14C": "delta14c", "WeightedStdErr": "delta14c_err"})
    return table[(table["begin"] >= "2016-01-01") & (table["end"] <= "2021-01-01")]


@pytest.fixture
def folder(archive, cabauw, integrations, write_folder, tmp_path):
    """A source of the samples with the means, over each integration, of Cabauw's CO2 and the backgrounds."""
    hourly = {"co2": cabauw["co2_207m"]}
    fit = pd.read_csv(
        archive / "atmosphere" / "icos_14c_mhd_background_fit.csv", index_col="DateTime", parse_dates=True
    )
    hourly["delta14c_bg"] = fit["FIT"].tz_localize("UTC")
    names = ["month", "decimal_date", "average", "average_err", "trend", "trend_err"]  # the header has fewer
    marine = pd.read_csv(archive / "atmosphere" / "noaa_co2-mm-gl.csv", header=0, names=names)
    marine = marine.set_index(pd.to_datetime(marine["month"] + "-15", utc=True))["average"]
    hourly["co2_bg"] = marine.resample("D").interpolate()
    spans = [slice(one.begin, one.end) for one in integrations.itertuples()]
    middle = integrations["begin"] + (integrations["end"] - integrations["begin"]) / 2
    table = integrations[["delta14c", "delta14c_err"]].set_index(middle.rename("time"))
    table = table.assign(**{name: [series.loc[span].mean() for span in spans] for name, series in hourly.items()})
    table = table.assign(delta14c_bg_err=1.0, nuclear=np.nan, nuclear_err=np.nan)
    return write_folder(tmp_path, {"cbw-14c": table}, OWN_ENTRY)


def numbers(text):
    """Return the numbers in a text."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("parameters", [{}, {"draws": 1500, "unknown_nuclear_err": 2.0}], ids=["as given", "others"])
def test_fossil_co2_at_cabauw_is_plausible(parameters, run_lesson, folder, integrations, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path, **parameters)
    valid, rows, nuclear, trend = numbers(output(notebook, "load"))
    assert rows == len(integrations) and 0.9 * rows < valid <= rows and nuclear == 0
    assert -5 < trend < -2
    corrected, plain, wrong = numbers(output(notebook, "correct").replace("CO2", ""))
    assert corrected == plain == wrong and 2 < plain < 8
    seasons = {line.split()[0]: numbers(line)[1:3] for line in output(notebook, "seasons").splitlines()[1:]}
    for name, (mean, half) in seasons.items():
        assert 3 < mean < 15 if name == "winter" else 0 < mean < 10
        assert half > 1.96 * parameters.get("unknown_nuclear_err", 1.0) * 0.4
    assert "winter minus summer" in output(notebook, "rank")
    assert output(notebook, "rank").splitlines()[0].endswith("can be ranked")
    low, high = numbers(output(notebook, "share").splitlines()[-1])
    assert 20 < low < high < 150


def test_the_equation_holds_for_one_winter_sample(integrations, folder, entries):
    table = pd.read_csv(folder / entries["cbw-14c"]["file"], index_col="time", parse_dates=["time"])
    one = table.loc["2017-02-02"].iloc[0]  # 42 days from 12 January, -10.99 permille in the file
    assert one.delta14c == -10.99
    assert one.co2 * (one.delta14c_bg - one.delta14c) / (one.delta14c_bg + 1000) == pytest.approx(9, abs=1)
