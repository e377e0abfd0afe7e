"""Prove assignments: right answers get every point, none gets none, and each known mistake exactly what is stated.

``misconceptions/<lesson>.wrong.toml`` holds, for each exercise, wrong answers that people give: code that stands in the
answer's cell, the points it is worth, and part of the sentence that its author should be told.
"""

import multiprocessing
import tempfile
import tomllib
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path

import nbformat

from ci.notebooks import find, label
from teaching import grade, lesson, sandbox
from teaching.assign import assign

WRONG = Path(__file__).parent / "misconceptions"


def prove_all(names=(), jobs=2, tell=print):
    """Prove the assignments of lessons, by default of all of education; return 0 if all hold, else 1.

    A proof has a process of its own, for nbgrader changes the working directory of the one that it works in.
    """
    paths = find(names) if names else [path for path in find() if path.parent.name == "education"]
    failed = 0
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as processes:
        for path, problems in zip(paths, processes.map(prove, paths), strict=True):
            failed += bool(problems)
            tell(f"{label(path)}: {'proved' if not problems else 'NOT proved'}")
            for problem in problems:
                tell(f"  {problem}")
    return int(failed > 0)


def prove(name):
    """Return what is wrong with the assignment of a lesson, in sentences; none if it holds."""
    with tempfile.TemporaryDirectory() as folder:
        made = assign(name, Path(folder) / "assignment")
        original = nbformat.read(find([name])[0], as_version=4)
        wrong = _wrong(made)
        problems = [*leaks(made, original), *_unknown(made, wrong), *confused(made.questions)]
        return problems or _graded_as_stated(made, wrong, Path(folder))


def _wrong(made):
    path = WRONG / f"{made.lesson}.wrong.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _unknown(made, wrong):
    """Yield what the file of wrong answers lacks, or has too much."""
    known = {_short(one) for one in made.exercises}
    yield from (f"{made.lesson}.wrong.toml knows {name!r}, and no exercise has it." for name in set(wrong) - known)
    yield from (f"{made.lesson}.wrong.toml has no wrong answer to {name!r}." for name in sorted(known - set(wrong)))


def _short(exercise):
    return exercise.check.removesuffix("-check")


def confused(questions):
    """Yield the listed mistakes whose author is not told of them: it passes for the right answer, or for another."""
    for name, question in questions.items():
        for wrong, sentence in question.mistakes:
            told = question.recognise(wrong)
            if told == "":
                yield f"{name!r} takes {wrong!r} for the right answer, and never says: {sentence}"
            elif told != sentence:
                yield f"{name!r} cannot tell {wrong!r} from another mistake: it says {told!r}, not {sentence!r}"


def leaks(made, original):
    """Yield what a student could read in the file that is handed out, and should not."""
    released = made.released
    checks = {one.check: one for one in made.exercises}
    for cell in released.cells:
        if cell.get("outputs"):
            yield f"Cell {cell.id!r} of the release has outputs."
        if cell.id in checks and cell.source != lesson.sealed_check(checks[cell.id]):
            yield f"Cell {cell.id!r} of the release is more than its checks."
    text = nbformat.writes(released)
    shown = "\n".join(cell.source for cell in original.cells if not lesson.tagged(cell, "solution"))
    for one in made.exercises:
        for line in one.code.splitlines():
            if len(line.strip()) > 12 and line.strip() in text and line.strip() not in shown:
                yield f"The release holds a line of the solution {one.solution!r}: {line.strip()}"
    for name, question in made.questions.items():
        told = f"{question.expected!r}"
        if isinstance(question.expected, float) and len(told) > 6 and told in text:
            yield f"The release holds the answer to {name!r}."


def _graded_as_stated(made, wrong, folder):
    handed_in, stated = _submissions(made, wrong)
    (folder / "in").mkdir()
    for student, notebook in handed_in.items():
        nbformat.write(notebook, folder / "in" / f"{student}.ipynb")
    results = grade.grade(
        made, folder / "in", folder / "out", jobs=1, trust=not sandbox.available(), tell=lambda text: None
    )
    problems = []
    for student, expected in stated.items():
        problems += _differences(student, results[student], expected, made)
    for student in ("right", "blank"):
        problems += _broken(student, results[student])
    return problems


def _broken(student, result):
    """Yield which cells stop: a lesson reads on where an answer is missing."""
    for cell in result["cells"]:
        for out in cell.get("outputs", []):
            if out["output_type"] == "error":
                yield f"{student}: cell {cell['id']!r} stops with {out['ename']}: {out['evalue']}"


def _submissions(made, wrong):
    """Return notebooks by student, and what each exercise should get there: points, and part of a sentence.

    Neighbouring exercises are never wrong at once: what is wrong in one must not spoil the next.
    """
    right = {one.answer: one.code for one in made.exercises}
    handed_in = {"right": _filled(made, right), "blank": made.released}
    stated = {
        "right": {_short(one): (one.points, "") for one in made.exercises},
        "blank": {_short(one): (0, "") for one in made.exercises},
    }
    waiting = {_short(one): list(wrong[_short(one)].items()) for one in made.exercises}
    for turn in count():
        if not any(waiting.values()):
            return handed_in, stated
        student, answers, points = f"wrong-{turn}", dict(right), dict(stated["right"])
        for number, one in enumerate(made.exercises):
            if number % 2 == turn % 2 and waiting[_short(one)]:
                _, mistake = waiting[_short(one)].pop(0)
                answers[one.answer] = mistake["answer"]
                points[_short(one)] = (mistake["points"], mistake.get("says", ""))
        handed_in[student], stated[student] = _filled(made, answers), points


def _filled(made, answers):
    notebook = made.released
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def _differences(student, result, expected, made):
    """Yield where a result is not what was stated, and where a sealed check would have said otherwise."""
    yield from (f"{student}: {sentence}" for sentence in [*result["trouble"], *result["notes"]])
    for one in made.exercises:
        verdicts = {name: result["verdicts"][name] for name in one.checks}
        points, says = expected[_short(one)]
        got = sum(verdict["points"] for verdict in verdicts.values())
        told = " ".join(verdict["sentence"] for verdict in verdicts.values())
        if got != points:
            yield f"{student}: {_short(one)!r} gets {got:g} points, and {points} are stated ({told})."
        elif says not in told:
            yield f"{student}: {_short(one)!r} is told {told!r}, and stated is {says!r}."
