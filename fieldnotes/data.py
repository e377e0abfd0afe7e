"""The one door to data: a name of the catalogue, and where to take it from."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from fieldnotes import errors

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
CREDITS = ("title", "kind", "licence", "credit", "doi")


def load(name, source="fixture"):
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
    from fieldnotes import schema

    entry = describe(name)
    if source == "live":
        from fieldnotes import sources

        data, provenance = sources.read(name, entry)
    else:
        data, provenance = schema.read(fetch(name, source), entry), _provenance(name, entry, source)
    return schema.conform(data, name, entry, {key: entry.get(key) for key in CREDITS} | provenance)


def fetch(name, source="fixture"):
    """Return the path of a data set's file, or of its folder of files, the checksum verified where it is the fixture.

    Parameters and errors are those of :func:`load`; ``"live"`` needs a provider that sends whole files.
    """
    entry = describe(name)
    if source == "live":
        from fieldnotes import sources

        return sources.download(name, entry)
    if source != "fixture":
        return _in_folder(name, entry, source)
    path = ROOM / entry["file"]
    if not path.exists():
        raise errors.NotFound(f"The file of {name!r}, {path}, is missing: restore it with `git checkout -- {path}`.")
    if checksum(path) != entry["sha256"]:
        raise errors.Corrupt(
            f"{path} differs from its checksum in catalogue.toml: restore it with `{_restore(path)}`, "
            "or keep your own data in a folder and load them with source=<that folder>."
        )
    return path


def catalogue():
    """Return a table of all data sets, one row each: title, theme, kind, shape, live, licence."""
    import pandas as pd

    table = pd.DataFrame.from_dict(_entries(ROOM), orient="index")
    table["live"] = table["live"].notna() if "live" in table else False
    return table[["title", "theme", "kind", "shape", "live", "licence"]].rename_axis("name").sort_index()


def cite(*data):
    """Return the sentences that credit the makers of data, with DOI and licence.

    ``data`` are names of data sets, credited as the catalogue does, or what :func:`load` returned, credited as their
    source says: the fixture, the provider, or the folder's own catalogue.
    """
    return "\n".join(_sentence(describe(one) if isinstance(one, str) else one.attrs) for one in data)


def checksum(path):
    """Return the SHA-256 of a file; of a folder, that of its files' names and checksums, hidden files left out."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    lines = [f"{checksum(path / name)}  {name}\n" for name in files(path)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def files(folder):
    """Return the paths of all files in a folder, however deep, relative to it, sorted, hidden ones left out."""
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))


def describe(name):
    """Return a data set's entry in the catalogue, a dictionary."""
    entries = _entries(ROOM)
    if name not in entries:
        raise errors.UnknownDataset(f"There is no data set {name!r}. There are: {', '.join(sorted(entries))}.")
    return entries[name]


@cache
def _entries(room):
    path = room / "catalogue.toml"
    if not path.exists():
        raise errors.NotFound(f"{path} is missing: Fieldnotes works from its repository, installed with `make setup`.")
    return tomllib.loads(path.read_text(encoding="utf-8"))


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
    own = Path(source).expanduser() / "catalogue.toml"
    return provenance | (tomllib.loads(own.read_text(encoding="utf-8")).get(name, {}) if own.exists() else {})


def _sentence(facts):
    if not facts.get("credit"):
        return f"{facts.get('title', 'These data')}: from a folder that does not say who made them."
    doi = f" https://doi.org/{facts['doi']}." if facts.get("doi") else ""
    return f"{facts['credit'].rstrip('.')}.{doi} Licence: {facts.get('licence', 'not stated')}."
