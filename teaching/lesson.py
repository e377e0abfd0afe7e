"""What is made of a lesson: a variant with other parameters, and the file that students get."""

import ast
import copy

import nbformat
import yaml

from ci import exercises as reader
from ci.exercises import Exercise, Incomplete, tagged

SEALS = "sealed-questions"

__all__ = ["Exercise", "Incomplete", "exercises", "handed_out", "parameters", "tagged", "with_parameters"]


def exercises(notebook):
    """Return the exercises of a lesson; raise Incomplete where one has not all of its parts, or there is none."""
    found = reader.exercises(notebook)
    if not found:
        raise Incomplete("The notebook has no exercises: no cell is tagged 'task'.")
    return found


def with_parameters(notebook, given):
    """Return a copy of a lesson with other values in its parameters cell; ``given`` maps names to texts."""
    notebook = copy.deepcopy(notebook)
    cell = next((cell for cell in notebook.cells if tagged(cell, "parameters")), None)
    known = _literals(cell.source) if cell else {}
    for name, text in given.items():
        if name not in known:
            raise Incomplete(f"The lesson has no parameter {name!r}, only {', '.join(known) or 'none'}.")
        value = _value(text, ast.literal_eval(known[name].value))
        if value is None:
            like = ast.unparse(known[name].value)
            raise Incomplete(f"The parameter {name!r} is like {like}; {text!r} is of another kind.")
        cell.source = _replaced(cell.source, known[name].value, repr(value))
        known = _literals(cell.source)
    return notebook


def _value(text, like):
    """Return a value as it was typed, of the kind of another one, where any number is like any; None if it is none."""
    if isinstance(like, str):
        return text
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    numbers = (int, float)
    return value if type(value) is type(like) or (type(value) in numbers and type(like) in numbers) else None


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
    cells = {cell.id: cell for cell in notebook.cells}
    for exercise in exercises(notebook):
        _mark_answer(cells[exercise.answer], exercise)
        _mark_check(cells[exercise.check], exercise)
    for cell in notebook.cells:
        if tagged(cell, "parameters"):
            cell.metadata["nbgrader"] = _mark(cell, locked=True)
    notebook.cells = [cell for cell in notebook.cells if not tagged(cell, "solution")]
    notebook.cells.insert(_after_imports(notebook), _seals(sealed))
    notebook.metadata["fieldnotes"] = {"assignment": about}
    return notebook


def _mark(cell, **facts):
    kinds = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"schema_version": 3, "grade_id": cell.id, "cell_type": cell.cell_type} | kinds | facts


def _mark_answer(cell, exercise):
    cell.source = f"{exercise.stub}\n### BEGIN SOLUTION\n{exercise.code}\n### END SOLUTION"
    cell.metadata["nbgrader"] = _mark(cell, solution=True)


def _mark_check(cell, exercise):
    cell.source = sealed_check(exercise)
    cell.metadata["nbgrader"] = _mark(cell, grade=True, locked=True, points=exercise.points)


def sealed_check(exercise):
    """Return the check of an exercise as it stands in the student's file."""
    return "\n".join([reader.FIRST_LINE, *(check_line(name, code) for name, code in exercise.checks.items())])


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
