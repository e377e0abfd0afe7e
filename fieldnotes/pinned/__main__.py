"""Fetch pinned data ahead of a lesson: ``python -m fieldnotes.pinned [NAME ...]``, all by default."""

import sys

from tqdm import tqdm

from fieldnotes import entries, errors, pinned
from fieldnotes.pinned import store


def main(names):
    """Fetch data sets with a progress bar; return 0 if all are in the cache, 1 if one is not."""
    found = {name: entries.describe(name)["pinned"]["files"] for name in names or pinned.names()}
    size = sum(file["bytes"] for files in found.values() for file in files)
    failures = []
    with tqdm(total=size, unit="B", unit_scale=True, desc="Pinned data", disable=None) as bar:
        for name, files in found.items():
            try:
                store.fetch(name, files, bar.update)
            except errors.DataError as error:
                failures.append(str(error))
    ready = len(found) - len(failures)
    print(
        f"{ready} of {len(found)} pinned data sets ({size / 1e6:.1f} MB in all) are verified in "
        f"{store.place('any', []).parent}."
    )
    for sentence in failures:
        print(sentence, file=sys.stderr)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
