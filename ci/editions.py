"""Measured editions: each lesson that has a measured route, executed with it, in ``docs/measured/``.

A visitor sees the measurements there, while the lesson itself runs offline on what the repository
carries. An edition is written by ``python -m ci measured`` and by nothing else; a run with
``--source measured`` compares what it executes with the edition that is committed.
"""

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from ci import compare, files, outputs
from ci.cells import LINK
from ci.notebooks import ROOT, label

EDITIONS = ROOT / "docs" / "measured"
NOTE = """> **Measured edition.** This is the lesson on measurements or published model runs, whose makers
> are credited at its end; the badge of each figure says what it shows. [The lesson itself]({lesson})
> also runs without a network, on the data of the repository."""
DEFAULT = re.compile(r"""^(source\s*=\s*)(["'])fixture\2""", re.MULTILINE)


def write(lesson, executed, folder=EDITIONS):
    """Write a lesson's edition from its execution; tell whether anything changed."""
    path = edition_path(lesson, folder)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = nbformat.writes(edition(lesson, executed, path)) + "\n"
    if after != before:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, after)
    return after != before


def edition_path(lesson, folder=EDITIONS):
    """Return where a lesson's edition belongs."""
    return folder / f"{label(lesson)}.ipynb"


def edition(lesson, executed, path):
    """Return a lesson as it is when ``source`` is measured: a note on top, and links that lead on from ``path``.

    Outputs that differ from those of the committed edition by less than the comparison's tolerance
    stay as they are.
    """
    notebook = nbformat.read(lesson, as_version=4)
    committed = nbformat.read(path, as_version=4) if path.exists() else None
    before = {cell.id: cell.get("outputs", []) for cell in committed.cells} if committed else {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = before.get(cell.id, [])
            if "parameters" in cell.metadata.get("tags", []):
                cell.source = DEFAULT.sub(r"\1\2measured\2", cell.source)
        else:
            cell.source = relocate(cell.source, lesson.parent, path.parent)
    outputs.take(notebook, executed)
    note = NOTE.format(lesson=_from(path.parent, lesson))
    notebook.cells.insert(1, new_markdown_cell(note, id="measured-edition"))
    notebook.metadata["fieldnotes"] = {"edition": "measured", "lesson": label(lesson)}
    return notebook


def relocate(text, old, new):
    """Return Markdown whose relative links, right in one folder, are right in another."""

    def moved(match):
        target = match[3]
        if target.startswith("#") or re.match(r"\w+:", target):
            return match[0]
        place, hash_sign, part = target.partition("#")
        return match[0].replace(target, _from(new, old / place) + hash_sign + part)

    return LINK.sub(moved, text)


def hold(result, folder=EDITIONS):
    """Return the result of a run on measurements, failed where it differs from the committed edition."""
    lesson = Path(result["notebook"])
    path = edition_path(lesson, folder)
    if result["status"] != "passed" or not path.exists():
        return result
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / path.name
        nbformat.write(edition(lesson, Path(result["executed"]), path), fresh)
        with contextlib.redirect_stdout(io.StringIO()):  # what pytest prints
            problems = compare.differences(path, fresh)
    for problem in problems:
        problem["sentence"] += " The reference is the measured edition: `make measured` writes it."
    return result | {"problems": problems, "status": "failed" if problems else "passed"}


def _from(folder, target):
    return os.path.relpath(target, folder).replace(os.sep, "/")
