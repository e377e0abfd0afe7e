"""A measured edition is a lesson as it is on measurements; a run compares with it, and the index leads to it."""

import nbformat
import pytest
from lessons import lesson, outputs

from ci import editions
from ci.cells import LINK
from ci.measured import measured
from ci.notebooks import ROOT
from ci.style import broken_links

EDITIONS = sorted((ROOT / "docs" / "measured").rglob("*.ipynb"))
CODE = "from fieldnotes import load\ndata = load('mlo-co2', source)\nprint(source, len(data))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a lesson and, in ``measured``, its edition lie."""
    folder = tmp_path_factory.mktemp("editions")
    lesson(folder / "one.ipynb", CODE, executed=False)
    assert measured([str(folder / "one.ipynb")], build=folder / "build", folder=folder / "measured") == 0
    return folder


@pytest.fixture
def edition(folder):
    return editions.edition_path(folder / "one.ipynb", folder / "measured")


def result(folder):
    """Return what a passing run on measurements reports."""
    executed = next((folder / "build" / "editions").rglob("one.ipynb"))
    return {"notebook": str(folder / "one.ipynb"), "executed": str(executed), "status": "passed", "problems": []}


def test_an_edition_is_the_lesson_with_its_source_measured(folder, edition):
    page = nbformat.read(edition, as_version=4)
    sources = {cell.id: cell.source for cell in page.cells}
    assert list(sources) == ["title", "measured-edition", "parameters", "step-1"]
    assert sources["parameters"] == 'source = "measured"' and sources["step-1"] == CODE
    assert "Measured edition" in sources["measured-edition"]
    assert list(broken_links(edition, sources["measured-edition"])) == []
    assert [output.text for output in outputs(edition)["step-1"]] == ["measured 2284\n"]


def test_the_lesson_itself_is_not_touched(folder):
    assert outputs(folder / "one.ipynb")["step-1"] == []
    assert nbformat.read(folder / "one.ipynb", as_version=4).cells[1].source == 'source = "fixture"'


def test_an_edition_that_would_be_the_same_is_not_written(folder, edition):
    before = edition.read_bytes()
    assert editions.write(folder / "one.ipynb", result(folder)["executed"], folder / "measured") is False
    assert edition.read_bytes() == before


def test_a_run_that_gives_what_the_edition_has_passes(folder):
    assert editions.hold(result(folder), folder / "measured")["status"] == "passed"


def test_a_run_without_an_edition_passes(folder, tmp_path):
    assert editions.hold(result(folder), tmp_path) == result(folder)


def test_a_run_that_gives_something_else_fails_by_its_cell(folder, edition, tmp_path):
    other = editions.edition_path(folder / "one.ipynb", tmp_path)
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text(edition.read_text(encoding="utf-8").replace("measured 2284", "measured 2283"), encoding="utf-8")
    found = editions.hold(result(folder), tmp_path)
    assert found["status"] == "failed"
    (problem,) = found["problems"]
    assert problem["cell"] == "step-1"
    assert "2284" in problem["sentence"] and "`make measured` writes it" in problem["sentence"]


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("[a](../../docs/glossary.md#flux)", "[a](../../glossary.md#flux)"),
        ("![map](../../img/map.png)", "![map](../../../img/map.png)"),
        ("[next](drought-2018.ipynb)", "[next](../../../notebooks/education/drought-2018.ipynb)"),
        ("[here](#part)", "[here](#part)"),
        ("[ICOS](https://www.icos-cp.eu/a)", "[ICOS](https://www.icos-cp.eu/a)"),
    ],
)
def test_links_lead_on_from_the_place_of_the_edition(text, moved):
    here, there = ROOT / "notebooks" / "education", ROOT / "docs" / "measured" / "education"
    assert editions.relocate(text, here, there) == moved


@pytest.mark.parametrize("path", EDITIONS, ids=lambda path: path.stem)
def test_committed_editions_are_of_lessons_and_their_links_lead_somewhere(path):
    page = nbformat.read(path, as_version=4)
    assert (ROOT / "notebooks" / f"{page.metadata['fieldnotes']['lesson']}.ipynb").exists()
    texts = [cell.source for cell in page.cells if cell.cell_type == "markdown"]
    assert any(LINK.search(text) for text in texts)
    assert [sentence for text in texts for sentence in broken_links(path, text)] == []
