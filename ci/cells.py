"""What a notebook's cells hold: their lines and syntax, words and headings, tags, figures and texts."""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat.v4
from nbformat.validator import iter_validate

from ci.notebooks import COLLECTIONS

ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|et al|vs|ca|Fig|Eq|Dr|St)\.")
CODE = re.compile(r"^(```|~~~).*?^\1|(`+).+?\2", re.DOTALL | re.MULTILINE)
EQUATION = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$|\\begin\{.+?\\end\{\w+\*?\}", re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
TAG = re.compile(r"<(?!https?:|mailto:)/?([a-zA-Z]\w*)[^>]*>")


class Notebook(NamedTuple):
    """A notebook file: where it is, and what it holds."""

    path: Path
    cells: list
    metadata: dict

    @property
    def collection(self):
        """The collection whose rules hold; outside of them (the template) those of a lesson."""
        return self.path.parent.name if self.path.parent.name in COLLECTIONS else "education"

    @property
    def card(self):
        """What the notebook says of itself."""
        return self.metadata.get("fieldnotes", {})


def read(path):
    """Return a notebook; raise ValueError if the file is not a valid one, in the format that has cell ids."""
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    for error in iter_validate(content):
        raise ValueError(error.message)
    if (content["nbformat"], content["nbformat_minor"]) < (4, 5):
        raise ValueError(f"format {content['nbformat']}.{content['nbformat_minor']} has no cell ids")
    notebook = nbformat.v4.reads(text)
    return Notebook(path, notebook.cells, notebook.metadata)


def code(notebook):
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook):
    """Return the Markdown cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def at(notebook, position, kind):
    """Return the cell at a position, if it is of that kind."""
    return next((cell for cell in notebook.cells[position : position + 1] if cell.cell_type == kind), None)


def tags(cell):
    """Return a cell's tags."""
    return cell.metadata.get("tags", [])


def role(cell):
    """Return the part a cell has in an exercise: task, answer, check, solution, question, or an empty text."""
    return next((tag for tag in ("task", "answer", "check", "solution", "question") if tag in tags(cell)), "")


def lines(cell):
    """Return the lines of a cell that are not blank; comments count, because they are read."""
    return [line for line in cell.source.splitlines() if line.strip()]


@cache
def tree(source):
    """Return the syntax tree of a cell; an empty one if it is not plain Python, which `plain_python` reports."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


def nodes(cell, *kinds):
    """Return the nodes of these kinds in a code cell."""
    return [node for node in ast.walk(tree(cell.source)) if isinstance(node, kinds)]


def calls(cell, *names):
    """Return the calls of these functions, by their plain names, in a code cell."""
    return [call for call in nodes(cell, ast.Call) if isinstance(call.func, ast.Name) and call.func.id in names]


def plain(text):
    """Return Markdown without code, equations, tags and link targets: the words a reader reads."""
    for pattern, kept in ((CODE, " "), (EQUATION, " "), (LINK, r"\2"), (TAG, " ")):
        text = pattern.sub(kept, text)
    return text


def words(text):
    """Return the words of a Markdown text; numbers and signs are none."""
    return re.findall(r"\w*[^\W\d_]\w*(?:['’-]\w+)*", plain(text))


def sentences(text):
    """Return how many sentences a Markdown text has."""
    return len(re.findall(r"[.!?][)\"”*_]*(?=\s|$)", ABBREVIATION.sub("", plain(text))))


def headings(cell):
    """Return the level and text of each heading of a Markdown cell."""
    found = re.findall(r"^(#{1,6})\s+(.+?)\s*#*$", CODE.sub(_without_lines, cell.source), re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def _without_lines(match):
    """Keep code within a line, for a heading may have some; drop fenced blocks, whose comments look like headings."""
    return "" if match[1] else match[0]


def body(cell):
    """Return a Markdown cell without its headings."""
    return re.sub(r"^#{1,6}\s.*$", "", cell.source, flags=re.MULTILINE)


def says_something(cell):
    """Tell whether a cell has prose, more than a heading."""
    return cell.cell_type == "markdown" and bool(words(body(cell)))


def is_figure(cell):
    """Tell whether a code cell draws a figure: it shows one, or has one among its outputs."""
    kinds = {kind for data, _ in displayed(cell) for kind in data}
    return bool(calls(cell, "show")) or bool(kinds & {"image/png", "image/jpeg"})


def displayed(cell):
    """Return the data and metadata of each output that a cell displays."""
    return [(output.data, output.metadata) for output in cell.get("outputs", []) if "data" in output]


def texts(cell):
    """Return the texts among the outputs of a code cell."""
    streams = [output.text for output in cell.outputs if output.output_type == "stream"]
    return streams + [data[kind] for data, _ in displayed(cell) for kind in data if kind.startswith("text/")]
