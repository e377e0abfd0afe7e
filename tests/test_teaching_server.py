"""The provider on this machine sends what is asked, counts it to the byte, and leaves nothing behind."""

import threading
import urllib.error

import numpy as np
import pytest
import xarray as xr

from fieldnotes.teaching_server import cost, get, serve, store


@pytest.fixture
def values():
    """A small field that compression cannot make much smaller."""
    axes = {"time": np.arange("2020-01", "2020-09", dtype="M8[D]").astype("M8[ns]"), "lat": [50.0, 49], "lon": [8.0, 9]}
    data = np.random.default_rng(1).integers(0, 1000, (244, 2, 2)).astype(float)
    field = xr.DataArray(data, axes, ["time", "lat", "lon"], "field").to_dataset()
    field["time"].attrs = {"axis": "T"}
    field["lat"].attrs, field["lon"].attrs = {"standard_name": "latitude"}, {"standard_name": "longitude"}
    return field


@pytest.fixture
def provider(values, tmp_path):
    (tmp_path / "whole.bin").write_bytes(bytes(range(256)))
    values.to_zarr(
        tmp_path / "zarr",
        zarr_format=3,
        consolidated=False,
        encoding={"field": {"chunks": (244, 1, 1), "shards": (244, 2, 2)}},
    )
    provider = serve(tmp_path, some=values)
    yield provider
    provider.stop()


def test_a_file_is_sent_whole_and_counted(provider):
    answer, spent = cost(provider, get, provider, "files/whole.bin")
    assert answer == bytes(range(256))
    assert (spent["requests"], spent["bytes"]) == (1, 256)
    assert spent["seconds"] > 0 and spent["peak_mb"] > 0


def test_a_file_that_is_not_there_is_an_error(provider):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(provider, "files/none.bin")


def test_pixels_come_from_the_service(provider, values):
    answer = get(provider, "datasets/some/edr/position", f="csv", parameter_name="field", coords="POINT(9 50)")
    assert answer.count(b"\n") == 245 and answer.splitlines()[1].endswith(b",%.1f" % float(values["field"][0, 0, 1]))


@pytest.mark.parametrize(
    ("kind", "terms", "select"),
    [
        ("position", {"coords": "POINT(9 50)"}, {"lat": 50, "lon": 9}),
        ("area", {"coords": "POLYGON((7.5 48.5, 8.5 48.5, 8.5 49.5, 7.5 49.5, 7.5 48.5))"}, {"lat": 49, "lon": 8}),
        ("cube", {"bbox": "8,49,9,50", "datetime": "2020-02-01/2020-02-29"}, {"time": "2020-02"}),
    ],
)
def test_the_service_gives_the_numbers_of_the_field(provider, values, kind, terms, select):
    answer = get(provider, f"datasets/some/edr/{kind}", f="netcdf", parameter_name="field", **terms)
    found = xr.load_dataset(answer)["field"]
    np.testing.assert_array_equal(found.values.squeeze(), values["field"].sel(select))


def test_a_store_is_read_in_the_byte_ranges_that_are_needed(provider, values, tmp_path):
    def read(**where):
        return xr.open_zarr(store(provider, "zarr"), chunks=None)["field"].sel(**where).load()

    answer, pixel = cost(provider, lambda: read(lat=49, lon=8))
    np.testing.assert_array_equal(answer, values["field"].sel(lat=49, lon=8))
    _, everything = cost(provider, read)
    shard = (tmp_path / "zarr" / "field" / "c" / "0" / "0" / "0").stat().st_size
    assert shard / 2 < everything["bytes"] - pixel["bytes"] < shard * 3 / 4  # one chunk of four, and the shard's index


def test_it_answers_on_this_machine_only_and_stops(values, tmp_path):
    provider = serve(tmp_path, some=values)
    assert provider.url.startswith("http://127.0.0.1:")
    provider.stop()
    with pytest.raises(urllib.error.URLError):
        get(provider, "files/whole.bin")
    assert not [thread for thread in threading.enumerate() if "run" in thread.name]
