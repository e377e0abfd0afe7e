"""``python -m teaching``: hand a lesson out, prove the assignment, grade what comes back, and make launch links."""

import argparse
import os
import shlex
import sys

from ci.notebooks import NoSuchNotebook
from teaching import assign, grade, links, prove
from teaching.lesson import Incomplete
from teaching.sandbox import NoSandbox
from teaching.submissions import NoSubmissions

REFUSALS = (assign.Refused, NoSuchNotebook, Incomplete, NoSandbox, NoSubmissions, links.NoRepository)


def main(arguments=None):
    """Run the command that the arguments name; return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return asked.run(asked) or 0
    except REFUSALS as refusal:
        print(refusal, file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(prog="python -m teaching", description=__doc__.split("``: ")[1])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("assign", help="make an assignment of a lesson")
    one.add_argument("notebook", help="such as education/drought-2018")
    one.add_argument("parameters", nargs="*", help="values for a variant, such as last_year=1990", metavar="NAME=VALUE")
    one.add_argument("--out", help="the folder to make; by default in assignments/")
    one.set_defaults(run=_assign)

    one = commands.add_parser("prove", help="prove that an assignment marks right and wrong answers as it should")
    one.add_argument("notebooks", nargs="*", help="such as education/drought-2018; by default all of education")
    one.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many run at a time")
    one.set_defaults(run=_prove)

    one = commands.add_parser("grade", help="grade a folder of submissions, or the zip of a learning platform")
    one.add_argument("submissions", help="a folder or a zip")
    one.add_argument("--assignment", required=True, help="the folder that assign made, or the lesson")
    one.add_argument("--out", help="where to write; by default graded in the assignment's folder")
    one.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many run at a time")
    one.add_argument("--trust", action="store_true", help="run the code without the sandbox: you have read all of it")
    one.add_argument("--no-run", action="store_true", help="run no code: judge the answers that the checks noted")
    one.set_defaults(run=_grade)

    one = commands.add_parser("links", help="links that open a lesson on Binder, a hub or Colab")
    one.add_argument("notebook", help="such as education/drought-2018")
    one.add_argument("--repository", help="its address on GitHub; by default where this clone came from")
    one.add_argument("--branch", default="main", help="the branch or tag")
    one.add_argument("--hub", help="the address of your JupyterHub")
    one.set_defaults(run=_links)
    return parser


def _assign(asked):
    given = {}
    for text in asked.parameters:
        name, equals, value = text.partition("=")
        if not equals:
            raise assign.Refused(f"{text!r} is no parameter: write NAME=VALUE.")
        given[name] = value
    made = assign.assign(asked.notebook, asked.out, given)
    print(f"{made.title}: {len(made.exercises)} exercises, {made.points} points.")
    print(f"  for students  {made.folder / 'student' / made.lesson}.ipynb")
    print(f"  for you       {made.folder / 'instructor'}  (answers: keep it)")
    print(f"  grade with    make grade NOTEBOOK={shlex.quote(str(made.folder))} IN=submissions.zip")
    for sentence in prove.confused(made.questions):
        print(f"  warning       {sentence}")


def _prove(asked):
    return prove.prove_all(asked.notebooks, asked.jobs)


def _grade(asked):
    assignment = assign.read(asked.assignment)
    results = grade.grade(assignment, asked.submissions, asked.out, asked.jobs, asked.trust, execute=not asked.no_run)
    print(f"{len(results)} graded; see {asked.out or assignment.folder / 'graded'}.")


def _links(asked):
    for name, link in links.links(asked.notebook, asked.repository, asked.branch, asked.hub).items():
        print(f"{name:<8} {link}")


if __name__ == "__main__":
    sys.exit(main())
