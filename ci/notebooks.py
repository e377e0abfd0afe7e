"""Which notebooks there are, and what they say of themselves."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
COLLECTIONS = ("education", "research", "outreach")
BUDGET = {"seconds": 60, "gb": 1.0}


class NoSuchNotebook(ValueError):
    """A notebook is wanted that does not exist."""


def find(wanted=(), root=ROOT):
    """Return the paths of the notebooks wanted, by path or as ``collection/name``; all of them if none is named."""
    known = []
    for collection in COLLECTIONS:
        known += sorted((root / "notebooks" / collection).glob("*.ipynb"))
    return [_path(name, known, root) for name in wanted] if wanted else known


def _path(name, known, root):
    """Return the path of a notebook given by its path or by its name."""
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    paths = {label(notebook, root): notebook for notebook in known}
    wanted = path.with_suffix("").as_posix().removeprefix("notebooks/")
    if wanted not in paths:
        raise NoSuchNotebook(f"There is no notebook {str(name)!r}. There are: {', '.join(paths) or 'none yet'}.")
    return paths[wanted]


def label(path, root=ROOT):
    """Return a notebook's name, ``collection/name``; the plain name for one outside the repository."""
    folder = root / "notebooks"
    name = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
    return name.with_suffix("").as_posix()


def card(path):
    """Return what a notebook says of itself: the ``fieldnotes`` part of its metadata."""
    return json.loads(path.read_text(encoding="utf-8"))["metadata"].get("fieldnotes", {})


def budget(path):
    """Return the seconds and gigabytes a notebook may use: the house's, or what it declares with a reason."""
    return BUDGET | card(path).get("budget", {})
