"""The schema of catalogue entries: which keys there are, what each may hold, and which it takes."""

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
