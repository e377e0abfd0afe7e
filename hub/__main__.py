"""Run a service: `python -m hub COMMAND members|open|course`. See docs/services.md."""

import argparse
import json
import secrets
import sys
from pathlib import Path

import yaml

from hub import compose, course, folders, service, values
from hub.accounts import apply, password
from hub.profile import load


def main():
    """Return the exit status of a command."""
    arguments = parse()
    try:
        profile = load(arguments.profile)
        return COMMANDS[arguments.command](profile, arguments) or 0
    except (ValueError, RuntimeError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


def parse():
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m hub", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__)
        command.add_argument("profile", choices=("members", "open", "course"))
        for words, settings in OPTIONS.get(name, []):
            command.add_argument(words, **settings)
    return parser.parse_args()


def check(profile, _):
    """say what this machine lacks for a service, and what it does not protect from"""
    lacking = [] if service.running(profile) else list(service.lacking(profile))
    weak = [] if lacking else list(service.weak(profile))
    print("\n".join([*lacking, *(f"warning: {sentence}" for sentence in weak)]) or "fit")
    return bool(lacking)


def apply_(profile, arguments):
    """make the users and groups of the list, and say what that changes"""
    said = apply(profile, only_say=arguments.dry_run)
    print("\n".join(said) or "nothing to change")
    if said and not arguments.dry_run:
        print(f"new passwords are in {profile.root}/state/passwords.tsv: hand them out, then delete it")


def up(profile, _):
    """start a service; it goes on in the background"""
    if service.running(profile):
        print(f"{profile.name} already runs")
        return 0
    if check(profile, _):
        return 1
    if not service.up(profile):
        print(f"it did not start; see {profile.root}/state/hub.log", file=sys.stderr)
        return 1
    print(f"{profile.title}: http://127.0.0.1:{profile.port}")
    if profile.people == "anyone":
        return word(profile, argparse.Namespace(new=False))
    return 0


def down(profile, _):
    """stop a service with every server"""
    service.down(profile)


def stop(profile, arguments):
    """stop one user's server, and whatever it left running"""
    service.end_server(profile, arguments.user)
    print(f"the server of {arguments.user} is stopped")


def restart(profile, _):
    """start the hub anew, while every server and kernel runs on"""
    service.stop(profile)
    return not service.start(profile)


def status(profile, _):
    """say whether a service runs, and whose server does"""
    alive = service.healthy(profile)
    print(json.dumps({"service": profile.name, "answers": alive, "servers": service.servers(profile) if alive else []}))
    return not alive


def password_(profile, arguments):
    """give a user a new password"""
    password(profile, arguments.user)
    print(f"it is the last line of {profile.root}/state/passwords.tsv")


def word(profile, arguments):
    """show the shared word of an open service, or make another"""
    file = profile.root / "state" / "word"
    if arguments.new:
        folders.prepare(profile)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9), encoding="utf-8")
        print("it counts once the hub is restarted")
    print(f"the shared word: {file.read_text(encoding='utf-8').strip()}")


def release(profile, arguments):
    """lay a folder, such as an assignment's `student`, where all of a course get it"""
    print(course.release(profile, arguments.folder, arguments.name))


def collect(profile, arguments):
    """copy what each student made of an assignment into a folder that `teaching grade` takes"""
    found, nothing = course.collect(profile, arguments.name, Path(arguments.to))
    print(f"{len(found)} handed in: {', '.join(found)}")
    print(f"{len(nothing)} handed in nothing: {', '.join(nothing)}")


def feedback(profile, arguments):
    """lay the pages that `teaching grade` wrote into the homes, to each student the own one"""
    given, wrong = course.feedback(profile, Path(arguments.graded), arguments.name)
    print(f"{len(given)} have their feedback: {', '.join(given)}")
    print("".join(f"{sentence}\n" for sentence in wrong), end="", file=sys.stderr)
    return bool(wrong)


def export(profile, arguments):
    """write all work into one archive"""
    course.export(profile, arguments.archive)


def close(profile, arguments):
    """end a course from its day on: export everything, then remove it; may be called every day"""
    closed = course.close(profile, arguments.archive, arguments.now)
    done = f"{profile.name} is closed and removed; its work is in {arguments.archive}"
    print(done if closed else f"{profile.name}: there is nothing to close")


def caddyfile(profile, arguments):
    """print the configuration of Caddy, for TLS before a service on this machine"""
    print(compose.caddyfile(profile, f"127.0.0.1:{profile.port}", arguments.keys), end="")


def compose_(profile, arguments):
    """write the file for Docker Compose, for production on one machine"""
    _write({"compose": compose.compose(profile)}, compose.unsaid(profile), arguments.out)


def values_(profile, arguments):
    """write the values of the charts, for production on Kubernetes"""
    _write(values.values(profile, arguments.registry), values.unsaid(profile), arguments.out)


def _write(files, sentences, out):
    """Write files of YAML into a folder, or print them one after the other; what they leave open stands on top."""
    head = "".join(f"# {sentence}\n" for sentence in sentences)
    plain = json.loads(json.dumps(files))  # nothing twice the same object, which YAML would write as a reference
    texts = {name: head + yaml.safe_dump(content, sort_keys=False, width=110) for name, content in plain.items()}
    if out:
        Path(out).mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            Path(out, f"{name}.yaml").write_text(text, encoding="utf-8")
    else:
        print("---\n".join(texts.values()), end="")


COMMANDS = {
    "check": check, "apply": apply_, "up": up, "down": down, "restart": restart, "status": status,
    "password": password_, "word": word, "stop": stop,
    "release": release, "collect": collect, "feedback": feedback, "export": export, "close": close,
    "caddyfile": caddyfile, "compose": compose_, "values": values_,
}  # fmt: skip
ARCHIVE = ("archive", {"help": "the file to write, .tar.gz"})
NOW = ("--now", {"action": "store_true", "help": "before its day"})
OUT = ("--out", {"help": "the folder to write, in place of printing"})
REGISTRY = ("--registry", {"default": "", "help": "where the cluster finds the image, registry.example.org/group"})
OPTIONS = {
    "caddyfile": [
        ("--keys", {"default": "/etc/caddy", "help": "the folder of tls_certificate and tls_key, if needed"})
    ],
    "compose": [OUT],
    "values": [OUT, REGISTRY],
    "release": [("folder", {}), ("name", {"help": "of the assignment"})],
    "collect": [("name", {"help": "of the assignment"}), ("to", {"help": "the folder to write"})],
    "feedback": [
        ("graded", {"help": "the folder that `teaching grade` wrote"}),
        ("name", {"help": "of the assignment"}),
    ],
    "export": [ARCHIVE],
    "close": [ARCHIVE, NOW],
    "apply": [("--dry-run", {"action": "store_true", "help": "only say it"})],
    "password": [("user", {})],
    "stop": [("user", {})],
    "word": [("--new", {"action": "store_true"})],
}

if __name__ == "__main__":
    sys.exit(main())
