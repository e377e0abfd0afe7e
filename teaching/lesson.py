"""The exercises of a lesson, read from its tagged cells, and the notebooks that are derived from it."""

import ast
import copy
from dataclasses import dataclass

import nbformat
import yaml

SEALS = "sealed-questions"


class Incomplete(ValueError):
    """A lesson that cannot be handed out, and the cell that is why."""


@dataclass(frozen=True)
class Exercise:
    """Three cells, by id, and the checks: the code of each answer, by the name its check gives it."""

    task: str
    solution: str
    check: str
    checks: dict
    answers: list  # the names that the solution assigns and the checks read, in the order of the solution

    @property
    def points(self):
        """One for each check."""
        return len(self.checks)

    @property
    def stub(self):
        """What stands in the student's file in place of the solution."""
        return "\n".join(f"{name} = ..." for name in self.answers)


def tagged(cell, tag):
    """Tell whether a cell carries a tag."""
    return tag in cell.metadata.get("tags", [])


def exercises(notebook):
    """Return the exercises of a lesson; raise Incomplete naming the cell where one has not all of its parts."""
    found, waiting = [], {}
    for cell in notebook.cells:
        for part in ("task", "solution", "check"):
            if tagged(cell, part):
                _require(part not in waiting, cell, f"is a second {part} before the {_next(waiting)} of the first")
                waiting[part] = cell
        if "check" in waiting:
            for part in ("task", "solution"):
                _require(part in waiting, cell, f"is a check, and no cell before it is tagged {part!r}")
            found.append(_exercise(**waiting))
            waiting = {}
    for part, cell in waiting.items():
        _require(False, cell, f"is a {part}, and no cell after it is tagged {_next(waiting)!r}")
    if not found:
        raise Incomplete("The notebook has no exercises: no cell is tagged 'task', 'solution' or 'check'.")
    _require_once([name for one in found for name in one.checks], "check", "names the exercise")
    _require_once([cell.id for cell in notebook.cells], "cell", "has the id")
    return found


def _next(parts):
    return next(part for part in ("task", "solution", "check") if part not in parts)


def _exercise(task, solution, check):
    checks = _checks(check)
    used = {node.id for code in checks.values() for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    answers = [name for name in _assigned(solution) if name in used]
    for name, code in checks.items():
        asked = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
        _require(asked & set(answers), solution, f"assigns nothing that the check {name!r} of {check.id!r} reads")
    return Exercise(task.id, solution.id, check.id, checks, answers)


def _checks(cell):
    """Return the code of the answer of each ``check(...)`` in a cell, by the exercise's name."""
    found = {}
    for statement in ast.parse(cell.source).body:
        call = getattr(statement, "value", None)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check":
            named = len(call.args) > 1 and isinstance(call.args[0], ast.Constant)
            _require(named, cell, "has a check that does not begin with the exercise's name and the answer")
            found[call.args[0].value] = ast.get_source_segment(cell.source, call.args[1])
    calls = [node for node in ast.walk(ast.parse(cell.source)) if getattr(node, "id", "") == "check"]
    _require(found, cell, "is tagged 'check' and calls no check(...)")
    _require(len(calls) == len(found), cell, "has a check inside another statement, or two of one name")
    return found


def _assigned(cell):
    """Return the names that a cell assigns, in order, each once."""
    nodes = [node for statement in ast.parse(cell.source).body for node in ast.walk(statement)]
    names = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return list(dict.fromkeys(names))


def _require(fine, cell, sentence):
    if not fine:
        raise Incomplete(f"Cell {cell.id!r} {sentence}.")


def _require_once(names, what, verb):
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Incomplete(f"More than one {what} {verb} {twice[0]!r}.")


def with_parameters(notebook, given):
    """Return a copy of a lesson with other values in its parameters cell; ``given`` maps names to texts."""
    notebook = copy.deepcopy(notebook)
    cell = next((cell for cell in notebook.cells if tagged(cell, "parameters")), None)
    known = _literals(cell.source) if cell else {}
    for name, text in given.items():
        if name not in known:
            raise Incomplete(f"The lesson has no parameter {name!r}, only {', '.join(known) or 'none'}.")
        value, before = _value(text), known[name].value
        if type(value) is not type(ast.literal_eval(before)):
            raise Incomplete(f"The parameter {name!r} is like {ast.unparse(before)}; {text!r} is of another kind.")
        cell.source = _replaced(cell.source, known[name].value, repr(value))
        known = _literals(cell.source)
    return notebook


def _value(text):
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _literals(source):
    statements = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    return {node.targets[0].id: node for node in statements}


def _replaced(source, node, text):
    lines = source.split("\n")
    line = lines[node.lineno - 1].encode()  # columns are counted in bytes
    lines[node.lineno - 1] = (line[: node.col_offset] + text.encode() + line[node.end_col_offset :]).decode()
    return "\n".join(lines)


def parameters(notebook):
    """Return the values of a lesson's parameters, by name."""
    cell = next((cell for cell in notebook.cells if tagged(cell, "parameters")), None)
    return {name: ast.literal_eval(node.value) for name, node in _literals(cell.source).items()} if cell else {}


def handed_out(notebook, sealed, about):
    """Return nbgrader's source of a lesson: solutions between its marks, checks that ask sealed questions.

    ``sealed`` is the text of the questions (:func:`fieldnotes.seals.seal`); ``about`` says, in the notebook's metadata,
    what was handed out.
    """
    notebook = copy.deepcopy(notebook)
    for exercise in exercises(notebook):
        cells = {cell.id: cell for cell in notebook.cells}
        _mark_solution(cells[exercise.solution], exercise)
        _mark_check(cells[exercise.check], exercise)
    for cell in notebook.cells:
        if tagged(cell, "parameters"):
            cell.metadata["nbgrader"] = _mark(cell, locked=True)
    notebook.cells.insert(_after_imports(notebook), _seals(sealed))
    notebook.metadata["fieldnotes"] = {"assignment": about}
    return notebook


def _mark(cell, **facts):
    kinds = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"schema_version": 3, "grade_id": cell.id, "cell_type": cell.cell_type} | kinds | facts


def _mark_solution(cell, exercise):
    cell.source = f"{exercise.stub}\n### BEGIN SOLUTION\n{cell.source}\n### END SOLUTION"
    cell.metadata = nbformat.from_dict({"nbgrader": _mark(cell, solution=True), "tags": ["answer"]})


def _mark_check(cell, exercise):
    cell.source = "\n".join(check_line(name, code) for name, code in exercise.checks.items())
    cell.metadata["nbgrader"] = _mark(cell, grade=True, locked=True, points=exercise.points)


def check_line(name, code):
    """Return the call that checks an answer in the student's file."""
    return f'check("{name}", {code}, sealed["{name}"])'


def _seals(sealed):
    source = (
        "# The questions, sealed: the checks below can judge an answer with this line, and nobody can read it.\n"
        f'from fieldnotes.seals import unseal\n\nsealed = unseal("{sealed}")'
    )
    cell = nbformat.v4.new_code_cell(source, id=SEALS, metadata={"jupyter": {"source_hidden": True}})
    cell.metadata["nbgrader"] = _mark(cell, locked=True)
    return cell


def _after_imports(notebook):
    """Return the place after the parameters, which follow the imports."""
    code = [n for n, cell in enumerate(notebook.cells) if tagged(cell, "parameters")]
    return (code or [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"])[0] + 1
