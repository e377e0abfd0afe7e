"""What notebooks use besides data: checked exercises, stamped figures, offline maps, workers."""

import os
import subprocess
import sys
from io import BytesIO

import matplotlib
import numpy as np
import pandas as pd
import pint
import pytest

matplotlib.use("agg")
import matplotlib.pyplot as plt
from PIL import Image

from fieldnotes import basemap, check, cluster, load, show
from fieldnotes.exercises import NotYet

HINTS = ["think of the unit", "1 mol of carbon is 12.011 g", "multiply by 12.011e-6 and 1800"]


def test_a_right_answer_is_told_with_its_unit(capsys):
    check("yearly sum", -241.3, -241.8, unit="gC m-2", rel=0.01)
    assert capsys.readouterr().out == "yearly sum: right. (-241.3 gC m-2)\n"


@pytest.mark.parametrize("answer", [..., None])
def test_an_empty_answer_asks_for_one(answer):
    with pytest.raises(NotYet, match="put your answer in place of the dots"):
        check("empty", answer, 1.0)


def test_hints_come_one_by_one_and_never_the_answer():
    told = []
    for answer in (1.0, 2.0, 3.0, 4.0):
        with pytest.raises(NotYet) as wrong:
            check("stages", answer, 0.02162, hints=HINTS)
        told.append(str(wrong.value))
    near = " (A number within 1 % counts as right.)"
    assert told == [f"stages: {hint}{near}" for hint in [*HINTS, HINTS[-1]]]
    assert not any("0.02162" in sentence for sentence in told)


def test_a_right_answer_starts_the_hints_anew(capsys):
    for answer in (1.0, 2.0, 1.0):
        if answer == 2.0:
            check("anew", answer, 2.0, hints=HINTS)
            continue
        with pytest.raises(NotYet, match=HINTS[0]):
            check("anew", answer, 2.0, hints=HINTS)


def test_a_known_mistake_is_answered_by_what_mends_it():
    with pytest.raises(NotYet, match="unfilled column"):
        check("2016", -481.7, -241.8, hints=HINTS, mistakes=[(-481.7, "this is the sum of the unfilled column")])


def test_a_quantity_is_converted_and_another_dimension_named(capsys):
    units = pint.UnitRegistry()
    check("length", units.Quantity(1.5, "km"), 1500, unit="m")
    assert "right" in capsys.readouterr().out
    with pytest.raises(NotYet, match="counted in m, yours in second"):
        check("length", units.Quantity(1.5, "s"), 1500, unit="m")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("May", "May"), (True, True), ([5, 10], [5, 10]), (np.array([1.0, 2.0]), [1.0, 2.001]), (8, np.int64(8))],
)
def test_answers_of_every_kind_can_be_right(answer, expected, capsys):
    check("kind", answer, expected)
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("may", "May"), (False, True), ([5], [5, 10]), (np.nan, 1.0), ("8", "9"), (pd.Series([1.0, 2.0]), [1.0, 3.0]),
     ("text", 1.0), (1.0, "text"), (-5.0, 5.0)],
)  # fmt: skip
def test_answers_of_every_kind_can_be_wrong(answer, expected):
    with pytest.raises(NotYet):
        check("kind", answer, expected)


@pytest.mark.parametrize("answer", [{"b": 1}, ["a", "b"], 10**400, object(), [[1], [1, 2]], "3.1"])
@pytest.mark.parametrize("expected", [3.0, "three", ["a"]])
def test_an_answer_of_another_kind_is_not_right_yet(answer, expected):
    with pytest.raises(NotYet):
        check("kind", answer, expected)


@pytest.mark.parametrize(
    ("answer", "unit", "right"),
    [
        ((0.1783, "kg / m**2"), "gC m-2", 178.3),
        ((2e6, "t"), "TgC", 2.0),
        ((360.6, "mmol m**-2 hour**-1"), "umol m-2 s-1", 100.1667),
        ((1.0, "atm"), "hPa", 1013.25),
        ((0.05, "dimensionless"), "%", 5.0),
        ((410.0, "ppm"), "ppm", 410.0),
        ((1e-3, "hour"), "s", 3.6),
    ],
)
def test_a_quantity_is_right_in_any_unit_that_converts(answer, unit, right, capsys):
    check("any", pint.UnitRegistry().Quantity(*answer), right, unit=unit)
    assert capsys.readouterr().out.startswith("any: right.")


def test_whole_numbers_are_exact_where_asked():
    with pytest.raises(NotYet):
        check("year", 1999, 2000, rel=0)


def test_the_sentence_stands_without_a_traceback():
    assert NotYet("look again.")._render_traceback_() == ["Not yet. look again."]


@pytest.fixture
def shown(monkeypatch):
    """Return what was displayed."""
    found = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: found.append((data, metadata)))
    return found


def test_a_figure_is_shown_with_alternative_text_and_stamp(shown, monkeypatch):
    written = []
    write = plt.Figure.text
    monkeypatch.setattr(plt.Figure, "text", lambda *at, **look: written.append((at[3], look)) or write(*at, **look))
    co2 = load("htm-co2")
    fig, ax = plt.subplots()
    co2["hyltemossa"].plot(ax=ax)
    show(fig, alt="CO2 at a tower.", data=co2, caption="A caption.")
    (data, metadata) = shown[0]
    assert data["text/plain"] == metadata["image/png"]["alt"] == "CO2 at a tower."
    caption, stamp = written
    assert caption[0] == "A caption."
    assert stamp[0].startswith("SIMULATED · fixture") and stamp[1]["color"] != caption[1]["color"]
    assert Image.open(BytesIO(data["image/png"])).width > 500
    assert not plt.get_fignums(), "the figure would be drawn twice"


def test_data_that_lost_their_credit_are_refused():
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match="needs the data that load"):
        show(fig, alt="", data=pd.DataFrame())
    plt.close(fig)


def test_a_heavy_figure_keeps_within_the_weight_the_house_allows(shown):
    fig, ax = plt.subplots(figsize=(7, 4))
    ax.pcolormesh(np.random.default_rng(0).normal(size=(200, 200)))
    show(fig, alt="Noise.", data=load("mlo-co2"))
    assert len(shown[0][0]["image/png"]) < 200_000


@pytest.mark.parametrize("extent", [None, (5, 54, 25, 70)])
def test_a_map_is_drawn_without_the_network(extent):
    watch = "import sitecustomize; sitecustomize.install({0!r}, '/nowhere', True)"
    code = f"""
import sys; sys.path.insert(0, "ci/guard")
{watch.format(os.devnull)}
import matplotlib; matplotlib.use("agg")
from fieldnotes import basemap
fig, ax = basemap(extent={extent})
fig.savefig(sys.stdout.buffer, format="png")
"""
    drawn = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    image = Image.open(BytesIO(drawn.stdout)).convert("L")
    assert len(image.getcolors()) > 20, "the map is empty"


def test_a_regional_map_has_its_extent():
    fig, ax = basemap(extent=(5, 54, 25, 70))
    import cartopy.crs as ccrs

    west, east, south, north = ax.get_extent(crs=ccrs.PlateCarree())
    assert west <= 5 and east >= 25 and south <= 54 and north >= 70
    plt.close(fig)


def test_workers_run_here_or_where_the_environment_says(monkeypatch):
    with cluster(workers=1) as client:
        assert client.submit(sum, [1, 2]).result() == 3
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", client.scheduler.address)
        with cluster() as other:
            assert other.scheduler.address == client.scheduler.address
        assert client.submit(sum, [1, 2, 3]).result() == 6  # closing the other has left the workers alone


def test_a_gateway_needs_its_package(monkeypatch):
    monkeypatch.setenv("DASK_GATEWAY__ADDRESS", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "dask_gateway", None)
    with pytest.raises(ModuleNotFoundError, match="dask-gateway"):
        cluster()


def test_the_kernel_shows_a_wrong_answer_in_one_line(tmp_path):
    import nbformat
    from lessons import lesson
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    path = lesson(tmp_path / "wrong.ipynb", "from fieldnotes import check", "check('sum', 1, 2, hints=['add'])")
    notebook = nbformat.read(path, as_version=4)
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook).execute()
    assert notebook.cells[-1].outputs[0].traceback == ["Not yet. sum: add (A number within 1 % counts as right.)"]
