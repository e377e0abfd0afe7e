"""What students handed in, from a folder or a learning platform's zip, read without unpacking or trusting anything."""

import json
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

import nbformat

LARGEST = 20_000_000  # bytes of one file; a lesson has 1 MB at most
MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_file(_.*)?$")


class NoSubmissions(ValueError):
    """Nothing that could be graded."""


@dataclass(frozen=True)
class Submission:
    """A student's file: who (an id for file names, and the name as found), its bytes, or why there is none to grade."""

    student: str
    name: str
    content: bytes = b""
    problem: str = ""


def collect(path, lesson):
    """Return the submissions in a folder or zip, sorted by student, one each.

    A student is a file ``<student>.ipynb``, or a folder with files, or one of Moodle's folders
    ``<Name>_<number>_assignsubmission_file_``. Of a student's notebooks the one named like the lesson counts.

    Raises NoSubmissions where the path is neither, or holds nothing.
    """
    path = Path(path)
    try:
        files = dict(_in_folder(path) if path.is_dir() else _in_zip(path))
    except (zipfile.BadZipFile, OSError) as error:
        raise NoSubmissions(f"{path} is neither a folder nor a zip with submissions.") from error
    students = {}
    for name, content in files.items():
        students.setdefault(_who(PurePosixPath(name)), {})[name] = content
    if not students:
        raise NoSubmissions(f"{path} holds no files.")
    found = [_submission(who, files, lesson) for who, files in students.items()]
    return _apart(sorted(found, key=lambda one: (one.student, one.name)))


def notebook(submission):
    """Return a submission's notebook, in today's format; raise ValueError, in words, where it is none."""
    try:
        found = json.loads(submission.content.decode("utf-8-sig"))
        cells = (
            found["cells"] if found.get("nbformat") == 4 else nbformat.convert(nbformat.from_dict(found), 4)["cells"]
        )
        return [_cell(cell) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, nbformat.ValidationError) as error:
        raise ValueError("the file is not a notebook: it is empty, cut off, or of another format.") from error


def _cell(cell):
    """Return what grading needs of a cell, whatever else is wrong with it."""
    source = cell.get("source", "")
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    named = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    ids = [cell.get("id"), metadata.get("id"), named.get("grade_id")]  # the second is where Colab keeps it
    return {"source": _text(source), "kind": cell.get("cell_type"), "ids": [one for one in ids if isinstance(one, str)]}


def _in_folder(folder):
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _counts(name) and path.is_symlink():
            yield name, b""  # what it shows could be another's file
        elif _counts(name) and path.is_file():
            yield name, _read(name, path.stat().st_size, path.read_bytes)


def _in_zip(path):
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if _counts(member.filename) and not member.is_dir():
                yield member.filename, _read(member.filename, member.file_size, lambda one=member: archive.read(one))


def _read(name, size, read):
    """Return a notebook's bytes: none where they cannot be read, None where they are too many."""
    if not name.endswith(".ipynb"):
        return b""  # only its name is told
    try:
        return read() if size <= LARGEST else None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError):
        return b""  # damaged, or locked with a password


def _counts(name):
    parts = PurePosixPath(name).parts
    return not any(part.startswith((".", "__MACOSX")) or part == "desktop.ini" for part in parts)


def _who(path):
    """Return the student a file belongs to: the last of Moodle's folders, else the first folder, else the file."""
    for part in path.parts[:-1]:
        if MOODLE.match(part):
            return part
    return path.parts[0] if len(path.parts) > 1 else path.stem


def _submission(who, files, lesson):
    moodle = MOODLE.match(who)
    name = _text(moodle["name"] if moodle else who)
    student = _slug(f"{name} {moodle['number']}" if moodle else name)
    notebooks = {path: content for path, content in files.items() if path.endswith(".ipynb")}
    named = [path for path in notebooks if PurePosixPath(path).stem == lesson]
    chosen = named if len(named) == 1 else list(notebooks)
    if not notebooks:
        return Submission(student, name, problem=f"no notebook; handed in: {_list(files)}.")
    if len(chosen) > 1:
        return Submission(student, name, problem=f"more than one notebook, none named {lesson}.ipynb: {_list(chosen)}.")
    if notebooks[chosen[0]] is None:
        return Submission(student, name, problem=f"the file is larger than {LARGEST // 10**6} MB.")
    return Submission(student, name, notebooks[chosen[0]])


def _list(paths):
    return ", ".join(_text(PurePosixPath(path).name) for path in paths)


def _text(found):
    """Return a text without the halves of characters that JSON and file names can hold and no file can."""
    return found.encode("utf-8", "replace").decode()


def _slug(name):
    """Return a name as a file name: ASCII letters, figures and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:80].strip("-") or "student"


def _apart(found):
    """Return the submissions with a number behind an id that an earlier one has."""
    taken, apart = {one.student for one in found}, {}
    for one in found:
        free = (f"{one.student}-{number}" for number in count(2))
        student = one.student if one.student not in apart else next(name for name in free if name not in taken)
        taken.add(student)
        apart[student] = Submission(student, one.name, one.content, one.problem)
    return list(apart.values())
