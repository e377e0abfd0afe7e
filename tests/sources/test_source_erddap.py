"""Grids from an ERDDAP server."""

from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from needs import ARCHIVE
from providers import assert_nothing_kept, load

import fieldnotes
from fieldnotes import errors

# ---- ERDDAP

SEA = {
    "time": "UTC, noon",
    "lat": "degrees_north",
    "lon": "degrees_east",
    "sst": "degC, sea surface temperature",
}
ERDDAP = {
    "source": "erddap",
    "dataset": "ncdcOisst21",
    "variables": {"sst": "sst_daily"},
    "ranges": [["2018-07-01", "2018-07-02", 1], [0, 0, 1], [54, 56, 2], [10, 14, 4]],
}


def griddap(variable="sst_daily", lat="latitude"):
    axes = {
        "time": pd.to_datetime(["2018-07-01T12", "2018-07-02T12"]),
        "zlev": [0.0],
        lat: [54.0, 56.0],
        "longitude": [10.0, 14.0],
    }
    values = np.arange(8, dtype="float32").reshape(2, 1, 2, 2) + 15
    values[0, 0, 0, 0] = np.nan
    grid = xr.Dataset({variable: (tuple(axes), values, {"units": "degree_C"})}, axes)
    grid.attrs = {
        "title": "Daily SST",
        "institution": "NOAA NCEI",
        "license": "freely distributed",
        "infoUrl": "https://x.org",
    }
    return grid


def as_netcdf(grid, tmp_path):
    grid.to_netcdf(tmp_path / "answer.nc", encoding={name: {"_FillValue": -9.99} for name in grid.data_vars})
    return (tmp_path / "answer.nc").read_bytes()


@pytest.fixture
def erddap(offer, provider, tmp_path):
    def serve(grid=None, body=None):
        offer(ERDDAP, "grid", SEA, range={"sst": [-3, 40]})
        provider.send(
            "/griddap/ncdcOisst21.nc",
            as_netcdf(griddap() if grid is None else grid, tmp_path) if body is None else body,
        )
        return provider

    return serve


def test_erddap_grid(erddap):
    server = erddap()
    grid = load()
    assert grid["sst"].dims == ("time", "lat", "lon")
    assert grid["sst"].attrs["units"] == "degC"
    assert grid["sst"].sel(time="2018-07-02T12", lat=56, lon=14) == 22
    assert grid["sst"].isnull().sum() == 1
    assert "zlev" not in grid.coords
    assert grid.attrs["credit"] == "NOAA NCEI, Daily SST, https://x.org"
    assert (grid.attrs["licence"], grid.attrs["source"]) == ("freely distributed", "live")
    axes = "[(2018-07-01):1:(2018-07-02)][(0):1:(0)][(54):2:(56)][(10):4:(14)]"
    assert [unquote(path) for path in server.requests] == [f"/griddap/ncdcOisst21.nc?sst_daily{axes}"]
    assert "[" not in server.requests[0]


def test_erddap_other_variable(erddap):
    erddap(griddap(variable="temperature"))
    with pytest.raises(
        errors.SchemaChanged,
        match="'wanted': the provider sent no variable 'sst_daily', only temperature",
    ):
        load()


def test_erddap_other_axis(erddap):
    erddap(griddap(lat="y"))
    with pytest.raises(errors.SchemaChanged, match="no column 'lat'"):
        load()


def test_erddap_half_a_netcdf(erddap, tmp_path, cache):
    erddap(body=as_netcdf(griddap(), tmp_path)[:3000])
    with pytest.raises(errors.Corrupt, match="answer of ERDDAP is not a whole netCDF file"):
        load()
    assert_nothing_kept(cache)


def test_erddap_reason_is_quoted(erddap):
    server = erddap()
    server.send(
        "/griddap/ncdcOisst21.nc",
        'Error {\n  code=404;\n  message="Not Found: time is after the last";\n}',
        status=404,
    )
    with pytest.raises(errors.NotFound, match="time is after the last"):
        load()


def test_erddap_file(erddap):
    erddap()
    assert xr.load_dataset(fieldnotes.fetch("wanted", "live"))["sst_daily"].sizes["zlev"] == 1


def test_erddap_celsius_becomes_the_promised_kelvin(erddap, offer):
    server = erddap()
    offer(ERDDAP, "grid", SEA | {"sst": "K, sea surface temperature"}, range={"sst": [270, 310]})
    warm = load()["sst"]
    assert warm.attrs["units"] == "K"
    assert float(warm.sel(time="2018-07-02T12", lat=56, lon=14).squeeze()) == pytest.approx(295.15)
    assert len(server.requests) == 1


@pytest.mark.parametrize("spelling", ["degree_C", "deg_C", "degrees_C", "Celsius", "celsius", "degC", "degree_Celsius"])
def test_erddap_spellings_of_celsius(erddap, spelling):
    grid = griddap()
    grid["sst_daily"].attrs["units"] = spelling
    erddap(grid)
    assert load()["sst"].attrs["units"] == "degC"


def test_erddap_other_unit(erddap):
    grid = griddap()
    grid["sst_daily"].attrs["units"] = "m s-1"
    erddap(grid)
    with pytest.raises(errors.SchemaChanged, match="'wanted': 'sst' comes in 'm s-1', not in 'degC'"):
        load()


def test_erddap_longitudes_become_the_promised_ones(erddap, offer):
    server = erddap(griddap().assign_coords(longitude=[179.0, 183.0]))
    offer(ERDDAP, "grid", SEA, range={"lon": [-180, 180]})
    assert load()["lon"].values.tolist() == [-177.0, 179.0]
    offer(ERDDAP, "grid", SEA, range={"lon": [0, 360]})
    assert load()["lon"].values.tolist() == [179.0, 183.0]
    assert len(server.requests) == 1


def test_erddap_latitudes_from_the_north_are_turned(erddap):
    erddap(griddap().isel(latitude=slice(None, None, -1)))
    grid = load()
    assert grid["lat"].values.tolist() == [54.0, 56.0]
    assert grid["sst"].sel(time="2018-07-02T12", lat=56, lon=14) == 22


def test_erddap_latitudes_from_the_north_where_promised(erddap, offer):
    erddap()
    offer(ERDDAP, "grid", SEA | {"lat": "degrees_north, north first"})
    assert load()["lat"].values.tolist() == [56.0, 54.0]


def test_erddap_a_day_twice(erddap):
    erddap(griddap().assign_coords(time=pd.to_datetime(["2018-07-01T12", "2018-07-01T12"])))
    with pytest.raises(errors.SchemaChanged, match="'wanted': the provider sent time 2018-07-01 12:00:00 twice"):
        load()


def test_erddap_redirects_to_the_server_that_owns_the_data(offer, provider, tmp_path):
    path = "/griddap/ncdcOisst21.nc"
    provider.send(path, "", status=302, Location=f"http://localhost:{provider.server_port}/owner.nc")
    provider.send("/owner.nc", as_netcdf(griddap(), tmp_path))
    offer(ERDDAP, "grid", SEA)
    with pytest.raises(errors.NeedsLogin, match="redirects to localhost"):
        load()
    offer(ERDDAP | {"hosts": ["localhost"]}, "grid", SEA)
    assert load()["sst"].shape == (2, 2, 2)


@pytest.mark.needs("archive")
def test_erddap_reply_as_recorded(offer, provider):
    live = {"source": "erddap", "dataset": "erdMWsstd1day", "variables": {"sst": "sst"}, "ranges": [["a", "b", 1]]}
    offer(live, "grid", SEA | {"sst": "K"}, range={"lon": [-180, 180], "sst": [270, 310]})
    recorded = ARCHIVE / "replies" / "erddap" / "MWsstd1day_rerddap.nc"
    provider.send("/griddap/erdMWsstd1day.nc", recorded.read_bytes())
    grid = load()
    assert -150.5 < grid["lon"].min() < grid["lon"].max() < -148.5
    assert grid["sst"].attrs["units"] == "K"
    assert grid.attrs["licence"].startswith("The data may be used")
