"""When a notebook need not run again: a key of everything its result depends on."""

import hashlib
import sys

from ci.notebooks import ROOT, card
from fieldnotes import entries


def ingredients(notebook, root=ROOT):
    """Return what a notebook's result depends on, by name, as bytes.

    The notebook with its committed outputs, the helper, the data it declares (a run that opens others fails) with their
    catalogue entries, the locked dependencies, the Python, and the program that runs and compares it.
    """
    found = {"notebook": notebook.read_bytes(), "python": sys.version.encode()}
    for path in [root / "uv.lock", *_programs(root), *_data(notebook, root, found)]:
        found[path.relative_to(root).as_posix()] = path.read_bytes() if path.exists() else b""
    return found


def key(notebook, root=ROOT):
    """Return one digest of all ingredients."""
    digest = hashlib.sha256()
    for name, content in sorted(ingredients(notebook, root).items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _programs(root):
    folders = (root / "fieldnotes", root / "ci")
    return sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".mplstyle", ".cfg")
    )


def _data(notebook, root, found):
    """Return the files of the data sets a notebook declares; note their catalogue entries as ingredients."""
    folder = root / "ancillary_data"
    known = entries.read(folder) if (folder / "catalogue.toml").exists() else {}
    declared = {name: known[name] for name in card(notebook).get("data", []) if name in known}
    found |= {f"entry {name}": repr(entry).encode() for name, entry in declared.items()}
    files = [folder / entry["file"] for entry in declared.values() if "file" in entry]
    return [one for path in files for one in _files(path)]


def _files(path):
    """Return a file, or all files of a folder."""
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
