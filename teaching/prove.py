"""Prove assignments: right answers get every point, none gets none, and each known mistake exactly what is stated.

``misconceptions/<lesson>.wrong.toml`` holds, for each exercise, wrong answers that people give: code that stands in the
answer's cell, the points it is worth, and part of the sentence that its author should be told. A lesson is executed
four times: to make the assignment, as a right and as a blank submission, and once to try all wrong answers, each in a
copy of the names that the lesson has made by then.
"""

import multiprocessing
import tempfile
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat

from ci.notebooks import find, label
from teaching import grade, lesson, sandbox
from teaching.assign import assign
from teaching.repair import UNTOUCHED

WRONG = Path(__file__).parent / "misconceptions"
FORM = {"answer": str, "points": int, "says": str}


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
    original = nbformat.read(find([name])[0], as_version=4)
    wrong = _wrong(find([name])[0].stem)
    problems = list(_misstated(find([name])[0].stem, lesson.exercises(original), wrong))
    if problems:  # what can be read needs no execution
        return problems
    with tempfile.TemporaryDirectory() as folder:
        made = assign(name, Path(folder) / "assignment")
        problems = [*leaks(made, original), *confused(made.questions)]
        return problems or [*_graded_as_stated(made, Path(folder)), *_judged_as_stated(made, wrong)]


def _wrong(name):
    path = WRONG / f"{name}.wrong.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _misstated(name, exercises, wrong):
    """Yield what the file of wrong answers lacks, has too much, or states in another form."""
    known = {_short(one): one for one in exercises}
    yield from (f"{name}.wrong.toml knows {short!r}, and no exercise has it." for short in set(wrong) - set(known))
    for short, exercise in known.items():
        if not wrong.get(short):
            yield f"{name}.wrong.toml has no wrong answer to {short!r}."
        for mistake, stated in wrong.get(short, {}).items():
            if not isinstance(stated, dict) or not FORM.keys() >= stated.keys() >= {"answer", "points"}:
                yield f"{name}.wrong.toml: [{short}.{mistake}] has other keys than answer, points and says."
            elif bad := [key for key, value in stated.items() if type(value) is not FORM[key]]:
                yield f"{name}.wrong.toml: [{short}.{mistake}] has a {bad[0]} that is no {FORM[bad[0]].__name__}."
            elif not 0 <= stated["points"] <= exercise.points:
                yield f"{name}.wrong.toml: [{short}.{mistake}] states {stated['points']} of {exercise.points} points."


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


def _graded_as_stated(made, folder):
    """Yield where a right or a blank submission, graded like a student's, does not get what it should."""
    right = _filled(made, {one.answer: one.code for one in made.exercises})
    (folder / "in").mkdir()
    for student, notebook in (("right", right), ("blank", made.released)):
        nbformat.write(notebook, folder / "in" / f"{student}.ipynb")
    results = grade.grade(
        made, folder / "in", folder / "out", jobs=1, trust=not sandbox.available(), tell=lambda text: None
    )
    for student, result in results.items():
        told = {*result["trouble"], *result["notes"]} - {grade.PUBLISHED, UNTOUCHED}
        yield from (f"{student}: {sentence}" for sentence in sorted(told))
        for one in made.exercises:
            yield from _difference(student, one, result["verdicts"], one.points if student == "right" else 0, "")
    for student, result in results.items():
        yield from _broken(student, result)


def _broken(student, result):
    """Yield which cells stop: a lesson reads on where an answer is missing."""
    for cell in result["cells"]:
        for out in cell.get("outputs", []):
            if out["output_type"] == "error":
                yield f"{student}: cell {cell['id']!r} stops with {out['ename']}: {out['evalue']}"


def _judged_as_stated(made, wrong):
    """Yield where a known mistake gets other points than stated, or its author is told something else."""
    tried = {f"wrong-{number}": one for number, one in enumerate(_mistakes(made, wrong), 1)}
    run = sandbox.run(_with_mistakes(made, tried), sandbox.Limits(), trust=not sandbox.available())
    if run.end:
        yield f"The wrong answers were not tried to the end: {run.end}."
    for line in run.lines:
        if line.get("cell") in tried:
            exercise, mistake, stated = tried[line["cell"]]
            verdicts = grade.judge(exercise, made.questions, grade.noted_in(line["answers"]), line["outputs"])
            label = f"{_short(exercise)}.{mistake}"
            yield from _difference(label, exercise, verdicts, stated["points"], stated.get("says", ""))


def _mistakes(made, wrong):
    """Return each exercise with the name of a mistake and what is stated about it."""
    return [(one, mistake, stated) for one in made.exercises for mistake, stated in wrong[_short(one)].items()]


def _with_mistakes(made, tried):
    """Return the solved notebook in which each wrong answer is tried, and judged, before the right one."""
    notebook = _filled(made, {one.answer: one.code for one in made.exercises})
    cells = []
    for cell in notebook.cells:
        for name, (exercise, _, stated) in tried.items():
            if cell.id == exercise.answer:
                checks = "\n".join(lesson.check_line(*line) for line in exercise.checks.items())
                # A copy of the names keeps a wrong answer from the right one and from the next exercise.
                source = f"exec({stated['answer']!r}, names := {{**globals()}})\nexec({checks!r}, names)"
                cells.append(nbformat.v4.new_code_cell(source, id=name))
        cells.append(cell)
    notebook.cells = cells
    return notebook


def _filled(made, answers):
    notebook = made.released
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def _difference(label, exercise, verdicts, points, says):
    """Yield where the verdicts on an exercise are not what was stated."""
    mine = [verdicts[name] for name in exercise.checks]
    sentence = " ".join(verdict["sentence"] for verdict in mine)
    earned = sum(verdict["points"] for verdict in mine)
    if earned != points:
        yield f"{label}: {_short(exercise)!r} gets {earned:g} points, and {points} are stated ({sentence})."
    elif says not in sentence:
        yield f"{label}: {_short(exercise)!r} is told {sentence!r}, and stated is {says!r}."
