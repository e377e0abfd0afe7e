"""Pages for people: the marking guide, a student's feedback, and the overview of a class."""

from collections import Counter
from pathlib import Path


def guide(assignment, notebook):
    """Return the marking guide: of each exercise the task, a solution, what is right, and known mistakes."""
    cells = {cell.id: cell.source for cell in notebook.cells}
    parts = [
        {
            "task": cells[one.task],
            "solution": one.code,
            "points": one.points,
            "checks": {name: assignment.questions[name] for name in one.checks},
        }
        for one in assignment.exercises
    ]
    return _render("guide.html", assignment=assignment, exercises=parts)


def feedback(assignment, result):
    """Return the page for one student: points, what to think about, and their own code; never an answer."""
    cells = {cell["id"]: cell["source"] for cell in result["cells"] or []}
    tasks = {cell.id: cell.source for cell in assignment.released.cells}
    parts = [
        {
            "task": tasks[one.task],
            "code": cells.get(one.answer, ""),
            "verdicts": {name: result["verdicts"][name] for name in one.checks},
        }
        for one in assignment.exercises
    ]
    total = sum(verdict["points"] for verdict in result["verdicts"].values())
    return _render("feedback.html", assignment=assignment, result=result, exercises=parts, total=total)


def overview(assignment, results):
    """Return the teacher's page: each exercise with how many were right, and which mistakes how many made."""
    asked = {}
    for name in assignment.questions:
        verdicts = [result["verdicts"][name] for result in results.values()]
        kinds = Counter(verdict["kind"] for verdict in verdicts)
        mistakes = Counter(verdict["sentence"] for verdict in verdicts if verdict["kind"] == "mistake")
        asked[name] = {"kinds": kinds, "mistakes": mistakes.most_common()}
    totals = {one: sum(verdict["points"] for verdict in result["verdicts"].values()) for one, result in results.items()}
    return _render("overview.html", assignment=assignment, asked=asked, results=results, totals=totals)


def _render(template, **content):
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from nbconvert.filters import markdown2html

    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    pages.filters |= {"markdown": markdown2html, "told": _value}
    return pages.get_template(template).render(**content)


def _value(question):
    """Return a question's right answer as people write it."""
    if isinstance(question.expected, float):
        return f"{question.expected:.6g} {question.unit}".rstrip()
    return f"{question.expected} {question.unit}".rstrip()
