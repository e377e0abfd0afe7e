"""Which notebooks there are, and what they say of themselves."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
COLLECTIONS = ("education", "research", "outreach")
BUDGET = {"seconds": 60, "gb": 1.0}


class NoSuchNotebook(ValueError):
    """A notebook was asked for that does not exist."""


def find(wanted=(), root=ROOT):
    """Return the paths of the notebooks asked for, by path or as ``collection/name``; all of them if none is named."""
    every = [path for room in COLLECTIONS for path in sorted((root / "notebooks" / room).glob("*.ipynb"))]
    return [_one(name, every, root) for name in wanted] if wanted else every


def _one(name, every, root):
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    known = {label(notebook, root): notebook for notebook in every}
    asked = path.with_suffix("").as_posix().removeprefix("notebooks/")
    if asked not in known:
        raise NoSuchNotebook(f"There is no notebook {str(name)!r}. There are: {', '.join(known) or 'none yet'}.")
    return known[asked]


def label(path, root=ROOT):
    """Return a notebook's name, ``collection/name``; the plain name for one outside the repository."""
    rooms = root / "notebooks"
    return (path.relative_to(rooms) if path.is_relative_to(rooms) else Path(path.name)).with_suffix("").as_posix()


def card(path):
    """Return what a notebook says of itself: the ``fieldnotes`` part of its metadata."""
    return json.loads(path.read_text(encoding="utf-8"))["metadata"].get("fieldnotes", {})


def budget(path):
    """Return the seconds and gigabytes a notebook may use: the house's, or what it declares with a reason."""
    return BUDGET | card(path).get("budget", {})
