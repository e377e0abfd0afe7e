"""Where the real measurements lie that tests use: ``FIELDNOTES_ARCHIVE``, or beside the checkout.

They never enter it, and where they are absent the tests that need them are skipped and say so.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

from ci.notebooks import ROOT
from fieldnotes import entries
from fieldnotes.pinned import store

ARCHIVE = Path(os.environ.get("FIELDNOTES_ARCHIVE") or ROOT.parent / "shared" / "archive")
ABSENT = "the archive of real measurements is not beside this checkout, nor at FIELDNOTES_ARCHIVE"
needs_archive = pytest.mark.skipif(not (ARCHIVE / "pinned").is_dir(), reason=ABSENT)


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
