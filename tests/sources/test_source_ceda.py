"""Cut-outs of large netCDF files, read in byte ranges from a server that gives them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from providers import load

import fieldnotes
from fieldnotes import errors

BIOMASS = {
    "lat": "degrees_north, centres of cells, north first",
    "lon": "degrees_east",
    "agb": "Mg/ha, dry mass",
    "agb_sd": "Mg/ha, standard deviation",
}
LIVE = {
    "source": "ceda",
    "file": "biomass/agb.nc",
    "variables": {"agb": "agb", "agb_sd": "agb_sd"},
    "box": [13, 55, 15, 57],
    "time": "2020-01-01",
    "credit": "Santoro and Cartus (2026), ESA Biomass CCI, version 7.0",
    "doi": "10.5285/6429d1aafe1e43b9b414e4a5a7f8b903",
}
MOISTURE = {
    "time": "UTC, day",
    "lat": "degrees_north, north first",
    "lon": "degrees_east",
    "sm": "m3 m-3, surface soil moisture",
}
DAYS = LIVE | {
    "file": "soil/%Y/SM-%Y%m%d.nc",
    "variables": {"sm": "sm"},
    "days": [["2018-08-01", "2018-08-02"], ["2019-08-01", "2019-08-01"]],
}
del DAYS["time"]


def write_biomass(path):
    """A map of 0.1 degrees for two years as CEDA has it: int16, rows from the north, missing is -32768."""
    lat, lon = 90 - 0.1 * np.arange(1800) - 0.05, -180 + 0.1 * np.arange(3600) + 0.05
    agb = np.zeros((2, 1800, 3600), "int16")
    agb[1] = (np.arange(1800)[:, None] + np.arange(3600)) % 300
    agb[1, 340, 1935] = -32768
    axes = {"time": pd.to_datetime(["2010-01-01", "2020-01-01"]), "lat": lat, "lon": lon}
    grid = xr.Dataset({name: (("time", "lat", "lon"), agb, {"units": "Mg/ha"}) for name in ("agb", "agb_sd")}, axes)
    chunks = {"chunksizes": (1, 180, 360), "_FillValue": np.int16(-32768), "zlib": True}
    grid.to_netcdf(path, encoding={name: chunks for name in grid.data_vars})
    return path.read_bytes()


def write_day(path, day, value, lat=(56.125, 55.875), units="m3 m-3"):
    """One day of soil moisture on two cells."""
    values = np.full((1, 2, 1), value, "float32")
    axes = {"time": [pd.Timestamp(day)], "lat": list(lat), "lon": [13.125]}
    xr.Dataset({"sm": (("time", "lat", "lon"), values, {"units": units})}, axes).to_netcdf(path)
    return path.read_bytes()


@pytest.fixture
def biomass(offer, provider, tmp_path):
    """One global file, offered and served."""
    content = write_biomass(tmp_path / "agb.nc")
    provider.send("/biomass/agb.nc", content)
    offer(LIVE, "grid", BIOMASS)
    return provider, len(content)


@pytest.fixture
def moisture(offer, provider, tmp_path):
    """Three files of a day each, offered and served."""
    for day, value in {"20180801": 0.1, "20180802": 0.2, "20190801": 0.3}.items():
        provider.send(f"/soil/{day[:4]}/SM-{day}.nc", write_day(tmp_path / "day.nc", day, value))
    offer(DAYS, "grid", MOISTURE)
    return provider


def test_only_the_box_of_the_wanted_year_is_read(biomass):
    server, size = biomass
    grid = load()
    assert (grid["lat"].size, grid["lon"].size) == (20, 20)
    assert grid["lat"].values[0] > grid["lat"].values[-1]
    row, column = np.arange(330, 350), np.arange(1930, 1950)
    expected = ((row[:, None] + column) % 300).astype("float64")
    expected[10, 5] = np.nan
    np.testing.assert_array_equal(grid["agb"], expected)
    assert grid["agb"].attrs["units"] == "Mg/ha"
    assert grid.attrs["credit"].startswith("Santoro and Cartus")
    assert grid.attrs["doi"] == "10.5285/6429d1aafe1e43b9b414e4a5a7f8b903"
    assert server.sent < size / 3


def test_a_second_load_asks_nothing(biomass):
    server, _ = biomass
    first, asked = load(), len(server.requests)
    xr.testing.assert_identical(load(), first)
    assert len(server.requests) == asked
    assert xr.load_dataset(fieldnotes.fetch("wanted", "live"))["agb"].shape == (20, 20)


def test_a_file_per_day(moisture):
    grid = load()
    assert pd.to_datetime(grid["time"]).strftime("%Y-%m-%d").tolist() == ["2018-08-01", "2018-08-02", "2019-08-01"]
    assert grid["sm"].mean(["lat", "lon"]).values == pytest.approx([0.1, 0.2, 0.3])
    with pytest.raises(errors.NotFound, match=r"'wanted' has no single live file: .* reads 3"):
        fieldnotes.fetch("wanted", "live")


def test_a_day_that_is_missing(moisture):
    moisture.answers.pop("/soil/2018/SM-20180802.nc")
    with pytest.raises(errors.NotFound, match="does not have what was asked for: it answered 404"):
        load()


def test_a_box_outside(biomass, offer):
    offer(LIVE | {"box": [200, 0, 201, 1]}, "grid", BIOMASS)
    with pytest.raises(errors.NotFound, match="The file has no lon between 200 and 201"):
        load()


def test_another_variable(biomass, offer):
    offer(LIVE | {"variables": {"agb": "agb", "agb_sd": "agb_se"}}, "grid", BIOMASS)
    with pytest.raises(errors.SchemaChanged, match="has no variable 'agb_se', only agb, agb_sd"):
        load()


def test_no_netcdf_at_the_address(biomass):
    biomass[0].send("/biomass/agb.nc", "hello world")
    with pytest.raises(errors.Corrupt, match="is not a netCDF file"):
        load()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_refusals_are_typed(biomass, status):
    biomass[0].send("/biomass/agb.nc", "no", status=status)
    with pytest.raises(errors.DataError, match=f"it answered {status}"):
        load()


def test_a_busy_server_is_asked_again(biomass):
    server, _ = biomass
    content = server.answers["/biomass/agb.nc"]
    server.answers["/biomass/agb.nc"] = Busy([server.reply("busy", status=503), content])
    assert load()["agb"].shape == (20, 20)


class Busy(list):
    """Answers whose last one stays."""

    def pop(self, index=0):
        return super().pop(index) if len(self) > 1 else self[0]
