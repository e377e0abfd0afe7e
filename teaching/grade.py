"""Grade submissions: read or compute the answers, judge them here, and keep the grades in nbgrader's book.

A student's check notes the answer that it saw in the file, and these notes are judged on any computer. Where there is a
sandbox, the code runs there as well, for a second opinion: an answer that is right in either gets its points, and where
the two disagree a remark says so. Students' code never runs in the process that judges or near the grade book. Answers
are values that are compared here with the right ones; a forged answer is worth what an honest one is.
"""

import ast
import copy
import csv
import hashlib
import json
import os
import re
import shutil
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_output

from fieldnotes.answers import mismatch, read
from fieldnotes.exercises import tolerance
from teaching import lesson, pages, sandbox, submissions
from teaching.repair import repair

PUBLISHED = "Every answer is the published solution, letter by letter."
ALIKE = 80  # characters: shorter answers are often the same
UNCHECKED = "no check has seen an answer: the check was not run, or the file was not saved after it."
DISAGREE = {
    True: "right in the student's file, but not when the code runs from the top.",
    False: "right when the code runs from the top, but not in the student's file, where the check saw another answer.",
}
WORDS = {
    "KeyboardInterrupt": "your code ran for too long and was stopped: is there a loop without an end?",
    "MemoryError": "your code asks for more memory than there is.",
    "StdinNotImplementedError": "your code waits for input(...): write the value into the code instead.",
}


def grade(assignment, path, out=None, jobs=2, trust=False, limits=None, tell=print, execute=True):
    """Grade the submissions in a folder or zip; write grades, feedback and overview; return the results by student.

    A submission that was graded before, unchanged, is not run again: an interrupted grading goes on where it was.
    Writes ``grades.csv``, ``overview.html`` and ``feedback/<student>.html`` to ``out`` (by default ``graded`` in the
    assignment's folder), and the grade book of ``course`` there. Without ``execute``, or where there is no sandbox and
    no ``trust``, no code is run, and the answers that the checks noted in the files are judged; NoSandbox is raised
    where no file has such a note, for a whole class would get nothing.
    """
    limits, out = limits or sandbox.Limits(), Path(out or assignment.folder / "graded")
    found = submissions.collect(path, assignment.lesson)
    _refuse_strangers(assignment, found)
    execute = execute and (trust or _ready(found, tell))
    (out / "results").mkdir(parents=True, exist_ok=True)
    results = {}
    with ThreadPoolExecutor(jobs) as threads:
        waiting = [threads.submit(_result, assignment, one, out, limits, trust, execute) for one in found]
        try:
            for number, done in enumerate(as_completed(waiting), 1):
                result = done.result()
                results[result["student"]] = result
                tell(_progress(number, len(found), result, assignment))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)  # who interrupts does not wait for the class
            raise
    results = dict(sorted(results.items()))
    _note_alike(assignment, results)
    _book(assignment, results)
    _write_grades(assignment, results, out)
    _write_pages(assignment, results, out)
    return results


def _ready(found, tell):
    """Tell whether code can be run in the sandbox here; if not, say why."""
    try:
        sandbox.require()
    except sandbox.NoSandbox as refusal:
        if not any(submissions.noted(one.content) for one in found):
            raise
        tell(f"No code is run: the answers that the checks noted in the files are judged. {refusal}")
        return False
    return True


def _refuse_strangers(assignment, found):
    """Refuse to grade a class whose files all say that they are of another lesson: the folder was mistyped."""
    lessons = {submissions.about(one).get("lesson", assignment.lesson) for one in found if not one.problem}
    if lessons and assignment.lesson not in lessons:
        theirs = ", ".join(sorted(str(name) for name in lessons))
        raise submissions.NoSubmissions(
            f"No file is of the assignment in {assignment.folder}, {assignment.lesson!r}: they say {theirs}."
        )


def _note_alike(assignment, results):
    """Add a remark where every answer is the published solution, or the code of somebody else, letter by letter."""
    published = [_skeleton(one.code) for one in assignment.exercises]
    groups = {}
    for student, result in results.items():
        groups.setdefault(tuple(map(_skeleton, result["code"])), []).append(student)
    for code, students in groups.items():
        if list(code) == published:
            sentence = PUBLISHED
        elif len(students) > 1 and sum(map(len, code)) > ALIKE:
            sentence = f"Every answer has the same code as that of another: {', '.join(students)}."
        else:
            continue
        for student in students:
            results[student]["notes"] = [*results[student]["notes"], sentence]


def _skeleton(code):
    """Return code without its spaces and comments; as it is where it is no Python."""
    try:
        return ast.unparse(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code


def _progress(number, total, result, assignment):
    trouble = f"  {result['trouble'][0]}" if result["trouble"] else ""
    points, seconds = total_points(result), "before" if result["again"] else f"{result['seconds']:.0f} s"
    return f"{number:4}/{total}  {result['student']:<30} {points:g}/{assignment.points}  {seconds}{trouble}"


def total_points(result):
    """Return the sum of a result's points."""
    return sum(verdict["points"] for verdict in result["verdicts"].values())


def _result(assignment, submission, out, limits, trust, execute):
    """Return the result of a submission: the one on disk, if the same file was graded before, or a new one."""
    path = out / "results" / f"{submission.student}.json"
    digest = _digest(assignment, submission, limits, execute)
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        if before["digest"] == digest:
            return before | {"name": submission.name, "again": True}
    result = {"student": submission.student, "name": submission.name, "digest": digest, "again": False}
    try:
        result |= _graded(assignment, submission, limits, trust, execute)
    except Exception as error:  # what nobody thought of must not take the class's grades along; it is not kept
        return result | _ungraded(assignment, f"It could not be graded: {type(error).__name__}: {error}"[:300])
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result), encoding="utf-8")
    os.replace(part, path)
    return result


def _digest(assignment, submission, limits, execute):
    key = (assignment.folder / "instructor" / "key.json").read_bytes()
    facts = repr([submission.problem, submission.notes, limits, execute])
    parts = [submission.content, key, facts.encode()]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _graded(assignment, submission, limits, trust, execute):
    try:
        if submission.problem:
            raise ValueError(submission.problem)
        cells = submissions.notebook(submission)
        notes = [*submission.notes, *_other_file(assignment, submission)]
    except ValueError as problem:
        return _ungraded(assignment, str(problem))
    notebook, mended = repair(assignment.released, cells, assignment.exercises)
    run, stopped = _run(assignment, notebook, limits, trust) if execute else (None, {})
    noted = submissions.noted(submission.content)
    verdicts, remarks = _verdicts(assignment, notebook, run, stopped, noted)
    run = run or sandbox.Run([], "")
    trouble = [f"Cell {name!r} was stopped: {why}." for name, why in stopped.items()]
    trouble += [f"The run was stopped: {run.end}."] if run.end else []
    trouble += [
        f"Cell {line['cell']!r} printed without end and was stopped." for line in _told(run) if line["too_much"]
    ]
    code = {cell.id: cell.source for cell in notebook.cells}
    return {
        "verdicts": verdicts,
        "trouble": trouble,
        "notes": [*notes, *mended, *remarks],
        "seconds": round(run.seconds, 1),
        "peak_mb": run.peak_mb,
        "cells": with_outputs(notebook, run).cells,
        "code": [code[one.answer] for one in assignment.exercises],
    }


def _other_file(assignment, submission):
    """Return remarks on a file that is not the one handed out; raise ValueError where it is of another lesson."""
    about = submissions.about(submission)
    lesson_name = about.get("lesson", assignment.lesson)
    if lesson_name is None:
        return ["It is the lesson of the repository, not the file that was handed out."]
    if lesson_name != assignment.lesson:
        raise ValueError(f"the file is of another lesson, {lesson_name!r}.")
    if "parameters" in about and about["parameters"] != assignment.parameters:
        return [f"It is another variant, {about['parameters']}; the answers were judged by those of this one."]
    return []


def _ungraded(assignment, trouble):
    nothing = {"notes": [], "seconds": 0.0, "peak_mb": 0, "cells": None, "code": []}
    verdicts = {name: _verdict_of("missing", "there is no answer.") for name in assignment.questions}
    return {"verdicts": verdicts, "trouble": [trouble]} | nothing


def _run(assignment, notebook, limits, trust):
    """Run a submission; where a cell of the student's ends the run, run it again without that cell.

    Returns the last run, and why each cell that was left out had been stopped, by id.
    """
    stopped, given, seconds = {}, copy.deepcopy(notebook), 0.0
    ours = {cell.id for cell in assignment.released.cells} - {one.answer for one in assignment.exercises}
    for _ in range(len(assignment.exercises) + 1):
        run = sandbox.run(asked(given, assignment.exercises), limits, trust)
        seconds += run.seconds
        reached = {line["cell"] for line in _told(run)}
        waiting = [cell for cell in given.cells if cell.cell_type == "code" and cell.id not in reached and cell.source]
        culprit = next((cell for cell in waiting if cell.id not in _checks(assignment)), None)
        if not run.end or culprit is None or culprit.id in ours:
            break
        stopped[culprit.id], culprit.source = run.end, ""
    run.seconds = seconds
    return run, stopped


def _checks(assignment):
    return {one.check for one in assignment.exercises}


def asked(notebook, parts):
    """Return a notebook in which each check stands alone, so that one without an answer does not hide the next."""
    checks = {one.check: one for one in parts}
    cells = []
    for cell in notebook.cells:
        lines = checks[cell.id].checks.items() if cell.id in checks else []
        for number, line in enumerate(lines, 1):
            cells.append(new_code_cell(lesson.check_line(*line), id=_check_id(checks[cell.id], number)))
        cells += [] if cell.id in checks else [cell]
    return nbformat.from_dict(notebook | {"cells": cells})


def _check_id(exercise, number):
    return f"{exercise.check}-{number}"[:64]


def _told(run):
    return [line for line in run.lines if "cell" in line]


def answers(run):
    """Return what the checks of a run noted, by name; the last where one was asked twice."""
    return noted_in(text for told in run.lines for text in told.get("answers", []))


def noted_in(texts):
    """Return the answers in the lines that checks noted, by name."""
    found = {}
    for text in texts:
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


def _verdicts(assignment, notebook, run, stopped, noted):
    """Return the verdict on each check, by name, and remarks on those where the file and the run disagree.

    ``noted`` are the answers in the file; ``run`` is None where no code was run.
    """
    verdicts, remarks = {}, []
    computed = answers(run) if run else {}
    for one in assignment.exercises:
        from_file = judge(one, assignment.questions, noted, [])
        from_run = judge(one, assignment.questions, computed, *_reasons(one, notebook, run, stopped)) if run else {}
        for name in one.checks:
            if not run:
                verdicts[name] = from_file[name] if name in noted else _verdict_of("missing", UNCHECKED)
                continue
            verdicts[name] = max(from_run[name], from_file[name], key=lambda verdict: verdict["points"])
            if name in noted and from_run[name]["points"] != from_file[name]["points"]:
                remarks.append(f"{name}: {DISAGREE[bool(from_file[name]['points'])]}")
    return verdicts, remarks


def _reasons(exercise, notebook, run, stopped):
    """Return the outputs between an exercise's answer and its check, and why the run did not get there, if so."""
    ids = [cell.id for cell in notebook.cells]
    between = set(ids[ids.index(exercise.answer) : ids.index(exercise.check)])
    checks = {_check_id(exercise, number) for number in range(1, len(exercise.checks) + 1)}
    lines = [line for line in _told(run) if line["cell"] in between | checks]
    outputs = [out for line in lines for out in line["outputs"] if isinstance(out, dict)]
    if exercise.answer in stopped:
        return outputs, f"your code was stopped: {stopped[exercise.answer]}."
    reached = checks <= {line["cell"] for line in lines}
    return outputs, None if reached else f"it was not reached, because the run was stopped: {run.end}."


def judge(exercise, questions, answers, outputs, stopped=None):
    """Return the verdict on each check of an exercise, by name: points, kind and sentence.

    ``kind`` is right, mistake (a known one), other or missing; ``answers`` are what the checks noted; ``outputs`` those
    between the answer and its check; ``stopped`` says why there is no answer, if the run ended before.
    """
    verdicts = {}
    for name in exercise.checks:
        kind, sentence = _verdict(questions[name], answers.get(name))
        if kind == "missing":
            sentence = stopped or _error(exercise, outputs) or sentence
        verdicts[name] = _verdict_of(kind, sentence)
    return verdicts


def _verdict_of(kind, sentence):
    return {"points": float(kind == "right"), "kind": kind, "sentence": sentence}


def _verdict(question, line):
    if line is None or (line.get("answer") is None and "no answer yet" in str(line.get("problem"))):
        return "missing", "there is no answer."
    if line.get("problem"):
        return "other", str(line["problem"])[:300]
    value, problem = read(line.get("answer"))
    if problem:
        return "other", problem
    sentence = question.recognise(value)
    if sentence is None:
        hint = question.hints[-1] if question.hints else "it is not right yet."
        return "other", mismatch(value, question) or hint + tolerance(value, question)
    return ("mistake", sentence) if sentence else ("right", "right.")


def _error(exercise, outputs):
    """Return what the first error among outputs means, in a pupil's words; None if there is none."""
    for out in outputs:
        if out.get("output_type") == "error":
            name, message = str(out.get("ename")), str(out.get("evalue"))[:300]
            message = re.sub(r"\(\S+\.py, (line \d+)\)", r"(\1)", message)
            if name == "NameError" and (missing := [one for one in exercise.answers if f"'{one}'" in message]):
                return f"nothing has the name {missing[0]}: begin a line with `{missing[0]} =`."
            return WORDS.get(name, f"your code stops with {name}: {message}")
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
    with (out / "grades.csv").open("w", newline="", encoding="utf-8-sig") as file:
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
    (out / "questions.html").write_text(pages.questions(assignment, results), encoding="utf-8")
