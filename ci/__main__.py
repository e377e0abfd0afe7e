"""``python -m ci run | refresh | measured | style | index | bench | new | ids``: see ``docs/running-notebooks.md``."""

import argparse
import os
import signal
import sys
from pathlib import Path

from ci.notebooks import BUILD, ROOT, NoSuchNotebook


def main(arguments=None):
    """Run one command; return its exit status."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        status = COMMANDS[command](**options)
        sys.stdout.flush()
        return status
    except NoSuchNotebook as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read what we print has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        print(f"{error.filename or 'A file'} could not be written or read: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def _run(**options):
    from ci.run import run

    return run(**options)


def _refresh(**options):
    from ci.refresh import refresh

    return refresh(**options)


def _measured(**options):
    from ci.measured import measured

    return measured(**options)


def _style(notebooks):
    from ci.style import main as style

    return style(notebooks)


def _index(check):
    from ci.index import main as index

    return index(check)


def _bench(**options):
    from ci.bench import bench

    return bench(**options)


def _new(**options):
    from ci.author import CannotBegin, new

    try:
        path = new(**options)
    except CannotBegin as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{path.relative_to(ROOT)} is there. What comes next: docs/add-a-lesson.md.")
    return 0


def _ids(notebooks):
    from ci.author import ids

    return ids(notebooks)


COMMANDS = {
    "run": _run,
    "refresh": _refresh,
    "measured": _measured,
    "style": _style,
    "index": _index,
    "bench": _bench,
    "new": _new,
    "ids": _ids,
}


def _interrupt(*_):
    """Treat a request to end like Ctrl-C, so that every process is ended in order."""
    raise KeyboardInterrupt


def _shard(text):
    """Return ``I/N`` as two numbers."""
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"takes I/N, such as 1/3 for the first of three parts, not {text!r}")
    return int(number), int(count)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m ci", description="Run, check and describe the notebooks.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run notebooks and compare them with what is committed")
    refresh = commands.add_parser("refresh", help="execute notebooks and write their outputs")
    style = commands.add_parser("style", help="hold notebooks to the house style")
    ids = commands.add_parser("ids", help="give readable ids to the cells that JupyterLab added")
    measured = commands.add_parser("measured", help="execute notebooks on measurements and write their editions")
    for command in (run, refresh, measured, style, ids):
        command.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="a path or collection/name; default all")
    for command in (run, refresh):
        command.add_argument("--jobs", type=int, metavar="N", help="how many at once")
        command.add_argument("--fresh", action="store_true", help="also what has not changed since it passed")
        command.add_argument("--build", type=Path, default=BUILD, metavar="DIR", help="where to write; default _build")
    run.add_argument("--source", default="fixture", metavar="S", help="fixture, measured, live or a folder")
    run.add_argument("--shard", type=_shard, metavar="I/N", help="only the I-th of N parts of about equal duration")
    run.add_argument("--json", dest="json_file", metavar="FILE", help="also write the results there")
    run.add_argument(
        "--plain", dest="warm", action="store_const", const=False, help="start a fresh Python for each kernel"
    )
    index = commands.add_parser("index", help="write the tables of README.md and docs/index.md")
    index.add_argument("--check", action="store_true", help="only tell whether they are up to date")
    new = commands.add_parser("new", help="begin a lesson from the template")
    new.add_argument("name", metavar="COLLECTION/TOPIC", help="education/, research/ or outreach/, and the topic")
    new.add_argument("--title", help="the H1; default the topic")
    new.add_argument("--audience", nargs="+", metavar="A", help="school, first-year, bachelor, master, phd, public")
    new.add_argument("--minutes", type=int, metavar="N", help="for a reader who does the exercises")
    new.add_argument("--level", metavar="L", help="introductory, intermediate or advanced")
    new.add_argument("--theme", metavar="T", help="atmosphere, ecosystem, ocean, land or maps")
    bench = commands.add_parser("bench", help="time the runner against its rivals")
    bench.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each is run, in turn")
    return parser


if __name__ == "__main__":
    sys.exit(main())
