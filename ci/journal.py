"""What the watch inside the kernel noted (``guard/sitecustomize.py``): hosts called, data files opened."""

import json
from pathlib import Path

from ci.notebooks import ROOT
from fieldnotes import entries


def read(path):
    """Return the hosts and files of a journal, ``{"call": [...], "open": [...]}``."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return {kind: sorted({what for event, what in events if event == kind}) for kind in ("call", "open")}


def data_sets(path, root=ROOT):
    """Return the names of the data sets of which a file was opened."""
    folder = root / "ancillary_data"
    opened = {Path(one).relative_to(folder).parts[0] for one in read(path)["open"]}
    return sorted(name for name, entry in entries.read(folder).items() if entry.get("file") in opened)
