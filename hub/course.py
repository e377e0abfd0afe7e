"""A course: an assignment to all, what all made of it back, everything in one archive, and the end."""

import contextlib
import os
import shutil
import subprocess
import tarfile
from pathlib import PurePosixPath

from hub import folders, people, service
from hub.profile import ended

LEFT_OUT = (".cache", ".ipynb_checkpoints")
LARGEST = 20_000_000  # bytes of one file that is collected, as `teaching grade` has it
CHANGED = 1  # tar's exit status where a file changed while it was read


def release(profile, folder, name):
    """Lay a folder into the course's store, where everybody reads it; each server that starts copies it home."""
    accounts = people.table(profile)
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


def collect(profile, assignment, to):
    """Copy what each student has in `assignments/ASSIGNMENT` into TO/student, as `teaching grade` takes it."""
    to.mkdir(parents=True, exist_ok=True)
    found = []
    for name, user in _students(profile).items():
        tar = _tar({"/home": folders.home(profile, name, user["id"])}, "--directory=/home", f"assignments/{assignment}")
        with contextlib.suppress(tarfile.ReadError):  # nothing of that name
            _unpack(tar.stdout, to / name, f"assignments/{assignment}")
        tar.stdout.close()
        found += [name] if tar.wait() == 0 else []
    return found


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
    command = [
        "bwrap",
        "--unshare-pid",
        "--unshare-net",
        "--die-with-parent",
        *system,
        *seen,
        "tar",
        "--create",
        "--numeric-owner",
    ]
    leave = [f"--exclude={part}" for part in LEFT_OUT]
    return subprocess.Popen([*command, *leave, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _unpack(pipe, to, below):
    """Unpack the files of a folder: no link, no device, nothing outside, nothing too large to be an answer."""
    with tarfile.open(fileobj=pipe, mode="r|") as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            if member.isfile() and ".." not in path.parts and member.size <= LARGEST:
                place = to / path.relative_to(below)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(tar.extractfile(member).read())


def export(profile, file):
    """Write all homes, groups' folders and the table of accounts into one archive that root alone reads."""
    accounts = people.table(profile)
    for name in accounts["users"]:
        folders.room(profile, "home", name)
    for name in accounts["groups"]:
        folders.room(profile, "groups", name)
    binds = {f"/{profile.name}/{part}": profile.root / part for part in folders.ROOMS}
    binds[f"/{profile.name}/accounts.json"] = profile.root / "state" / "accounts.json"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        tar = _tar(binds, "--gzip", f"--directory=/{profile.name}", ".")
        shutil.copyfileobj(tar.stdout, out)
    if tar.wait() > CHANGED:
        raise RuntimeError(f"{file} is not complete")


def close(profile, archive, now=False):
    """End a course: stop it, export everything, then remove every home, folder, account and password."""
    if not profile.ends:
        raise ValueError(f"{profile.name} has no end, so it is not closed")
    if not (ended(profile) or now):
        raise ValueError(f"the course ends on {profile.ends}; --now ends it before")
    service.down(profile)
    export(profile, archive)
    folders.close(profile)
    for part in ("home", "groups", "images", "state"):
        shutil.rmtree(profile.root / part)
    (profile.root / "class.csv").unlink(missing_ok=True)
