"""The comparison of an execution with what is committed: what is found, and in which words."""

from base64 import b64encode
from copy import deepcopy
from io import BytesIO

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from ci import compare
from ci.cell_errors import first_error

TABLE = "<table><tr><th></th><th>co2</th></tr><tr><th>a</th><td>{}</td></tr></table>"
PLAIN = "   co2\na  {}"
TEXTS = ["title: A rise", "x ticks: 350 | 400", "y label: ppm", "badge: SIMULATED · Fieldnotes · 2018"]
RAMP = np.tile(np.linspace(60, 200, 120), (80, 1))


def encoded(pixels, kind="png", **options):
    buffer = BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(buffer, kind, **options)
    return b64encode(buffer.getvalue()).decode()


def figure(pixels=RAMP, alt="A ramp.", texts=TEXTS, kind="png", **options):
    mime = f"image/{kind}"
    metadata = {mime: {"alt": alt}, "fieldnotes": {"texts": list(texts)}}
    data = {mime: encoded(pixels, kind, **options), "text/plain": "A ramp."}
    return new_output("display_data", data, metadata=metadata)


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def table(value="1.5", plain=None):
    data = {"text/html": TABLE.format(value), "text/plain": PLAIN.format(plain or value)}
    return new_output("execute_result", data, execution_count=1)


def value(**data):
    return new_output(
        "execute_result", {kind.replace("_", "/"): text for kind, text in data.items()}, execution_count=1
    )


def error(evalue="x", name="ValueError"):
    return new_output("error", ename=name, evalue=evalue, traceback=["-----", "line"])


def compared(folder, committed, now, metadata=None, count=1, ids=True):
    """Return the problems of a notebook with one cell, whose outputs were and are these."""
    paths = []
    for name, outputs, number in (("committed", committed, count), ("now", now, 1)):
        cells = [new_code_cell("cell()", outputs=deepcopy(outputs), id="cell", metadata=metadata or {})]
        notebook = new_notebook(cells=cells)
        notebook.cells[0].execution_count = number
        if not ids:
            notebook.nbformat_minor = 4
            del notebook.cells[0]["id"]
        paths.append(folder / f"{name}.ipynb")
        nbformat.write(notebook, paths[-1])
    return compare.differences(*paths)


SAME = {
    "nothing": ([], []),
    "text": ([printed("1.5\n")], [printed("1.5\n")]),
    "text in two pieces": ([printed("a\nb\n")], [printed("a\n"), printed("b\n")]),
    "table": ([table()], [table()]),
    "figure": ([figure()], [figure()]),
    "figure a level brighter": ([figure()], [figure(RAMP + 1)]),
    "figure encoded anew": ([figure()], [figure(compress_level=1)]),
    "JPEG of another quality": ([figure(kind="jpeg", quality=92)], [figure(kind="jpeg", quality=85)]),
    "widget": (
        [new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}})],
        [new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "b"}})],
    ),
    "xarray's random ids": (
        [value(text_html=f"<div id='section-{'1' * 8}-1111-1111-1111-{'1' * 12}'>", text_plain="x")],
        [value(text_html=f"<div id='section-{'2' * 8}-2222-2222-2222-{'2' * 12}'>", text_plain="x")],
    ),
}
LONG = "a" * 200
DIFFERENT = {
    "digit": ([printed("CO2: 1.500 ppm\n")], [printed("CO2: 1.501 ppm\n")],
              "line 1, 'CO2: 1.500 ppm' is now 'CO2: 1.501 ppm'"),
    "second line": ([printed("a\nb\n")], [printed("a\nc\n")], "line 2, 'b' is now 'c'"),
    "line gone": ([printed("a\nb\n")], [printed("a\n")], "line 2, 'b\\n', is missing now"),
    "line more": ([printed("a\n")], [printed("a\nb\n")], "line 2, 'b\\n', is new"),
    "line break at the end": ([printed("a\n")], [printed("a")], "line 1, 'a\\n' is now 'a'"),
    "carriage return": ([printed("a\nb\n")], [printed("a\r\nb\n")], "'a\\n' is now 'a\\r\\n'"),
    "blank at the end": ([printed("a\n")], [printed("a \n")], "'a\\n' is now 'a \\n'"),
    "long line": ([printed(LONG + "b" + LONG)], [printed(LONG + "c" + LONG)], "aab"),
    "to standard error": ([printed("a\n")], [printed("a\n", "stderr")],
                          "committed were printed text; now came text on standard error"),
    "output gone": ([printed("a\n"), table()], [printed("a\n")],
                    "committed were printed text, a table; now came printed text"),
    "output more": ([], [figure()], "committed were no outputs; now came a figure (PNG)"),
    "another order": ([printed("a\n"), table()], [table(), printed("a\n")],
                      "committed were printed text, a table; now came a table, printed text"),
    "figures in another order": ([figure(), figure(255 - RAMP)], [figure(255 - RAMP), figure()],
                                 "output 1, the figure differs by"),
    "cell of a table": ([table()], [table("1.6")], "row 2, column 2 of the table: '1.5' is now '1.6'"),
    "plain form of a table alone": ([table()], [table(plain="1.6")], "line 2, 'a  1.5' is now 'a  1.6'"),
    "row of a table": ([value(text_html=TABLE.format(1), text_plain="x")],
                       [value(text_html=TABLE.format(1).replace("</table>", "<tr><td>2</table>"), text_plain="x")],
                       "the table had 2 rows and 2 columns and has 3 and 2"),
    "HTML that is no table": ([value(text_html="<b>1</b>", text_plain="x")],
                              [value(text_html="<b>2</b>", text_plain="x")],
                              "line 1, '<b>1</b>' is now '<b>2</b>'"),
    "form gone": ([table()], [value(text_plain=PLAIN.format("1.5"))], "committed were a table; now came a value"),
    "another form gone": ([value(text_latex="x", text_plain="x")], [value(text_plain="x")],
                          "its form text/latex is missing now"),
    "JSON": ([new_output("display_data", {"application/json": {"y": [1, 2]}, "text/plain": "x"})],
             [new_output("display_data", {"application/json": {"y": [1, 3]}, "text/plain": "x"})], "'2' is now '3'"),
    "tick of a figure": ([figure()], [figure(texts=[*TEXTS[:1], "x ticks: 354 | 400", *TEXTS[2:]])],
                         "in the figure, 'x ticks: 350 | 400' is now 'x ticks: 354 | 400'"),
    "badge": ([figure()], [figure(texts=[*TEXTS[:3], TEXTS[3].replace("SIMULATED", "MEASURED")])],
              "'badge: SIMULATED · Fieldnotes · 2018' is now 'badge: MEASURED · Fieldnotes · 2018'"),
    "text of a figure gone": ([figure()], [figure(texts=TEXTS[:3])], "in the figure, 'badge: SIMULATED"),
    "texts of a figure not committed": ([figure(texts=[])], [figure()], "in the figure, 'title: A rise' is new"),
    "alternative text": ([figure()], [figure(alt="A slope.")],
                         "the alternative text of the figure 'A ramp.' is now 'A slope.'"),
    "figure 4 levels brighter": ([figure()], [figure(RAMP + 4)],
                                 "the figure differs by 4 of 255 levels, 3 is the most"),
    "figure shifted by a pixel": ([figure(255 * (RAMP > 130))], [figure(255 * (np.roll(RAMP, 1) > 130))],
                                  "the figure differs by"),
    "figure of another size": ([figure()], [figure(RAMP[:70])], "was 120 x 80 pixels and is 120 x 70 pixels"),
    "figure cut off": ([new_output("display_data", {"image/png": encoded(RAMP)[:120]})],
                       [new_output("display_data", {"image/png": encoded(RAMP)})], "the figure cannot be read"),
    "JPEG 10 levels brighter": ([figure(kind="jpeg")], [figure(RAMP + 10, kind="jpeg")], "6 is the most"),
    "PNG becomes JPEG": ([figure()], [figure(kind="jpeg")],
                         "committed were a figure (PNG); now came an image (JPEG)"),
    "figure of equal look before a number": ([figure(), printed("1\n")], [figure(RAMP + 1), printed("2\n")],
                                             "output 2, line 1, '1' is now '2'"),
    "text of an error": ([error()], [error("y")], "line 1, 'ValueError: x' is now 'ValueError: y'"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME.values(), ids=SAME)
def test_the_same_passes(case, tmp_path):
    assert compared(tmp_path, *case) == []


@pytest.mark.parametrize("case", DIFFERENT.values(), ids=DIFFERENT)
def test_a_difference_is_told_with_its_place_and_both_values(case, tmp_path):
    committed, now, phrase = case
    (problem,) = compared(tmp_path, committed, now)
    assert phrase in problem["sentence"] and problem["cell"] == "cell"
    assert len(problem["sentence"]) < 400


@pytest.mark.parametrize("tag", ["nbval-ignore-output", "nbval-skip"])
def test_no_tag_leaves_a_cell_out(tmp_path, tag):
    (problem,) = compared(tmp_path, [printed("1\n")], [printed("2\n")], metadata={"tags": [tag]})
    assert "'1' is now '2'" in problem["sentence"]


def test_a_cell_cleared_by_hand_fails(tmp_path):
    (problem,) = compared(tmp_path, [], [printed("1\n")], count=None)
    assert problem["sentence"] == compare.UNEXECUTED and problem["cell"] == "cell"
    (problem,) = compared(tmp_path, [], [], count=None)
    assert problem["sentence"] == compare.UNEXECUTED, "even where it gives nothing"


def test_a_notebook_of_an_older_format_has_its_cells_named_by_number(tmp_path):
    (problem,) = compared(tmp_path, [printed("1\n")], [printed("2\n")], ids=False)
    assert problem["cell"] == "code cell 1" and "'1' is now '2'" in problem["sentence"]


def test_a_cell_injected_by_papermill_and_saved_is_a_cell_like_any(tmp_path):
    tagged = {"tags": ["injected-parameters"]}
    assert compared(tmp_path, [printed("1\n")], [printed("1\n")], metadata=tagged) == []
    assert len(compared(tmp_path, [printed("1\n")], [printed("2\n")], metadata=tagged)) == 1


def test_another_version_of_the_notebook_is_named(tmp_path):
    for name, source in (("committed", "1"), ("now", "2")):
        nbformat.write(new_notebook(cells=[new_code_cell(source, id="cell")]), tmp_path / f"{name}.ipynb")
    (problem,) = compare.differences(tmp_path / "committed.ipynb", tmp_path / "now.ipynb")
    assert problem["sentence"] == "The execution is of another version of the notebook."


@pytest.mark.parametrize("options", ["--nbval-lax", "--co", "-k nothing", "-n 2", "-x"])
def test_options_of_the_authors_shell_do_not_reach_the_comparison(tmp_path, monkeypatch, options):
    monkeypatch.setenv("PYTEST_ADDOPTS", options)
    assert len(compared(tmp_path, [printed("1\n")], [printed("2\n")])) == 1
    assert compared(tmp_path, [printed("1\n")], [printed("1\n")]) == []


def raised(evalue, traceback, name="AssertionError", tags=()):
    output = new_output("error", ename=name, evalue=evalue, traceback=traceback)
    return new_notebook(cells=[new_code_cell("x", outputs=[output], id="cell", metadata={"tags": list(tags)})])


BARE = [
    "\x1b[31m---\x1b[39m",
    "Cell In[3], line 2\n      1 a = 1\n\x1b[32m----> 2 \x1b[39massert a < 0\n",
    "AssertionError: ",
]


@pytest.mark.parametrize(
    ("notebook", "sentence"),
    [
        (raised("", BARE), "AssertionError in line 2: assert a < 0"),
        (raised("too warm", BARE), "AssertionError: too warm"),
        (raised("\n\nno magic\nof that name", BARE, "UsageError"), "UsageError: no magic"),
        (raised("", ["no arrow"]), "AssertionError"),
    ],
    ids=["bare assert", "text", "several lines", "no line"],
)
def test_an_error_is_told_in_one_line(notebook, sentence):
    assert first_error(notebook)[:2] == (sentence, "cell")
    assert "\x1b" not in first_error(notebook)[2]


def test_an_error_that_a_cell_declares_is_none():
    assert first_error(raised("", BARE, tags=["raises-exception"])) is None
