"""The course hub, for real: a class list, an assignment out and back, one archive, and the end."""

import io
import tarfile
import zipfile

import pytest
from conftest import running

CLASS = "user,role,name\nteacher,teacher,T\nann,student,A\nben,student,B\n"


@pytest.fixture(scope="module")
def course():
    """A course with a teacher and two students."""
    yield from running("course", CLASS, ids=90_000, memory="700M", disk="64M", ends="2999-01-01")


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
    assert "ann" in said and "teacher" not in said
    files = sorted(path.relative_to(tmp_path / "back").as_posix() for path in (tmp_path / "back").rglob("*.ipynb"))
    assert files == ["ann/lesson.ipynb"]
    assert (tmp_path / "back" / "ann" / "lesson.ipynb").read_text().endswith(" ")


def test_one_click_gives_all_of_ones_work(people):
    people["ann"].run("open('mine.csv', 'w').write('co2')")
    page = people["ann"].get("/hub/home").text
    link = page.partition('href="/hub/user-redirect/directories/')[2].partition('"')[0].replace("&amp;", "&")
    answer = people["ann"].get("/hub/user-redirect/directories/" + link, headers={"Sec-Fetch-Mode": "navigate"})
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "ann/mine.csv" in names and not any("fieldnotes" in name for name in names)


def test_a_course_is_not_closed_before_its_day(course, tmp_path):
    assert "ends on 2999-01-01" in course.run("close", str(tmp_path / "all.tar.gz"), fine=False)
    assert course.person("ann").sign_in().ok


def test_a_course_ends_with_an_export_and_nothing_else_left(course, people, tmp_path):
    course.settings(port=course.port, ids=90_000, memory="700M", disk="64M", ends="2020-01-01")
    course.run("restart")
    answer = course.person("ben").sign_in()
    assert answer.status_code == 403 and "This course ended on 2020-01-01" in answer.text
    course.run("close", str(tmp_path / "all.tar.gz"))
    with tarfile.open(tmp_path / "all.tar.gz") as tar:
        names = tar.getnames()
    assert "./home/ann/mine.csv" in names and "./groups/course/store/plan.md" in names
    assert (tmp_path / "all.tar.gz").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in course.root.iterdir()) == ["profile.toml", "shared"]
