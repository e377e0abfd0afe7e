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
    texts = [source for sources in prose(result).values() for source in sources]
    total = sum(verdict["points"] for verdict in result["verdicts"].values())
    return _render("feedback.html", assignment=assignment, result=result, exercises=parts, total=total, texts=texts)


def questions(assignment, results):
    """Return the teacher's page of all that students wrote as text, question by question."""
    written = {student: prose(result) for student, result in results.items()}
    places = [cell for cell in assignment.released.cells if any(cell.id in texts for texts in written.values())]
    parts = [
        {
            "id": cell.id,
            "text": cell.source if cell.cell_type == "markdown" else "",
            "answers": {results[one]["name"]: texts[cell.id] for one, texts in written.items() if cell.id in texts},
        }
        for cell in places
    ]
    return _render("questions.html", assignment=assignment, parts=parts)


def prose(result):
    """Return what a student wrote as text, by the cell of the lesson that it follows."""
    found = {}
    for cell in result["cells"] or []:
        if cell["cell_type"] == "markdown" and cell["id"].startswith("own-"):
            found.setdefault(cell["id"].split("-", 2)[2], []).append(cell["source"])
    return found


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
