"""A contributor begins a lesson as docs/add-a-lesson.md says, and no cell's id is left to chance."""

import re
import shlex
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from ci import __main__ as commands
from ci import author, style
from ci.notebooks import ROOT
from ci.tree import tree_files

LESSON = "notebooks/education/your-topic.ipynb"


def code(name, source, *tags):
    return new_code_cell(source, id=name, metadata={"tags": list(tags)})


def text(name, source, *tags):
    return new_markdown_cell(source, id=name, metadata={"tags": list(tags)})


@pytest.fixture
def clone(tmp_path):
    """A copy of the tree, with no lesson but those of outreach."""
    for path in tree_files(ROOT):
        if path.parts[0] not in ("hub", "tests") and path.parts[:2] not in (("notebooks", "education"),):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, tmp_path / path)
    return tmp_path


def page_commands():
    """Return the commands that docs/add-a-lesson.md gives, with their arguments."""
    page = (ROOT / "docs" / "add-a-lesson.md").read_text(encoding="utf-8")
    fenced = re.findall(r"^```(\w*)\n(.+?)\n```$", page, re.MULTILINE | re.DOTALL)
    lines = "\n".join(block for language, block in fenced if not language).splitlines()
    return [shlex.split(line, comments=True) for line in lines]


def run(command, folder):
    """Run a command of the page in a clone, with this Python; `make index` is what it stands for."""
    words = {".venv/bin/python": [sys.executable], "make": [sys.executable, "-m", "ci"]}[command[0]] + command[1:]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write_as_told(path):
    """Do what the page asks for by hand: delete the notes, and add a cell in JupyterLab, whose id is random."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = re.sub(r"\n*^> \*\*Author:\*\*.*\n*", "\n\n", cell.source, flags=re.MULTILINE).strip()
    notebook.cells.insert(7, new_code_cell("missing = co2.isna().sum()\nassert missing < 100", id="3f2a91bc"))
    nbformat.write(notebook, path)


def test_the_page_on_lessons_can_be_followed_to_the_letter(clone):
    asked = [command for command in page_commands() if command != ["make", "lab"]]
    assert [command[:4][-1] for command in asked] == ["new", "ids", "refresh", "style", "run", "index"]
    begin, *others = asked
    run(begin, clone)
    write_as_told(clone / LESSON)
    told = [run(command, clone) for command in others]
    assert "cell '3f2a91bc' is now 'missing'" in told[0]
    assert "The house style holds." in told[2]
    assert "1 passed, 0 failed" in told[3]
    assert "(notebooks/education/your-topic.ipynb)" in (clone / "README.md").read_text(encoding="utf-8")


def test_a_new_lesson_says_in_its_cells_what_its_metadata_say(clone):
    facts = {"title": "Who asks?", "audience": ["phd"], "minutes": 55, "level": "advanced", "theme": "ocean"}
    path = author.new("research/who-asks", root=clone, **facts)
    notebook = nbformat.read(path, as_version=4)
    assert facts.items() <= notebook.metadata.fieldnotes.items()
    assert notebook.cells[0].source.startswith("# Who asks?\n")
    assert "**Time** 55 minutes" in notebook.cells[1].source and "**Level** advanced" in notebook.cells[1].source
    assert style.problems(path, style.WRITING) == []


@pytest.mark.parametrize(
    ("name", "facts", "sentence"),
    [
        ("schools/my-topic", {}, "names no collection: write education/topic or research/topic or outreach/topic."),
        ("education/My_Topic", {}, "'My_Topic' is not a topic in kebab-case"),
        ("education/02-topic", {}, "'02-topic' is not a topic in kebab-case"),
        ("outreach/one-curve-everyone-should-know", {}, "There is a lesson outreach/one-curve-everyone-should-know"),
        ("education/my-topic", {"theme": "space"}, "theme knows no space: there are atmosphere,"),
        ("education/my-topic", {"audience": ["school", "pets"]}, "audience knows no pets: there are school,"),
    ],
)
def test_a_lesson_that_cannot_begin_is_refused_in_a_sentence(name, facts, sentence):
    with pytest.raises(author.CannotBegin) as refused:
        author.new(name, **facts)
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_the_command_refuses_with_status_2(capsys):
    assert commands.main(["new", "somewhere/my-topic"]) == 2
    assert "names no collection" in capsys.readouterr().err


def test_a_random_id_becomes_what_the_cell_is_about():
    cells = [
        text("0a1b2c3d", "# Does the air breathe?\n\nIt does."),
        code("1a1b2c3d", "import numpy as np"),
        code("2a1b2c3d", 'source = "fixture"', "parameters"),
        text("the-record", "## The record"),
        code("3a1b2c3d", "def growth_of(means):\n    return means.diff()"),
        code("4a1b2c3d", "fig, ax = plt.subplots()\nshow(fig)"),
        text("5a1b2c3d", "It grows."),
        code("6a1b2c3d", "yearly.tail(3)"),
        text("7a1b2c3d", "**1.** Which year?", "task"),
        code("8a1b2c3d", "fastest_year = ...", "answer"),
        code("9a1b2c3d", 'check("Exercise 1", fastest_year, 1998, hints=[])', "check"),
        text("aa1b2c3d", "<details>1998</details>", "solution"),
    ]
    author.rename(cells)
    assert [cell.id for cell in cells] == [
        "does-the-air-breathe", "imports", "parameters", "the-record", "growth-of", "growth-of-figure",
        "growth-of-figure-read", "growth-of-figure-read-code", "fastest-year-task", "fastest-year-answer",
        "fastest-year-check", "fastest-year-solution",
    ]  # fmt: skip


def test_no_two_cells_get_one_id_and_a_readable_one_stays():
    cells = [
        code("rise", "rise = 1"),
        code("rise", "rise = 2"),
        code("0a1b2c3d", "rise = 3"),
        code("Bad-Id", "fall = 1"),
    ]
    assert author.rename(cells) == [("rise", "rise-2"), ("0a1b2c3d", "rise-3"), ("Bad-Id", "fall")]
    assert author.rename(cells) == []
