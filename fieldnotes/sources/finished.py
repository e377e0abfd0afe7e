"""Measurements that are finished: no provider adds to them, so that the file of the repository is all there is.

``live = { source = "finished" }``, for measured data only. A lesson that sets such a record beside a living one can
then run on live data; ``attrs["source"]`` of the record says ``fixture``, and so does the badge of its figures.
"""

from fieldnotes import entries, errors, readers

STATED = ("title", "kind", "licence", "credit", "doi", "retrieved")


def read(name, entry):
    """Return the repository's own data, and their origin as the catalogue states it."""
    origin = {key: entry[key] for key in STATED if key in entry}
    return readers.read(download(name, entry), entry), origin | {"source": "fixture"}


def download(name, entry):
    """Return the path of the repository's file; Corrupt if it is not the one that the catalogue describes."""
    path = entries.DATA_FOLDER / entry["file"]
    if not path.exists() or entries.checksum(path) != entry["sha256"]:
        raise errors.Corrupt(
            f"The file of {name!r}, {path}, is not the one of the catalogue: `git checkout -- {path}`."
        )
    return path
