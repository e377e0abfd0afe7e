"""Begin a lesson from the template, and give readable ids to the cells that JupyterLab adds."""

import ast
import re
from pathlib import Path

import nbformat

from ci.notebooks import COLLECTIONS, ROOT, find, label
from ci.style import AUDIENCES, LEVELS, RANDOM_ID, THEMES
from ci.tree import KEBAB, NUMBERED

EXERCISE = ("task", "answer", "check", "solution")
LONGEST = 4  # words of an id


class CannotBegin(ValueError):
    """A lesson cannot begin under this name."""


def new(name, title=None, root=ROOT, **facts):
    """Write a lesson ``collection/topic`` from the template, with a title and other facts; return its path.

    ``facts`` are entries of the metadata: audience (a list), minutes, level and theme; None leaves the template's.
    Raise CannotBegin where the name is not a topic in kebab-case in one of the collections, or is taken.
    """
    path = _free_path(name, root)
    for key, known in (("audience", AUDIENCES), ("level", LEVELS), ("theme", THEMES)):
        value = facts.get(key) or []
        if unknown := {value} - {*known} if isinstance(value, str) else {*value} - {*known}:
            raise CannotBegin(f"{key} knows no {', '.join(sorted(unknown))}: there are {', '.join(known)}.")
    notebook = nbformat.read(root / "docs" / "template.ipynb", as_version=4)
    facts = {"title": title or path.stem.replace("-", " ").capitalize()} | facts
    card = notebook.metadata["fieldnotes"]
    _state(notebook.cells, card, facts)
    card.update({key: value for key, value in facts.items() if value is not None})
    for cell in notebook.cells:
        cell.source = cell.source.replace("](index.md)", "](../../docs/index.md)")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(notebook, path)
    return path


def _free_path(name, root):
    """Return where a new lesson of this name lies."""
    collection, _, topic = str(Path(name).with_suffix("")).removeprefix("notebooks/").partition("/")
    if collection not in COLLECTIONS:
        raise CannotBegin(f"{name!r} names no collection: write {' or '.join(f'{c}/topic' for c in COLLECTIONS)}.")
    if not KEBAB.fullmatch(topic) or NUMBERED.fullmatch(topic):
        raise CannotBegin(f"{topic!r} is not a topic in kebab-case without numbers, such as does-the-air-breathe.")
    path = root / "notebooks" / collection / f"{topic}.ipynb"
    if path.exists():
        raise CannotBegin(f"There is a lesson {collection}/{topic} already: {path}.")
    return path


def _state(cells, card, facts):
    """Let the first two cells say what the metadata say."""
    first, promise = cells[0], cells[1]
    first.source = first.source.replace(f"# {card['title']}", f"# {facts['title']}", 1)
    for term, key, unit in (("Time", "minutes", " minutes"), ("Level", "level", "")):
        if facts.get(key) is not None:
            promise.source = promise.source.replace(f"**{term}** {card[key]}{unit}", f"**{term}** {facts[key]}{unit}")


def ids(notebooks=(), root=ROOT):
    """Rename the cells of notebooks whose ids are random; print each old and new id, and return 0."""
    for path in find(notebooks, root):
        notebook = nbformat.read(path, as_version=4)
        renamed = rename(notebook.cells)
        for old, fresh in renamed:
            print(f"{label(path, root)}: cell '{old}' is now '{fresh}'")
        if renamed:
            _write(notebook, path)
    return 0


def rename(cells):
    """Give a readable id to each cell that has none or another cell's; return the pairs of old and new ids.

    An id that is readable stays: a reader may have linked to it, and an assignment refers to it.
    """
    kept, renamed = set(), []
    unreadable = [cell for cell in cells if _is_unreadable(cell.get("id", "")) or cell.id in kept or kept.add(cell.id)]
    for number, cell in enumerate(cells):
        if any(cell is one for one in unreadable):
            old = cell.get("id", "")
            cell["id"] = _unique(_suggested(cells, number), kept)
            kept.add(cell.id)
            renamed.append((old, cell.id))
    return renamed


def _is_unreadable(name):
    return not KEBAB.fullmatch(name) or RANDOM_ID.fullmatch(name) is not None


def _unique(name, taken):
    candidates = [name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))]
    return next(candidate for candidate in candidates if candidate not in taken)


def _suggested(cells, number):
    """Return a name for a cell: its part in an exercise, its heading, what its code defines, or the cell before it."""
    cell = cells[number]
    tags = cell.metadata.get("tags", [])
    if part := next((tag for tag in EXERCISE if tag in tags), None):
        return f"{_exercise(cells, number)}-{part}"
    if "parameters" in tags:
        return "parameters"
    own = _heading(cell.source) if cell.cell_type == "markdown" else _defined(cell.source)
    return own or (f"{cells[number - 1].id}-{_kind(cell)}" if number else "title")


def _kind(cell):
    """Return what a cell is to the one before it."""
    if cell.cell_type == "markdown":
        return "read"
    return "figure" if "show(" in cell.source else "code"


def _exercise(cells, number):
    """Return the name of the exercise that a cell is part of: that of the name which its check asks for."""
    begin = max((n for n in range(number + 1) if "task" in cells[n].metadata.get("tags", [])), default=number)
    for cell in cells[begin : begin + len(EXERCISE)]:
        if "check" in cell.metadata.get("tags", []):
            asked = re.search(r"check\(\s*\"[^\"]*\",\s*([A-Za-z_]\w*)", cell.source)
            if asked:
                return _kebab(asked[1])
    count = sum("task" in cell.metadata.get("tags", []) for cell in cells[: begin + 1])
    return f"exercise-{count}"


def _heading(source):
    """Return the name that a Markdown cell's first heading gives it, or nothing."""
    found = re.search(r"^#+ (.+)$", source, re.MULTILINE)
    return _kebab(found[1]) if found else ""


def _defined(source):
    """Return the name of the last thing that code defines or shows, or nothing."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return ""
    names = [name for node in body for name in _names(node)]
    return _kebab(names[-1]) if names else ""


def _names(node):
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return ["imports"]
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        names = [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        return [name for name in names if name not in ("fig", "ax", "axes")]
    return []


def _kebab(text):
    """Return the first words of a text as a part of an id, or nothing where it has none."""
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    name = "-".join(words[:LONGEST])
    return name if KEBAB.fullmatch(name) else ""


def _write(notebook, path):
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
