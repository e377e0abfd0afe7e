"""Make an assignment of a lesson: the students' file, the teacher's, a marking guide, and nbgrader's course folder."""

import json
import re
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath

import nbformat

from ci.exercises import answered
from ci.notebooks import ROOT, find
from fieldnotes.exercises import Question
from fieldnotes.seals import seal
from teaching import grade, lesson, pages, sandbox

MADE = ROOT / "assignments"  # not in _build, which is for what can be made again


class Refused(ValueError):
    """A lesson that cannot become an assignment, in a sentence."""


@dataclass(frozen=True)
class Assignment:
    """A folder that ``assign`` made, read back: the lesson's name and parameters, exercises, and what is right."""

    folder: Path
    lesson: str
    title: str
    parameters: dict
    exercises: list
    questions: dict

    @property
    def released(self):
        """The notebook that was handed out."""
        return nbformat.read(self.folder / "student" / f"{self.lesson}.ipynb", as_version=4)

    @property
    def points(self):
        """The most that can be had."""
        return sum(one.points for one in self.exercises)


def assign(label, folder=None, given=None):
    """Make the assignment of a lesson (``education/drought-2018``) in a folder, and return it.

    ``given`` maps names of the lesson's parameters to texts. An earlier assignment in the folder is replaced once the
    new one is complete, unless it holds grades. Raises Refused, or :class:`teaching.lesson.Incomplete`.
    """
    path = _found(label)
    notebook = lesson.with_parameters(nbformat.read(path, as_version=4), given or {})
    exercises = lesson.exercises(notebook)
    folder = Path(folder) if folder else _place(path.stem, given or {})
    _require_free(folder)
    executed, questions = solved(notebook, exercises)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".assignment-", dir=folder.parent) as part:
        made = Path(part) / "made"
        _make(made, path, notebook, executed, exercises, questions)
        _require_free(folder)
        shutil.rmtree(folder, ignore_errors=True)  # an assignment without grades, or an empty folder
        made.rename(folder)
    return read(folder)


def _make(folder, path, notebook, executed, exercises, questions):
    """Write an assignment into a folder."""
    about = {"lesson": path.stem, "parameters": lesson.parameters(notebook)}
    source = lesson.handed_out(notebook, seal(questions, json.dumps(about, sort_keys=True)), about)
    _write(source, folder / "course" / "source" / path.stem / path.name)
    _release(folder, path.stem)
    (folder / "student").mkdir(parents=True)
    shutil.copy(folder / "course" / "release" / path.stem / path.name, folder / "student")
    _write(executed, folder / "instructor" / path.name)
    title = notebook.metadata["fieldnotes"]["title"]
    exercises = [asdict(one) for one in exercises]
    _save(about | {"title": title, "exercises": exercises, "questions": questions}, folder / "instructor" / "key.json")
    guide = folder / "instructor" / "marking-guide.html"
    guide.write_text(pages.guide(read(folder), notebook), encoding="utf-8")
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # answers and grades are not for a repository
    if sys.platform != "win32":
        for answer_file in (folder / "instructor").iterdir():
            answer_file.chmod(0o600)
        (folder / "instructor").chmod(0o700)


def read(folder):
    """Return the assignment in a folder, or the one made of a lesson; raise Refused where there is none."""
    known = MADE / PurePath(folder).name
    folder = known if not Path(folder).exists() and known.exists() else folder
    path = Path(folder) / "instructor" / "key.json"
    if not path.is_file():
        raise Refused(f"{folder} is no assignment: `make assign NOTEBOOK=...` makes one.")
    key = json.loads(path.read_text(encoding="utf-8"))
    exercises = [lesson.Exercise(**one) for one in key["exercises"]]
    questions = {name: Question(**parts) for name, parts in key["questions"].items()}
    return Assignment(Path(folder), key["lesson"], key["title"], key["parameters"], exercises, questions)


def _place(name, given):
    variant = "-".join(f"{parameter}-{text}" for parameter, text in given.items())
    return MADE / re.sub(r"[^\w.-]+", "-", f"{name}-{variant}".rstrip("-"))


def _found(label):
    try:
        (path,) = find([label])
    except ValueError as error:
        raise Refused(f"There is no lesson {label!r} to hand out: name one, such as education/drought-2018.") from error
    return path


def _require_free(folder):
    """Refuse a folder with other things than an assignment, or with grades: no command deletes those."""
    taken = folder.is_file() or (folder.exists() and any(folder.iterdir()))
    if taken and not (folder / "instructor" / "key.json").exists():
        raise Refused(f"{folder} holds something else than an assignment: name another folder with OUT=...")
    if any((folder / "course" / part).exists() for part in ("submitted", "autograded")) or (folder / "graded").exists():
        raise Refused(f"{folder} holds grades: name another folder with OUT=..., or move it away.")


def solved(notebook, exercises):
    """Execute a lesson with its solutions; return it, and the questions that its checks asked, by name."""
    notebook = answered(notebook)
    run = sandbox.run(notebook, sandbox.Limits(), trust=True)
    executed = grade.with_outputs(notebook, run)
    errors = [cell.id for cell in executed.cells for out in cell.get("outputs", []) if out.output_type == "error"]
    if run.end or errors:
        raise Refused(f"The lesson does not run to its end with its solutions: {run.end or f'see cell {errors[0]!r}'}.")
    noted = grade.answers(run)
    asked = [name for one in exercises for name in one.checks]
    if set(asked) != set(noted):
        raise Refused(f"The lesson's checks did not all ask their questions: {sorted(set(asked) ^ set(noted))}.")
    questions = {name: noted[name]["question"] for name in asked}
    for name in asked:
        if Question(**questions[name]).recognise(noted[name]["answer"]) != "":
            raise Refused(f"The lesson's own solution of {name!r} does not pass its check.")
    return executed, {name: Question(**parts) for name, parts in questions.items()}


def _release(folder, name):
    """Let nbgrader make the students' file from its source, and the grade book that knows its cells."""
    done = grade.nbgrader(folder).generate_assignment(name, force=True, create=True)
    if not done["success"]:
        raise Refused(f"nbgrader does not release {name!r}: {(done.get('error') or done.get('log', ''))[-300:]}")


def _write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def _save(content, path):
    path.write_text(json.dumps(content, indent=1, default=asdict), encoding="utf-8")
    if sys.platform != "win32":
        path.chmod(0o600)  # it holds the answers
