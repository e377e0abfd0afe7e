"""The curve fit on NOAA's monthly means from Mauna Loa and on five years of Cabauw, against NOAA's growth rates."""

import re

import numpy as np
import pandas as pd
import pytest
from conftest import CABAUW, MAUNA_LOA, output

LESSON = "research/trend-season-growth"


@pytest.fixture
def folder(cabauw, mauna_loa, write_folder, tmp_path):
    """A source of both records."""
    return write_folder(tmp_path, {"mlo-co2": mauna_loa, "cbw-co2": cabauw.round(2)}, MAUNA_LOA + CABAUW)


def numbers(notebook, cell):
    """Return the decimal numbers that a cell printed or displayed."""
    return [float(number) for number in re.findall(r"-?\d+\.\d+", output(notebook, cell))]


def annual_growth(notebook):
    """Return the growth of each year (ppm) that the table of decades holds."""
    rows = [line.split() for line in output(notebook, "annual").splitlines() if re.match(r"\d{4}\b", line)]
    growth = {int(row[0]) + digit: text for row in rows for digit, text in enumerate(row[1:])}
    return pd.Series({year: float(text) for year, text in growth.items() if text != "-"})


@pytest.mark.parametrize("parameters", [{}, {"terms": 4, "harmonics": 3, "cutoff": 800}], ids=["noaas", "others"])
def test_growth_is_noaas(parameters, run_lesson, folder, archive, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path, **parameters)
    rates = pd.read_csv(archive / "atmosphere" / "noaa_co2-gr-mlo.csv", index_col="Year").loc[1959:2001]
    published, found = rates["Annual Increase"], annual_growth(notebook).loc[1959:2001]
    assert list(found.index) == list(published.index)
    assert abs(found.mean() - published.mean()) < rates["Uncertainty"].mean() / np.sqrt(len(rates))
    assert np.corrcoef(found, published)[0, 1] > (0.8 if parameters else 0.9)
    assert (found - published).std() < 0.3
    assert numbers(notebook, "load") == pytest.approx([0, 0, 0], abs=0.02)
    assert numbers(notebook, "annual")[-2] == pytest.approx((369.71 - 315.98) / 41, abs=0.01)
    years, last_week, half_year = numbers(notebook, "end-numbers")[:3]
    assert 0 < years < 1 and 0.3 < half_year < last_week < 0.8
    for mean, of_mean, of_date in np.array(numbers(notebook, "tower-interval")).reshape(-1, 3):
        assert 2 <= mean <= 3 and abs(mean - 2.4) < of_mean < of_date


def test_each_half_of_the_day_has_its_own_fit(run_lesson, folder, entries, tmp_path):
    notebook = run_lesson(LESSON, folder, tmp_path)
    co2 = pd.read_csv(folder / entries["cbw-co2"]["file"], index_col="time", parse_dates=True)["co2_207m"]
    night, day = co2[co2.index.hour.isin([23, 0, 1, 2])], co2[co2.index.hour.isin([11, 12, 13, 14])]
    offset, missed = numbers(notebook, "not-the-same")
    assert offset == pytest.approx(night.mean() - day.mean(), abs=0.2) and offset > 0.5
    assert missed > 0.3
    raw, trend = np.array(numbers(notebook, "december")).reshape(-1, 2).T
    assert np.ptp(raw) > 10 > np.ptp(trend)
