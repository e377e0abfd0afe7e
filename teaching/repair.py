"""A submission put back onto the notebook that was handed out, by the ids of its cells.

Everything that was handed out comes back as it was; what the student wrote in the answer cells and in cells of their
own is kept, in its place. Copied, moved, retyped, emptied and deleted cells and stripped metadata do no harm.
"""

import copy

import nbformat


def repair(released, cells, exercises):
    """Return the repaired notebook and sentences on what was mended.

    ``released`` is the notebook that was handed out; ``cells`` are those of a submission
    (:func:`teaching.submissions.notebook`); ``exercises`` are the lesson's.
    """
    known = {cell.id: cell for cell in released.cells}
    answers = {one.answer: one for one in exercises}
    written, own, notes = _sort(cells, known, answers)
    repaired = copy.deepcopy(released)
    repaired.cells = _own(None, own)
    for cell in copy.deepcopy(released.cells):
        if cell.id in answers:
            cell.source = written.get(cell.id, "")
            if cell.id not in written:
                notes.append(f"The cell for the answer {', '.join(answers[cell.id].answers)} is missing.")
        repaired.cells += [cell, *_own(cell.id, own)]
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
        elif found is None and cell["kind"] == "code" and cell["source"].strip():
            own.setdefault(last, []).append(cell)
        last = found or last
    return written, own, notes


def _own(after, own):
    cells = enumerate(own.get(after, []), 1)
    return [nbformat.v4.new_code_cell(cell["source"], id=f"own-{number}-{after}"[:64]) for number, cell in cells]
