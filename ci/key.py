"""When a notebook need not run again: a key of everything its result depends on."""

import hashlib
import os
import sys

from ci.notebooks import ROOT, card
from fieldnotes import entries


def ingredients(notebook, root=ROOT):
    """Return what a notebook's result depends on, by name, as bytes.

    The notebook with its committed outputs, the files beside it, the helper, the data it declares (a run that opens
    others fails) with their catalogue entries, the locked dependencies, the Python, and the program that runs and
    compares it.
    """
    contents = {"notebook": notebook.read_bytes(), "python": sys.version.encode()}
    contents |= {f"entry {name}": repr(entry).encode() for name, entry in _entries(notebook, root).items()}
    for path in [root / "uv.lock", *_programs(root), *_data(notebook, root), *_beside(notebook)]:
        contents[os.path.relpath(path, root)] = path.read_bytes() if path.exists() else b""
    return contents


def key(notebook, root=ROOT):
    """Return one digest of all ingredients."""
    digest = hashlib.sha256()
    for name, content in sorted(ingredients(notebook, root).items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _programs(root):
    """Return the files of the helper and of the runner."""
    return _files(root / "fieldnotes") + _files(root / "ci")


def _entries(notebook, root):
    """Return the catalogue's entries of the data sets that a notebook declares, by name."""
    folder = root / "ancillary_data"
    known = entries.read(folder) if (folder / "catalogue.toml").exists() else {}
    return {name: known[name] for name in card(notebook).get("data", []) if name in known}


def _data(notebook, root):
    """Return the files of the data sets that a notebook declares."""
    declared = _entries(notebook, root).values()
    paths = [root / "ancillary_data" / entry["file"] for entry in declared if "file" in entry]
    return [file for path in paths for file in _files(path)]


def _beside(notebook):
    """Return the modules and other files in a notebook's folder, which it may import or read by a relative path."""
    return [path for path in _files(notebook.parent) if path.suffix != ".ipynb"]


def _files(path):
    """Return a file, or all files of a folder but those that programs leave (``__pycache__``, ``_build``, hidden)."""
    if not path.is_dir():
        return [path]
    files = [file for file in path.rglob("*") if file.is_file()]
    return sorted(file for file in files if not any(part[0] in "._" for part in file.relative_to(path).parts[:-1]))
