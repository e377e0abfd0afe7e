"""The sandbox of one person: what it sees, as arguments of bubblewrap, and which system calls it is refused."""

import errno
import sys
from pathlib import Path

from hub.profile import ROOM, size

# Of the machine's /etc only what programs need; accounts and passwords are not among it.
ETC = (
    "alternatives", "bash.bashrc", "ca-certificates", "fonts", "host.conf", "ld.so.cache", "ld.so.conf",
    "ld.so.conf.d", "localtime", "magic", "mime.types", "pki", "profile", "protocols", "services", "ssl", "terminfo",
)  # fmt: skip
KERNEL = (
    "--seccomp", "9", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
    "--hostname", "fieldnotes", "--die-with-parent", "--proc", "/proc", "--dev", "/dev",
)  # fmt: skip
NEW_USER_NAMESPACE = 0x10000000  # CLONE_NEWUSER, linux/sched.h
REFUSED = (
    "mount", "umount2", "pivot_root", "setns", "fsopen", "fsmount", "move_mount", "open_tree", "mount_setattr",
    "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
)  # fmt: skip


def write_filter(path):
    """Write the filter of system calls: nobody makes a user namespace, and with it root's interfaces of the kernel."""
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    wanted = seccomp.Arg(0, seccomp.MASKED_EQ, NEW_USER_NAMESPACE, NEW_USER_NAMESPACE)
    for call in ("unshare", "clone"):
        rules.add_rule(seccomp.ERRNO(errno.EPERM), call, wanted)
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags lie in memory, which no filter sees
    for call in REFUSED:
        rules.add_rule(seccomp.ERRNO(errno.EPERM), call)
    with path.open("wb") as file:
        rules.export_bpf(file)


def write_etc(folder, user, uid, groups):
    """Write the few files of /etc that name people: only this one and its groups."""
    folder.mkdir(exist_ok=True)
    rows = "".join(f"{name}:x:{gid}:{user}\n" for name, gid in groups.items())
    texts = {
        "passwd": f"root:x:0:0::/:/usr/sbin/nologin\n{user}:x:{uid}:{uid}::/home/{user}:/bin/bash\n",
        "group": f"root:x:0:\n{user}:x:{uid}:\n{rows}",
        "hosts": "127.0.0.1 localhost fieldnotes\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "gitconfig": "[safe]\n\tdirectory = *\n",  # nbgitpuller clones a repository of root's
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {f"/etc/{name}": folder / name for name in texts}


def interpreters(*pythons):
    """Return the folders that these Pythons need, wherever they lie: the environment, and what it was made from."""
    homes = {Path(python).parent.parent for python in pythons}
    for environment in list(homes):
        config = environment / "pyvenv.cfg"
        lines = config.read_text().splitlines() if config.exists() else []
        homes |= {Path(line.partition("=")[2].strip()).parent for line in lines if line.startswith("home")}
    return sorted(home for home in homes if not home.is_relative_to("/usr"))


def arguments(profile, user, person, run, rooms, lessons):
    """Return bubblewrap's arguments. `rooms` maps a place inside to a folder outside that the person may write."""
    uid = person["id"]
    etc = write_etc(run / "etc", user, uid, person["groups"])
    readable = {f"/etc/{name}": Path("/etc") / name for name in ETC if (Path("/etc") / name).exists()}
    readable |= {str(home): home for home in interpreters(sys.executable, lessons)} | etc
    readable |= {"/fieldnotes": profile.root / "shared", "/run/hub": profile.run / "hub"}
    readable |= {f"/run/{name}": ROOM / name for name in ("session.sh", "home.sh")}
    words = [*KERNEL, "--ro-bind", "/usr", "/usr"]
    for link in ("bin", "sbin", "lib", "lib64"):
        words += ["--symlink", f"usr/{link}", f"/{link}"]
    half = size(profile.memory) // 2
    for place, most in {"/tmp": half, "/dev/shm": half, "/home": size(profile.disk)}.items():
        words += ["--perms", "1777", "--size", str(most), "--tmpfs", place]
    for inside, outside in (rooms | {"/run/me": run / "me"}).items():
        words += [*_parents(inside), "--bind", str(outside), inside]
    for inside, outside in readable.items():
        words += [*_parents(inside), "--ro-bind", str(outside), inside]
    return [*words, "--remount-ro", "/", "--", *_become(uid, person["groups"].values())]


def _parents(place):
    """Return arguments that let a user pass through the folders above a place; bubblewrap would keep them to root."""
    above = [str(folder) for folder in reversed(Path(place).parents)][1:]
    return [
        word for folder in above if folder not in ("/home", "/tmp") for word in ("--perms", "0755", "--dir", folder)
    ]


def _become(uid, groups):
    """Return the command that leaves root behind for good."""
    also = ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
    last = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    return ["setpriv", "--reuid", str(uid), "--regid", str(uid), *also, *last, "/bin/sh", "/run/session.sh"]
