"""Pinned data: public files whose address fixes their bytes, as the ``pinned`` key of an entry
names them.

A data set has a module here, named as its make script is, with ``read(folder) -> data``, which
turns the publisher's files into the promised shape. One without a module is read as its shape says.
"""

from importlib import import_module
from importlib.util import find_spec

from fieldnotes import entries, errors, readers
from fieldnotes.pinned import store

ORIGIN = ("title", "kind", "licence", "credit", "doi", "retrieved")


def load(name, entry):
    """Return a pinned data set, not yet held to its promise, and its origin."""
    folder = store.fetch(name, entry["pinned"]["files"])
    return read(name, entry, folder), origin(entry) | {"source": "pinned"}


def fetch(name, entry):
    """Return the path of a data set's pinned file, or of the folder that holds them all."""
    folder = store.fetch(name, entry["pinned"]["files"])
    files = file_names(entry)
    return folder / files[0] if len(files) == 1 else folder


def read(name, entry, folder):
    """Return a data set from a folder that holds the publisher's files under their own names."""
    module = f"fieldnotes.pinned.{name.replace('-', '_')}"
    if not find_spec(module):
        return readers.read(folder / file_names(entry)[0], entry)
    try:
        return import_module(module).read(folder)
    except errors.DataError:
        raise
    except KeyError as error:
        raise errors.SchemaChanged(
            f"{name!r}: the files in {folder} have no column {error.args[0]!r}: are they of another version?"
        ) from error
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        raise errors.Corrupt(f"{folder} cannot be read as {name!r}: a file is broken or of another version.") from error


def origin(entry):
    """Return what the publisher says of the pinned files; what it leaves open is None."""
    return {key: entry["pinned"].get(key) for key in ORIGIN}


def file_names(entry):
    """Return the publisher's names of the pinned files; none if there are no pinned files."""
    return [store.file_name(file) for file in entry.get("pinned", {}).get("files", [])]


def names():
    """Return the names of all data sets with pinned files."""
    return sorted(name for name, entry in entries.read().items() if "pinned" in entry)
