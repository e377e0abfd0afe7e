"""Each rule of the house style passes one good notebook and fails a notebook that breaks it in one way."""

import base64
import datetime
from pathlib import Path

import nbclient
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ci import style
from ci.cells import read
from ci.exercises import answered, opened, unsolved
from ci.notebooks import ROOT
from ci.tree import tree_files, tree_problems

PIXEL = base64.b64encode(b"\x89PNG, or so").decode()
STORY = "The air above a volcano takes one breath a year, and the whole northern forest draws it. " * 3
HIDDEN = {"source_hidden": True}
LAG = [f"lag-{part}" for part in ("task", "answer", "check", "solution")]


def lesson():
    """Return a lesson that keeps every rule."""
    cells = [
        text("title", "# Does the air breathe?\n\nOnce a year the CO₂ goes up and down. We draw that breath."),
        text(
            "promise", "**You will** draw a year.\n\n**You need** nothing.\n\n**Time** 30 minutes\n\n**Level** school"
        ),
        code("imports", "import matplotlib.pyplot as plt\nfrom fieldnotes import check, cite, load, show"),
        code("parameters", 'source = "fixture"\nfirst_year = 1990', tags=["parameters"]),
        text("the-record", f"## The record\n\n{STORY} We load it:"),
        code("load", 'data = load("mlo-co2", source)\ndata.head()'),
        text("published", f"{STORY} Is it the published one?"),
        code("published-value", "assert abs(data.co2.iloc[0] - 316.1) < 0.1  # ppm"),
        text("guess", f"{STORY} When is it lowest?"),
        code("breath", 'fig, ax = plt.subplots()\ndata.co2.plot(ax=ax)\nshow(fig, alt="a wave", data=data)'),
        text("breath-read", f"{STORY} It is lowest in autumn."),
        *(text(f"step-{word}", "It goes on.") for word in ("one", "two", "three", "four", "five")),
        *(cell for name in ("depth", "rise", "lag") for cell in exercise(name)),
        text("why", f"**Why** is it so? {STORY}", tags=["question"]),
        text("end", "**What we found** It breathes. It rises.\n\n**Next** [Which sea is it?](which-sea.ipynb)"),
        code("credit", 'print(cite("mlo-co2"))'),
    ]
    return executed(new_notebook(cells=cells, metadata={"fieldnotes": dict(CARD), "kernelspec": dict(KERNEL)}))


KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
CARD = {
    "title": "Does the air breathe?",
    "audience": ["school"],
    "minutes": 30,
    "level": "introductory",
    "theme": "atmosphere",
    "data": ["mlo-co2"],
    "seconds": 4.2,
    "peak_mb": 210,
}


def text(name, source, **metadata):
    return new_markdown_cell(source, id=name, metadata=metadata)


def code(name, source, **metadata):
    return new_code_cell(source, id=name, metadata=metadata)


def exercise(name):
    yield text(f"{name}-task", f"How large is the {name}? {STORY}", tags=["task"])
    yield code(f"{name}-answer", f"{name} = ...", tags=["answer"])
    yield code(
        f"{name}-check", checked(f'check("{name}", {name}, 1, hints=["Count."])'), tags=["check"], jupyter=HIDDEN
    )
    yield text(f"{name}-solution", solved(f"{name} = int(1.0)"), tags=["solution"])


def checked(source):
    return f"# Run this cell to check your answer.\n{source}"


def solved(source):
    return f"<details>\n<summary>Solution</summary>\n\n```python\n{source}\n```\n\n</details>"


def executed(notebook):
    """Return the notebook as if it had been executed."""
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    png = {"image/png": PIXEL, "text/plain": "a wave"}
    find(notebook, "breath").outputs = [new_output("display_data", png, metadata={"image/png": {"alt": "a wave"}})]
    return notebook


def find(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def written(notebook, tmp_path, collection="education"):
    """Return the path of the notebook, written into a collection with one other notebook."""
    room = tmp_path / collection
    room.mkdir(exist_ok=True)
    (room / "which-sea.ipynb").touch()
    path = room / "does-the-air-breathe.ipynb"
    nbformat.write(notebook, path)
    return path


def problems_of(notebook, tmp_path, collection="education"):
    return style.problems(written(notebook, tmp_path, collection))


# Ways to break a notebook: each returns a function that changes one in place.


def put(name, source):
    return lambda notebook: find(notebook, name).update(source=source)


def add(name, source):
    return lambda notebook: find(notebook, name).update(source=f"{find(notebook, name).source}\n{source}")


def drop(*names):
    def breakage(notebook):
        notebook.cells = [cell for cell in notebook.cells if cell.id not in names]

    return breakage


def insert(before, *cells):
    def breakage(notebook):
        position = notebook.cells.index(find(notebook, before))
        notebook.cells[position:position] = [nbformat.from_dict(cell) for cell in cells]

    return breakage


def mark(name, **metadata):
    return lambda notebook: find(notebook, name).metadata.update(metadata)


def rename(name, to):
    return lambda notebook: find(notebook, name).update(id=to)


def state(**card):
    return lambda notebook: notebook.metadata.fieldnotes.update(card)


def output(name, /, *args, **kwargs):
    return lambda notebook: find(notebook, name).update(outputs=[new_output(*args, **kwargs)])


def prints(line):
    return output("load", "stream", name="stdout", text=line)


def png(data, alt=None, plain="<Figure size 700x400 with 1 Axes>", kind="image/png"):
    metadata = {kind: {"alt": alt}} if alt else {}
    return output("breath", "display_data", {kind: data, "text/plain": plain}, metadata=metadata)


def jpeg(data, alt):
    return png(data, alt, kind="image/jpeg")


def blob(kilobytes):
    return base64.b64encode(b"x" * 1000 * kilobytes).decode()


def several(*breakages):
    def breakage(notebook):
        for one in breakages:
            one(notebook)

    return breakage


def a_function(body_lines, docstring='    """Return parts per million."""\n'):
    return f"def ppm():\n{docstring}" + "    x = 1\n" * body_lines


LONG_LINES = "\n".join(f"x{number} = {number}" for number in range(19))

BREACHES = [
    # How it begins
    (put("title", "## Does the air breathe?\n\nIt does. We look."), "has 0 H1 headings"),
    (add("the-record", "\n# A second one\n"), "has 2 H1 headings"),
    (put("title", "# Does the air breathe?\n\nIt does."), "cell 'title' has 1 sentences below the title"),
    (put("title", "# Does the air breathe?\n\nA. b! C? D."), "cell 'title' has 4 sentences below the title"),
    (put("title", "# Do forests breathe?\n\nThey do. We look."), "the H1 is 'Do forests breathe?'"),
    (put("promise", "**You will** see. **You need** it. **Time** 30 minutes"), "does not say **Level**"),
    (state(minutes=45), "should say **Time** 45 minutes"),
    (drop("promise"), "the second cell is not the Markdown"),
    (add("title", "![A logo](https://example.org/logo.png)"), "no image, badge or licence"),
    (add("promise", "Licence: CC BY 4.0"), "cell 'promise' has 'Licence'"),
    (drop("imports"), "the third cell does not hold the imports"),
    (add("imports", "volcano = 1"), "more than imports and calls that set"),
    (add("imports", "import numpy, pandas, scipy, xarray, pint"), "imports 7 packages; 6 is the most"),
    (add("imports", "import numpy as np\n" * 9), "has 11 lines of imports; 10 is the most"),
    (add("load", "import numpy as np"), "cell 'load' imports; all imports stand in the third cell"),
    (add("imports", "from fieldnotes import *"), "has import *"),
    (mark("parameters", tags=[]), "0 cells are tagged 'parameters'"),
    (mark("load", tags=["parameters"]), "2 cells are tagged 'parameters'"),
    (add("parameters", "last_year = first_year + 1"), "more than literals"),
    (add("parameters", "print(source)"), "more than literals"),
    (add("parameters", "a = 1\nb = 2\nc = 3"), "has 5 parameters; 4 is the most"),
    (put("parameters", 'source = "live"'), 'does not assign source = "fixture"'),
    # How it goes on
    (add("load", "%run setup.ipynb"), "cell 'load' has a magic or a shell command"),
    (add("load", "!pip install icoscp"), "cell 'load' has a magic or a shell command"),
    (add("load", "%%javascript"), "cell 'load' has a magic or a shell command"),
    (add("load", "sys.path.append('..')"), "has sys.path"),
    (add("load", "warnings.filterwarnings('ignore')"), "has a filter for warnings"),
    (add("load", "plt.rcParams['lines.linewidth'] = 3"), "has rcParams"),
    (add("load", "get_ipython().run_cell('1')"), "has a way around plain Python"),
    (add("load", "### BEGIN SOLUTION"), "has a mark of nbgrader"),
    (add("load", "print 'no'"), "cell 'load' is not valid Python"),
    (mark("load", jupyter=HIDDEN), "cell 'load' hides its code"),
    (mark("load", tags=["remove-input"]), "is tagged to hide its code"),
    (add("load", "try:\n    data\nexcept:\n    pass"), "cell 'load' catches every error"),
    (add("load", "try:\n    data\nexcept (KeyError, Exception):\n    pass"), "cell 'load' catches every error"),
    (several(put("guess", "## Only a heading"), put("published", "### Another")), "5 of 7 code cells are introduced"),
    (
        insert("breath", code("one", "a = 1"), code("two", "b = 2"), code("three", "c = 3")),
        "4 code cells stand in a row from cell 'one'; 3 is the most",
    ),
    (insert("breath-read", code("next", "1")), "cell 'breath' shows a figure that no sentence reads"),
    (put("breath-read", "## The next thing"), "cell 'breath' shows a figure that no sentence reads"),
    (several(put("breath", "data.plot()"), output("breath", "display_data", {})), "the notebook has no figure"),
    (
        several(add("load", LONG_LINES[:100]), add("published-value", LONG_LINES)),
        "the first figure, cell 'breath', comes after 39 lines of code; 30 is the most",
    ),
    (put("breath", f"show(1)\n{LONG_LINES}\ny = 1\n\n"), "cell 'breath' has 21 lines of code; 20 is the most"),
    (several(put("load", LONG_LINES), put("credit", f"{LONG_LINES}\ncite(1)")), "7 of 9 code cells have at most 12"),
    (drop("why", "breath-read", *LAG), "has 19 cells; 20 is the least"),
    (insert("end", *(text(f"more-{word}", "Yes.") for word in "abcdefghijklmnopqrstuvwx")), "46 cells; 45 is the most"),
    (add("why", STORY * 30), "words; 1500 is the most"),
    (
        several(*(put(name, "Why?") for name in ("the-record", "published", "guess", "breath-read", "why"))),
        "words; 300 is the least",
    ),
    (put("guess", " "), "cell 'guess' is empty"),
    (insert("end", *(text(f"more-{word}", f"## {word}") for word in "abcdefghijklmnopqrst")), "are headings alone"),
    (add("the-record", "\n#### Deep down\n"), "cell 'the-record' skips from H2 to H4"),
    (add("guess", "\n```{note}\nThis is MyST.\n```"), "cell 'guess' has a MyST directive"),
    (add("guess", "\n::: {tip}\n:::"), "cell 'guess' has a MyST directive"),
    (add("guess", '<img src="wave.png" alt="a wave">'), "cell 'guess' has the HTML <img"),
    (add("guess", '<div style="color: red">Look</div>'), "cell 'guess' has the HTML <div style"),
    (add("guess", "[the sea](the-sea.ipynb)"), "links to the-sea.ipynb, which does not exist"),
    (add("guess", "![ ](https://example.org/wave.svg)"), "without alternative text"),
    (add("guess", "More [here](https://example.org)."), "has a link named 'here'"),
    (put("load", a_function(14)), "the function ppm of 16 lines; 15 is the most"),
    (put("load", a_function(2, "")), "the function ppm without a docstring of one line"),
    (put("load", a_function(1, '    """Return ppm.\n\n    At length."""\n')), "ppm without a docstring of one line"),
    (add("load", "# and then\n" * 6), "lines of code are comments; 20 % is the most"),
    (add("load", 'data.plot(cmap="jet_r")'), "uses the colour map jet_r"),
    (add("load", "plt.cm.nipy_spectral"), "uses the colour map nipy_spectral"),
    (put("published-value", "data.co2.iloc[0]"), "no cell asserts anything"),
    # How it is practised, and how it ends
    (drop(*LAG), "has 2 exercises; 3 is the least"),
    (insert("why", *(c for name in "abcd" for c in exercise(name))), "has 7 exercises; 6 is the most"),
    (drop("rise-check"), "'rise-solution' stands where an exercise's check belongs"),
    (drop("rise-solution"), "'lag-task' stands where an exercise's solution belongs"),
    (drop("rise-task"), "'rise-answer' stands where an exercise's task belongs"),
    (insert("end", code("answer", "1", tags=["check"])), "'answer' stands where an exercise's task belongs"),
    (mark("load", tags=["task"]), "'published' stands where an exercise's answer belongs"),
    (mark("rise-check", jupyter={}), "cell 'rise-check' is a check that is not collapsed"),
    (put("rise-check", "assert rise == 1"), "cell 'rise-check' does not call check(...) with hints"),
    (put("rise-check", checked('check("rise", rise, 1)')), "cell 'rise-check' does not call check(...) with hints"),
    (add("rise-check", "print(1)"), "cell 'rise-check' is a check that prints"),
    (put("rise-check", checked('check("rise", rise, int(1.0), hints=[""])')), "holds the solution 'rise = int(1.0)'"),
    (put("rise-answer", "rise = 1"), "'rise-answer' should hold 'rise = ...', and nothing else"),
    (mark("why", tags=["answer"]), "'why' stands where an exercise's task belongs"),
    (output("rise-check", "stream", text="rise: right."), "'rise-check' is committed with an output"),
    (output("rise-answer", "stream", text="1"), "'rise-answer' is committed with an output"),
    (put("end", "**Next** [sea](which-sea.ipynb)"), "does not end with **What we found** and **Next**"),
    (put("end", "**What we found** One.\n\n**Next** [sea](which-sea.ipynb)"), "**What we found** has 1 sentences"),
    (add("end", "[and this](which-sea.ipynb)"), "**Next** has 2 links; it is one"),
    (drop("credit"), "the last cell, 'end', does not call cite(...)"),
    # What it says of itself
    (state(audience=[]), "the metadata's audience is []"),
    (state(audience=["everyone"]), "the metadata's audience is ['everyone']"),
    (state(minutes="30"), "the metadata's minutes is '30'; it should be a whole number"),
    (state(level="easy"), "it should be one of introductory, intermediate, advanced"),
    (state(theme="air"), "it should be one of atmosphere, ecosystem, ocean, land, maps"),
    (state(data=["mauna-loa"]), "it should be a list of names of the catalogue"),
    (state(data=["nino12-sst"]), "cell 'credit' uses 'mlo-co2', which the metadata's data lack"),
    (state(budget={"seconds": 100, "reason": "a large model"}), "only a research notebook may declare one"),
    (rename("load", "3f2a9c1e"), "cell id '3f2a9c1e' is not a readable name"),
    (rename("load", "a2f19c1e-77aa-4bbb-8ccc-123456789abc"), "is not a readable name"),
    (rename("load", "Load_it"), "cell id 'Load_it' is not a readable name"),
    (lambda notebook: notebook.metadata.kernelspec.update(name="fieldnotes"), "the kernel is 'fieldnotes'"),
    (lambda notebook: notebook.metadata.update(papermill={}), "the metadata hold 'papermill'"),
    (mark("load", execution={}), "cell 'load' has the metadata 'execution'"),
    # As it is committed
    (state(seconds=0), "the metadata's seconds is 0"),
    (state(peak_mb=None), "the metadata's peak_mb is None"),
    (lambda notebook: find(notebook, "load").update(execution_count=None), "the execution counts are"),
    (lambda notebook: find(notebook, "load").update(execution_count=9), "the execution counts are"),
    (add("guess", "\n> **Author:** ask first"), "cell 'guess' still has a note to the author"),
    (output("load", "error", ename="KeyError", evalue="'co2'"), "cell 'load' ends in the error KeyError"),
    (output("load", "stream", name="stderr", text="careful"), "cell 'load' writes to standard error"),
    (prints("/home/ada/fieldnotes/data.csv"), "cell 'load' prints a path"),
    (prints(rf"C:\{'Users'}\ada"), "cell 'load' prints a path"),
    (output("load", "execute_result", {"text/plain": "<f at 0x7f3a1c2b4d60>"}), "prints an address in memory"),
    (prints("100%|████| 3/3 [00:01<00:00, 2.5it/s]"), "cell 'load' prints a progress bar"),
    (prints("DeprecationWarning: old"), "cell 'load' prints a warning"),
    (prints(f"{datetime.date.today()}T10:20:30Z"), "cell 'load' prints the time of its execution"),
    (png(PIXEL), "cell 'breath' has a figure without alternative text"),
    (png(PIXEL, plain="a wave", alt=" "), None),
    (png(blob(201), alt="a wave"), "has a figure of 201 kB; 200 kB is the most"),
    (jpeg(blob(249), alt="a lake"), None),
    (jpeg(blob(251), alt="a lake"), "has a figure of 251 kB; 250 kB is the most"),
    (jpeg(blob(9), alt=""), "cell 'breath' has a figure without alternative text"),
    (prints("x" * 1_500_000), "the notebook has 1.51 MB; 1.5 MB is the most"),
]


def test_a_good_lesson_has_no_problems(tmp_path):
    assert problems_of(lesson(), tmp_path) == []


@pytest.mark.parametrize(("breakage", "expected"), BREACHES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_breach_is_told(breakage, expected, tmp_path):
    notebook = lesson()
    breakage(notebook)
    found = problems_of(notebook, tmp_path)
    assert any(expected in sentence for sentence in found) if expected else not found, found


def test_every_check_has_a_counterexample(tmp_path):
    silent = set(style.CHECKS)
    for breakage, _ in BREACHES:
        notebook = lesson()
        breakage(notebook)
        broken = read(written(notebook, tmp_path))
        silent -= {check for check in silent if any(check(broken))}
    assert not {check.__name__ for check in silent}


@pytest.mark.parametrize(
    "allowed",
    [
        add("guess", "<details><summary>Hint</summary>\n\nCO<sub>2</sub><br>\n\n</details>"),
        add("guess", '<div class="alert alert-info">\n\nMind the units.\n\n</div>'),
        add("guess", "<https://example.org> and [a page](https://example.org), if x < 3 and y > 4"),
        add("guess", "\n```python\n# a comment, no heading\n```"),
        add("imports", 'plt.style.use("fieldnotes.look")'),
        put("published-value", "assert data.co2.iloc[0] > 300  # a comment beside code\n# one line of its own"),
        prints("1958-03-29 00:00:00+00:00 316.1 ppm, umol/m2/s, 5 % of 3"),
        put("title", "# Does the air breathe?\n\nOnce a year, e.g. in May, it does. We look at 0.5 ppm."),
        put("end", "## What we found\n\nIt breathes. It rises.\n\n## Next\n\n[Which sea?](which-sea.ipynb#it)"),
    ],
)
def test_what_is_allowed_passes(allowed, tmp_path):
    notebook = lesson()
    allowed(notebook)
    assert problems_of(notebook, tmp_path) == []


def test_outreach_is_short_and_has_no_equation(tmp_path):
    notebook = lesson()
    drop("why", *LAG)(notebook)
    assert problems_of(executed(notebook), tmp_path, "outreach") == []
    add("guess", r"$F = k \Delta C$")(notebook)
    insert("end", *(cell for word in "abc" for cell in (text(f"say-{word}", "So:"), code(f"do-{word}", "1"))))(notebook)
    assert problems_of(executed(notebook), tmp_path, "outreach") == [
        "the notebook has 13 code cells; 12 is the most",
        "cell 'guess' has an equation; outreach has none",
    ]


def test_research_may_declare_a_budget_with_its_reason(tmp_path):
    notebook = lesson()
    state(budget={"seconds": 180, "gb": 3, "reason": "an inversion over Europe"})(notebook)
    assert problems_of(notebook, tmp_path, "research") == []
    state(budget={"seconds": 181, "gb": 4})(notebook)
    assert problems_of(notebook, tmp_path, "research") == [
        "the metadata's budget should have seconds or gb, or both, and the reason",
        "the metadata's budget is 181 seconds; 180 is the most",
        "the metadata's budget is 4 gb; 3 is the most",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}',
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5, "x": 1}',
    ],
)
def test_what_is_no_notebook_is_told(content, tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text(content)
    assert style.problems(path)[0].startswith("the file is not a notebook: ")


def test_a_notebook_of_one_empty_cell_is_told_and_not_stumbled_over(tmp_path):
    found = problems_of(new_notebook(cells=[code("only", "")]), tmp_path)
    assert "the notebook has 1 cells; 20 is the least" in found


def test_main_tells_where_and_returns_one(tmp_path, capsys):
    notebook = lesson()
    path = written(notebook, tmp_path)
    assert style.main([path]) == 0
    drop("credit")(notebook)
    nbformat.write(notebook, path)
    assert style.main([path]) == 1
    assert "does-the-air-breathe: the last cell, 'end', does not call cite(...)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notebooks/education/01-the-air.ipynb", "its name has a number"),
        ("notebooks/education/the-air-2.ipynb", "its name has a number"),
        ("notebooks/education/The_Air.ipynb", "its name is not in kebab-case"),
        ("notebooks/education/Untitled.ipynb", "its name says that it is a draft"),
        ("ancillary_data/mlo-co2_v2.csv", "its name says that it is a draft or a second copy"),
        ("notebooks/education/the-air copy.ipynb", "its name says that it is a draft or a second copy"),
        ("notebooks/education/air/the-air.ipynb", "it lies 3 folders deep; 2 is the most"),
        ("notebooks/.ipynb_checkpoints/the-air-checkpoint.ipynb", "nothing is named .ipynb_checkpoints"),
        ("notebooks/solutions/the-air.ipynb", "nothing is named solutions"),
        ("fieldnotes/utils.py", "nothing is named utils"),
    ],
)
def test_a_file_that_must_not_be_there_is_told(name, expected, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert any(sentence.startswith(f"{name}: ") and expected in sentence for sentence in tree_problems(tmp_path))


def test_a_second_copy_is_told_by_bytes_and_by_name(tmp_path):
    for room, content in (("education", "a"), ("outreach", "b")):
        (tmp_path / room).mkdir()
        (tmp_path / room / "the-air.ipynb").write_text(content)
    (tmp_path / "breath.md").write_text("a")
    assert tree_problems(tmp_path) == [
        "outreach/the-air.ipynb: it is a second education/the-air.ipynb",
        "education/the-air.ipynb: it is a second breath.md",
    ]


def test_a_tidy_tree_has_no_problems(tmp_path):
    for number, name in enumerate(
        ["README.md", "notebooks/education/drought-2018.ipynb", "ancillary_data/make/mlo_co2.py"]
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(str(number))
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "__init__.py").touch()
    (tmp_path / "notebooks" / "__init__.py").touch()
    assert tree_problems(tmp_path) == []


def test_a_folder_of_data_keeps_its_providers_order(tmp_path):
    for name in ("ancillary_data/sst/L4/v3.0/1998/01_sst.txt", "ancillary_data/sst/L4/v3.0/1998/02_sst.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("the same")
    assert tree_problems(tmp_path) == []


def test_a_downloaded_copy_leaves_out_what_git_ignores(tmp_path):
    (tmp_path / ".gitignore").write_text(".venv/\n*.egg-info/\n")
    for name in (".venv/lib/python/utils.py", "fieldnotes.egg-info/utils.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    assert tree_files(tmp_path) == [Path(".gitignore")]


def test_the_template_keeps_the_style_and_runs(tmp_path):
    path = ROOT / "docs" / "template.ipynb"
    assert style.problems(path, style.WRITING) == []
    notebook = nbformat.read(path, as_version=4)
    notebook = answered(notebook)
    nbclient.NotebookClient(notebook, kernel_name="python3", record_timing=False).execute()
    assert unsolved(notebook) == []
    notebook = opened(notebook)
    for cell in notebook.cells:
        cell.source = cell.source.replace(style.NOTE, "")
    notebook.metadata.fieldnotes.update(seconds=1.0, peak_mb=100)
    nbformat.write(notebook, tmp_path / "template.ipynb")
    assert style.problems(tmp_path / "template.ipynb", style.EXECUTION) == []
