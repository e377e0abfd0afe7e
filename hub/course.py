"""A course: an assignment to all, what all made of it back, everything in one archive, and the end."""

import contextlib
import csv
import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path, PurePosixPath

from hub import folders, limits, people, service
from hub.profile import ended

LEFT_OUT = (".cache", ".ipynb_checkpoints")
LARGEST = 20_000_000  # bytes of one file that is collected, as `teaching grade` has it
MOST = 10 * LARGEST  # bytes of all that one student hands in; an empty file can claim to be as large as it likes
FEEDBACK = "feedback.html"
NAME = r"\w[\w.-]*"  # of an assignment, a folder in each home
CHANGED, NOTHING = 1, 2  # tar's exit status where a file changed while it was read, and where there is none


def release(profile, folder, name):
    """Lay a folder into the course's store, where everybody reads it; each server that starts copies it home."""
    if not re.fullmatch(NAME, name):
        raise ValueError(f"{name!r} is no name of an assignment: letters, digits, . _ and -")
    if not Path(folder).is_dir():
        raise ValueError(f"{folder} is no folder")
    accounts = people.table(profile)
    if "course" not in accounts["groups"]:
        raise ValueError(f"nobody is in this course yet: write {profile.root}/class.csv, then apply")
    store = folders.room(profile, "groups", "course") / "store"
    place = _own_folder(store, "release") / name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place)
    folders.run("chown", "-R", f"0:{accounts['groups']['course']['id']}", store / "release")
    folders.run("chmod", "-R", "u=rwX,g=rX,o=", store / "release")
    return place


def _own_folder(store, name):
    """Return a folder of root's own in a store that teachers write: what they put in its place is moved aside."""
    place = store / name
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        place.rename(store / f"{name}.aside")
    place.mkdir(exist_ok=True)
    return place


def _insist_released(profile, assignment):
    """Refuse the name of an assignment that never went out: most likely it is misspelt."""
    place = folders.room(profile, "groups", "course") / "store" / "release"
    names = sorted(path.name for path in place.glob("*"))
    if assignment not in names:
        raise ValueError(f"no assignment is called {assignment!r}; released: {', '.join(names) or 'none'}")


def collect(profile, assignment, to):
    """Copy what each student has in `assignments/ASSIGNMENT` into TO/student, as `teaching grade` takes it.

    Return who handed in, and who did not.
    """
    _insist_released(profile, assignment)
    to.mkdir(parents=True, exist_ok=True)
    if any(to.iterdir()):
        raise ValueError(f"{to} is not empty: what was collected before would mix with it")
    files = {name: _collect(profile, name, user, assignment, to) for name, user in _students(profile).items()}
    return [name for name, number in files.items() if number], [name for name, number in files.items() if not number]


def _collect(profile, name, user, assignment, to):
    """Copy what one student has of an assignment; return how many files that is."""
    home, below, files = folders.home(profile, name, user["id"]), f"assignments/{assignment}", 0
    with _tar({"/home": home}, "--directory=/home", below) as tar, contextlib.suppress(tarfile.ReadError):
        files = _unpack(tar.stdout, to / name, below)  # a ReadError: nothing of that name
    if not files and tar.returncode not in (0, NOTHING):
        raise RuntimeError(f"the home of {name} could not be read")
    return files


def _students(profile):
    accounts = people.table(profile)
    teachers = accounts["groups"].get("teachers", {}).get("members", [])
    return {name: user for name, user in accounts["users"].items() if user["active"] and name not in teachers}


def _tar(binds, *words):
    """Start tar where it sees what is packed and nothing else: what a user may plant leads nowhere."""
    seen = [word for inside, outside in binds.items() for word in ("--ro-bind", str(outside), inside)]
    system = ["--ro-bind", "/usr", "/usr"]
    for link in ("bin", "lib", "lib64"):
        system += ["--symlink", f"usr/{link}", f"/{link}"]
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--die-with-parent", *system, *seen]
    command += ["tar", "--create", "--numeric-owner", "--sparse", *(f"--exclude={part}" for part in LEFT_OUT)]
    return subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _unpack(pipe, to, below):
    """Unpack the files of a folder: no link, no device, nothing outside, nothing too large; return how many."""
    files, room = 0, MOST
    with tarfile.open(fileobj=pipe, mode="r|") as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            fits = member.size <= min(LARGEST, room)
            if member.isfile() and fits and ".." not in path.parts and path.name != FEEDBACK:
                place = to / path.relative_to(below)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(tar.extractfile(member).read())
                files, room = files + 1, room - member.size
    return files


def feedback(profile, graded, assignment):
    """Lay each student's own page of what `teaching grade` wrote beside the work, in that student's home alone.

    Return who has it, and a sentence for each who has not.
    """
    _insist_released(profile, assignment)
    students, given, wrong = _students(profile), [], []
    for name, page in _pages(graded).items():
        if name not in students:
            wrong.append(f"{name} is no student of this course")
            continue
        number = students[name]["id"]
        home = folders.home(profile, name, number)
        try:
            folders.hand(home, number, f"assignments/{assignment}/{FEEDBACK}", page.read_bytes())
            given.append(name)
        except OSError as problem:  # a full home, or something else of that name
            wrong.append(f"{name} has no feedback: {problem.strerror}")
    return given, wrong


def _pages(graded):
    """Return the pages of feedback by the names that were collected; a file's name may differ from its student's."""
    table = graded / "grades.csv"
    with table.open(encoding="utf-8-sig", newline="") if table.is_file() else io.StringIO() as file:
        rows = csv.DictReader(file)
        if not {"student", "name"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{graded} holds no grades.csv as `teaching grade` wrote it")
        return {row["name"]: graded / "feedback" / f"{row['student']}.html" for row in rows}


def export(profile, file):
    """Write all homes, groups' folders and the table of accounts into one archive that root alone reads.

    It gets its name once it is whole.
    """
    file = Path(file)
    _insist_free(file)
    draft = file.with_name(f"{file.name}.part")
    try:
        _pack(profile, draft)
        draft.rename(file)
    except (OSError, RuntimeError) as problem:
        draft.unlink(missing_ok=True)
        raise RuntimeError(f"{file} could not be written, and nothing was removed: {problem}") from problem


def _insist_free(file):
    if file.exists():
        raise ValueError(f"{file} is there already: name another archive")
    if not file.parent.is_dir():
        raise ValueError(f"{file.parent} is no folder")


def _pack(profile, file):
    """Write the archive, onto the disk itself, and read it once."""
    accounts = people.table(profile)
    for name in accounts["users"]:
        folders.room(profile, "home", name)
    for name in accounts["groups"]:
        folders.room(profile, "groups", name)
    binds = {f"/{profile.name}/{part}": profile.root / part for part in folders.ROOMS}
    binds[f"/{profile.name}/accounts.json"] = profile.root / "state" / "accounts.json"
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        with _tar(binds, "--gzip", f"--directory=/{profile.name}", ".") as tar:
            shutil.copyfileobj(tar.stdout, out)
        out.flush()
        os.fsync(out.fileno())
    if tar.returncode not in (0, CHANGED):
        raise RuntimeError(f"tar ended with {tar.returncode}")
    with file.open("rb") as written:
        folders.run("gzip", "--test", stdin=written)  # a sandbox that did not start leaves an empty file, and a 1


def close(profile, archive, now=False):
    """End a course: stop it, export everything, then remove every home, folder, account and password.

    Return whether there was anything to close: it may be called every day.
    """
    state, closed = profile.root / "state", profile.root / "closed"
    if not profile.ends:
        raise ValueError(f"{profile.name} has no end, so it is not closed")
    if not (state / "accounts.json").exists():
        if closed.exists():
            _remove(profile)
        return False
    if not (ended(profile) or now):
        raise ValueError(f"the course ends on {profile.ends}; --now ends it before")
    _insist_free(Path(archive))
    service.down(profile)
    for user in people.table(profile)["users"].values():
        limits.destroy(f"{profile.name}-{user['id']}")  # a server whose hub crashed would write on
    export(profile, archive)
    shutil.rmtree(closed, ignore_errors=True)
    state.rename(closed)  # the archive is whole: where the machine stops now, the next call removes the rest
    _remove(profile)
    return True


def _remove(profile):
    folders.close(profile)
    (profile.root / "class.csv").unlink(missing_ok=True)
    for part in ("home", "groups", "images", "closed"):
        if (profile.root / part).exists():
            shutil.rmtree(profile.root / part)
