"""The lesson's own functions: what it promises of NDVI, seasons, tasks and memory, whoever computes."""

import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import papermill
import pytest
import xarray as xr
from dask.distributed import Client, get_task_stream
from lessons import defined, functions

from ci.notebooks import ROOT
from fieldnotes import cluster

LABEL = "research/when-data-outgrow-the-laptop"
CLEAR, SNOW, SHADOW = 21824, 30048, 23888  # QA_PIXEL; bit 6, called clear, is set in all of them
LEAF = (0.05, 0.30)  # reflectance in red and near infrared
GIB = 2**30
pytestmark = [  # what rasterio and odc-geo have still to change
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def lesson():
    """The names that the lesson's cells define."""
    cells = ["imports", "parameters", "catalogue", "filter", "ndvi", "region", "lazy", "composite"]
    return functions(LABEL) | defined(LABEL, *cells)


@pytest.fixture(scope="module")
def tile(lesson):
    return lesson["tile"]


def composite(lesson, cube):
    """Return the lesson's composite of a lazy cube."""
    return lesson["composite"](lesson["lazy_ndvi"](cube))


def numbers(*reflectance):
    """Return reflectance as numbers of Collection 2, each an array of one pixel."""
    return [np.array([round((value + 0.2) / 2.75e-5)], "uint16") for value in reflectance]


def bits(value):
    return np.array([value], "uint16")


# NDVI: the scale, and the bits.


@pytest.mark.parametrize(("reflectance", "right", "unscaled"), [(LEAF, 0.714, 0.333), ((0.02, 0.45), 0.915, 0.494)])
def test_ndvi_is_that_of_reflectance_and_not_of_raw_numbers(lesson, reflectance, right, unscaled):
    red, nir = numbers(*reflectance)
    found = lesson["ndvi"](red, nir, bits(CLEAR))
    assert found.dtype == "float32"
    assert found.item() == pytest.approx(right, abs=5e-4)
    wrong = ((nir.astype(float) - red) / (nir.astype(float) + red)).item()
    assert wrong == pytest.approx(unscaled, abs=5e-4)


@pytest.mark.parametrize("bit", range(5))
def test_fill_clouds_and_shadows_have_no_ndvi(lesson, bit):
    assert np.isnan(lesson["ndvi"](*numbers(*LEAF), bits(1 << bit))).all()


def test_bit_6_is_not_believed_and_snow_is_left(lesson):
    assert SHADOW >> 6 & 1
    assert np.isnan(lesson["ndvi"](*numbers(*LEAF), bits(SHADOW))).all()
    assert np.isfinite(lesson["ndvi"](*numbers(*LEAF), bits(SNOW))).all()


# The search.


def test_boxes_overlap_only_where_they_share_ground(lesson):
    overlap = lesson["overlap"]
    assert overlap((0, 0, 2, 2), (1, 1, 3, 3)) and overlap((0, 0, 9, 9), (4, 4, 5, 5))
    assert not overlap((0, 0, 1, 1), (2, 0, 3, 1)) and not overlap((0, 0, 1, 1), (0, 2, 1, 3))


def test_the_search_keeps_what_it_was_asked_for(lesson):
    chosen = lesson["chosen"]
    assert len(chosen) == 36 == lesson["tile"].sizes["time"]
    for item in lesson["items"]:
        fits = item.id.startswith("west") and "2020-12" <= item.id[5:] < "2022-12"
        assert (item in chosen) == (fits and item.properties["eo:cloud_cover"] <= 70)


# The region.


@pytest.mark.parametrize("chunks", [(36, 70, 70), (5, 64, 33), (1, 130, 130)])
def test_the_region_is_the_same_however_it_is_cut(lesson, tile, chunks):
    size = 130
    found = lesson["region"](tile, size, chunks).compute(scheduler="synchronous")
    for band, values in tile.data_vars.items():
        expected = np.tile(values, (1, 3, 3))[:, :size, :size]
        if band == "nir08":
            expected = expected + lesson["hills"][:size, None] + lesson["hills"][:size]
        np.testing.assert_array_equal(found[band], expected)
        assert found[band].dtype == "uint16"


# Seasons and means.


def test_a_december_belongs_to_the_next_winter(lesson):
    days = np.array(["2020-11-30", "2020-12-01", "2021-01-15", "2021-02-28", "2021-03-01", "2021-12-31"], "M8[ns]")
    series = xr.DataArray(np.arange(6.0), {"time": days}, "time").chunk(time=2)
    found = lesson["seasonal"](series).compute().dropna("time")
    assert found["time"].dt.strftime("%Y-%m-%d").values.tolist() == [
        "2020-09-01",
        "2020-12-01",
        "2021-03-01",
        "2021-12-01",
    ]
    assert found.values.tolist() == [0, 2, 4, 5]  # the mean of December, January and February together


def test_a_season_is_the_mean_weighted_by_valid_counts(lesson):
    """Two pieces of a winter with one and three looks: their means are 1 and 0, the mean of all looks is a quarter."""
    days = np.array(["2020-12-05", "2020-12-21", "2021-01-06", "2021-01-22", "2021-02-07"], "M8[ns]")
    winter = xr.DataArray([1.0, np.nan, 0, 0, 0], {"time": days}, "time").chunk(time=(2, 3))
    found = lesson["seasonal"](winter).compute().item()
    assert found == 0.25 == np.average([1, 0], weights=[1, 3]) != np.mean([1, 0])


def test_a_season_without_a_look_is_missing(lesson):
    days = np.array(["2020-12-05", "2021-03-06"], "M8[ns]")
    found = lesson["seasonal"](xr.DataArray([np.nan, 0.5], {"time": days}, "time").chunk(time=1))
    np.testing.assert_array_equal(found, [np.nan, 0.5])


# Tasks.


@pytest.mark.parametrize("dates", [36, 19, 10, 4, 1])
@pytest.mark.parametrize("chunks", [(36, 50, 50), (9, 100, 100), (6, 100, 300), (1, 300, 300), (1, 150, 600)])
def test_as_many_tasks_as_predicted(lesson, tile, dates, chunks):
    cut = tile.isel(time=slice(dates))
    counted = lesson["tasks"](composite(lesson, lesson["region"](cut, 600, chunks)))
    assert counted == lesson["predicted_tasks"](chunks, (dates, 600, 600))


def test_the_four_shapes_have_one_volume(lesson):
    shapes = lesson["shapes"](350, 36)
    assert {np.prod(chunks) for chunks in shapes.values()} == {36 * 350**2}
    assert {8400**2 * 36 // np.prod(chunks) for chunks in shapes.values()} == {576}


# Workers.


def peak_bytes():
    """The most memory that this process has ever held, as Linux counts it."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status)[1])


@pytest.fixture(scope="module")
def runs(lesson, tile):
    """What one worker and two answer, what they ran and held: in chunks as large as the lesson's, and of each shape."""
    found, shapes = {}, lesson["shapes"](50, 36)
    lazy = {"large": composite(lesson, lesson["region"](tile, 1050, (36, 350, 350)))}
    lazy |= {name: composite(lesson, lesson["region"](tile, 300, chunks)) for name, chunks in shapes.items()}
    for workers in (1, 2):
        with cluster(workers, memory="1GiB") as client:
            with get_task_stream(client) as ran:
                answers = {"large": lazy["large"].compute()}
            answers |= {name: lazy[name].compute() for name in shapes}
            found[workers] = answers, {entry["key"] for entry in ran.data}, client.run(peak_bytes)
    return lazy, found


@pytest.mark.needs("proc")
def test_workers_stay_within_their_memory(runs):
    for workers, (_, _, peaks) in runs[1].items():
        assert len(peaks) == workers
        assert 0 < max(peaks.values()) < GIB


def test_workers_run_as_many_tasks_as_predicted(lesson, runs):
    predicted = lesson["predicted_tasks"]((36, 350, 350), (36, 1050, 1050))
    assert predicted == 9 + 9 + 4 + 1
    for _, ran, _ in runs[1].values():
        assert len(ran) in (predicted, predicted + 1)  # one more, if need be, puts the answer together


def test_the_number_of_workers_does_not_matter(runs):
    lazy, found = runs
    for name, cube in lazy.items():
        by_none = cube.compute(scheduler="synchronous")
        assert found[1][0][name].equals(by_none) and found[2][0][name].equals(by_none)


def test_the_shape_of_the_chunks_does_not_matter(lesson, tile, runs):
    """All dates of a pixel together: equal to the last bit. Cut in time, sums are added in another order."""
    cube = lesson["region"](tile, 300, (36, 300, 300)).compute(scheduler="synchronous")
    whole = lesson["composite"](cube["red"].copy(data=lesson["ndvi"](*(band.values for band in cube.values()))))
    answers = runs[1][2][0]
    assert isinstance(whole.data, np.ndarray) and answers["column"].equals(whole)
    for name in ("cube", "square", "strip"):
        np.testing.assert_allclose(answers[name], whole, atol=1e-6)


@pytest.fixture
def elsewhere(tmp_path):
    """The address of a scheduler with one worker of 1 GiB, each in a process of its own."""
    told = tmp_path / "scheduler.json"
    dask_command = [sys.executable, "-m", "dask"]
    network = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(told)]
    limits = ["--nthreads", "1", "--memory-limit", "1GiB", "--no-dashboard", "--local-directory", str(tmp_path)]
    with (tmp_path / "log").open("w") as log:
        quiet = {"stdout": log, "stderr": log}
        scheduler = subprocess.Popen([*dask_command, "scheduler", *network, "--port", "0"], **quiet)
        worker = subprocess.Popen([*dask_command, "worker", "--scheduler-file", str(told), *limits], **quiet)
        yield address(told)
        worker.terminate()
        worker.wait(20)
        scheduler.terminate()
        scheduler.wait(20)


def address(told):
    """Return the address that a scheduler has written into its file, once it has."""
    for _ in range(300):
        if told.exists() and (found := re.search(r'"address":\s*"(tcp://[^"]+)"', told.read_text())):
            return found[1]
        time.sleep(0.1)
    raise AssertionError("the scheduler has not started")


def test_the_lesson_runs_on_a_scheduler_in_another_process(elsewhere, tmp_path, monkeypatch):
    """Not a line of it changes; the worker there does the work, and is still there when the lesson is over."""
    with Client(elsewhere) as client:
        client.wait_for_workers(1, timeout=60)
        (before,) = client.run(time.process_time).values()
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", elsewhere)
    lesson, executed = ROOT / "notebooks" / f"{LABEL}.ipynb", tmp_path / "executed.ipynb"
    settings = {"cwd": lesson.parent, "kernel_name": "python3", "progress_bar": False}
    papermill.execute_notebook(lesson, executed, {"size": 600}, **settings)
    cells = {cell.id: cell for cell in nbformat.read(executed, as_version=4).cells}
    assert "may hold 1.1 GB in all" in cells["size"].outputs[0].text  # one worker of 1 GiB, not two
    with Client(elsewhere) as client:
        (worker,) = client.scheduler_info()["workers"].values()
        (after,) = client.run(time.process_time).values()
    assert worker["memory_limit"] == GIB
    assert after - before > 1  # s of computing


# The view.


def test_the_view_moves_only_where_it_is_asked_to(lesson):
    """What hvplot returns is dynamic; its frame is an average over the screen's points, of all or of a zoom."""
    rng = np.random.default_rng(7)
    km = np.arange(900) * 0.03
    values = xr.DataArray(rng.random((900, 900), "float32"), {"y": km[::-1], "x": km}, ("y", "x"), "ndvi")
    view = lesson["view"](values)
    assert type(view).__name__ == "DynamicMap"
    frame = view[()].dimension_values("ndvi", flat=False)
    assert frame.shape == (300, 300)
    assert frame.mean() == pytest.approx(values.mean().item(), abs=1e-3)
    assert frame.std() < 0.6 * values.std().item()  # nine pixels in a point
    corner = lesson["view"](values[-100:, :100])[()]
    assert corner.bounds.lbrt() == pytest.approx((-0.015, -0.015, 2.985, 2.985))


# The lesson as it is committed.


def test_the_region_is_as_large_as_the_title_says():
    notebook = nbformat.read(ROOT / "notebooks" / f"{LABEL}.ipynb", as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    stored, computed = map(float, re.findall(r"([\d.]+) GB", cells["size"].outputs[0].text)[:2])
    assert computed >= 20 and stored == pytest.approx(36 * 8400**2 * 6 / 1e9, abs=0.05)
    assert not any(
        "javascript" in key for cell in cells.values() for out in cell.get("outputs", []) for key in out.get("data", {})
    )
