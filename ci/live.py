"""Which lessons can run on live data: those of which every data set that they load by choice has a live route."""

import ast
import json

from ci.notebooks import card, label
from fieldnotes import entries


def with_route(notebooks):
    """Return the notebooks that can run on live data, and print a line for each of the others, with the reason.

    A lesson whose promises hold for certain years only says so in its metadata: ``"live": {"skip": "reason"}``.
    """
    able = []
    for notebook in notebooks:
        reason = _reason(notebook)
        if reason:
            print(f"– {label(notebook):<40} skipped: {reason}", flush=True)
        else:
            able.append(notebook)
    return able


def _reason(notebook):
    """Return why a notebook cannot run on live data, or None."""
    missing = lacking(notebook)
    if missing:
        return f"no live route to {', '.join(missing)}"
    return card(notebook).get("live", {}).get("skip")


def lacking(notebook):
    """Return the names of the data sets that a notebook loads from its ``source`` and that have no live route."""
    described = entries.read()
    return sorted(name for name in chosen(notebook) if name in described and "live" not in described[name])


def chosen(notebook):
    """Return the names of the data sets that a notebook loads or fetches from its ``source``."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return {name for cell in cells if cell["cell_type"] == "code" for name in _names("".join(cell["source"]))}


def _names(code):
    """Return the names in calls such as ``load("mlo-co2", source)``; where a variable stands, all texts of the cell."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a line for IPython, which loads nothing
        return set()
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = set()
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or getattr(call.func, "id", None) not in ("load", "fetch"):
            continue
        given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
        if any(getattr(value, "id", None) == "source" for value in given):
            first = call.args[0]
            names |= {first.value} if isinstance(first, ast.Constant) else texts
    return names
