"""The lesson on footprints, run on a footprint of NAME with methane of EDGAR, and on one of STILT for Jungfraujoch."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

LESSON = "research/what-does-a-tower-see"
OWN_ENTRIES = """[tower-footprint]
kind = "simulated"
licence = "Apache-2.0"
credit = "{model}"

[surface-flux]
kind = "simulated"
licence = "Apache-2.0"
credit = "EDGAR v5.0, anthropogenic methane of 2012, prepared by OpenGHG"
"""
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def folder(archive, entries, tmp_path):
    """A function that makes a source of one footprint and the tower's place, with the flux on the footprint's grid."""

    def write(footprint, place, model):
        with xr.open_dataset(archive / "footprints" / "flux_ch4_anthro_europe_2012.nc") as inventory:
            flux = 1e6 * inventory["flux"].isel(time=0, drop=True).astype("float64").load()  # mol to umol
        grid = {"lat": footprint.lat.values, "lon": footprint.lon.values}
        flux = flux.assign_coords(grid) if flux.shape == footprint.shape else flux.interp(grid)
        seen = footprint.expand_dims(time=[pd.Timestamp("2020-08-01")])
        seen = seen.expand_dims("batch").assign_attrs(units="ppm m2 s umol-1").to_dataset(name="footprint")
        for name, value in zip(("lat", "lon"), place, strict=True):
            seen[f"release_{name}"] = ((), value, {"units": "degrees_north" if name == "lat" else "degrees_east"})
        emitted = flux.expand_dims(time=seen.time.values).assign_attrs(units="umol m-2 s-1").to_dataset(name="flux")
        seen.to_netcdf(tmp_path / entries["tower-footprint"]["file"], engine="netcdf4")
        emitted.to_netcdf(tmp_path / entries["surface-flux"]["file"], engine="netcdf4")
        (tmp_path / "catalogue.toml").write_text(OWN_ENTRIES.format(model=model), encoding="utf-8")
        return tmp_path

    return write


def output(notebook, cell):
    """Return what a cell printed."""
    found = next(one for one in notebook.cells if one.id == cell)
    return "".join(out.text for out in found.outputs if out.output_type == "stream")


def numbers(notebook, cell):
    """Return the numbers that a cell printed."""
    return [float(text.replace(",", "")) for text in re.findall(r"-?\d[\d,]*\.?\d*", output(notebook, cell))]


def figures(notebook):
    return sum("image/png" in out.get("data", {}) for cell in notebook.cells for out in cell.get("outputs", []))


def smallest_area(footprint, share):
    """Area (km2) of the fewest cells that hold a share of the footprint, counted cell by cell."""
    step = np.radians([float(np.abs(np.diff(axis)).mean()) for axis in (footprint.lat, footprint.lon)])
    cell = 6371.0088**2 * step.prod() * np.cos(np.radians(footprint.lat.values))[:, None] * np.ones(footprint.shape)
    left, area = share * float(footprint.sum()), 0.0
    for flat in np.argsort(-footprint.values, axis=None):
        if left <= 0:
            return area
        left, area = left - footprint.values.flat[flat], area + cell.flat[flat]


def test_methane_at_the_thames_is_216_ppb(folder, run_lesson, archive, tmp_path):
    with xr.open_dataset(archive / "footprints" / "name_tmb_europe_20200801_full.nc") as name:
        footprint, place = name["fp_low"].isel(time=0, drop=True).astype("float64").load(), (51.49701, 0.0369873)
        assert place == pytest.approx((name["release_lat"].item(), name["release_lon"].item()), abs=1e-5)
    notebook = run_lesson(LESSON, folder(footprint, place, "NAME, Thames Barrier, 1 August 2020"), tmp_path)
    assert numbers(notebook, "covariance")[0] == pytest.approx(0.216, abs=0.0005)  # ppm, published: 216 ppb
    assert "misses +0.0%" in output(notebook, "covariance") or "misses -0.0%" in output(notebook, "covariance")
    assert numbers(notebook, "load")[:2] == [1, 1] and figures(notebook) == 6
    table = np.array([numbers_of(row) for row in output(notebook, "areas").splitlines()[1:]])
    for share, right, *_ in table:
        assert right == pytest.approx(smallest_area(footprint, share / 100), rel=0.02)
    assert "cannot be ranked first" in output(notebook, "rank")
    assert "nan" in output(notebook, "intervals")


def numbers_of(row):
    return [float(text.replace(",", "")) for text in re.findall(r"\d[\d,]*", row)]


def test_the_jungfraujoch_of_stilt(folder, run_lesson, archive, tmp_path):
    with xr.open_dataset(archive / "footprints" / "stilt_jfj_20121208T18_foot.nc") as stilt:
        footprint = stilt["foot"].isel(time=0, drop=True).load()
    footprint = footprint.assign_coords(lat=footprint.lat + 1 / 24, lon=footprint.lon + 1 / 16)  # they are lower edges
    notebook = run_lesson(LESSON, folder(footprint, (46.55, 7.98), "STILT, Jungfraujoch, 8 December 2012"), tmp_path)
    per_hour = 0.02896 * 3600 / (1000 * 1.2)
    assert numbers(notebook, "hours")[0] == pytest.approx(0.528345 / per_hour, abs=0.5)
    right = numbers_of(output(notebook, "areas").splitlines()[3])[1]
    assert right == pytest.approx(smallest_area(footprint, 0.5), rel=0.01)
    assert figures(notebook) == 6
