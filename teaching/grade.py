"""Grade submissions: run each apart, judge its answers here, and keep the grades in nbgrader's book.

Students' code never runs in the process that judges or near the grade book. What comes out of the sandbox are answers,
values that are compared here with the right ones; a forged answer is worth what an honest one is.
"""

import csv
import hashlib
import json
import os
import shutil
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_output

from teaching import lesson, pages, sandbox, submissions
from teaching.repair import repair


def grade(assignment, path, out=None, jobs=2, trust=False, limits=None, tell=print):
    """Grade the submissions in a folder or zip; write grades, feedback and overview; return the results by student.

    A submission that was graded before, unchanged, is not run again: an interrupted grading goes on where it was.
    Writes ``grades.csv``, ``overview.html`` and ``feedback/<student>.html`` to ``out`` (by default ``graded`` in the
    assignment's folder), and the grade book of ``course`` there.
    """
    if not trust:
        sandbox.require()
    limits, out = limits or sandbox.Limits(), Path(out or assignment.folder / "graded")
    found = submissions.collect(path, assignment.lesson)
    (out / "results").mkdir(parents=True, exist_ok=True)
    results = {}
    with ThreadPoolExecutor(jobs) as threads:
        waiting = {
            threads.submit(_result, assignment, submission, out, limits, trust): submission for submission in found
        }
        try:
            for number, done in enumerate(as_completed(waiting), 1):
                result = done.result()
                results[result["student"]] = result
                tell(_progress(number, len(found), result, assignment))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)  # who interrupts does not wait for the class
            raise
    results = dict(sorted(results.items()))
    _book(assignment, results)
    _write_grades(assignment, results, out)
    _write_pages(assignment, results, out)
    return results


def _progress(number, total, result, assignment):
    trouble = f"  {result['trouble'][0]}" if result["trouble"] else ""
    points, seconds = total_points(result), "before" if result["again"] else f"{result['seconds']:.0f} s"
    return f"{number:4}/{total}  {result['student']:<30} {points:g}/{assignment.points}  {seconds}{trouble}"


def total_points(result):
    """Return the sum of a result's points."""
    return sum(verdict["points"] for verdict in result["verdicts"].values())


def _result(assignment, submission, out, limits, trust):
    """Return the result of a submission: the one on disk, if the same file was graded before, or a new one."""
    path = out / "results" / f"{submission.student}.json"
    digest = _digest(assignment, submission, limits)
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        if before["digest"] == digest:
            return before | {"name": submission.name, "again": True}
    result = {"student": submission.student, "name": submission.name, "digest": digest, "again": False}
    try:
        result |= _graded(assignment, submission, limits, trust)
    except Exception as error:  # what nobody thought of must not take the class's grades along; it is not kept
        return result | _ungraded(assignment, f"It could not be graded: {type(error).__name__}: {error}"[:300])
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result), encoding="utf-8")
    os.replace(part, path)
    return result


def _digest(assignment, submission, limits):
    key = (assignment.folder / "instructor" / "key.json").read_bytes()
    parts = [submission.content, submission.problem.encode(), key, repr(limits).encode()]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _graded(assignment, submission, limits, trust):
    try:
        if submission.problem:
            raise ValueError(submission.problem)
        cells = submissions.notebook(submission)
    except ValueError as problem:
        return _ungraded(assignment, str(problem))
    notebook, notes = repair(assignment.released, cells, assignment.exercises)
    run = sandbox.run(asked(notebook, assignment.exercises), limits, trust)
    executed = with_outputs(notebook, run)
    trouble = [f"The run was stopped: {run.end}."] if run.end else []
    trouble += [
        f"Cell {line['cell']!r} printed without end and was stopped." for line in _told(run) if line["too_much"]
    ]
    return {
        "verdicts": judge(assignment, noted(run), executed),
        "trouble": trouble,
        "notes": notes,
        "seconds": round(run.seconds, 1),
        "peak_mb": run.peak_mb,
        "cells": executed.cells,
    }


def _ungraded(assignment, trouble):
    nothing = {"notes": [], "seconds": 0.0, "peak_mb": 0, "cells": None}
    return {"verdicts": judge(assignment, {}), "trouble": [trouble]} | nothing


def asked(notebook, exercises):
    """Return a notebook in which each check stands alone, so that one without an answer does not hide the next."""
    checks = {one.check: one for one in exercises}
    cells = []
    for cell in notebook.cells:
        lines = checks[cell.id].checks.items() if cell.id in checks else []
        cells += [new_code_cell(lesson.check_line(*line), id=f"{cell.id}-{n}"[:64]) for n, line in enumerate(lines, 1)]
        cells += [] if cell.id in checks else [cell]
    return nbformat.from_dict(notebook | {"cells": cells})


def _told(run):
    return [line for line in run.lines if "cell" in line]


def noted(run):
    """Return what the checks of a run noted, by name; the last where one was asked twice."""
    found = {}
    for told in run.lines:
        for text in told.get("answers", []):
            try:
                line = json.loads(text)
                found[line["exercise"]] = line
            except (ValueError, TypeError, KeyError, RecursionError):
                continue  # not a check's: students' code may write anything, and gains nothing by it
    return found


def with_outputs(notebook, run):
    """Return a copy of a notebook with the outputs that a run gave its cells."""
    outputs = {line["cell"]: line.get("outputs") for line in _told(run)}
    copy = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for number, cell in enumerate(cell for cell in copy.cells if cell.cell_type == "code"):
        given = nbformat.from_dict(outputs.get(cell.id) or [])
        cell.outputs = given if _valid(given) else []
        cell.execution_count = number + 1 if cell.id in outputs else None
    return copy


def _valid(outputs):
    try:
        notebook = nbformat.v4.new_notebook(cells=[new_code_cell("", outputs=outputs)])
        nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError, TypeError, ValueError, LookupError):
        return False
    return True


def judge(assignment, answers, executed=None):
    """Return the verdict on each check, by name: points, kind (right, mistake, other, missing) and sentence."""
    verdicts = {}
    for exercise in assignment.exercises:
        error = _error(exercise, executed)
        for name in exercise.checks:
            kind, sentence = _verdict(assignment.questions[name], answers.get(name))
            if kind == "missing" and error:
                sentence = f"your code stops with {error}"
            verdicts[name] = {"points": float(kind == "right"), "kind": kind, "sentence": sentence}
    return verdicts


def _verdict(question, line):
    if line is None or (line.get("answer") is None and "dots" in str(line.get("problem"))):
        return "missing", "there is no answer."
    if line.get("problem"):
        return "other", str(line["problem"])[:300]
    try:
        sentence = question.recognise(line.get("answer"))
    except (TypeError, ValueError, OverflowError, RecursionError):  # a table, say, where a number belongs
        sentence = None
    if sentence is None:
        return "other", question.hints[-1] if question.hints else "it is not right yet."
    return ("mistake", sentence) if sentence else ("right", "right.")


def _error(exercise, executed):
    """Return the first error between an exercise's answer and its check, in a line; None if there is none."""
    between = False
    for cell in executed.cells if executed else []:
        between = between or cell.id == exercise.answer
        for out in cell.get("outputs", []) if between else []:
            if out.output_type == "error":
                return f"{out.ename}: {out.evalue}"[:300]
        if cell.id == exercise.check:
            return None
    return None


def nbgrader(folder):
    """Return nbgrader's interface to the course in an assignment's folder; it never executes a notebook."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    # alembic, which keeps the grade book's tables, is called by name.
    os.environ["PATH"] = os.pathsep.join(
        dict.fromkeys([os.path.dirname(sys.executable), *os.environ["PATH"].split(os.pathsep)])
    )
    course = (folder / "course").resolve()
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.course_id = "fieldnotes"
    config.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"
    config.Application.log_level = 50
    config.ClearSolutions.code_stub = {"python": ""}
    config.Autograde.sanitize_preprocessors = ["nbgrader.preprocessors.OverwriteCells"]
    config.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.SaveAutoGrades"]
    return NbGraderAPI(config=config)


def _book(assignment, results):
    """Write every result that is new or another into nbgrader's grade book, where a formgrader shows it."""
    api = nbgrader(assignment.folder)
    for student, result in results.items():
        text = nbformat.writes(_judged(assignment, result))
        place = Path(student, assignment.lesson, f"{assignment.lesson}.ipynb")
        given, booked = (assignment.folder / "course" / part / place for part in ("submitted", "autograded"))
        if booked.exists() and given.exists() and given.read_text(encoding="utf-8") == text:
            continue
        shutil.rmtree(booked.parent, ignore_errors=True)  # until it is booked it counts as not booked
        given.parent.mkdir(parents=True, exist_ok=True)
        given.write_text(text, encoding="utf-8")
        with warnings.catch_warnings():
            # nbgrader makes rows before it adds them to its session, which SQLAlchemy 2.1 remarks on; they are saved.
            warnings.filterwarnings("ignore", message="Object of type .* not in session")
            done = api.autograde(assignment.lesson, student, force=True, create=True)
        if not done["success"]:
            result["trouble"].append("nbgrader's grade book did not take it; grades.csv has it.")


def _judged(assignment, result):
    """Return the executed notebook with our verdict as the outputs of its checks, as nbgrader reads points."""
    notebook = assignment.released
    if result["cells"] is not None:
        notebook.cells = nbformat.from_dict(result["cells"])
    checks = {one.check: one for one in assignment.exercises}
    for cell in notebook.cells:
        if cell.id in checks:
            verdicts = {name: result["verdicts"][name] for name in checks[cell.id].checks}
            cell.outputs = _verdict_outputs(verdicts)
    return notebook


def _verdict_outputs(verdicts):
    points = sum(one["points"] for one in verdicts.values())
    lines = "".join(f"{name}: {one['sentence']}\n" for name, one in verdicts.items())
    said = new_output("stream", name="stdout", text=lines)
    if points == 0:
        return [said, new_output("error", ename="NotYet", evalue="no points", traceback=[])]
    return [said, new_output("execute_result", data={"text/plain": f"{points:g}"}, execution_count=1)]


def _write_grades(assignment, results, out):
    names = list(assignment.questions)
    with (out / "grades.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["student", "name", *names, "points", "of", "remarks"])
        for student, result in results.items():
            points = [f"{result['verdicts'][name]['points']:g}" for name in names]
            remarks = " ".join([*result["trouble"], *result["notes"]])
            table.writerow(
                map(
                    _cell_text,
                    [student, result["name"], *points, f"{total_points(result):g}", assignment.points, remarks],
                )
            )


def _cell_text(value):
    """Return a value that a spreadsheet does not take for a formula."""
    text = str(value)
    return (
        f"'{text}" if text.startswith(("=", "+", "@", "\t", "\r")) or (text.startswith("-") and len(text) > 1) else text
    )


def _write_pages(assignment, results, out):
    folder = out / "feedback"
    folder.mkdir(exist_ok=True)
    for student, result in results.items():
        (folder / f"{student}.html").write_text(pages.feedback(assignment, result), encoding="utf-8")
    (out / "overview.html").write_text(pages.overview(assignment, results), encoding="utf-8")
