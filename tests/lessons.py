"""Small notebooks for the tests of the runner: good ones, and ones that break in one way."""

import ast

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ci.exercises import answered
from ci.notebooks import ROOT


def lesson(path, *sources, parameters='source = "fixture"', executed=True, **card):
    """Write a notebook of a parameters cell and one code cell a source, ``step-1`` onwards; return its path."""
    cells = [new_markdown_cell("# Does it run?", id="title")]
    if parameters:
        cells.append(new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}))
    cells += [new_code_cell(source, id=f"step-{number}") for number, source in enumerate(sources, 1)]
    for number, cell in enumerate(cells[1:], 1):
        cell.execution_count = number if executed else None
    facts = {"title": "Does it run?", "data": [], "budget": {"seconds": 40, "gb": 1.0}} | card
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata=metadata | {"fieldnotes": facts}), path)
    return path


def outputs(path):
    """Return a notebook's outputs by cell id."""
    return {cell.id: cell.get("outputs", []) for cell in nbformat.read(path, as_version=4).cells}


def defined(label, *cells):
    """Return the names that a lesson's cells define, run in the order of the lesson: what is tested is what is read.

    An answer cell holds its solution.
    """
    lesson = answered(nbformat.read(ROOT / "notebooks" / f"{label}.ipynb", as_version=4))
    missing = set(cells) - {cell.id for cell in lesson.cells}
    assert not missing, f"{label} has no cell {', '.join(sorted(missing))}"
    names = {}
    for cell in lesson.cells:
        if cell.id in cells:
            exec(compile(cell.source, f"{label}:{cell.id}", "exec"), names)
    return names


def functions(label):
    """Return a lesson's functions by name, with the imports and literals that they rest on, and run nothing else."""
    lesson = nbformat.read(ROOT / "notebooks" / f"{label}.ipynb", as_version=4)
    names = {}
    for cell in lesson.cells:
        if cell.cell_type == "code":
            kept = [node for node in ast.parse(cell.source).body if _defines(node)]
            exec(compile(ast.Module(kept, []), f"{label}:{cell.id}", "exec"), names)
    return names


def _defines(node):
    """Tell whether a statement imports, defines a function, or gives a name to a literal."""
    if not isinstance(node, ast.Assign):
        return isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef))
    return all(isinstance(part, (ast.Constant, ast.List, ast.Tuple, ast.Load)) for part in ast.walk(node.value))
