"""The pinned public files of the archive of real measurements, put into a cache as if downloaded."""

import json
import shutil

from needs import ARCHIVE

from fieldnotes import entries
from fieldnotes.pinned import store


def manifest():
    """Return what the archive says of each pinned public file, by its address."""
    listed = json.loads((ARCHIVE / "pinned" / "PINNED.json").read_text(encoding="utf-8"))
    return {file["url"]: file for file in listed}


def seed(name):
    """Put a data set's pinned files into the cache, as if they had been downloaded; return their folder."""
    files = entries.describe(name)["pinned"]["files"]
    folder, listed = store.place(name, files), manifest()
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if "url" in file:
            shutil.copyfile(ARCHIVE / "pinned" / listed[file["url"]]["file"], folder / store.file_name(file))
    return folder
