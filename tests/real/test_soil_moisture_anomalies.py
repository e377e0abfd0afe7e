"""The lesson on soil moisture: its functions on ESA CCI's record and maps, its findings on a land of other weather."""

import functools
import importlib
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests import lessons

LESSON = "research/soil-moisture-anomalies"
OWN_ENTRY = """[soil-moisture]
kind = "simulated"
licence = "CC-BY-4.0"
credit = "the land of make/soil_moisture.py in other weather; not a measurement"
"""
DAYS = ("19781114", "20000101")
twin = importlib.import_module("soil_moisture")
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def lesson():
    return lessons.functions(LESSON)


@pytest.fixture(scope="module")
def record(archive):
    """Daily soil moisture (m3 m-3) of one cell: ESA CCI SM v04.4 COMBINED, and MERRA-2."""
    table = pd.read_csv(archive / "soilmoisture" / "esacci_sm_gpi707393.csv", index_col=0, parse_dates=True)
    return table.set_axis(["cci", "merra"], axis=1).rename_axis("time").to_xarray()


@pytest.fixture(params=DAYS)
def day(request, archive):
    """A daily map of the world, ESA CCI SM v02.2."""
    with xr.open_dataset(archive / "soilmoisture" / f"esacci_sm_v02.2_{request.param}.nc", decode_times=False) as data:
        return data[["sm", "flag"]].isel(time=0).load()


def test_cci_agrees_with_merra_as_the_archive_says(record):
    assert float(xr.corr(record["cci"], record["merra"])) == pytest.approx(0.60, abs=0.005)


def test_over_the_base_the_anomalies_of_each_month_average_to_zero(lesson, record):
    monthly = lesson["monthly_mean"](record["cci"], days=8)
    base = monthly.sel(time=slice("1991", "2017"))
    found = lesson["anomalies"](base, lesson["climatology"](monthly, range(1991, 2018), enough=10))
    means, sds = found.groupby("time.month").mean(), found.groupby("time.month").std(ddof=1)
    assert found["absolute"].notnull().groupby("time.month").any().all()
    np.testing.assert_allclose(means["absolute"], 0, atol=1e-9)
    np.testing.assert_allclose(sds["standardised"], 1)
    assert int(monthly.isnull().sum()) > 100  # the early satellites came too seldom, and those months stay missing


def test_the_anomalies_of_satellite_and_model_agree(lesson, record):
    found = {}
    for name in ("cci", "merra"):
        monthly = lesson["monthly_mean"](record[name], days=8)
        found[name] = lesson["anomalies"](monthly, lesson["climatology"](monthly, range(1991, 2018)))["absolute"]
    assert 0.4 < float(xr.corr(*found.values())) < 0.9


def test_every_value_of_a_map_survives_the_mask_and_no_flagged_cell_has_one(lesson, day):
    kept = day["sm"].where(lesson["usable"](day["flag"]))
    assert kept.count() == day["sm"].count() > 20_000
    assert float(kept.min()) >= 0 and float(kept.max()) < 0.6


def test_a_subset_of_a_map_has_its_cells_and_tiles_put_together_are_the_map(lesson, day):
    box = lesson["subset"](day["sm"], 10, 40, 15, 45)
    assert box.sizes == {"lat": 20, "lon": 20} and 40 < float(box["lat"].min()) < float(box["lat"].max()) < 45
    assert day["sm"].sel(lat=slice(40, 45)).size == 0  # the real product has north first
    tiles = [lesson["subset"](day["sm"], west, -90, west + 100, 90) for west in (-180, -90, 0, 90)]
    xr.testing.assert_equal(lesson["mosaic"](*tiles), day["sm"])


def test_other_weather_and_another_base_give_the_same_findings(run_lesson, tmp_path, monkeypatch):
    monkeypatch.setattr(twin, "truth", functools.partial(twin.truth, 28))
    twin.make(tmp_path)
    (tmp_path / "catalogue.toml").write_text(OWN_ENTRY, encoding="utf-8")
    notebook = run_lesson(LESSON, tmp_path, tmp_path, base=[2010, 2016])
    text = {cell.id: "".join(out.get("text", "") for out in cell.get("outputs", [])) for cell in notebook.cells}
    (inside, z_inside), (outside, z_outside) = re.findall(r"([+-]0\.\d+) m3 m-3.*z = ([+-]\d\.\d+)", text["leave-out"])
    assert float(outside) < float(inside) < -0.04 and float(z_outside) < float(z_inside) < -1
    assert len(text["ledger"].splitlines()) == 16
