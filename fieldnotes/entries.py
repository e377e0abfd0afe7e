"""The catalogue of data sets: the entries of ``ancillary_data/catalogue.toml``, held to their schema.

An entry's ``columns`` maps each name to ``<type or unit>[, <description>]``: ``UTC, end of half-hour`` is a time stamp,
``text`` a string, ``count`` a whole number, anything else a unit of a floating-point quantity.
"""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from fieldnotes import errors
from fieldnotes.entry_schema import FOLDER_SCHEMA, LIVE_KEYS, NAMED_LICENCES, SCHEMA

DATA_FOLDER = Path(__file__).resolve().parents[1] / "ancillary_data"


def describe(name, folder=None):
    """Return a data set's entry in the catalogue, a dictionary that follows the schema.

    Raises UnknownDataset, which names the entries, or InvalidEntry with a sentence per mistake.
    """
    entries = read(folder)
    if name not in entries:
        known = ", ".join(sorted(entries))
        raise errors.UnknownDataset(f"There is no data set {name!r}. There are: {known}.")
    if found := mistakes(name, entries[name]):
        raise errors.InvalidEntry("\n".join(found))
    return entries[name]


def read(folder=None):
    """Return all entries of a folder's catalogue by name, not yet checked; the repository's by default."""
    path = (folder or DATA_FOLDER) / "catalogue.toml"
    if not path.exists():
        raise errors.NotFound(f"{path} is missing: Fieldnotes works from its repository, installed with `make setup`.")
    return _parse(path, path.stat().st_mtime_ns)


def describe_in_folder(name, folder):
    """Return what the ``catalogue.toml`` of a folder of own data says of a data set; {} if nothing.

    It may give title, kind, licence, credit, doi, retrieved and note, none of them required, and the
    licence in the owner's words. Raises InvalidEntry with a sentence per mistake.
    """
    entry = read(folder).get(name, {}) if (folder / "catalogue.toml").exists() else {}
    if found := _breaches(name, entry, FOLDER_SCHEMA):
        raise errors.InvalidEntry("\n".join(found))
    return entry


def mistakes(name, entry):
    """Return what is wrong with an entry, as sentences that name it and say what there is instead."""
    found = _breaches(name, entry, SCHEMA)
    return found or [f"{_place(name)}: {sentence}" for sentence in _contradictions(entry)]


def licence_url(licence):
    """Return the page that states a licence of the catalogue; None for a text that is not a licence's name."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if licence in NAMED_LICENCES:
        return NAMED_LICENCES[licence]
    try:
        first = canonicalize_license_expression(licence).split()[0].strip("()")
    except InvalidLicenseExpression:
        return None
    return f"https://spdx.org/licenses/{first}.html"


def unit(text):
    """Return the type or unit of a column's promise: the part before the first comma."""
    return text.split(",")[0].strip()


def times(columns):
    """Return the names of the columns that hold time stamps."""
    return [name for name, text in columns.items() if unit(text) == "UTC"]


def checksum(path):
    """Return the SHA-256 of a file; of a folder, that of its files' names and checksums, hidden files left out."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    lines = [f"{checksum(path / name)}  {name}\n" for name in files(path)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def files(folder):
    """Return the paths of all files in a folder, however deep, relative to it, sorted, hidden ones left out."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts))


@cache
def _parse(path, modified):
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise errors.InvalidEntry(f"{path} is not TOML: {error}.") from error


def _place(name):
    return f"The entry {name!r} of catalogue.toml"


def _breaches(name, entry, schema):
    """Return one sentence per breach of a JSON Schema."""
    from jsonschema import Draft202012Validator

    breaches = sorted(Draft202012Validator(schema).iter_errors(entry), key=lambda error: str(error.path))
    # Each missing key is an error of its own, and they make one sentence.
    return list(dict.fromkeys(f"{_place(name)}: {_sentence(error)}" for error in breaches))


def _sentence(error):
    where = " ".join(repr(key) for key in error.absolute_path) or "it"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        every = ", ".join(error.validator_value)
        return f"{where} lacks {', '.join(map(repr, missing))}; required are {every}."
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = [key for key in error.instance if key not in known]
        return f"there is no key {', '.join(map(repr, unknown))}; there are {', '.join(sorted(known))}."
    if error.validator == "enum":
        return f"{where} is {error.instance!r}; there are {', '.join(error.validator_value)}."
    return f"{where} is {error.instance!r}; it should be {error.schema['description']}."


def _contradictions(entry):
    """Return what a valid entry's keys contradict in each other, each as the rest of a sentence."""
    columns, bounds = entry["columns"], entry.get("range", {})
    for licence in {part["licence"] for part in (entry, entry.get("pinned", entry))}:
        if licence_url(licence) is None:
            named = ", ".join(NAMED_LICENCES)
            yield f"'licence' is {licence!r}; it should be an SPDX expression, {named}."
    for file in entry.get("pinned", {}).get("files", []):
        if ("url" in file) == ({"package", "package_sha256", "member"} <= file.keys()):
            yield "a file of 'pinned' has either a url, or a package, package_sha256 and member."
    for column, (low, high) in bounds.items():
        if column not in columns:
            yield f"'range' has no column {column!r} to bound; there are {', '.join(columns)}."
        elif unit(columns[column]) in ("UTC", "text"):
            yield f"'range' bounds {column!r}, which holds {unit(columns[column])} and no numbers."
        if not low < high:
            yield f"'range' of {column!r} begins at {low} and ends at {high}."
    expected = {"text": {"line"}, "files": {"path", "bytes"}}.get(entry["shape"])
    if expected and set(columns) != expected:
        yield f"'columns' of shape {entry['shape']!r} are {', '.join(sorted(expected))}, not {', '.join(columns)}."
    if ("cube" in entry) != (entry["shape"] == "stac"):
        yield f"'cube' belongs to the shape 'stac' and to no other, and the shape is {entry['shape']!r}."
    yield from _live_contradictions(entry.get("live", {}))
    if entry.get("live", {}).get("source") == "finished" and entry["kind"] != "measured":
        yield f"'live' is 'finished', which only measured data can be, and these are {entry['kind']}."


def _live_contradictions(live):
    required = () if "list" in live else LIVE_KEYS.get(live.get("source"), ())
    missing = [key for key in required if key not in live]
    if missing:
        yield f"'live' lacks {', '.join(map(repr, missing))}, which {live['source']} needs."
