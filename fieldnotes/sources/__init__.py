"""Live data: one adapter a provider, chosen by the ``live`` key of a catalogue entry.

An adapter is a module with ``read(name, entry) -> (data, provenance)`` and ``download(name, entry) -> Path``. It turns
the provider's names, units and time stamps into the promised ones; whether that came out is checked behind it.
"""

from importlib import import_module

from fieldnotes import errors

ADAPTERS = ("icos", "noaa", "erddap", "stac")


def read(name, entry):
    """Return a data set from its provider, not yet held to its promise, and its provenance."""
    return _adapter(name, entry).read(name, entry)


def download(name, entry):
    """Return the path of the file that the provider sent, in the provider's own format."""
    return _adapter(name, entry).download(name, entry)


def provenance(retrieved, credit, licence, doi=None):
    """Return a live data set's origin; what its provider does not state is None, never the fixture's."""
    stated = {"credit": credit, "licence": licence, "doi": doi}
    return {"source": "live", "kind": "measured", "retrieved": retrieved} | stated


def _adapter(name, entry):
    if "live" not in entry:
        sentence = f'{name!r} has no live route: load it with source="fixture". {entry.get("note", "")}'
        raise errors.NotFound(sentence.strip())
    source = entry["live"]["source"]
    if source not in ADAPTERS:
        raise errors.NotFound(f"{name!r} names the live source {source!r}; there are {', '.join(ADAPTERS)}.")
    return import_module(f"fieldnotes.sources.{source}")
