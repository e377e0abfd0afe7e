"""The house style, as far as a machine can read it: one small check for each rule, one sentence for each breach.

A check takes a :class:`~ci.cells.Notebook` and yields sentences. ``WRITING`` holds for a notebook at any time,
``EXECUTION`` for one that is committed: with its outputs, as ``python -m ci refresh`` writes them.
"""

import ast
import base64
import datetime
import re
from collections import Counter
from itertools import groupby, pairwise

from ci.cells import (
    CODE,
    EQUATION,
    LINK,
    TAG,
    at,
    body,
    calls,
    code,
    displayed,
    headings,
    is_figure,
    lines,
    markdown,
    nodes,
    read,
    role,
    says_something,
    sentences,
    tags,
    texts,
    tree,
    words,
)
from ci.exercises import Incomplete
from ci.exercises import exercises as four_cells
from ci.notebooks import ROOT, find, label
from ci.tree import KEBAB, tree_problems
from fieldnotes import entries

AUDIENCES = ("school", "first-year", "bachelor", "master", "phd", "public")
LEVELS = ("introductory", "intermediate", "advanced")
THEMES = ("atmosphere", "ecosystem", "ocean", "land", "maps")

CATCH_ALL = ("Exception", "BaseException")
RAINBOW = re.compile(r"(jet|rainbow|gist_rainbow|hsv|nipy_spectral)(_r)?")
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?")
HEAVIEST = {"image/png": 200_000, "image/jpeg": 250_000}  # bytes of a figure
NOTE = "> **Author:**"  # how docs/template.ipynb speaks to whoever writes a lesson
VAGUE = ("here", "click here", "this", "link", "this link")
ADORNMENT = re.compile(r"!\[|<img|\bbadges?\b|\bcopyright\b|\blicen[cs]ed?\b|\bCC[ -]BY\b", re.IGNORECASE)
FORBIDDEN = {
    r"^\s*[%!]": "a magic or a shell command",
    r"\bsys\.path\b": "sys.path",
    r"\b(filterwarnings|simplefilter|catch_warnings)\b": "a filter for warnings",
    r"\brcParams\b": "rcParams (looks live in fieldnotes/look.mplstyle)",
    r"\bget_ipython\b|\bJavascript\(|<script": "a way around plain Python",
    r"### (BEGIN|END) ": "a mark of nbgrader",
}
VOLATILE = {
    rf"(?<![\w/])/(home|root|tmp|usr|var|opt|mnt|srv|Users|private)/\w|\b[A-Z]:\\\w|{re.escape(str(ROOT))}": "a path",
    r"\b0x[0-9a-f]{6,}": "an address in memory",
    r"\bit/s\b|\bs/it\b|\d%\|": "a progress bar",
    r"\b\w+Warning\b": "a warning",
}


def main(paths=()):
    """Print every breach of the house style in the notebooks named, or in all of them and the tree; return 1 if any."""
    found = [f"{label(path)}: {sentence}" for path in find(paths) for sentence in problems(path)]
    found += [] if paths else tree_problems(ROOT)
    print("\n".join(found) or "The house style holds.")
    return 1 if found else 0


def problems(notebook_path, checks=None):
    """Return a sentence for each breach of the house style in one notebook."""
    try:
        notebook = read(notebook_path)
    except ValueError as error:
        return [f"the file is not a notebook: {error}"]
    return [sentence for check in checks or CHECKS for sentence in check(notebook)]


def outside(count, least, most, what):
    """Yield a sentence if a count is not within its limits."""
    if count < least:
        yield f"the notebook has {count} {what}; {least} is the least"
    if count > most:
        yield f"the notebook has {count} {what}; {most} is the most"


# How it begins.


def title(notebook):
    """One H1, in the first cell, then two sentences; a third is tolerated."""
    found = [(cell, text) for cell in markdown(notebook) for level, text in headings(cell) if level == 1]
    first = at(notebook, 0, "markdown")
    if len(found) != 1 or found[0][0] is not first or not first.source.startswith("# "):
        yield f"the notebook has {len(found)} H1 headings; there is one, and the first cell begins with it"
    elif not 2 <= (count := sentences(body(first))) <= 3:
        yield f"cell '{first.id}' has {count} sentences below the title; there are two: the phenomenon, what we do"
    elif found[0][1] != notebook.card.get("title"):
        yield f"the metadata's title is {notebook.card.get('title')!r}; the H1 is {found[0][1]!r}"


def promise(notebook):
    """The second cell says what the reader will do, needs, how long it takes (as the metadata do), and the level."""
    cell = at(notebook, 1, "markdown")
    if cell is None:
        yield "the second cell is not the Markdown with **You will**, **You need**, **Time** and **Level**"
        return
    for term in ("You will", "You need", "Time", "Level"):
        if not re.search(rf"\*\*{term}:?\*\*", cell.source):
            yield f"cell '{cell.id}' does not say **{term}**"
    minutes = notebook.card.get("minutes")
    if not re.search(rf"\*\*Time:?\*\*\D*\b{minutes} minutes", cell.source):
        yield f"cell '{cell.id}' should say **Time** {minutes} minutes, as the metadata do"


def unadorned(notebook):
    """No logos, badges or licence text where the reader begins."""
    for cell in notebook.cells[:2]:
        if found := ADORNMENT.search(cell.source):
            yield f"cell '{cell.id}' has {found[0]!r}; no image, badge or licence stands in the first two cells"


def imports(notebook):
    """The third cell has all imports, of at most 6 packages in at most 10 lines, and settings at most besides."""
    cell = at(notebook, 2, "code")
    if cell is None or not nodes(cell, ast.Import, ast.ImportFrom):
        yield "the third cell does not hold the imports"
        return
    others = [node for node in tree(cell.source).body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    if not all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) for node in others):
        yield f"cell '{cell.id}' has more than imports and calls that set a style or an option"
    if len(found := packages(cell)) > 6:
        yield f"cell '{cell.id}' imports {len(found)} packages; 6 is the most"
    if len(lines(cell)) > 10:
        yield f"cell '{cell.id}' has {len(lines(cell))} lines of imports; 10 is the most"


def packages(cell):
    """Return the top-level packages that a cell imports."""
    modules = [alias.name for node in nodes(cell, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in nodes(cell, ast.ImportFrom)]
    return {module.split(".")[0] for module in modules}


def imports_elsewhere(notebook):
    """No other cell imports anything, and none imports everything."""
    third = at(notebook, 2, "code")
    for cell in code(notebook):
        found = nodes(cell, ast.Import, ast.ImportFrom)
        if found and cell is not third:
            yield f"cell '{cell.id}' imports; all imports stand in the third cell"
        if any(alias.name == "*" for node in found for alias in node.names):
            yield f"cell '{cell.id}' has import *; name what you import"


def parameters(notebook):
    """The fourth cell, alone tagged so, assigns at most four literals, and ``source = "fixture"`` is one of them."""
    cell = at(notebook, 3, "code")
    tagged = [cell for cell in notebook.cells if "parameters" in tags(cell)]
    if len(tagged) != 1 or tagged[0] is not cell:
        yield f"{len(tagged)} cells are tagged 'parameters'; it is one, the fourth"
        return
    values = [_literal(node) for node in tree(cell.source).body]
    if None in values:
        yield f"cell '{cell.id}' has more than literals, each assigned to one name"
    if len(values) > 4:
        yield f"cell '{cell.id}' has {len(values)} parameters; 4 is the most"
    if ("source", "fixture") not in values:
        yield f"cell '{cell.id}' does not assign source = \"fixture\""


def _literal(node):
    """Return the name and value of the assignment of a literal, None of anything else."""
    if not isinstance(node, ast.Assign) or len(node.targets) > 1 or not isinstance(node.targets[0], ast.Name):
        return None
    try:
        return node.targets[0].id, ast.literal_eval(node.value)
    except ValueError:
        return None


# How it goes on.


def plain_python(notebook):
    """Code is plain Python, in the open."""
    for cell in code(notebook):
        found = [what for pattern, what in FORBIDDEN.items() if re.search(pattern, cell.source, re.MULTILINE)]
        yield from (f"cell '{cell.id}' has {what}; a notebook has none" for what in found)
        if not found and cell.source.strip() and not tree(cell.source).body:
            yield f"cell '{cell.id}' is not valid Python, or comments only"
        if cell.metadata.get("jupyter", {}).get("source_hidden") and "check" not in tags(cell):
            yield f"cell '{cell.id}' hides its code; only a check is collapsed"
        if {"hide-input", "remove-input", "hide-cell", "remove-cell"} & set(tags(cell)):
            yield f"cell '{cell.id}' is tagged to hide its code; only a check is collapsed"


def no_catch_all(notebook):
    """No ``except`` catches everything."""
    for cell in code(notebook):
        for handler in nodes(cell, ast.ExceptHandler):
            named = [getattr(node, "id", None) for node in ast.walk(handler.type)] if handler.type else CATCH_ALL
            if set(named) & set(CATCH_ALL):
                yield f"cell '{cell.id}' catches every error; name the one that is expected"


def introduced(notebook):
    """At least 80 % of the code cells follow a Markdown cell that says something.

    The first four cells do not count, nor do checks, which their task introduces.
    """
    pairs = [(before, cell) for before, cell in pairwise(notebook.cells[3:]) if cell.cell_type == "code"]
    spoken = [says_something(before) for before, cell in pairs if "check" not in tags(cell)]
    if spoken and sum(spoken) < 0.8 * len(spoken):
        yield f"{sum(spoken)} of {len(spoken)} code cells are introduced by a sentence; 80 % is the least"


def rows_of_code(notebook):
    """At most three code cells in a row."""
    for kind, row in groupby(notebook.cells, key=lambda cell: cell.cell_type):
        row = list(row)
        if kind == "code" and len(row) > 3:
            yield f"{len(row)} code cells stand in a row from cell '{row[0].id}'; 3 is the most"


def figures_read(notebook):
    """A Markdown cell follows every figure, or the check that follows it."""
    cells = [*notebook.cells, None, None]
    for cell, after, later in zip(notebook.cells, cells[1:], cells[2:], strict=False):
        reader = later if after and "check" in tags(after) else after
        if cell.cell_type == "code" and is_figure(cell) and not (reader and says_something(reader)):
            yield f"cell '{cell.id}' shows a figure that no sentence reads"


def first_figure(notebook):
    """The first figure comes within 30 lines of code after the parameters, its own included."""
    after = [cell for cell in notebook.cells[4:] if cell.cell_type == "code"]
    first = next((position for position, cell in enumerate(after) if is_figure(cell)), None)
    if first is None:
        yield "the notebook has no figure"
    elif (count := sum(len(lines(cell)) for cell in after[: first + 1])) > 30:
        yield f"the first figure, cell '{after[first].id}', comes after {count} lines of code; 30 is the most"


def cell_length(notebook):
    """A code cell has at most 20 lines, nine in ten at most 12; the folded checks are not counted among these."""
    for cell in code(notebook):
        if len(lines(cell)) > 20:
            yield f"cell '{cell.id}' has {len(lines(cell))} lines of code; 20 is the most"
    cells = [cell for cell in code(notebook) if role(cell) != "check"]
    short = sum(len(lines(cell)) <= 12 for cell in cells)
    if short < 0.9 * len(cells):
        yield f"{short} of {len(cells)} code cells have at most 12 lines; 90 % is the least"


def size(notebook):
    """20 to 45 cells, an exercise counted as one, and 300 to 1,500 words without the solutions.

    Outreach may be shorter, with at most 12 code cells and no equation.
    """
    outreach = notebook.collection == "outreach"
    steps = [cell for cell in notebook.cells if role(cell) not in ("answer", "check", "solution")]
    yield from outside(len(steps), 0 if outreach else 20, 45, "cells")
    prose = [cell for cell in markdown(notebook) if role(cell) != "solution"]
    yield from outside(sum(len(words(cell.source)) for cell in prose), 300, 1500, "words")
    if not outreach:
        return
    yield from outside(len(code(notebook)), 0, 12, "code cells")
    for cell in markdown(notebook):
        if EQUATION.search(CODE.sub(" ", cell.source)):
            yield f"cell '{cell.id}' has an equation; outreach has none"


def prose(notebook):
    """No cell is empty, and at least half of the Markdown cells say more than a heading."""
    for cell in notebook.cells:
        if not cell.source.strip():
            yield f"cell '{cell.id}' is empty"
    cells = markdown(notebook)
    if 2 * sum(map(says_something, cells)) < len(cells):
        yield "more than half of the Markdown cells are headings alone"


def outline(notebook):
    """Headings go down one level at a time."""
    found = [(cell, level, text) for cell in markdown(notebook) for level, text in headings(cell)]
    for (_, above, _), (cell, level, text) in pairwise(found):
        if level > above + 1:
            yield f"cell '{cell.id}' skips from H{above} to H{level}: {text!r}"


def plain_markdown(notebook):
    """Markdown that reads the same everywhere: no MyST, of HTML only details, alert boxes, breaks, sub and sup."""
    for cell in markdown(notebook):
        if re.search(r"^\s*(```+|~~~+|:::+)\s*\{", cell.source, re.MULTILINE):
            yield f"cell '{cell.id}' has a MyST directive; write plain Markdown"
        for tag in TAG.finditer(EQUATION.sub(" ", CODE.sub(" ", cell.source))):
            allowed = tag[1] in ("details", "summary", "br", "sub", "sup") or tag[0] == "</div>"
            if not allowed and not re.match(r'<div class="alert alert-\w+">', tag[0]):
                yield f"cell '{cell.id}' has the HTML {tag[0]}; only details, summary, alert boxes, br, sub and sup"


def links(notebook):
    """Links lead somewhere and say where."""
    for cell in markdown(notebook):
        yield from (f"cell '{cell.id}' {sentence}" for sentence in broken_links(notebook.path, cell.source))
        for image, text, target in LINK.findall(CODE.sub(" ", cell.source)):
            if image and not text.strip():
                yield f"cell '{cell.id}' shows {target} without alternative text"
            if text.strip().lower() in VAGUE:
                yield f"cell '{cell.id}' has a link named {text!r}; name what it leads to"


def broken_links(path, text):
    """Yield the end of a sentence for each relative link of a Markdown text, in the file at ``path``, to nothing."""
    for _, _, target in LINK.findall(CODE.sub(" ", text)):
        relative = target.split("#")[0]
        if relative and not re.match(r"\w+:", relative) and not (path.parent / relative).exists():
            yield f"links to {target}, which does not exist"


def functions(notebook):
    """A function has at most 15 lines and a docstring of one line."""
    for cell in code(notebook):
        for node in nodes(cell, ast.FunctionDef, ast.AsyncFunctionDef):
            if (count := node.end_lineno - node.lineno + 1) > 15:
                yield f"cell '{cell.id}' has the function {node.name} of {count} lines; 15 is the most"
            if len((ast.get_docstring(node) or "").splitlines()) != 1:
                yield f"cell '{cell.id}' has the function {node.name} without a docstring of one line"


def comments(notebook):
    """The story is told in Markdown: at most 20 % of the lines of code are comments."""
    every = [line for cell in code(notebook) for line in lines(cell)]
    count = sum(line.lstrip().startswith("#") for line in every)
    if count > 0.2 * len(every):
        yield f"{count} of {len(every)} lines of code are comments; 20 % is the most"


def colour_maps(notebook):
    """Never a rainbow."""
    for cell in code(notebook):
        named = [node.value for node in nodes(cell, ast.Constant) if isinstance(node.value, str)]
        named += [node.attr for node in nodes(cell, ast.Attribute)]
        yield from (
            f"cell '{cell.id}' uses the colour map {name}; use a perceptual one, such as viridis"
            for name in named
            if RAINBOW.fullmatch(name)
        )


def validated(notebook):
    """Something is asserted: a value against a published number or an invariant, a relation that the prose states."""
    if not any(nodes(cell, ast.Assert) for cell in code(notebook)):
        yield "no cell asserts anything; compare one value with a published number, or with what must hold"


# How it is practised, and how it ends.


def exercises(notebook):
    """An exercise is four cells in a row: task, answer, folded check, solution. A lesson has three to six."""
    try:
        for exercise in four_cells(notebook):
            yield from _copied(notebook, exercise)
    except Incomplete as refusal:
        yield str(refusal)
    for cell in notebook.cells:
        yield from _check_or_question(cell)
    if notebook.collection == "education":
        yield from outside([role(cell) for cell in notebook.cells].count("task"), 3, 6, "exercises")


def _copied(notebook, exercise):
    """Yield each answer that could be copied from its check, letter by letter; a constant is not held against it."""
    check = next(cell for cell in notebook.cells if cell.id == exercise.check)
    seen = {ast.dump(node) for node in nodes(check, ast.expr)}
    for assignment in ast.walk(tree(exercise.code)):
        if not isinstance(assignment, ast.Assign) or isinstance(assignment.value, ast.Constant):
            continue
        if ast.unparse(assignment.targets[0]) in exercise.answers and ast.dump(assignment.value) in seen:
            yield f"cell '{check.id}' holds the solution {ast.unparse(assignment)!r}; compute it in another way"


def _check_or_question(cell):
    """Yield what a check lacks, or an open question."""
    part = role(cell)
    if part == "check" and not cell.metadata.get("jupyter", {}).get("source_hidden"):
        yield f"cell '{cell.id}' is a check that is not collapsed (jupyter: source_hidden)"
    if part == "check" and calls(cell, "print"):
        yield f"cell '{cell.id}' is a check that prints; it would show what is to be found"
    arguments = [keyword.arg for call in calls(cell, "check") for keyword in call.keywords]
    if part == "check" and "hints" not in arguments:
        yield f"cell '{cell.id}' does not call check(...) with hints"
    if part == "question" and cell.cell_type != "markdown":
        yield f"cell '{cell.id}' is an open question and should be Markdown"


def ending(notebook):
    """What we found, in two or three sentences; Next, one link; and, as the last cell, the credit."""
    text = "\n\n".join(cell.source for cell in notebook.cells[-4:] if cell.cell_type == "markdown")
    parts = re.search(r"(?:\*\*|#+ )What we found\b(.*?)(?:\*\*|#+ )Next\b(.*)", text, re.DOTALL)
    if parts is None:
        yield "the notebook does not end with **What we found** and **Next**"
        return
    if not 2 <= (count := sentences(parts[1])) <= 3:
        yield f"**What we found** has {count} sentences; it is two or three"
    if (count := len(LINK.findall(parts[2]))) != 1:
        yield f"**Next** has {count} links; it is one"
    if (last := at(notebook, len(notebook.cells) - 1, "code")) is None or not calls(last, "cite"):
        yield f"the last cell, '{notebook.cells[-1].id}', does not call cite(...)"


# What it says of itself.


def a_list_of(known):
    """Return a test for a list, not empty, of known values."""
    return lambda value: isinstance(value, list) and bool(value) and all(one in known for one in value)


CARD = {
    "audience": (a_list_of(AUDIENCES), f"a list of {', '.join(AUDIENCES)}"),
    "minutes": (lambda value: type(value) is int and value > 0, "a whole number"),
    "level": (LEVELS.__contains__, f"one of {', '.join(LEVELS)}"),
    "theme": (THEMES.__contains__, f"one of {', '.join(THEMES)}"),
}


def card(notebook):
    """The metadata that the index is made of."""
    for key, (holds, expected) in CARD.items():
        if not holds(notebook.card.get(key)):
            yield f"the metadata's {key} is {notebook.card.get(key)!r}; it should be {expected}"


def data(notebook):
    """The metadata list every data set that the notebook names, and the catalogue has each of them."""
    declared = notebook.card.get("data")
    known = entries.read(ROOT / "ancillary_data")
    if not a_list_of(known)(declared):
        yield f"the metadata's data is {declared!r}; it should be a list of names of the catalogue"
        return
    for name in declared:
        yield from entries.mistakes(name, known[name])
    for cell in code(notebook):
        named = [value for call in calls(cell, "load", "fetch") for value in call.args[:1]]
        named += [value for call in calls(cell, "cite") for value in call.args]
        undeclared = {value.value for value in named if isinstance(value, ast.Constant)} - set(declared)
        yield from (f"cell '{cell.id}' uses {name!r}, which the metadata's data lack" for name in sorted(undeclared))


def budget(notebook):
    """A research notebook may declare more seconds, up to 180, and gigabytes, up to 3, with the reason."""
    if "budget" not in notebook.card:
        return
    declared = notebook.card["budget"]
    if notebook.collection != "research":
        yield "the metadata have a budget; only a research notebook may declare one"
    if not declared.get("reason") or set(declared) - {"reason", "seconds", "gb"}:
        yield "the metadata's budget should have seconds or gb, or both, and the reason"
    for key, most in (("seconds", 180), ("gb", 3)):
        if declared.get(key, 0) > most:
            yield f"the metadata's budget is {declared[key]} {key}; {most} is the most"


def identity(notebook):
    """Cell ids are readable, unique and stable."""
    for name, count in Counter(cell.get("id") for cell in notebook.cells).items():
        if not name or not KEBAB.fullmatch(name) or RANDOM_ID.fullmatch(name):
            yield f"cell id {name!r} is not a readable name in kebab-case"
        if count > 1:
            yield f"{count} cells have the id {name!r}"


def kernel(notebook):
    """The kernel is Python's, under the name that everyone has."""
    if (name := notebook.metadata.get("kernelspec", {}).get("name")) != "python3":
        yield f"the kernel is {name!r}; it should be 'python3'"


def clean_metadata(notebook):
    """Nothing that tools leave behind: times of execution, grading."""
    left = {"execution", "papermill", "ExecuteTime", "nbgrader"}
    yield from (f"the metadata hold {key!r}, left by a tool" for key in sorted(left & set(notebook.metadata)))
    for cell in notebook.cells:
        found = sorted(left & set(cell.metadata))
        yield from (f"cell '{cell.id}' has the metadata {key!r}, left by a tool" for key in found)


# As it is committed.


def measured(notebook):
    """Seconds and peak memory, as measured by ``python -m ci refresh``."""
    for key in ("seconds", "peak_mb"):
        if not isinstance(notebook.card.get(key), (int, float)) or notebook.card[key] <= 0:
            yield f"the metadata's {key} is {notebook.card.get(key)!r}; `make refresh` measures it"


def executed(notebook):
    """Every code cell was executed once, from the top."""
    counts = [cell.execution_count for cell in code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the execution counts are {counts}, not 1 to {len(counts)}; `make refresh` executes the notebook"


def unanswered(notebook):
    """Neither an answer nor a check has an output: what it gives is for the reader to find."""
    for cell in code(notebook):
        if role(cell) in ("answer", "check") and cell.outputs:
            yield f"cell '{cell.id}' is committed with an output; `make refresh` leaves it out"


def notes_gone(notebook):
    """The template's notes to the author are for the author alone."""
    for cell in markdown(notebook):
        if NOTE in cell.source:
            yield f"cell '{cell.id}' still has a note to the author; delete it"


def quiet(notebook):
    """No errors, no warnings, nothing that is different every time."""
    for cell in code(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell '{cell.id}' ends in the error {output.ename}"
            if output.get("name") == "stderr":
                yield f"cell '{cell.id}' writes to standard error"
        yield from (f"cell '{cell.id}' prints {what}" for what in volatile("\n".join(texts(cell))))


def volatile(text):
    """Return what in a text would be different on another day or machine."""
    now = {rf"{datetime.date.today().isoformat()}[T ]\d\d:\d\d": "the time of its execution"}
    return [what for pattern, what in (VOLATILE | now).items() if re.search(pattern, text)]


def pictures(notebook):
    """Every figure says in words what it shows; a PNG weighs at most 200 kB, a JPEG 250, a notebook 1.5 MB."""
    for cell in code(notebook):
        for data, metadata in displayed(cell):
            for kind in [kind for kind in HEAVIEST if kind in data]:
                yield from (f"cell '{cell.id}' {sentence}" for sentence in _picture(kind, data, metadata))
    if (weight := notebook.path.stat().st_size) > 1_500_000:
        yield f"the notebook has {weight / 1e6:.2f} MB; 1.5 MB is the most"


def _picture(kind, data, metadata):
    """Yield what is wrong with one figure, as the end of a sentence."""
    described = metadata.get(kind, {}).get("alt", "").strip()
    if not described and data.get("text/plain", "<Figure").startswith("<"):
        yield "has a figure without alternative text; draw it with show(fig, alt=...)"
    if (weight := len(base64.b64decode(data[kind]))) > HEAVIEST[kind]:
        yield f"has a figure of {weight / 1000:.0f} kB; {HEAVIEST[kind] / 1000:.0f} kB is the most"


WRITING = (
    title, promise, unadorned, imports, imports_elsewhere, parameters, plain_python, no_catch_all, introduced,
    rows_of_code, figures_read, first_figure, cell_length, size, prose, outline, plain_markdown, links, functions,
    comments, colour_maps, validated, exercises, ending, card, data, budget, identity, kernel, clean_metadata,
)  # fmt: skip
EXECUTION = (notes_gone, measured, executed, unanswered, quiet, pictures)
CHECKS = WRITING + EXECUTION
