"""The one door to data: a name of the catalogue, and where to take it from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fieldnotes import entries, errors
from fieldnotes.entries import checksum, describe

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

CREDITS = ("title", "kind", "licence", "credit", "doi")


def load(name: str, source: str | Path = "fixture") -> pd.DataFrame | xr.Dataset:
    """Return a data set, in the shape that the catalogue promises.

    Parameters
    ----------
    name : a data set of :func:`catalogue`.
    source : where to take the data from:

        * ``"fixture"``, the file in ``ancillary_data/``;
        * ``"measured"``, the pinned public file where the catalogue names one, asked for once and
          then kept, else the fixture unless it is a simulated twin;
        * ``"live"``, the provider's service;
        * a folder with a file (or a folder of files) named as in the catalogue, or as the publisher
          of the pinned files names them. A ``catalogue.toml`` in that folder may say what those data
          are (title, kind, credit, licence, ...).

    Returns
    -------
    A DataFrame (indexed by UTC time, if it has a time), a GeoDataFrame, or an xarray Dataset.
    Missing values are NaN. Of a data set of shape ``text``, whose format a lesson reads itself, a
    DataFrame of the file's lines, as they are; of one of shape ``files``, a DataFrame of each file's
    ``path`` in the folder that :func:`fetch` returns, and its ``bytes``. Of images in a STAC
    catalogue, shape ``stac``, a Dataset whose pixels are read once they are asked for.
    Its ``attrs`` hold title, kind, licence, credit, doi, source, retrieved and, for tables, the units
    of the columns. ``kind`` is measured, modelled (a published model run), simulated (a twin) or
    undescribed (a folder that does not say). Title, credit and licence are those of the source that
    the data came from.

    Raises
    ------
    DataError : :class:`~fieldnotes.errors.UnknownDataset`, ``InvalidEntry``, ``Offline``,
        ``NeedsLogin``, ``NotFound``, ``SchemaChanged`` or ``Corrupt``. One source never stands in
        for another.
    """
    from fieldnotes import schema

    entry = describe(name)
    data, origin = _read(name, entry, source)
    return schema.conform(data, name, entry, origin)


def fetch(name: str, source: str | Path = "fixture") -> Path:
    """Return the path of a data set's file, or of its folder of files, the checksum verified where it
    is the fixture or pinned.

    Parameters and errors are those of :func:`load`; ``"live"`` needs a provider that sends whole
    files.
    """
    entry = describe(name)
    if source == "live":
        from fieldnotes import sources

        return sources.download(name, entry)
    if source == "measured" and "pinned" in entry:
        from fieldnotes import pinned

        return pinned.fetch(name, entry)
    if source not in ("fixture", "measured"):
        return _in_folder(name, entry, source)
    _require_measurement(name, entry, source)
    return _fixture(name, entry)


def catalogue() -> pd.DataFrame:
    """Return a table of all data sets, one row each: title, theme, kind, shape, measured, live, licence.

    ``measured`` and ``live`` tell whether that source has the data set.
    """
    import pandas as pd

    table = pd.DataFrame.from_dict({name: describe(name) for name in entries.read()}, orient="index")
    table["live"] = table["live"].notna() if "live" in table else False
    table["measured"] = table["kind"] != "simulated"
    if "pinned" in table:
        table["measured"] |= table["pinned"].notna()
    columns = ["title", "theme", "kind", "shape", "measured", "live", "licence"]
    return table[columns].rename_axis("name").sort_index()


def cite(*data: str | pd.DataFrame | xr.Dataset) -> str:
    """Return the sentences that credit the makers of data, with DOI and licence.

    ``data`` are names of data sets, credited as the catalogue does, or what :func:`load` returned, credited as their
    source says: the fixture, the provider, or the folder's own catalogue.
    """
    return "\n".join(_sentence(describe(one) if isinstance(one, str) else one.attrs) for one in data)


def _read(name, entry, source):
    """Return a data set, not yet held to its promise, and its origin."""
    from fieldnotes import pinned, readers

    if source == "live":
        from fieldnotes import sources

        return sources.read(name, entry)
    if source == "measured" and "pinned" in entry:
        return pinned.load(name, entry)
    if source in ("fixture", "measured"):
        return readers.read(fetch(name, source), entry), _fixture_origin(entry, "fixture")
    path = _in_folder(name, entry, source)
    if path == Path(source).expanduser():
        return pinned.read(name, entry, path), _publishers_folder_origin(name, entry, path)
    return readers.read(path, entry), _folder_origin(name, entry, path)


def _fixture(name, entry):
    path = entries.DATA_FOLDER / entry["file"]
    if not path.exists():
        raise errors.NotFound(f"The file of {name!r}, {path}, is missing: restore it with `git checkout -- {path}`.")
    if checksum(path) != entry["sha256"]:
        raise errors.Corrupt(
            f"{path} differs from its checksum in catalogue.toml: restore it with `{_restore(path)}`, "
            "or keep your own data in a folder and load them with source=<that folder>."
        )
    return path


def _restore(path):
    return f"git checkout -- {path}" + (f" && git clean -f {path}" if path.is_dir() else "")


def _require_measurement(name, entry, source):
    if source == "measured" and entry["kind"] == "simulated":
        raise errors.NotFound(
            f"{name!r} has no measurement: the file of this repository is simulated, and no public file is "
            'pinned. Load it with source="fixture", or put measurements of your own into a folder.'
        )


def _in_folder(name, entry, source):
    """Return the path of the data set in a folder, or the folder itself if it has the publisher's files."""
    from fieldnotes import pinned

    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise errors.NotFound(
            f"The source {str(source)!r} is neither 'fixture' nor 'measured' nor 'live' nor a folder that exists."
        )
    if (folder / entry["file"]).exists():
        return folder / entry["file"]
    theirs = pinned.file_names(entry)
    if theirs and all((folder / file).exists() for file in theirs):
        return folder
    also = f", or from its publisher's files ({', '.join(theirs)})" if theirs else ""
    raise errors.NotFound(f"{name!r} is read from a file named {entry['file']}{also}, and {folder} has none.")


def _fixture_origin(entry, source):
    retrieved = entry["retrieved"] if source == "fixture" else None
    return {key: entry.get(key) for key in CREDITS} | {"source": source, "retrieved": retrieved}


def _folder_origin(name, entry, path):
    """Return what is known of data in a folder: what the folder says; of the very fixture, its own credit."""
    if checksum(path) == entry["sha256"]:
        origin = _fixture_origin(entry, "folder")
    else:
        origin = {"title": f"{name}, undescribed data", "kind": "undescribed", "source": "folder"}
    return _described(origin, entries.describe_in_folder(name, path.parent))


def _publishers_folder_origin(name, entry, folder):
    from fieldnotes import pinned

    return _described(pinned.origin(entry) | {"source": "folder"}, entries.describe_in_folder(name, folder))


def _described(origin, stated):
    """Return an origin with what the owner of a folder states; a title is due where only the kind is stated."""
    if "kind" in stated and "title" not in stated and origin["kind"] == "undescribed":
        stated = {"title": f"{origin['title'].split(',')[0]}, {stated['kind']} data of a folder"} | stated
    return origin | stated


def _sentence(facts):
    """Return the sentence that credits a data set's makers, by its entry or the attrs of what was loaded."""
    if not facts.get("credit"):
        return f"{facts.get('title', 'These data')}, from a folder that does not say who made them."
    doi = f" https://doi.org/{facts['doi']}." if facts.get("doi") else ""
    modelled = " Modelled, not measured." if facts["kind"] == "modelled" else ""
    return f"{facts['credit'].rstrip('.')}.{doi}{modelled} Licence: {_licence(facts)}."


def _licence(facts):
    """Return a licence; where the data are not the fixture, which stands in the catalogue, with its page."""
    licence = facts.get("licence") or "not stated"
    page = None if facts.get("source", "fixture") == "fixture" else entries.licence_url(licence)
    return f"{licence}, {page}" if page else licence
