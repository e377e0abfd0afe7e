"""A class from beginning to end: a lesson goes out through the hub, comes back, is graded, and students hear of it."""

import csv
import json
import os
import signal
import subprocess
import sys
import tarfile
import tomllib

import nbformat
import psutil
import pytest
from conftest import CHECKOUT, running, until

from ci.exercises import exercises

pytestmark = pytest.mark.needs("service")
LESSON, NAME = "first-steps", "air-1"
FILE = f"assignments/{NAME}/{LESSON}.ipynb"
FEEDBACK = f"assignments/{NAME}/feedback.html"
WRONG = tomllib.loads((CHECKOUT / "teaching" / "misconceptions" / f"{LESSON}.wrong.toml").read_text())
EXERCISE, MISTAKE = "numbers", WRONG["numbers"]["posts-for-gaps"]
# The file names of `teaching grade` have no hyphen at their end: the names of `ann-` and `ann` are one there.
CLASS = "user,role\ntina,teacher\nann-,student\nben,student\ncara,student\nann,student\n"


def teaching(*words):
    """Run a command of `python -m teaching`, as a teacher does; return what it said."""
    command = [sys.executable, "-m", "teaching", *map(str, words)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def course():
    """A course with a teacher and four students."""
    yield from running("course", CLASS, memory="700M", disk="64M")


@pytest.fixture(scope="module")
def made(course, tmp_path_factory):
    """The assignment that the teacher made, released."""
    folder = tmp_path_factory.mktemp("made") / LESSON
    teaching("assign", f"education/{LESSON}", "--out", folder)
    course.run("release", str(folder / "student"), NAME)
    return folder


@pytest.fixture(scope="module")
def people(course, made):
    """Three students at work; the fourth never comes."""
    return dict(zip(("ann-", "ben", "cara"), course.people("ann-", "ben", "cara"), strict=True))


def opened(person, path=FILE):
    """Return what JupyterLab's file browser gets of a path."""
    answer = person.get(person.path(f"api/contents/{path}"))
    assert answer.ok, answer.text
    return answer.json()["content"]


def save(person, notebook):
    """Save a notebook as JupyterLab does: the file, then a checkpoint of it."""
    place = person.path(f"api/contents/{FILE}")
    body = {"type": "notebook", "format": "json", "content": notebook}
    assert person.send("PUT", place, json=body).status_code == 200
    assert person.send("POST", f"{place}/checkpoints").status_code == 201


def answered(notebook, answers):
    """Return a notebook with answers by the id of their cell."""
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return notebook


def solutions():
    """Return the lesson's own solutions by the id of the cell for the answer."""
    lesson = nbformat.read(CHECKOUT / "notebooks" / "education" / f"{LESSON}.ipynb", as_version=4)
    return {one.answer: one.code for one in exercises(lesson)}


def run_all(person):
    """Run every cell of the saved notebook in the kernel of the lessons; return what they said."""
    cells = [cell["source"] for cell in opened(person)["cells"] if cell["cell_type"] == "code"]
    return "\n".join(person.run(code) for code in cells)


@pytest.fixture(scope="module")
def work(people):
    """What the students did: one answers all, one nothing, one has a known mistake in one exercise."""
    right = solutions()
    save(people["ann-"], answered(opened(people["ann-"]), right))
    save(people["ben"], opened(people["ben"]))
    save(people["cara"], answered(opened(people["cara"]), right | {f"{EXERCISE}-answer": MISTAKE["answer"]}))


@pytest.fixture(scope="module")
def graded(course, made, work, tmp_path_factory):
    """The folder that grading wrote, of what was collected."""
    back, graded = tmp_path_factory.mktemp("back") / "in", tmp_path_factory.mktemp("graded")
    said = course.run("collect", NAME, str(back))
    assert said.splitlines() == ["3 handed in: ann-, ben, cara", "1 handed in nothing: ann"]
    teaching("grade", back, "--assignment", made, "--out", graded)
    return graded


def key(made):
    """Return what the teacher alone has: exercises with their checks, and the questions."""
    return json.loads((made / "instructor" / "key.json").read_text(encoding="utf-8"))


def grades(folder):
    """Return the rows of grades.csv by the name that the hub knows."""
    with (folder / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def home(course, name):
    """Return the folder outside that is somebody's home."""
    return course.root / "home" / name


def test_a_student_finds_the_assignment_and_no_answer(made, people):
    found = {row["name"] for row in opened(people["ben"], f"assignments/{NAME}")}
    assert found == {f"{LESSON}.ipynb"}
    text = json.dumps(opened(people["ben"]))
    assert not [code for code in solutions().values() if json.dumps(code)[1:-1] in text]


def test_a_student_sees_at_once_that_the_answers_are_right(made, people, work):
    said = run_all(people["ann-"])
    assert "Error" not in said
    assert said.count(": right.") == len(key(made)["questions"])


def test_a_later_start_leaves_alone_what_a_student_wrote(course, made, people, work):
    """Not even where the teacher releases the assignment again."""
    course.run("release", str(made / "student"), NAME)
    before = opened(people["cara"])
    people["cara"].stop()
    people["cara"].start_again()
    assert opened(people["cara"]) == before


def test_the_grades_are_what_was_stated(made, graded):
    rows = grades(graded)
    assert set(rows) == {"ann-", "ben", "cara"}, "who handed in nothing is not there"
    (checks,) = (one["checks"] for one in key(made)["exercises"] if one["check"] == f"{EXERCISE}-check")
    most = float(rows["ann-"]["of"])
    stated = [most, 0, most - len(checks) + MISTAKE["points"]]
    assert [float(rows[name]["points"]) for name in ("ann-", "ben", "cara")] == stated
    assert "published solution, letter by letter" in rows["ann-"]["remarks"], "hers are the solutions"
    assert "saved?" in rows["ben"]["remarks"] and rows["cara"]["remarks"] == ""
    assert MISTAKE["says"] in (graded / "feedback" / "cara.html").read_text(encoding="utf-8")


def test_each_student_gets_the_own_feedback_while_at_work(course, people, graded):
    said = course.run("feedback", str(graded), NAME)
    assert said == "3 have their feedback: ann-, ben, cara\n"
    for name, row in grades(graded).items():
        page = (graded / "feedback" / f"{row['student']}.html").read_text(encoding="utf-8")
        assert opened(people[name], FEEDBACK) == page
        assert people[name].run(f"import os; os.stat('{FEEDBACK}').st_uid == os.getuid()") == "True"
        assert [path.read_text(encoding="utf-8") for path in home(course, name).rglob("feedback*")] == [page]
        assert (home(course, name) / FEEDBACK).stat().st_mode & 0o777 == 0o600
    assert not list(home(course, "ann").rglob("feedback*")), "whose file name would have been the same"


def test_a_page_of_feedback_is_not_handed_in(course, people, graded, tmp_path):
    course.run("collect", NAME, str(tmp_path))
    assert not list(tmp_path.rglob("*.html")) and len(list(tmp_path.rglob("*.ipynb"))) == 3
    assert "is not empty" in course.run("collect", NAME, str(tmp_path), fine=False)


def test_feedback_goes_nowhere_else_whatever_lies_in_its_place(course, people, graded, tmp_path):
    """Links to a file of root's and to its folder, and a pipe at which a writer would wait for ever."""
    theirs = tmp_path / "feedback.html"
    theirs.write_text("root's own")
    plant = f"import os; os.remove('{FEEDBACK}'); "
    people["ann-"].run(plant + f"os.mkfifo('{FEEDBACK}')")
    people["cara"].run(plant + f"os.symlink('{theirs}', '{FEEDBACK}')")
    people["ben"].run(
        plant
        + f"os.rename('assignments', 'old'); os.mkdir('assignments'); os.symlink('{tmp_path}', 'assignments/{NAME}')"
    )
    said = course.run("feedback", str(graded), NAME, fine=False)
    assert course.status == 1
    assert said.splitlines() == ["2 have their feedback: ann-, cara", "ben has no feedback: Not a directory"]
    assert theirs.read_text() == "root's own" and [path.name for path in tmp_path.iterdir()] == ["feedback.html"]
    for name in ("ann-", "cara"):
        place = home(course, name) / FEEDBACK
        assert place.is_file() and not place.is_symlink()
        assert opened(people[name], FEEDBACK).startswith("<!")


def test_feedback_that_cannot_be_meant_is_refused(course, graded, tmp_path):
    assert "no assignment is called 'air-2'; released: air-1" in course.run(
        "feedback", str(graded), "air-2", fine=False
    )
    for table in ("", "student;name\nben;ben\n", "student,name\nzoe,zoe\n"):  # the second as a spreadsheet may save it
        assert "holds no grades.csv as" in course.run("feedback", str(tmp_path), NAME, fine=False)
        (tmp_path / "grades.csv").write_text(table)
    said = course.run("feedback", str(tmp_path), NAME, fine=False)
    assert "zoe is no student of this course" in said and "0 have their feedback" in said


def test_a_hub_that_starts_after_the_day_ends_servers_and_can_be_closed_at_once(course, people):
    file = course.root / "profile.toml"
    before = file.read_text()
    file.write_text(before.replace("2999-01-01", "2020-01-01"))
    course.run("restart")
    assert '"servers": []' in course.run("status") and not course.processes("ann-")
    file.write_text(before)
    course.run("restart")
    people["ann-"].start()


def test_a_course_whose_hub_crashed_is_closed_and_no_server_writes_on(course, people, tmp_path):
    running = course.processes("ann-")
    hub = int((course.root / "state" / "hub.pid").read_text())
    helpers = helpers_of(hub)
    os.kill(hub, signal.SIGKILL)
    assert running and course.processes("ann-")
    assert helpers and until(lambda: not any(map(alive, helpers)), 10), "the hub's helpers go with it"
    course.run("close", str(tmp_path / "all.tar.gz"), "--now")
    left = subprocess.run(["ps", "-o", "stat=", "-p", ",".join(map(str, running))], capture_output=True, text=True)
    assert all(state.startswith("Z") for state in left.stdout.split()), "dead, and perhaps not yet buried"
    with tarfile.open(tmp_path / "all.tar.gz") as tar:
        assert f"./home/cara/{FEEDBACK}" in tar.getnames()


def helpers_of(hub):
    """Return the relay, the culler and the way out that a hub started."""
    words = ("hub.sock", "idle-culler", "hub.egress")
    children = psutil.Process(hub).children()
    return [child for child in children if any(word in " ".join(child.cmdline()) for word in words)]


def alive(process):
    """Tell whether a process runs; one that is dead and not yet buried does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
