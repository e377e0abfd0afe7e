"""Which lessons a source of data can serve: known before a kernel starts, and fetched before it does."""

import ast

from ci.cells import calls, code, read
from ci.notebooks import card, label
from fieldnotes import entries, errors


def measured(notebooks):
    """Return the notebooks all of whose data have a measured route, their pinned files in the cache.

    What is left out is printed with the reason. Kernels then need no network.
    """
    reasons = {notebook: _without_measurement(notebook) or _not_to_be_had(notebook) for notebook in notebooks}
    for notebook, reason in reasons.items():
        if reason:
            print(f"- {label(notebook):<40} left out: {reason}", flush=True)
    return [notebook for notebook, reason in reasons.items() if not reason]


def _without_measurement(notebook):
    described = {name: entries.describe(name) for name in _sourced(notebook)}
    lacking = [name for name, entry in described.items() if entry["kind"] != "measured" and "pinned" not in entry]
    return f"no measurement of {', '.join(lacking)}" if lacking else ""


def _not_to_be_had(notebook):
    from fieldnotes.pinned import store

    try:
        for name in _sourced(notebook):
            entry = entries.describe(name)
            if "pinned" in entry:
                store.fetch(name, entry["pinned"]["files"])
    except errors.DataError as error:
        return str(error)
    return ""


def _sourced(notebook):
    """Return the data sets that a lesson loads from its parameter ``source``.

    What it loads without a source is the fixture at any time. A name that is computed may be any
    that the metadata declare.
    """
    loads = [call for cell in code(read(notebook)) for call in calls(cell, "load", "fetch")]
    sourced = [call.args[0] for call in loads if call.args[1:] or call.keywords]
    if all(isinstance(name, ast.Constant) for name in sourced):
        return sorted({name.value for name in sourced})
    return card(notebook).get("data", [])
