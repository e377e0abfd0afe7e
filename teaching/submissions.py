"""What students handed in, from a folder or a learning platform's zip, read without unpacking or trusting anything."""

import hashlib
import io
import json
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import nbformat

from fieldnotes.exercises import MIME

LARGEST = 100_000_000  # bytes of one file; a lesson has 1 MB, but outputs grow
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # some browsers and drives put something behind
# How learning platforms name what was handed in. Each has the student's name, and what tells two of one name apart.
PLATFORMS = (
    re.compile(r"(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_(file|onlinetext)(_.*)?$"),  # Moodle
    re.compile(r".+?_(?P<name>[^_]+)_attempt_(?P<attempt>[\d-]+)([_.].*)?$"),  # Blackboard
    re.compile(r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<number>\d+)_\d+_.+\.\w+$"),  # Canvas
    re.compile(r"(?P<number>\d+)-\d+ - (?P<name>.+?) - (?P<attempt>.+)$"),  # Brightspace
)
LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ı": "i"})


class NoSubmissions(ValueError):
    """Nothing that could be graded."""


@dataclass(frozen=True)
class Submission:
    """A student's file: who (an id for file names, and the name as found), its bytes, or why there is none to grade.

    ``notes`` say which file was taken where there was a choice, and whether the platform calls it late.
    """

    student: str
    name: str
    content: bytes = b""
    problem: str = ""
    notes: tuple = ()


def collect(path, lesson):
    """Return the submissions in a folder or zip, sorted by student, one each.

    A student is a file ``<student>.ipynb``, a folder with files, or what Moodle, Canvas, Blackboard and Brightspace
    call their files and folders. Of a student's notebooks the last attempt counts, of these the one with the most
    checked answers, and of these the one named like the lesson.

    Raises NoSubmissions where the path is neither, or holds nothing.
    """
    path = Path(path)
    try:
        files = dict(_in_folder(path)) if path.is_dir() else _without_top(dict(_in_zip(path)))
    except (zipfile.BadZipFile, OSError) as error:
        raise NoSubmissions(f"{path} is neither a folder nor a zip with submissions.") from error
    students = {}
    named = {name for name in files if any(map(_platform, name.split("/")))}
    for name in named or files:  # beside its folders, a platform puts lists and letters
        students.setdefault(_who(PurePosixPath(name)), {})[name] = files[name]
    if not students:
        raise NoSubmissions(f"{path} holds no files.")
    found = [_submission(*who, files, lesson) for who, files in students.items()]
    return _apart(sorted(found, key=lambda one: (one.student, one.name)))


def notebook(submission):
    """Return the cells of a submission, in today's format; raise ValueError, in words, where it is no notebook."""
    try:
        found = _read_json(submission.content)
        cells = (
            found["cells"] if found.get("nbformat") == 4 else nbformat.convert(nbformat.from_dict(found), 4)["cells"]
        )
        return [_cell(cell) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, nbformat.ValidationError) as error:
        raise ValueError("the file is not a notebook: it is empty, cut off, or of another format.") from error


def about(submission):
    """Return what a submission's metadata say of the assignment: its lesson and parameters; empty if nothing.

    The lesson is None where the file is one of the repository.
    """
    try:
        facts = _read_json(submission.content)["metadata"]["fieldnotes"]
        return facts.get("assignment", {"lesson": None} if "title" in facts else {})
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def noted(content):
    """Return the answers that checks noted in a notebook's outputs, by exercise; the last where there are several."""
    found = {}
    try:
        outputs = [out for cell in _read_json(content)["cells"] for out in cell.get("outputs") or ()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return found
    for out in outputs:
        note = out.get("data", {}).get(MIME) if isinstance(out, dict) and isinstance(out.get("data"), dict) else None
        if isinstance(note, dict) and isinstance(note.get("exercise"), str):
            found[note["exercise"]] = {"answer": note.get("answer"), "problem": note.get("problem")}
    return found


def _read_json(content):
    return json.loads(content.decode("utf-8-sig"))


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
            yield from _read(name, path.stat().st_size, path.read_bytes)


def _in_zip(file, nested=False):
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if _counts(member.filename) and not member.is_dir():
                size, read = member.file_size, lambda one=member: archive.read(one)
                yield from _read(member.filename, size, read, nested)


def _read(name, size, read, nested=False):
    """Yield a name and its bytes: none if unreadable, None where there are too many; of a zip, what is in it."""
    zipped = name.lower().endswith(".zip") and not nested
    if not zipped and not NOTEBOOK.search(name):
        yield name, b""  # only its name is told
        return
    try:
        content = read() if size <= LARGEST else None
        if zipped and content:
            inside = list(_in_zip(io.BytesIO(content), nested=True))
            yield from ((f"{name}/{inner}", found) for inner, found in inside)
            return
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError):
        content = b""  # damaged, or locked with a password
    yield name, content


def _counts(name):
    parts = PurePosixPath(name).parts
    return not any(part.startswith((".", "__MACOSX")) or part == "desktop.ini" for part in parts)


def _without_top(files):
    """Return files by name without the one folder that holds all of them, which Windows and macOS put into a zip."""
    tops = {PurePosixPath(name).parts[0] for name in files}
    below = {PurePosixPath(name).parts[1] for name in files if NOTEBOOK.search(name) and "/" in name}
    if len(tops) == 1 and len(below) > 1 and all("/" in name for name in files) and not _platform(*tops):
        return {name.split("/", 1)[1]: content for name, content in files.items()}
    return files


def _platform(part):
    return next((match for pattern in PLATFORMS if (match := pattern.match(part))), None)


def _who(path):
    """Return the student a file belongs to: name, and what tells two of one name apart."""
    for part in path.parts:
        if match := _platform(part):
            return match["name"], match.groupdict().get("number") or ""
    return (path.parts[0] if len(path.parts) > 1 else NOTEBOOK.sub("", path.name).removesuffix(path.suffix)), ""


def _submission(name, number, files, lesson):
    name = _text(name)
    student = _slug(f"{name} {number}".strip())
    notebooks = {path: content for path, content in files.items() if NOTEBOOK.search(path)}
    if not notebooks:
        return Submission(student, name, problem=f"no notebook; handed in: {_list(files)}.")
    chosen = max(notebooks, key=lambda path: _worth(path, notebooks[path], lesson))
    notes = [f"{len(notebooks)} notebooks were handed in; graded: {_list([chosen])}."] if len(notebooks) > 1 else []
    notes += ["The platform calls it late."] if any("_LATE_" in path for path in files) else []
    if notebooks[chosen] is None:
        return Submission(student, name, problem=f"the file is larger than {LARGEST // 10**6} MB.", notes=tuple(notes))
    return Submission(student, name, notebooks[chosen], notes=tuple(notes))


def _worth(path, content, lesson):
    """Return what makes one of a student's notebooks count before another."""
    attempt = next(
        (match.groupdict().get("attempt") or "" for part in path.split("/") if (match := _platform(part))), ""
    )
    stem = NOTEBOOK.sub("", PurePosixPath(path).name)
    return attempt, len(noted(content or b"")), _answered(content), stem == lesson, stem


def _answered(content):
    """Return how many answer cells of a notebook no longer hold only dots."""
    try:
        cells = notebook(Submission("", "", content or b""))
    except ValueError:
        return -1
    answers = [cell for cell in cells if any(name.endswith("-answer") for name in cell["ids"])]
    return sum(not re.fullmatch(r"(\s*\w+ = \.\.\.\s*)*", cell["source"]) for cell in answers)


def _list(paths):
    return ", ".join(_text(PurePosixPath(path).name) for path in paths)


def _text(found):
    """Return a text without lone surrogates, which JSON can encode and UTF-8 cannot."""
    return found.encode("utf-8", "replace").decode()


def _slug(name):
    """Return a name as a file name: ASCII letters, figures and hyphens, and a hash where letters were lost."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    ascii_only = "".join(letter for letter in plain if not unicodedata.combining(letter))
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only)[:80].strip("-")
    return slug if all(letter.isascii() for letter in ascii_only if letter.isalpha()) and slug else _hashed(slug, name)


def _hashed(slug, name):
    return f"{slug}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}".strip("-")


def _apart(found):
    """Return the submissions with a hash of the name behind an id that several names have."""
    ids = [one.student for one in found]
    return [
        one if ids.count(one.student) == 1 else replace(one, student=_hashed(one.student, one.name)) for one in found
    ]
