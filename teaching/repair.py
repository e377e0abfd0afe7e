"""A submission put back onto the notebook that was handed out, by the ids of its cells.

Everything that was handed out comes back as it was. What the student wrote is kept, in its place: answers, cells of
their own, text, and what they changed in the lesson's cells, which runs after ours. Copied, moved, retyped, emptied and
deleted cells and stripped metadata do no harm.
"""

import copy

from nbformat.v4 import new_code_cell, new_markdown_cell

from ci.exercises import tagged
from teaching.lesson import SEALS

UNTOUCHED = "No answer was changed: this is the file as it was handed out. Was it saved?"


def repair(released, cells, exercises):
    """Return the repaired notebook and sentences on what was mended.

    ``released`` is the notebook that was handed out; ``cells`` are those of a submission
    (:func:`teaching.submissions.notebook`); ``exercises`` are the lesson's.
    """
    known = {cell.id: cell for cell in released.cells}
    answers = {one.answer: one for one in exercises}
    checks = {one.check for one in exercises}
    written, own, notes = _sort(cells, known, answers)
    notes += _changes(cells, known, checks)
    repaired = copy.deepcopy(released)
    repaired.cells = _own(None, own)
    for cell in copy.deepcopy(released.cells):
        if cell.id in answers:
            cell.source = written.get(cell.id, "")
            if cell.id not in written:
                notes.append(f"The cell for the answer {', '.join(answers[cell.id].answers)} is missing.")
        repaired.cells += [cell, *_own(cell.id, own)]
    if exercises and all(cell.source.strip() == answers[cell.id].stub for cell in repaired.cells if cell.id in answers):
        notes.append(UNTOUCHED)
    return repaired, notes


def _sort(cells, known, answers):
    """Return the answers' code by cell, the student's own cells by the cell they follow, and notes."""
    by_source = {cell.source.strip(): name for name, cell in known.items() if cell.source.strip()}
    written, own, notes, last = {}, {}, [], None
    for cell in cells:
        found = next((one for one in cell["ids"] if one in known), None)
        found = found or by_source.get(cell["source"].strip())
        if found in answers and found not in written:
            written[found] = cell["source"]
            if cell["kind"] != "code":
                notes.append(f"The cell {found!r} had become text; it is code again.")
        elif found in answers and cell["source"].strip() not in (answers[found].stub, written[found].strip()):
            notes.append(f"The cell {found!r} is there twice; the second is kept as a cell of your own.")
            own.setdefault(last, []).append(cell)
        elif found is None and cell["source"].strip():
            own.setdefault(last, []).append(cell)
        elif found and found not in answers and _theirs(cell, known[found]):
            own.setdefault(found, []).append(cell)
            if cell["kind"] == "code":
                notes.append(f"The lesson's cell {found!r} was changed: ours runs first, then the student's.")
        last = found or last
    return written, own, notes


def _theirs(cell, original):
    """Tell whether a lesson's cell was changed in a way that is kept: not parameters, checks and seals."""
    locked = "nbgrader" in original.metadata and not tagged(original, "answer")
    return not locked and cell["source"].strip() not in ("", original.source.strip())


def _changes(cells, known, checks):
    """Return sentences on the locked cells that the student changed, which come back as they were handed out."""
    sources = {name: cell["source"].strip() for cell in cells for name in cell["ids"] if name in known}
    changed = {name for name, source in sources.items() if source != known[name].source.strip()}
    parameters = {name for name, cell in known.items() if tagged(cell, "parameters")}
    sentences = []
    if changed & parameters:
        sentences.append("The parameters were changed; the answers were judged with those handed out.")
    if changed & checks:
        sentences.append(f"Checks were edited, and are as they were handed out: {', '.join(sorted(changed & checks))}.")
    if sources and (gone := checks - sources.keys()) and len(sources) > len(known) // 2:
        sentences.append(f"Checks were deleted, and are there again: {', '.join(sorted(gone))}.")
    if SEALS in changed:
        sentences.append("The sealed questions were edited, and are as they were handed out.")
    return sentences


def _own(after, own):
    made = []
    for number, cell in enumerate(own.get(after, []), 1):
        new = new_code_cell if cell["kind"] == "code" else new_markdown_cell
        made.append(new(cell["source"], id=f"own-{number}-{after}"[:64]))
    return made
