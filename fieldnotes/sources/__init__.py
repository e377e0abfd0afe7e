"""Live data: one adapter per provider, chosen by the ``live`` key of a catalogue entry.

An adapter is a module with ``read(name, entry) -> (data, provenance)`` and ``download(name, entry)
-> Path``. It turns the provider's names, units and time stamps into the promised ones. ``title``
and ``kind`` in the ``live`` line say what the live data are where they are not what the fixture is:
a published model run is ``modelled``.
"""

from importlib import import_module

from fieldnotes import errors, schema
from fieldnotes.sources import _cache

ADAPTERS = ("icos", "fluxnet", "noaa", "text", "erddap", "ceda", "stac", "finished")


def read(name, entry):
    """Return a data set from its provider, held to its promise, and its provenance.

    A cached answer that breaks the promise is asked for again, once: the provider may have mended
    it.
    """
    with _cache.answers() as used:
        try:
            return _read(name, entry)
        except (errors.Corrupt, errors.SchemaChanged):
            for path in used:
                _cache.forget(path)
            if not any(used.values()):
                raise
    return _read(name, entry)


def download(name, entry):
    """Return the path of the file that the provider sent, in the provider's own format."""
    return _adapter(name, entry).download(name, entry)


def provenance(retrieved, credit, licence, doi=None, **more):
    """Return a live data set's origin; what its provider does not state is None, never the
    fixture's.
    """
    stated = {"credit": credit, "licence": licence, "doi": doi}
    return {"source": "live", "kind": "measured", "retrieved": retrieved} | stated | more


def _read(name, entry):
    data, origin = _adapter(name, entry).read(name, entry)
    own = {key: entry["live"][key] for key in ("title", "kind") if key in entry["live"]}
    title = {"title": f"{name}, as its provider sends it"}
    return schema.conform(data, name, entry, {}), title | origin | own


def _adapter(name, entry):
    if "live" not in entry:
        sentence = f'{name!r} has no live route: load it with source="fixture". {entry.get("note", "")}'
        raise errors.NotFound(sentence.strip())
    source = entry["live"]["source"]
    if source not in ADAPTERS:
        raise errors.NotFound(f"{name!r} names the live source {source!r}; there are {', '.join(ADAPTERS)}.")
    return import_module(f"fieldnotes.sources.{source}")
