"""What a cell's error says to an author: its sentence, the line it stands in, and its traceback."""

import re

ANSI = re.compile(r"\x1b\[[0-9;]*m")
ARROW = re.compile(r"^-+> *(\d+) (.*)$", re.MULTILINE)  # how IPython marks the line that raised
EXPECTED = "raises-exception"  # the tag of a cell whose error is what it teaches
NOTICE = "papermill-error-cell-tag"  # of the cell that papermill puts before the one that failed


def first_error(executed):
    """Return ``(sentence, cell id, traceback)`` of the first error that no cell declares; else None."""
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        if {EXPECTED, NOTICE} & set(cell.metadata.get("tags", [])):
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                traceback = ANSI.sub("", "\n".join(output.traceback))
                return _sentence(output, traceback), cell.get("id") or f"code cell {number}", traceback
    return None


def _sentence(output, traceback):
    """Return an error in one line; where it has no text, as a bare assert, the line that raised it."""
    lines = [line.strip() for line in ANSI.sub("", output.evalue).splitlines() if line.strip()]
    if lines:
        return f"{output.ename}: {lines[0]}"
    marked = ARROW.findall(traceback)
    if not marked:
        return output.ename
    number, source = marked[0]  # the cell's own line comes before those of what it called
    return f"{output.ename} in line {number}: {source.strip()}"
