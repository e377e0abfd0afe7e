"""The tree of files, as far as a machine can judge it: where a file lies, its name, and that it is there once."""

import hashlib
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

DEEPEST = 2
BANNED = {"utils", "common", "helpers", "solutions", ".ipynb_checkpoints"}
DRAFT = re.compile(r"untitled|[-_ .](v\d+|copy\d*|old|final|backup)$", re.IGNORECASE)
KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NUMBERED = re.compile(r"\d+[-_ .].*|.*[-_](0\d|\d)")


def tree_problems(root):
    """Return a sentence for each file that should not be there, or not under that name."""
    files = sorted(tree_files(root))
    return [f"{path}: {sentence}" for path in files for sentence in _misplaced(path)] + _copies(root, files)


def tree_files(root):
    """Return the files of the repository, relative to it: what git tracks or would."""
    if (root / ".git").exists():
        options = ["--cached", "--others", "--exclude-standard", "-z"]
        command = ["git", "-C", str(root), "ls-files", *options]
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    else:
        names = _without_git(root)
    return [Path(name) for name in names if name and (root / name).is_file()]


def _without_git(root):
    """Return the files of a downloaded copy, except what .gitignore names (it has names only, no paths)."""
    ignore = root / ".gitignore"
    patterns = [line.strip("/") for line in ignore.read_text().split()] if ignore.exists() else []
    files = [path.relative_to(root) for path in root.rglob("*")]
    return [file for file in files if not any(fnmatch(part, name) for part in file.parts for name in patterns)]


def _misplaced(path):
    """Yield what is wrong with the place and name of one file; a folder of data keeps its provider's order."""
    if _in_data_folder(path):
        return
    folders, stem = path.parts[:-1], path.name.split(".")[0]
    if len(folders) > DEEPEST and not _is_edition(path):
        yield f"it lies {len(folders)} folders deep; {DEEPEST} is the most"
    if banned := BANNED & {*folders, stem}:
        yield f"nothing is named {', '.join(sorted(banned))}"
    if DRAFT.search(path.stem):
        yield "its name says that it is a draft or a second copy"
    if _is_topic(path) and NUMBERED.fullmatch(stem):
        yield "its name has a number; the order exists only in the index"
    elif _is_topic(path) and not KEBAB.fullmatch(stem):
        yield "its name is not in kebab-case"


def _in_data_folder(path):
    return path.parts[0] == "ancillary_data" and len(path.parts) > 2 and path.parts[1] != "make"


def _is_edition(path):
    """Tell whether a file is a lesson's measured edition, which has the lesson's own name and collection."""
    return path.parts[:2] == ("docs", "measured") and path.suffix == ".ipynb"


def _is_topic(path):
    """Tell whether a file is named for its topic: not programs and their input, nor READMEs and dotfiles."""
    folders = ("notebooks", "ancillary_data", "img")
    conventional = "make" in path.parts or path.suffix == ".py" or path.stem.isupper() or path.name.startswith(".")
    return (path.suffix == ".ipynb" or path.parts[0] in folders) and not conventional


def _copies(root, files):
    """Return a sentence for each file whose bytes another one has, and each notebook whose name another one has."""
    ours = [path for path in files if not _in_data_folder(path)]
    digests = {path: hashlib.sha256((root / path).read_bytes()).digest() for path in ours}
    full = {path: digest for path, digest in digests.items() if (root / path).stat().st_size}
    names = {path: path.name for path in files if path.suffix == ".ipynb" and not _is_edition(path)}
    return [f"{path}: it is a second {first}" for path, first in {**_later(names), **_later(full)}.items()]


def _later(keys):
    """Return, for each path whose key an earlier path has, that earlier one."""
    first = {}
    return {path: first[key] for path, key in keys.items() if first.setdefault(key, path) != path}
