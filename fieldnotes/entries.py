"""The catalogue of data sets: the entries of ``ancillary_data/catalogue.toml``, and the schema that checks them.

An entry's ``columns`` maps each name to ``<type or unit>[, <description>]``: ``UTC, end of half-hour`` is a time stamp,
``text`` a string, ``count`` a whole number, anything else a unit of a floating-point quantity.
"""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from fieldnotes import errors

DATA_FOLDER = Path(__file__).resolve().parents[1] / "ancillary_data"
THEMES = ("atmosphere", "ecosystem", "land", "maps", "ocean")
KINDS = ("measured", "modelled", "simulated")
SHAPES = ("files", "grid", "raster", "stac", "table", "text", "vector")
# Licences without an SPDX identifier, each with the page that states it.
NAMED_LICENCES = {
    "public domain": "https://creativecommons.org/publicdomain/mark/1.0/",
    "Open Government Licence (UK)": "https://www.nationalarchives.gov.uk/doc/open-government-licence/",
    "Copernicus Sentinel data": "https://sentinels.copernicus.eu/documents/247904/690755/Sentinel_Data_Legal_Notice",
}
# The keys that each live source cannot do without, but for a list of stations.
LIVE_KEYS = {
    "icos": ("id", "stations", "start", "end"),
    "fluxnet": ("station", "start", "end", "utc_offset", "variables"),
    "noaa": ("file",),
    "text": ("files", "credit", "licence"),
    "erddap": ("dataset", "variables", "ranges"),
    "ceda": ("file", "variables", "box"),
    "stac": ("collection", "bands"),
}

_NUMBER = {"type": "number", "description": "a number"}
_TEXT = {"type": "string", "pattern": r"\S", "description": "a text"}
_DAY = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$", "description": "a day, such as 2026-11-21"}
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "64 hexadecimal digits"}
_DOI = {"type": "string", "pattern": r"^10\.\S+/\S+$", "description": "a DOI, such as 10.1234/5678"}
_COLUMN = {**_TEXT, "description": "a type or unit, and a description"}
_RANGE = {
    "type": "array",
    "items": _NUMBER,
    "minItems": 2,
    "maxItems": 2,
    "description": "the lowest and the highest plausible value",
}
_FACT = {
    "type": "array",
    "prefixItems": [_NUMBER, _TEXT, _TEXT],
    "minItems": 3,
    "maxItems": 3,
    "description": "a number, its unit and what it is",
}


def _table_of(values, description, least=1):
    return {
        "type": "object",
        "additionalProperties": values,
        "minProperties": least,
        "description": description,
    }


_PINNED_FILE = {
    "type": "object",
    "properties": {
        "url": {
            "type": "string",
            "pattern": r"^https?://\S*/[0-9a-f]{40}/\S+$",
            "description": "an address that names a commit, which fixes its bytes",
        },
        "package": {
            "type": "string",
            "pattern": r"^\S+==\S+$",
            "description": "a package and its version, such as fluxengine==4.2.1",
        },
        "package_sha256": _SHA256,
        "member": _TEXT,
        "sha256": _SHA256,
        "bytes": {"type": "integer", "minimum": 1, "description": "the size of the file"},
    },
    "required": ["sha256", "bytes"],
    "additionalProperties": False,
    "description": "a table that describes a file",
}
_DESCRIPTION = {
    "title": _TEXT,
    "kind": {"enum": KINDS},
    "licence": _TEXT,
    "credit": _TEXT,
    "doi": _DOI,
    "retrieved": _DAY,
    "note": _TEXT,
}
SCHEMA = {
    "type": "object",
    "properties": _DESCRIPTION
    | {
        "theme": {"enum": THEMES},
        "file": {**_TEXT, "description": "the name of a file or folder in ancillary_data"},
        "sha256": _SHA256,
        "made_by": {
            "type": "string",
            "pattern": r"^make/[a-z][a-z0-9_]*\.py$",
            "description": "a script, such as make/my_data.py",
        },
        "shape": {"enum": SHAPES},
        "columns": _table_of(_COLUMN, "a table of column names and units"),
        "range": _table_of(_RANGE, "a table of column names and plausible bounds"),
        "facts": _table_of(_FACT, "a table of names and facts"),
        "live": {
            "type": "object",
            "required": ["source"],
            "properties": {"source": _TEXT},
            "description": "a table that names its source",
        },
        "pinned": {
            "type": "object",
            "properties": _DESCRIPTION
            | {
                "kind": {"enum": ("measured", "modelled")},
                "files": {
                    "type": "array",
                    "items": _PINNED_FILE,
                    "minItems": 1,
                    "description": "a list of files",
                },
            },
            "required": ["title", "kind", "licence", "credit", "retrieved", "files"],
            "additionalProperties": False,
            "description": "a table of public files and what their publisher says of them",
        },
        "cube": {
            "type": "object",
            "required": ["collection", "bands"],
            "description": "a table of what to take from a STAC catalogue",
        },
    },
    "required": [
        *("title", "theme", "kind", "file", "sha256", "made_by", "shape", "columns"),
        *("licence", "credit", "retrieved"),
    ],
    "additionalProperties": False,
}
# What a folder of somebody's own data may say of them in a catalogue.toml of its own.
FOLDER_SCHEMA = {"type": "object", "properties": _DESCRIPTION, "additionalProperties": False}


def describe(name, folder=None):
    """Return a data set's entry in the catalogue, a dictionary that follows the schema.

    Raises UnknownDataset, which names the entries, or InvalidEntry with a sentence per mistake."""
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


def _live_contradictions(live):
    required = () if "list" in live else LIVE_KEYS.get(live.get("source"), ())
    missing = [key for key in required if key not in live]
    if missing:
        yield f"'live' lacks {', '.join(map(repr, missing))}, which {live['source']} needs."
