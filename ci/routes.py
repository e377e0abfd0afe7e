"""Which lessons the source ``measured`` can serve, and their pinned files, fetched before a kernel starts."""

from ci import live
from ci.notebooks import label
from fieldnotes import entries, errors
from fieldnotes.pinned import store


def measured(notebooks):
    """Return the notebooks all of whose data have a measured route, with their pinned files in the cache.

    The others are printed with the reason. Kernels then need no network.
    """
    reasons = {notebook: _lacking(notebook) or _not_to_be_had(notebook) for notebook in notebooks}
    for notebook, reason in reasons.items():
        if reason:
            print(f"– {label(notebook):<40} skipped: {reason}", flush=True)
    return [notebook for notebook, reason in reasons.items() if not reason]


def _lacking(notebook):
    lacking = [name for name, entry in _described(notebook) if entry["kind"] == "simulated" and "pinned" not in entry]
    return f"no measurement of {', '.join(lacking)}" if lacking else ""


def _not_to_be_had(notebook):
    try:
        for name, entry in _described(notebook):
            if "pinned" in entry:
                store.fetch(name, entry["pinned"]["files"])
    except errors.DataError as error:
        return str(error)
    return ""


def _described(notebook):
    """Return the name and the entry of each data set that follows the lesson's ``source``."""
    known = entries.read()
    return [(name, entries.describe(name)) for name in sorted(live.chosen(notebook)) if name in known]
