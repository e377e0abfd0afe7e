"""Fossil CO2 of Cabauw's measured radiocarbon, 2016-2020, above Mace Head's background, without a nuclear estimate.

The CO2 of the background is that of the globe's marine air; fossil CO2 does not need it, only the share does.
"""

import re

import pandas as pd
import pytest
from conftest import output

from fieldnotes import load

LESSON = "research/radiocarbon-fossil-co2"


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


def numbers(text):
    """Return the numbers in a text."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("parameters", [{}, {"draws": 1500, "unknown_nuclear_err": 2.0}], ids=["as given", "others"])
def test_fossil_co2_at_cabauw_is_plausible(parameters, run_lesson, measured, integrations, tmp_path):
    notebook = run_lesson(LESSON, measured("cbw-14c"), tmp_path, **parameters)
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


def test_the_equation_holds_for_one_winter_sample(measured):
    table = load("cbw-14c", measured("cbw-14c"))
    one = table.loc["2017-02-02"].iloc[0]  # 42 days from 12 January, -10.99 permille in the file
    assert one.delta14c == -10.99
    assert one.co2 * (one.delta14c_bg - one.delta14c) / (one.delta14c_bg + 1000) == pytest.approx(9, abs=1)
