"""The exercises of a notebook, read from its tagged cells; the notebook answered, and open again.

An exercise is four cells: the task; the answer, code such as ``missing = ...``; the check; and the solution, a folded
Markdown text with one block of Python. A committed notebook is open: nothing is answered. ``answered`` puts each
solution's code into its answer cell, and what it returns is executed; ``opened`` takes the answers out again.
"""

import ast
import copy
import re
from dataclasses import dataclass

PARTS = ("task", "answer", "check", "solution")
FIRST_LINE = "# Run this cell to check your answer."
BLOCK = re.compile(r"^```python\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


class Incomplete(ValueError):
    """An exercise that lacks a part, and the cell where it does."""


@dataclass(frozen=True)
class Exercise:
    """The ids of the four cells; the code of the solution; and the checks: the code of each answer by name."""

    task: str
    answer: str
    check: str
    solution: str
    code: str
    checks: dict
    answers: list  # the names that the solution assigns and the checks read, in the order of the solution

    @property
    def points(self):
        """One per check."""
        return len(self.checks)

    @property
    def stub(self):
        """What the answer cell holds before anybody has answered."""
        return "\n".join(f"{name} = ..." for name in self.answers)


def tagged(cell, tag):
    """Tell whether a cell carries a tag."""
    return tag in cell.metadata.get("tags", [])


def part(cell):
    """Return which part of an exercise a cell is, or an empty text."""
    return next((name for name in PARTS if tagged(cell, name)), "")


def exercises(notebook):
    """Return the exercises of a notebook, none if it has none; raise Incomplete, which names the cell at fault."""
    cells, found = notebook.cells, []
    for number, cell in enumerate(cells):
        if part(cell) and (not found or cells.index(found[-1][-1]) < number):
            found.append(_four(cells[number : number + len(PARTS)]))
    result = [_exercise(*four) for four in found]
    _require_once([name for one in result for name in one.checks], "check", "names the exercise")
    _require_once([cell.id for cell in cells], "cell", "has the id")
    _require_apart(cells, result)
    return result


def answered(notebook):
    """Return a copy of a notebook in which each answer cell holds the code of its solution."""
    code = {one.answer: one.code for one in exercises(notebook)}
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.source = code.get(cell.id, cell.source)
    return notebook


def opened(executed):
    """Return a copy of an answered notebook with its answers taken out, and without what answers and checks gave."""
    stubs = {one.answer: one.stub for one in exercises(executed)}
    checks = {one.check for one in exercises(executed)}
    notebook = copy.deepcopy(executed)
    for cell in notebook.cells:
        cell.source = stubs.get(cell.id, cell.source)
        if cell.id in stubs or cell.id in checks:
            cell.outputs = []
    return notebook


def unsolved(executed):
    """Return, from an answered notebook that was executed, the checks that did not say right: cell and name."""
    cells = {cell.id: cell for cell in executed.cells}
    return [
        (one.check, name)
        for one in exercises(executed)
        for name in one.checks
        if not any(line.startswith(f"{name}: right.") for line in _printed(cells[one.check]))
    ]


def _printed(cell):
    texts = [out.get("text", out.get("data", {}).get("text/plain", "")) for out in cell.outputs]
    return "\n".join(texts).splitlines()


def _four(cells):
    """Return four cells that are an exercise."""
    for cell, name in zip(cells, PARTS, strict=False):
        if part(cell) != name:
            raise Incomplete(f"Cell {cell.id!r} stands where an exercise's {name} belongs: {', '.join(PARTS)}.")
    if len(cells) < len(PARTS):
        raise Incomplete(f"Cell {cells[-1].id!r} is the last, and the exercise has no {PARTS[len(cells)]}.")
    for cell, kind in zip(cells, ("markdown", "code", "code", "markdown"), strict=True):
        _require(cell.cell_type == kind, cell, f"is the {part(cell)} of an exercise and should be {kind}")
    return cells


def _exercise(task, answer, check, solution):
    blocks = BLOCK.findall(solution.source)
    _require(len(blocks) == 1, solution, f"has {len(blocks)} blocks of Python; a solution has one")
    _require(check.source.startswith(f"{FIRST_LINE}\n"), check, f"does not begin with the line {FIRST_LINE!r}")
    checks = _checks(check)
    answers = [name for name in _assigned(solution, blocks[0]) if name in _read(*checks.values())]
    for name, code in checks.items():
        _require(_read(code) & set(answers), solution, f"assigns nothing that the check {name!r} of {check.id!r} reads")
    found = Exercise(task.id, answer.id, check.id, solution.id, blocks[0], checks, answers)
    _require(answer.source in (found.stub, found.code), answer, f"should hold {found.stub!r}, and nothing else")
    return found


def _checks(cell):
    """Return the code of the answer of each ``check(...)`` in a cell, by the exercise's name."""
    found, tree = {}, _tree(cell, cell.source)
    for statement in tree.body:
        call = getattr(statement, "value", None)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check":
            named = len(call.args) > 1 and isinstance(call.args[0], ast.Constant)
            _require(named, cell, "has a check that does not begin with the exercise's name and the answer")
            found[call.args[0].value] = ast.get_source_segment(cell.source, call.args[1])
    calls = [node for node in ast.walk(tree) if getattr(node, "id", "") == "check"]
    _require(found, cell, "is tagged 'check' and calls no check(...)")
    _require(len(calls) == len(found), cell, "has a check inside another statement, or two of one name")
    return found


def _assigned(cell, code):
    """Return the names that a solution assigns, in order, each once."""
    names = [node for statement in _tree(cell, code).body for node in _names(statement)]
    return list(dict.fromkeys(node.id for node in names if isinstance(node.ctx, ast.Store)))


def _read(*codes):
    return {node.id for code in codes for node in _names(ast.parse(code)) if isinstance(node.ctx, ast.Load)}


def _names(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _tree(cell, code):
    try:
        return ast.parse(code)
    except SyntaxError as error:
        raise Incomplete(f"Cell {cell.id!r} holds code that is not Python: {error.msg}.") from error


def _require_apart(cells, found):
    """Refuse a notebook that reads what a solution makes: it would stop where nobody has answered yet."""
    solutions = {one.solution: one for one in found}
    made, theirs = set(), {}
    for cell in cells:
        for statement in _statements(cell):
            names = _names(statement)
            stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
            borrowed = [node.id for node in names if node.id in theirs.keys() - stored]
            if borrowed:
                place = theirs[borrowed[0]]
                raise Incomplete(f"Cell {cell.id!r} reads {borrowed[0]!r}, which only the solution {place!r} makes.")
            made |= stored
            theirs = {name: place for name, place in theirs.items() if name not in stored}
        if cell.id in solutions:
            one = solutions[cell.id]
            kept = {*_assigned(cell, one.code)} - made | {*one.answers}
            theirs |= dict.fromkeys(kept, cell.id)


def _statements(cell):
    """Return the statements of a cell that is executed, but for answers and the part of a check that reads them."""
    if cell.cell_type != "code" or part(cell) == "answer":
        return []
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return []  # the house style reports it
    for call in ast.walk(tree) if part(cell) == "check" else ():
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check":
            del call.args[1]
    return tree.body


def _require(fine, cell, sentence):
    if not fine:
        raise Incomplete(f"Cell {cell.id!r} {sentence}.")


def _require_once(names, what, verb):
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Incomplete(f"More than one {what} {verb} {twice[0]!r}.")
