"""The curve fit on NOAA's monthly means from Mauna Loa and on five years of Cabauw, against NOAA's growth rates."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

LESSON = "research/trend-season-growth"
OWN_ENTRIES = """[mlo-co2]
kind = "measured"
licence = "public domain"
credit = "NOAA Global Monitoring Laboratory, monthly CO2 at Mauna Loa"

[cbw-co2]
kind = "measured"
licence = "CC-BY-4.0"
credit = "ICOS RI and others (2023), European ObsPack of atmospheric CO2, Cabauw"
doi = "10.18160/PEKQ-M4T1"
"""


@pytest.fixture
def folder(archive, entries, tmp_path):
    """A source of both records; the header of NOAA's table has fewer names than its rows have fields."""
    names = ["month", "decimal_date", "average", "deseasonalized", "days", "sd", "uncertainty"]
    monthly = pd.read_csv(archive / "atmosphere" / "noaa_co2-mm-mlo.csv", header=0, names=names)
    time = pd.to_datetime(monthly["month"] + "-15", utc=True).rename("time")
    co2 = monthly.set_index(time)["average"].rename("co2")
    co2.where(co2 > 0).to_csv(tmp_path / entries["mlo-co2"]["file"], date_format="%Y-%m-%dT%H:%MZ")
    with xr.open_dataset(archive / "atmosphere" / "icos_cbw_co2_4levels_2016_2020.nc") as tower:
        heights = tower["co2"].to_pandas().add_prefix("co2_").add_suffix("m").tz_localize("UTC")
    heights.round(2).to_csv(tmp_path / entries["cbw-co2"]["file"], date_format="%Y-%m-%dT%H:%MZ")
    (tmp_path / "catalogue.toml").write_text(OWN_ENTRIES, encoding="utf-8")
    return tmp_path


def output(notebook, cell):
    """Return what a cell printed or displayed, as text."""
    found = next(one for one in notebook.cells if one.id == cell)
    return "".join(out.text if out.output_type == "stream" else out.data["text/plain"] for out in found.outputs)


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
