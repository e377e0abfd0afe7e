"""The lesson on NO2 over cities: its change on real columns of OMI, and all of it on cities of other weather."""

import importlib
import re
import shutil

import numpy as np
import pytest
import xarray as xr

from ci.notebooks import ROOT
from tests.lessons import functions
from tests.real.conftest import texts

LESSON = "research/no2-in-cities"
OWN_ENTRIES = (
    "".join(
        f'[{name}]\nkind = "simulated"\nlicence = "CC-BY-4.0"\ncredit = "the cities of make/_no2.py in other weather"\n'
        for name in ("city-no2", "plume-no2")
    )
    + '[matimba-no2]\nkind = "measured"\nlicence = "LGPL-2.1-or-later"\ncredit = "Sentinel-5P, as packed in ddeq 1.1"\n'
)
twin = importlib.import_module("_no2")
SCRIPTS = [importlib.import_module(name) for name in ("city_no2", "plume_no2")]
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def omi(archive):
    """OMI's mean NO2 (molecules cm-2) over Romania by month: climatology of 2015-2019, and 2020, on the same cells."""
    folder = archive / "airquality"
    with xr.open_dataset(folder / "omi_no2_romania_clim_2015_2019.nc4", decode_times=False) as clim:
        usual = clim["ColumnAmountNO2CloudScreened"].load()
    with xr.open_dataset(folder / "omi_no2_romania_monthly_2020.nc") as monthly:
        # The attribute says 10^15 molecules cm-2; the values are molecules cm-2.
        measured = monthly["no2"].rename(latitude="lat", longitude="lon").sortby("lat").load()
    return usual, measured


@pytest.fixture
def other_weather(tmp_path, monkeypatch):
    """A folder with the same cities in the weather of another seed."""
    monkeypatch.setattr(twin, "SEED", 1)
    for script in SCRIPTS:
        script.make(tmp_path)
    shutil.copy(ROOT / "ancillary_data" / "matimba-no2.nc", tmp_path)
    (tmp_path / "catalogue.toml").write_text(OWN_ENTRIES, encoding="utf-8")
    return tmp_path


def test_april_2020_is_0_86_of_the_climatology(omi):
    usual, measured = omi
    np.testing.assert_allclose(usual["lat"], measured["lat"], atol=1e-4)
    assert int(measured["time"][3].dt.month) == 4 and int(usual["time"][3]) == 20190430
    change = functions(LESSON)["change"](usual[3].to_numpy(), measured[3].to_numpy())
    assert round(1 + change / 100, 2) == 0.86


def test_the_weeks_before_show_little_over_the_same_cells(omi):
    usual, measured = omi
    january, february = (functions(LESSON)["change"](usual[k].to_numpy(), measured[k].to_numpy()) for k in (0, 1))
    assert 0 < february < january < 5  # %


def test_real_columns_have_the_magnitude_of_the_twin(omi):
    usual, _ = omi
    median = float(usual.median()) / 6.02214e19 * 1e6  # umol m-2, of a densely settled country
    assert 30 < median < 100


def numbers(text):
    """Return the numbers of a text, exponents of units left out."""
    return [float(number) for number in re.findall(r"(?<![\w.-])[+-]?\d+\.?\d*", text)]


def test_other_weather_gives_the_same_findings(other_weather, run_lesson, tmp_path):
    (tmp_path / "out").mkdir()
    parameters = {"first_week": 13, "last_week": 18, "radius": 15}
    printed = texts(run_lesson(LESSON, other_weather, tmp_path / "out", **parameters))
    alder = numbers(printed["changes"].splitlines()[0])
    assert alder[1] < alder[0] < alder[2] < 0 and alder[5] == 42
    kept, dropped = (float(one) for one in re.findall(r"(-?[\d.]+) µmol", printed["negative"]))
    assert dropped > kept + 1
    right, wrong = (numbers(line)[0] for line in printed["rebound"].splitlines())
    assert abs(right) < 25 < wrong
    (emission, low, high, n), (tau, tau_low, tau_high) = map(numbers, printed["fit-figure"].splitlines()[:2])
    week, year = twin.DAYS.isocalendar().week.to_numpy(), twin.DAYS.year.to_numpy()
    true = twin.emission("Alder")[(week >= 12) & (week <= 19) & (year == 2019)].mean()
    assert low < true < high and emission == pytest.approx(true, rel=0.15) and n > 20
    assert tau_low < twin.LIFETIME < tau_high and tau == pytest.approx(twin.LIFETIME, rel=0.15)
    assert "These data mix" in printed["one-processing"]
