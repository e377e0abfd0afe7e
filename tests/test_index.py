"""The index says what the notebooks say, in order, between its markers and nowhere else."""

import re

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from test_data import entry, write_catalogue

from ci import index
from ci.notebooks import ROOT

DATA = {"mlo-co2": ("atmosphere", "measured"), "htm-fluxes": ("ecosystem", "simulated")}
DATA |= {"natural-earth-110m": ("maps", "measured")}
EMPTY = f"# Fieldnotes\n\n{index.BEGIN}\n{index.END}\n\nThe rest.\n"


@pytest.fixture
def root(tmp_path):
    """Return a repository without notebooks."""
    for folder in ("ancillary_data", "docs", *(f"notebooks/{room}" for room in index.COLLECTIONS)):
        (tmp_path / folder).mkdir(parents=True)
    columns = {"year": "count, calendar year"}
    described = {
        name: entry(f"{name}.csv", "table", columns, sha256="0" * 64, theme=theme) | {"kind": kind}
        for name, (theme, kind) in DATA.items()
    }
    write_catalogue(tmp_path / "ancillary_data", described)
    for page in ("README.md", "docs/index.md"):
        (tmp_path / page).write_text(EMPTY)
    return tmp_path


def add(root, name, title, level="introductory", data=("mlo-co2",), audience=("school",)):
    """Put a notebook into the repository."""
    about = f"# {title}\n\nThe air breathes at 0.5 Hz,\nor so. We count."
    card = {"title": title, "level": level, "data": list(data), "audience": list(audience)}
    card |= {"minutes": 30, "theme": "atmosphere"}
    notebook = new_notebook(cells=[new_markdown_cell(about, id="title")], metadata={"fieldnotes": card})
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")


def written(root, page="README.md"):
    index.write(root)
    return (root / page).read_text()


def test_the_committed_index_is_up_to_date():
    assert index.stale(ROOT) == []


def test_without_notebooks_the_table_is_empty(root):
    assert re.findall(r"^\|.*", written(root), re.MULTILINE) == [
        "| Lesson | Collection | For | Minutes | Data |",
        "| --- | --- | --- | ---: | --- |",
    ]


def test_a_row_says_what_the_notebook_says(root):
    add(
        root,
        "education/breath",
        "Does it breathe?",
        data=["mlo-co2", "htm-fluxes"],
        audience=["school", "phd", "public"],
    )
    lesson = "| [Does it breathe?](notebooks/education/breath.ipynb) | education "
    assert f"{lesson}| school, phd and public | 30 | measured and simulated |\n" in written(root)


def test_the_measured_edition_comes_first_where_there_is_one(root):
    add(root, "education/breath", "Does it breathe?")
    edition = root / "docs" / "measured" / "education" / "breath.ipynb"
    edition.parent.mkdir(parents=True)
    edition.write_text("{}")
    both = "({0}docs/measured/education/breath.ipynb) ([notebook]({0}notebooks/education/breath.ipynb))"
    assert f"| [Does it breathe?]{both.format('')} |" in written(root)
    links = "(measured/education/breath.ipynb) ([notebook](../notebooks/education/breath.ipynb))"
    assert f"* **[Does it breathe?]{links}**" in written(root, "docs/index.md")


def test_lessons_stand_by_collection_then_level_then_title(root):
    add(root, "outreach/a", "A")
    add(root, "education/z", "Z")
    add(root, "education/m", "M", level="advanced")
    add(root, "education/y", "Y")
    add(root, "research/b", "B", level="intermediate")
    for page in ("README.md", "docs/index.md"):
        assert re.findall(r"\[(\w)\]", written(root, page)) == ["Y", "Z", "M", "B", "A"]


def test_the_start_page_tells_what_each_lesson_is_about(root):
    add(root, "education/breath", "Does it breathe?")
    assert (
        "## Education\n\n"
        "* **[Does it breathe?](../notebooks/education/breath.ipynb)** The air breathes at 0.5 Hz, or so.\n"
        "  30 minutes, introductory, for school; atmosphere; measured data: `mlo-co2`.\n"
    ) in written(root, "docs/index.md")
    assert "## Research" not in written(root, "docs/index.md")


def test_a_base_map_does_not_make_a_simulation_a_measurement(root):
    add(root, "education/plume", "Plume", data=["natural-earth-110m", "htm-fluxes"])
    assert "| simulated |" in written(root)


def test_what_stands_around_the_index_stays(root):
    add(root, "education/breath", "Does it breathe?")
    text = written(root)
    assert text.startswith("# Fieldnotes\n\n") and text.endswith(f"{index.END}\n\nThe rest.\n")
    assert written(root) == text


def test_a_stale_page_is_told_until_it_is_written(root):
    add(root, "education/breath", "Does it breathe?")
    assert index.stale(root) == [
        f"{page} is not up to date with the notebooks: run `make index`." for page in ("README.md", "docs/index.md")
    ]
    index.write(root)
    assert index.stale(root) == []


@pytest.mark.parametrize(
    "text", ["# Fieldnotes\n", f"{index.END}\n{index.BEGIN}\n", f"{index.BEGIN}\n{index.BEGIN}\n{index.END}"]
)
def test_a_page_without_markers_is_told(root, text):
    (root / "README.md").write_text(text)
    with pytest.raises(index.NoMarkers, match=r"README\.md needs one line <!-- notebooks: begin"):
        index.index(root)


def test_main_checks_and_writes(root, monkeypatch, capsys):
    monkeypatch.setattr(index, "ROOT", root)
    add(root, "education/breath", "Does it breathe?")
    assert [index.main(check=True), index.main(), index.main(check=True)] == [1, 0, 0]
    assert "README.md is not up to date" in capsys.readouterr().out
