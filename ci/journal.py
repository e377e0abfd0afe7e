"""What the watch inside the kernel noted (``guard/sitecustomize.py``): hosts called, data files opened."""

import json
import tomllib
from pathlib import Path

from ci.notebooks import ROOT


def read(path):
    """Return the hosts and files of a journal, ``{"call": [...], "open": [...]}``."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return {kind: sorted({what for event, what in events if event == kind}) for kind in ("call", "open")}


def data_sets(path, root=ROOT):
    """Return the names of the data sets of which a file was opened."""
    room = root / "ancillary_data"
    entries = tomllib.loads((room / "catalogue.toml").read_text(encoding="utf-8"))
    opened = {Path(one).relative_to(room).parts[0] for one in read(path)["open"]}
    return sorted(name for name, entry in entries.items() if entry["file"] in opened)
