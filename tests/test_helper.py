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
from matplotlib.colors import to_rgb
from PIL import Image

from fieldnotes import basemap, check, cluster, load, show
from fieldnotes.exercises import NotYet
from fieldnotes.figures import KINDS, badges

HINTS = ["think of the unit", "1 mol of carbon is 12.011 g", "multiply by 12.011e-6 and 1800"]


def test_a_right_answer_is_told_with_its_unit(capsys):
    check("yearly sum", -241.3, -241.8, unit="gC m-2", rel=0.01)
    assert capsys.readouterr().out == "yearly sum: right. (-241.3 gC m-2)\n"


def test_dots_are_no_answer_yet_and_stop_nothing(capsys):
    check("empty", ..., 1.0)
    assert capsys.readouterr().out == "empty: no answer yet.\n"


def test_an_empty_answer_asks_for_one():
    with pytest.raises(NotYet, match=r"the answer is None, which is what print"):
        check("empty", None, 1.0)


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


def picture(display):
    """Return the kind, the picture and the metadata of a figure that was displayed."""
    data, metadata = display
    kind = next(kind for kind in data if kind.startswith("image/"))
    return kind, Image.open(BytesIO(data[kind])), metadata


def texts_of(display):
    return display[1]["fieldnotes"]["texts"]


def test_a_figure_is_shown_with_alternative_text_and_caption(shown):
    co2 = load("htm-co2")
    fig, ax = plt.subplots()
    co2["hyltemossa"].plot(ax=ax)
    show(fig, alt="CO2 at a tower.", data=co2, caption="A caption.")
    (data, metadata) = shown[0]
    assert data["text/plain"] == metadata["image/png"]["alt"] == "CO2 at a tower."
    assert texts_of(shown[0])[-2:] == ["caption: A caption.", "badge: SIMULATED · Fieldnotes · 2019"]
    assert not plt.get_fignums(), "the figure would be drawn twice"


def test_a_figure_has_twice_the_pixels_it_is_displayed_with(shown):
    fig, _ = plt.subplots(figsize=(7, 4), dpi=100, layout="constrained")
    show(fig, alt="Empty axes.", data=load("mlo-co2"))
    kind, image, metadata = picture(shown[0])
    size = metadata["image/png"]["width"], metadata["image/png"]["height"]
    assert kind == "image/png" and all(abs(big - 2 * small) <= 1 for big, small in zip(image.size, size, strict=True))
    assert 690 < size[0] < 730


def test_the_texts_of_a_figure_stand_beside_it(shown):
    fig, (left, right) = plt.subplots(1, 2)
    left.plot([0, 1, 2], label="CO2")
    left.set(title="A rise", xlabel="year", ylabel="ppm")
    left.set_xticks([0, 1, 2], ["2000", "2001", "2002"])
    left.annotate("a\npeak", (2, 2))
    left.legend(title="gas")
    right.axis("off")
    left.inset_axes([0.6, 0.1, 0.3, 0.3]).set_title("closer")
    fig.suptitle("Two panels")
    show(fig, alt="A rise.", data=load("mlo-co2"))
    told = texts_of(shown[0])
    expected = ["title: A rise", "x label: year", "x ticks: 2000 | 2001 | 2002", "y label: ppm"]
    expected += ["legend: gas | CO2", "text: a peak"]
    assert set(f"panel 1, {line}" for line in expected) < set(told) and "text: Two panels" in told
    assert any(line.endswith("title: closer") for line in told)
    assert sum("x ticks" in line for line in told) == 2, "an axis that is off has no ticks to see"
    y_ticks = next(line for line in told if line.startswith("panel 1, y ticks"))
    assert y_ticks.endswith("2.00") and "2.25" not in y_ticks, "ticks beyond the axis are not seen"


def described(kind="measured", credit="NOAA, a record", **more):
    table = pd.DataFrame({"x": [1.0]}, index=pd.DatetimeIndex(["2019-07-01"], tz="UTC"))
    table.attrs = {"kind": kind, "credit": credit, "source": "fixture", "retrieved": "2026-11-21"} | more
    return table


UNDATED = described().reset_index(drop=True)
YEARS = described().set_axis(pd.Index([1999], name="year"))


@pytest.mark.parametrize(
    ("data", "badge"),
    [
        (described(), [("measured", "NOAA · 2019")]),
        (described(source="live"), [("measured", "NOAA (live) · 2019")]),
        (described("undescribed", None, source="folder"), [("undescribed", "source not stated (folder) · 2019")]),
        (described(credit="Made with Natural Earth, as packed"), [("measured", "Natural Earth · 2019")]),
        (described("simulated", "Fieldnotes contributors (2026)."), [("simulated", "Fieldnotes · 2019")]),
        (UNDATED, [("measured", "NOAA · retrieved 2026")]),
        ([UNDATED, YEARS], [("measured", "NOAA · 1999")]),
        (YEARS, [("measured", "NOAA · 1999")]),
        (YEARS.reset_index(), [("measured", "NOAA · 1999")]),
        (UNDATED.assign(time=["2010-08"]), [("measured", "NOAA · 2010")]),
        (described().to_xarray().rename(index="time").assign_attrs(described().attrs), [("measured", "NOAA · 2019")]),
        ([described(), YEARS, described(credit="Scripps")], [("measured", "NOAA, Scripps · 2019")]),
        (
            [described("simulated", "Fieldnotes"), described("modelled", "NAME"), YEARS],
            [("measured", "NOAA · 1999"), ("modelled", "NAME · 2019"), ("simulated", "Fieldnotes · 2019")],
        ),
    ],
    ids=[
        "table",
        "live",
        "folder",
        "prefix",
        "twin",
        "no time",
        "one without time",
        "years",
        "year column",
        "text",
        "grid",
        "two",
        "kinds",
    ],
)
def test_the_badge_says_kind_source_and_year(data, badge):
    assert badges(data) == badge


def test_each_kind_of_data_has_a_badge_of_its_own_colour_with_legible_letters():
    assert len(set(KINDS.values())) == 4 and list(KINDS)[:3] == ["measured", "modelled", "simulated"]
    assert all(lightness(colour) < 45 for colour in KINDS.values()), "white letters need a dark ground"


def test_the_badge_is_drawn_in_the_colour_of_its_kind_within_the_picture(shown):
    for kind in KINDS:
        fig, _ = plt.subplots()
        show(fig, alt="Empty axes.", data=described(kind), caption="A caption.")
        pixels = np.asarray(picture(shown[-1])[1].convert("RGB")).reshape(-1, 3)
        colour = np.round(255 * np.array(to_rgb(KINDS[kind])))
        assert (abs(pixels - colour).max(axis=1) <= 2).sum() > 500, kind


def lightness(colour):
    """Return the lightness L* of a colour after CIE 1976, 0 to 100."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return 116 * np.cbrt(luminance) - 16 if luminance > (6 / 29) ** 3 else luminance * (29 / 3) ** 3


def test_the_colours_of_lines_differ_in_a_grey_print():
    with plt.style.context("fieldnotes.look"):
        colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    greys = sorted(lightness(colour) for colour in colours)
    assert len(greys) == 7 and min(np.diff(greys)) > 8 and max(greys) < 82


def test_data_that_lost_their_credit_are_refused():
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match="needs the data that load"):
        show(fig, alt="", data=pd.DataFrame())
    plt.close(fig)


NOISE = np.random.default_rng(0).random((400, 400, 3))


def test_a_heavy_drawing_keeps_within_the_weight_the_house_allows(shown):
    fig, ax = plt.subplots(figsize=(7, 4))
    ax.pcolormesh(NOISE[..., 0])
    show(fig, alt="Noise.", data=load("mlo-co2"))
    kind, image, metadata = picture(shown[0])
    assert kind == "image/png" and len(shown[0][0]["image/png"]) <= 200_000
    assert image.width >= metadata["image/png"]["width"]


@pytest.mark.parametrize(
    ("pixels", "image", "kind"),
    [(NOISE, None, "image/jpeg"), (NOISE[:50, :50], None, "image/png"), (NOISE[..., 0], None, "image/png"),
     (NOISE[..., 0], True, "image/jpeg"), (NOISE, False, "image/png")],
    ids=["true colour", "few pixels", "a field", "a field, if asked", "true colour, if asked"],
)  # fmt: skip
def test_an_image_is_a_jpeg_and_a_drawing_a_png(shown, pixels, image, kind):
    fig, ax = plt.subplots(figsize=(7, 4))
    ax.imshow(pixels)
    show(fig, alt="Noise.", data=load("mlo-co2"), image=image)
    became, _, metadata = picture(shown[0])
    assert became == kind and metadata[kind]["alt"] == "Noise."
    assert len(shown[0][0][kind]) <= {"image/png": 200_000, "image/jpeg": 250_000}[kind]


@pytest.mark.parametrize("extent", [None, (5, 54, 25, 70)])
def test_a_map_is_drawn_without_the_network(extent):
    watch = "import sitecustomize; sitecustomize.install({0!r}, '/nowhere', True)"
    code = f"""
import sys; sys.path.insert(0, "ci/guard"); sys.modules.pop("sitecustomize", None)
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
    assert notebook.cells[-1].outputs[-1].traceback == ["Not yet. sum: add (A number within 1 % counts as right.)"]
