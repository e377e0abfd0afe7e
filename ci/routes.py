"""Which lessons a source of data can serve: known before a kernel starts, and fetched before it does."""

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
    described = {name: entries.describe(name) for name in card(notebook).get("data", [])}
    lacking = [name for name, entry in described.items() if entry["kind"] != "measured" and "pinned" not in entry]
    return f"no measurement of {', '.join(lacking)}" if lacking else ""


def _not_to_be_had(notebook):
    from fieldnotes.pinned import store

    try:
        for name in card(notebook).get("data", []):
            entry = entries.describe(name)
            if "pinned" in entry:
                store.fetch(name, entry["pinned"]["files"])
    except errors.DataError as error:
        return str(error)
    return ""
