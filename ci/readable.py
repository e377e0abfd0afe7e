"""Whether a file is a notebook that can be run, and if not, what is wrong with it, in one sentence."""

import json

import nbformat
from nbformat.validator import iter_validate

CONFLICT = ("<<<<<<< ", ">>>>>>> ")
FACTS = {  # what the runner reads of a notebook's card
    "data": (lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
             "a list of names"),
    "budget": (lambda value: isinstance(value, dict) and all(
        _is_number(value.get(key, 1)) for key in ("seconds", "gb")), "numbers of seconds and gb"),
    "seconds": (lambda value: _is_number(value), "a number"),
    "peak_mb": (lambda value: _is_number(value), "a number"),
    "live": (lambda value: isinstance(value, dict), "parameters by name"),
}  # fmt: skip


def refusal(path):
    """Return why a notebook cannot be run and compared as it is; None if it can."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        return f"It cannot be read: {error.strerror}."
    except UnicodeDecodeError as error:
        return f"It is not UTF-8 text: byte {error.start} cannot be read."
    if sentence := _not_json(text):
        return sentence
    content = json.loads(text)
    if not isinstance(content, dict) or "nbformat" not in content:
        return "It is JSON, but no notebook: it has no 'nbformat'."
    version = (content["nbformat"], content.get("nbformat_minor", 0))
    if version < (4, 5):
        return "It is in format {}.{}, in which cells have no ids: open and save it in JupyterLab.".format(*version)
    if error := next(iter_validate(content), None):
        return f"It is not a valid notebook: {error.message.splitlines()[0][:200].rstrip('.')}."
    return _facts(content) or _cells(nbformat.from_dict(content))


def _not_json(text):
    """Return why a text is not JSON, in the words of its likely cause."""
    if not text.strip():
        return "It is empty."
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(CONFLICT):
            return f"It has the marks of a merge conflict, the first in line {number}: resolve it."
    if text.startswith("\ufeff"):
        return "It begins with a byte order mark: save it as UTF-8 without one."
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"It is not JSON: {error.msg} in line {error.lineno}."
    return None


def _facts(content):
    """Return which of the facts that a notebook states of itself has the wrong form."""
    card = content["metadata"].get("fieldnotes", {})
    if not isinstance(card, dict):
        return "Its metadata 'fieldnotes' should be facts by name."
    for name, (holds, expected) in FACTS.items():
        if name in card and not holds(card[name]):
            return f"Its metadata's {name} is {card[name]!r}; it should be {expected}."
    return None


def _cells(notebook):
    """Return why no cell can be given a source, or compared."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any("parameters" in cell.metadata.get("tags", []) for cell in code):
        return "It has no cell tagged 'parameters', so no source can be given to it."
    return None


def unexecuted(path):
    """Tell whether no code cell of a notebook was executed when it was committed."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return all(cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
