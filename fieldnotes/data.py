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
    source : ``"fixture"``, the file in ``ancillary_data/``; ``"live"``, the provider's service; or a folder with a file
        (or a folder of files) named as in the catalogue. A ``catalogue.toml`` in that folder may say what those data
        are (kind, credit, ...).

    Returns
    -------
    A DataFrame (indexed by UTC time, if it has a time), a GeoDataFrame, or an xarray Dataset. Missing values are NaN.
    Of a data set of shape ``text``, whose format a lesson reads itself, a DataFrame of the file's lines, as they are;
    of one of shape ``files``, a DataFrame of each file's ``path`` in the folder that :func:`fetch` returns, and its
    ``bytes``. Of images in a STAC catalogue, shape ``stac``, a Dataset whose pixels are read once they are asked for.
    Its ``attrs`` hold title, kind, licence, credit, doi, source, retrieved and, for tables, the units of the columns.

    Raises
    ------
    DataError : :class:`~fieldnotes.errors.UnknownDataset`, ``Offline``, ``NeedsLogin``, ``NotFound``,
        ``SchemaChanged`` or ``Corrupt``. One source never stands in for another.
    """
    from fieldnotes import readers, schema

    entry = describe(name)
    if source == "live":
        from fieldnotes import sources

        data, provenance = sources.read(name, entry)
    else:
        data, provenance = readers.read(fetch(name, source), entry), _provenance(name, entry, source)
    return schema.conform(data, name, entry, {key: entry.get(key) for key in CREDITS} | provenance)


def fetch(name: str, source: str | Path = "fixture") -> Path:
    """Return the path of a data set's file, or of its folder of files, the checksum verified where it is the fixture.

    Parameters and errors are those of :func:`load`; ``"live"`` needs a provider that sends whole files.
    """
    entry = describe(name)
    if source == "live":
        from fieldnotes import sources

        return sources.download(name, entry)
    if source != "fixture":
        return _in_folder(name, entry, source)
    path = entries.DATA_FOLDER / entry["file"]
    if not path.exists():
        raise errors.NotFound(f"The file of {name!r}, {path}, is missing: restore it with `git checkout -- {path}`.")
    if checksum(path) != entry["sha256"]:
        raise errors.Corrupt(
            f"{path} differs from its checksum in catalogue.toml: restore it with `{_restore(path)}`, "
            "or keep your own data in a folder and load them with source=<that folder>."
        )
    return path


def catalogue() -> pd.DataFrame:
    """Return a table of all data sets, one row each: title, theme, kind, shape, live, licence."""
    import pandas as pd

    table = pd.DataFrame.from_dict({name: describe(name) for name in entries.read()}, orient="index")
    table["live"] = table["live"].notna() if "live" in table else False
    return table[["title", "theme", "kind", "shape", "live", "licence"]].rename_axis("name").sort_index()


def cite(*data: str | pd.DataFrame | xr.Dataset) -> str:
    """Return the sentences that credit the makers of data, with DOI and licence.

    ``data`` are names of data sets, credited as the catalogue does, or what :func:`load` returned, credited as their
    source says: the fixture, the provider, or the folder's own catalogue.
    """
    return "\n".join(_sentence(describe(one) if isinstance(one, str) else one.attrs) for one in data)


def _restore(path):
    return f"git checkout -- {path}" + (f" && git clean -f {path}" if path.is_dir() else "")


def _in_folder(name, entry, source):
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise errors.NotFound(f"The source {str(source)!r} is neither 'fixture' nor 'live' nor a folder that exists.")
    path = folder / entry["file"]
    if not path.exists():
        raise errors.NotFound(f"{name!r} is read from a file named {entry['file']}, and {folder} has none.")
    return path


def _provenance(name, entry, source):
    if source == "fixture":
        return {"source": "fixture", "retrieved": entry["retrieved"]}
    provenance = {"source": "folder", "retrieved": None}
    if checksum(_in_folder(name, entry, source)) != entry["sha256"]:
        provenance |= {"kind": "undescribed", "credit": None, "doi": None, "licence": None}
    return provenance | entries.describe_in_folder(name, Path(source).expanduser())


def _sentence(facts):
    if not facts.get("credit"):
        return f"{facts.get('title', 'These data')}: from a folder that does not say who made them."
    doi = f" https://doi.org/{facts['doi']}." if facts.get("doi") else ""
    return f"{facts['credit'].rstrip('.')}.{doi} Licence: {facts.get('licence', 'not stated')}."
