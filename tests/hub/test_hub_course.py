"""The course hub, for real: a class list, an assignment out and back, one archive, and the end."""

import datetime
import io
import os
import re
import subprocess
import tarfile
import zipfile

import pytest
from conftest import running, until

pytestmark = pytest.mark.needs("service")
CLASS = "user,role,name\nteacher,teacher,T\nann,student,A\nben,student,B\n"


@pytest.fixture(scope="module")
def course():
    """A course with a teacher and two students."""
    yield from running("course", CLASS, memory="700M", disk="64M", ends="2999-01-01")


@pytest.fixture(scope="module")
def assignment(course, tmp_path_factory):
    """An assignment that was released before anybody's server started."""
    folder = tmp_path_factory.mktemp("student")
    (folder / "lesson.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    course.run("release", str(folder), "co2-1")
    return folder


@pytest.fixture(scope="module")
def people(course, assignment):
    """The teacher and the students, signed in and working."""
    return dict(zip(("teacher", "ann", "ben"), course.people("teacher", "ann", "ben"), strict=True))


def test_a_student_is_reminded_of_the_end(course):
    browser = course.person("ann")
    assert "It ends on 2999-01-01" in browser.get("/hub/login").text
    browser.sign_in()
    home = browser.get("/hub/home").text
    assert "ends on <strong>2999-01-01</strong>" in home and "Download all my work" in home


def test_the_class_reads_what_the_teacher_lays_in_the_store(people):
    write = "from pathlib import Path\nPath('groups/course/store/plan.md').write_text('Monday')"
    assert people["teacher"].run(write) == "6"
    assert people["ann"].run("open('groups/course/store/plan.md').read()") == "'Monday'"
    assert "PermissionError" in people["ann"].run(write)
    assert people["ann"].run("import os; sorted(os.listdir('groups'))") == "['course']"
    assert people["teacher"].run("import os; sorted(os.listdir('groups'))") == "['course', 'teachers']"


def test_an_assignment_goes_out_and_comes_back(course, people, tmp_path):
    """A student who links to what is not theirs hands in nothing by it."""
    answer = "open('assignments/co2-1/lesson.ipynb', 'a').write(' ')"
    assert people["ann"].run(answer) == "1"
    people["ann"].run("import os; os.symlink('/etc/hosts', 'assignments/co2-1/link.ipynb')")
    people["ben"].run("import os, shutil; shutil.rmtree('assignments/co2-1'); os.symlink('/', 'assignments/co2-1')")
    said = course.run("collect", "co2-1", str(tmp_path / "back"))
    assert said.splitlines() == ["1 handed in: ann", "1 handed in nothing: ben"]
    files = sorted(path.relative_to(tmp_path / "back").as_posix() for path in (tmp_path / "back").rglob("*.ipynb"))
    assert files == ["ann/lesson.ipynb"]
    assert (tmp_path / "back" / "ann" / "lesson.ipynb").read_text().endswith(" ")


def test_one_click_gives_all_of_ones_work(people):
    people["ann"].run("import os; open('mine.csv', 'wb').write(os.urandom(100_000))")
    page = people["ann"].get("/hub/home").text
    link = page.partition('href="/hub/user-redirect/directories/')[2].partition('"')[0].replace("&amp;", "&")
    answer = people["ann"].get("/hub/user-redirect/directories/" + link, headers={"Sec-Fetch-Mode": "navigate"})
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "ann/mine.csv" in names and not any("fieldnotes" in name for name in names)


def test_names_that_were_never_released_or_cannot_be_are_refused(course, assignment, tmp_path):
    assert "no assignment is called 'co2-2'; released: co2-1" in course.run(
        "collect", "co2-2", str(tmp_path), fine=False
    )
    assert "is no name of an assignment" in course.run("release", str(tmp_path), "../co2-1", fine=False)
    assert "is no folder" in course.run("release", str(tmp_path / "nothing"), "co2-1", fine=False)


# -- the end ---------------------------------------------------------------------------------------------------------
def belongings(course):
    """Return what is kept of a course: its accounts, its class list and the file systems of its homes and groups."""
    kept = [course.root / "state" / "accounts.json", course.root / "class.csv"]
    return [path.read_text() for path in kept], sorted(path.name for path in (course.root / "images").iterdir())


def test_a_course_is_not_closed_before_its_day(course, people, tmp_path):
    before = belongings(course)
    assert "ends on 2999-01-01" in course.run("close", str(tmp_path / "all.tar.gz"), fine=False)
    assert course.status == 1 and belongings(course) == before and not list(tmp_path.iterdir())
    assert people["ann"].run("6 * 7") == "42"


def ends_on(course, day):
    """Write another day into the profile."""
    file = course.root / "profile.toml"
    file.write_text(re.sub(r'ends = ".*"', f'ends = "{day}"', file.read_text()))


def midnight_in(seconds):
    """Return a time zone in which a day begins in so many seconds, and that day."""
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    left = 86_400 - (3600 * then.hour + 60 * then.minute + then.second)
    day = (then + datetime.timedelta(seconds=left)).date()
    return f"XYZ-{left // 3600:02}:{left // 60 % 60:02}:{left % 60:02}", day.isoformat()


def test_when_the_day_comes_servers_end_and_nobody_comes_in(course, people, monkeypatch):
    """The hub lives in a time zone where midnight is near; work that never ends goes on until then."""
    work = "import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True).poll()"
    assert people["ben"].run(work) == ""
    people["ann"].run("open('huge', 'wb').truncate(2**38)")  # is to be no trouble at the end
    zone, day = midnight_in(40)
    monkeypatch.setenv("TZ", zone)
    ends_on(course, day)
    course.run("restart")
    assert course.processes("ann") and course.processes("ben"), "they ended before midnight"
    assert until(lambda: not (course.processes("ann") or course.processes("ben")), 100)
    answer = course.person("ben").sign_in()
    assert answer.status_code == 403 and f"This course ended on {day}" in answer.text
    assert people["ann"].ask_for_server() == 403
    assert people["ann"].get("/hub/home").url.partition("?")[0].endswith("/hub/login")
    assert until(lambda: '"servers": []' in course.run("status"), 30)


def full(folder, archive):
    """Put a file system behind an archive on which it does not fit."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], check=True)


def there(folder, archive):
    """Put another file where the archive should be."""
    archive.write_text("last year's")


def dying(folder, archive, last="kill -9 $$"):
    """Put a sandbox that ends at once before the real one."""
    (folder / "bwrap").write_text(f"#!/bin/sh\n{last}\n")
    (folder / "bwrap").chmod(0o755)


def refusing(folder, archive):
    """Put a sandbox that does not start before the real one."""
    dying(folder, archive, "exit 1")


@pytest.mark.parametrize("trouble", [there, full, dying, refusing], ids=lambda one: one.__name__)
def test_a_course_whose_export_fails_is_not_removed(course, people, tmp_path, monkeypatch, trouble):
    ends_on(course, "2020-01-01")
    before, archive = belongings(course), tmp_path / "all.tar.gz"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    trouble(tmp_path, archive)
    try:
        said = course.run("close", str(archive), fine=False)
        assert course.status == 1 and len(said.splitlines()) == 1 and str(archive) in said
        assert belongings(course) == before
        assert archive.read_text() == "last year's" if trouble is there else not list(tmp_path.glob("all*"))
    finally:
        subprocess.run(["umount", "-q", tmp_path])


@pytest.fixture(scope="module")
def archive(course, people, tmp_path_factory):
    """The archive of a course that is closed."""
    ends_on(course, "2020-01-01")
    file = tmp_path_factory.mktemp("archive") / "all.tar.gz"
    course.run("close", str(file))
    return file


def test_a_course_ends_with_an_export_and_nothing_else_left(course, archive):
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert "./home/ann/mine.csv" in names and "./groups/course/store/plan.md" in names
    assert archive.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in course.root.iterdir()) == ["profile.toml", "shared"]


def test_closing_again_and_again_does_nothing(course, archive):
    before = archive.read_bytes()
    assert course.run("close", str(archive)) == "course: there is nothing to close\n"
    assert archive.read_bytes() == before and [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_a_removal_that_was_interrupted_is_finished_and_nothing_else_is_removed(course, archive):
    home = course.root / "home" / "ann"
    home.mkdir(parents=True)
    course.run("close", str(archive))
    assert home.exists(), "no archive is known to hold it"
    (course.root / "closed").mkdir()
    course.run("close", str(archive))
    assert sorted(path.name for path in course.root.iterdir()) == ["profile.toml", "shared"]
