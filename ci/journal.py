"""What was noted of a kernel (``guard/sitecustomize.py``, ``keeper.py``): hosts called, data opened, processes left."""

import json
from pathlib import Path

from ci.notebooks import ROOT
from fieldnotes import entries


def read(path):
    """Return what a journal notes, ``{"call": [...], "open": [...], "left": [...]}``."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    events = [json.loads(line) for line in lines]
    return {kind: sorted({what for event, what in events if event == kind}) for kind in ("call", "open", "left")}


def data_sets(path, notebook, root=ROOT):
    """Return the names of the data sets of which a file was opened, or is named in the code.

    Python reports what it opens, by whatever path. Libraries in C and other programs report
    nothing, so a file that the notebook's code names counts as opened.
    """
    folder, code = root / "ancillary_data", _code(notebook)
    opened = {Path(file).relative_to(folder.resolve()).parts[0] for file in read(path)["open"]}
    files = {name: entry["file"] for name, entry in entries.read(folder).items() if "file" in entry}
    return sorted(name for name, file in files.items() if file in opened or file in code)


def _code(notebook):
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
