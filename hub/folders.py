"""Homes, groups' folders and the lessons: who owns them, who may read them, and how much fits."""

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path

from hub.profile import CHECKOUT, ROOM, size

LOOP = Path("/dev/loop-control")
ROOMS = ("home", "groups")
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
README = """# {name}

* Aim: {aim}
* Administrator: {administrator}
* Contact: {contact}

What lies here is read-only for the members of the group. Its curators write it: {curators}.
"""


def run(*command, **options):
    """Run a command; return what it said, or raise with what it complained about."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def prepare(profile):
    """Make the folders of a service. Nobody but root enters any of them: a sandbox gets what is its own."""
    for name in ("state", "images", "shared", *ROOMS):
        folder = profile.root / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    for folder in (profile.run.parent, profile.run, profile.run / "hub"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)


def room(profile, kind, name):
    """Return a folder on a file system of its own, `disk` large: full for one is not full for the others.

    One that holds something without it, as where containers use it, stays as it is: nothing is laid over it.
    """
    folder, image = profile.root / kind / name, profile.root / "images" / f"{kind}-{name}.img"
    folder.mkdir(exist_ok=True)
    plain = not image.exists() and any(folder.iterdir())
    if plain or os.path.ismount(folder) or not LOOP.exists():
        return folder
    if not image.exists():
        _format(image, size(profile.disk))
    run("mount", "-o", "loop,nosuid,nodev", image, folder)
    return folder


def _format(image, size):
    """Make an empty file system, small on disk until it is filled."""
    draft = image.with_suffix(".new")
    with draft.open("wb") as file:
        file.truncate(size)
    run("mkfs.ext4", "-q", "-m", "0", "-J", "size=4", draft)
    draft.rename(image)


def close(profile):
    """Put every room's file system away; a server that runs on keeps its own until it ends."""
    for kind in ROOMS:
        for folder in (profile.root / kind).glob("*"):
            if os.path.ismount(folder):
                run("umount", "--lazy", folder)


def home(profile, name, uid):
    """Return a user's home, 0700."""
    folder = room(profile, "home", name)
    os.chown(folder, uid, uid)
    folder.chmod(0o700)
    _without_lost_and_found(folder)
    return folder


def hand(home, uid, path, data):
    """Write a file into a home, as its owner's. Nothing that the owner planted is followed: neither links nor pipes."""
    *above, name = Path(path).parts
    there = os.open(home, FOLDER)
    try:
        for part in above:
            there, before = _below(there, part, uid), there
            os.close(before)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=there)
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=there), "wb") as file:
            os.fchown(file.fileno(), uid, uid)
            file.write(data)
    finally:
        os.close(there)


def _below(folder, name, uid):
    """Open a folder in an open folder, made where there is none."""
    try:
        return os.open(name, FOLDER, dir_fd=folder)
    except FileNotFoundError:
        os.mkdir(name, 0o700, dir_fd=folder)
    made = os.open(name, FOLDER, dir_fd=folder)
    os.fchown(made, uid, uid)
    return made


def group(profile, name, about, ids):
    """Return a group's folder: `work`, which its members write, and `store`, which only its curators do.

    A default ACL beats the umask of 077 that keeps homes private, and the set-group-ID bit hands the group on.
    """
    folder, gid = room(profile, "groups", name), about["id"]
    _without_lost_and_found(folder)
    for part, mode, rights in ((folder / "work", 0o2770, "rwx"), (folder / "store", 0o2750, "r-x")):
        part.mkdir(exist_ok=True)
        run("setfacl", "--remove-all", "--remove-default", part)
        os.chown(part, 0, gid)
        part.chmod(mode)
        run("setfacl", "-d", "-m", f"u::rwx,g::{rights},m::rwx,o::---", part)
    os.chown(folder, 0, gid)
    folder.chmod(0o750)
    _curate(folder / "store", gid, [ids[name] for name in about["curators"]])
    _write(folder / "store" / "README.md", README.format(name=name, **_spoken(about)), gid)
    return folder


def _curate(store, gid, curators):
    """Give what lies in a store to root, so that a former curator keeps nothing, then let the present ones write."""
    for below in (path for path in store.rglob("*") if not path.is_symlink()):
        run("setfacl", "--remove-all", *(["--remove-default"] if below.is_dir() else []), below)
    run("chown", "-R", "-h", "-P", f"0:{gid}", store)
    for curator in curators:
        run("setfacl", "-R", "-P", "-m", f"u:{curator}:rwX,d:u:{curator}:rwX", store)


def _spoken(about):
    return {**about, "curators": ", ".join(about["curators"]) or "nobody yet"}


def _write(path, text, gid):
    """Write a file by renaming another over it: a link that somebody put there is replaced and not followed."""
    draft = path.with_name(".README.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w", encoding="utf-8") as file:
        file.write(text)
        os.fchown(file.fileno(), 0, gid)
        os.fchmod(file.fileno(), 0o640)
    os.replace(draft, path)


def _without_lost_and_found(folder):
    if (folder / "lost+found").is_dir() and not (folder / "lost+found").is_symlink():
        os.rmdir(folder / "lost+found")


def publish(profile, python):
    """Lay out what every sandbox reads: the lessons, their kernel, and a repository from which to pull own copies."""
    shared = profile.root / "shared"
    _lessons(shared)
    _repository(shared / "lessons.git")
    _kernel(shared / "jupyter" / "kernels" / "python3", python)
    shutil.copy(ROOM / "jupyter_server_config.py", shared / "jupyter")
    (shared / "jupyter" / "labconfig").mkdir(exist_ok=True)
    shutil.copy(ROOM / "overrides.json", shared / "jupyter" / "labconfig" / "default_setting_overrides.json")
    fonts = {**os.environ, "MPLCONFIGDIR": str(shared / "matplotlib")}
    run(python, "-c", "import matplotlib.font_manager", env=fonts)  # finds the fonts once, not in every new home
    run(python, "-m", "compileall", "-q", shared / "common" / "fieldnotes")
    run("chmod", "-R", "u=rwX,go=rX", shared)


def _lessons(shared):
    """Lay the lessons, the helper and the data out anew, beside the old ones, which then make way."""
    fresh, old, now = shared / "common.new", shared / "common.old", shared / "common"
    for gone in (fresh, old):
        shutil.rmtree(gone, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for part in ("notebooks", "fieldnotes", "ancillary_data"):
        shutil.copytree(CHECKOUT / part, fresh / part, ignore=leave)
    shutil.copy(CHECKOUT / "LICENSE-CONTENT", fresh)
    if now.exists():
        now.rename(old)
    fresh.rename(now)
    shutil.rmtree(old, ignore_errors=True)


def _repository(repository):
    """Commit the lessons where they changed, so that nbgitpuller merges what is new into people's own copies."""
    if not repository.exists():
        run("git", "init", "--quiet", "--bare", "--initial-branch", "main", repository)
    git = ("git", f"--git-dir={repository}", f"--work-tree={repository.parent / 'common' / 'notebooks'}")
    run(*git, "add", "--all")
    if run(*git, "status", "--porcelain"):
        who = ("-c", "user.name=Fieldnotes", "-c", "user.email=fieldnotes@localhost")
        run(*git, *who, "commit", "--quiet", "--message", "Lessons as they are now")


def _kernel(folder, python):
    """Describe the lessons' Python as the kernel `python3`, in place of the one that the hub's environment has."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "Fieldnotes", "language": "python"}
    spec |= {"env": {"PYTHONPATH": "/fieldnotes/common"}, "metadata": {"debugger": True}}
    (folder / "kernel.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
