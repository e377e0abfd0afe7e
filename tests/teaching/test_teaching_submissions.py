import io
import json
import zipfile

import nbformat
import pytest
from classroom import handed_in, needs_sandbox, points, put, table

from teaching import __main__ as door
from teaching import assign, submissions
from teaching.submissions import NoSubmissions, collect, notebook

BLANK = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}).encode()


def _zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def _by_student(path, lesson="x"):
    return {one.student: one for one in collect(path, lesson)}


def _cells(*sources, **facts):
    return submissions.Submission("a", "a", json.dumps({"nbformat": 4, "cells": list(sources)} | facts).encode())


@needs_sandbox
def test_moodles_zip_is_graded_through_the_command(made, tmp_path, capsys):
    files = {
        "Anna Berg_101_assignsubmission_file_/x.ipynb": handed_in(made),
        "Åsa Öberg_102_assignsubmission_file_/answers.ipynb": handed_in(made, sum="total = 6"),
        "Bo Ek_103_assignsubmission_file_/essay.pdf": b"%PDF-1.4",
    }
    path = _zip(tmp_path / "moodle.zip", files)
    asked = ["grade", str(path), "--assignment", str(made.folder), "--out", str(tmp_path / "out"), "--jobs", "2"]
    assert door.main(asked) == 0
    assert "3 graded" in capsys.readouterr().out
    rows = table(tmp_path / "out")
    assert {name: row["points"] for name, row in rows.items()} == {
        "anna-berg-101": "3",
        "asa-oberg-102": "2",
        "bo-ek-103": "0",
    }
    assert rows["asa-oberg-102"]["name"] == "Åsa Öberg"
    assert "essay.pdf" in rows["bo-ek-103"]["remarks"]


def test_a_folder_of_files_and_a_folder_of_folders_name_the_same_students(tmp_path):
    flat = put(tmp_path / "flat", {"anna.ipynb": BLANK, "bo.ipynb": BLANK})
    deep = put(tmp_path / "deep", {"anna/x.ipynb": BLANK, "bo/in/y.ipynb": BLANK, "bo/.ipynb_checkpoints/y.ipynb": b""})
    assert list(_by_student(flat)) == list(_by_student(deep)) == ["anna", "bo"]
    assert not any(one.problem for one in collect(deep, "x"))


def test_names_that_become_one_id_stay_apart_even_from_a_name_with_that_number(tmp_path):
    names = ["Anna Berg", "anna berg", "anna_berg", "anna-berg-2", "李雷", "韓梅"]
    found = collect(put(tmp_path, {f"{name}.ipynb": BLANK for name in names}), "x")
    assert sorted(one.name for one in found) == sorted(names)
    assert len({one.student for one in found}) == len(names)
    assert all(one.student.isascii() for one in found)


def test_a_name_longer_than_file_names_may_be_is_cut(tmp_path):
    (one,) = collect(_zip(tmp_path / "long.zip", {f"{'anna' * 80}.ipynb": BLANK}), "x")
    assert len(one.student) <= 80


def test_of_two_notebooks_the_one_named_like_the_lesson_counts(tmp_path):
    put(tmp_path, {"anna/x.ipynb": BLANK, "anna/try.ipynb": b"", "bo/one.ipynb": BLANK, "bo/two.ipynb": BLANK})
    found = _by_student(tmp_path)
    assert found["anna"].content == BLANK
    assert found["bo"].notes == ("2 notebooks were handed in; graded: two.ipynb.",)


def test_what_is_no_notebook_is_named_and_its_bytes_are_never_read(tmp_path, monkeypatch):
    put(tmp_path, {"essay.pdf": b"%PDF", "big/x.ipynb": b" " * 1000})
    monkeypatch.setattr(submissions, "LARGEST", 999)
    found = _by_student(tmp_path)
    assert found["essay"].problem == "no notebook; handed in: essay.pdf."
    assert found["big"].problem.startswith("the file is larger than")


@pytest.mark.parametrize(
    "content",
    [b"", BLANK[:40], b"\xff\xfe\x00", b"[]", b"{}", b'{"nbformat": 3}', b'{"nbformat": 9}', b'{"nbformat": 4}',
     b'{"nbformat": 4, "cells": [5]}', b"[" * 100_000, b"null"],
)  # fmt: skip
def test_a_broken_file_is_told_in_words(content):
    with pytest.raises(ValueError, match="is not a notebook"):
        notebook(submissions.Submission("a", "a", content))


def test_a_notebook_of_the_third_format_is_read():
    third = nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell("a = 1")])])
    (one,) = notebook(submissions.Submission("a", "a", json.dumps(third).encode()))
    assert (one["kind"], one["source"]) == ("code", "a = 1")


def test_ids_are_found_where_colab_and_nbgrader_keep_them():
    colab = {"cell_type": "code", "source": ["a ", "= 1"], "metadata": {"id": "sum-answer"}}
    marked = {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": "sum-check"}}, "id": 5}
    first, second = notebook(_cells(colab, marked))
    assert (first["ids"], first["source"]) == (["sum-answer"], "a = 1")
    assert second["ids"] == ["sum-check"]


def test_half_characters_which_no_file_can_hold_are_replaced():
    (one,) = notebook(_cells({"cell_type": "code", "source": "a = '\ud800'"}))
    assert one["source"] == "a = '?'"


@pytest.mark.needs("posix")
def test_a_link_to_anothers_file_shows_nothing_and_its_maker_is_still_listed(tmp_path):
    put(tmp_path / "in", {"anna/x.ipynb": BLANK})
    put(tmp_path, {"key.ipynb": BLANK})
    (tmp_path / "in" / "mallory.ipynb").symlink_to(tmp_path / "in" / "anna" / "x.ipynb")
    (tmp_path / "in" / "oscar.ipynb").symlink_to(tmp_path / "key.ipynb")
    (tmp_path / "in" / "trudy").symlink_to(tmp_path / "in" / "anna")
    found = _by_student(tmp_path / "in")
    assert list(found) == ["anna", "mallory", "oscar", "trudy"]
    assert [found[name].content for name in ("mallory", "oscar", "trudy")] == [b"", b"", b""]


def test_paths_in_a_zip_lead_nowhere(tmp_path):
    names = ["../../up.ipynb", "/etc/root.ipynb", "..\\up.ipynb", "anna.ipynb", "__MACOSX/anna.ipynb"]
    found = collect(_zip(tmp_path / "a.zip", {name: BLANK for name in names}), "x")
    assert "anna" in [one.student for one in found]
    assert not any(set(one.student) & set("/\\.") for one in found)
    assert [path.name for path in tmp_path.rglob("*")] == ["a.zip"]


def test_a_damaged_member_of_a_zip_leaves_the_others(tmp_path):
    path = _zip(tmp_path / "a.zip", {"anna.ipynb": BLANK * 9, "bo.ipynb": BLANK})
    content = bytearray(path.read_bytes())
    content[45:60] = bytes(15)  # the packed bytes of the first
    path.write_bytes(content)
    found = _by_student(path)
    assert found["anna"].content == b""
    assert found["bo"].content == BLANK


def test_what_is_neither_a_folder_nor_a_zip_is_refused(made, tmp_path, capsys):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("anna.ipynb", BLANK)
    cut = put(tmp_path, {"none.zip": b"nothing", "cut.zip": packed.getvalue()[:60]})
    (tmp_path / "empty").mkdir()
    for name in ("none.zip", "cut.zip", "missing", "empty"):
        with pytest.raises(NoSubmissions):
            collect(cut / name, "x")
    assert door.main(["grade", str(cut / "none.zip"), "--assignment", str(made.folder), "--trust"]) == 2
    assert "neither a folder nor a zip" in capsys.readouterr().err


def test_a_folder_without_an_assignment_is_refused(tmp_path, capsys):
    assert door.main(["grade", str(tmp_path), "--assignment", str(tmp_path)]) == 2
    assert "is no assignment" in capsys.readouterr().err
    with pytest.raises(assign.Refused):
        assign.read(tmp_path)


def test_points_are_counted_by_check(made):
    nothing = {name: {"points": 0.0} for name in made.questions}
    assert points({"anna": {"verdicts": nothing}}) == {"anna": 0.0}
    assert made.points == 3


PLATFORMS = {
    "moodle": [
        "Anna Berg_101_assignsubmission_file_/x.ipynb",
        "Anna Berg_101_assignsubmission_onlinetext_/online.html",
    ],
    "moodle, flat": ["Anna Berg_101_assignsubmission_file_x.ipynb", "Anna Berg_101_assignsubmission_file_notes.txt"],
    "blackboard": [
        "Air_Anna Berg_attempt_2026-11-28-10-11-12_x.ipynb",
        "Air_Anna Berg_attempt_2026-11-28-10-11-12.txt",
    ],
    "brightspace": ["12345-678 - Anna Berg - 28 November, 2026 1011 AM/x.ipynb", "index.html"],
    "a folder around all": ["Air/Anna Berg/x.ipynb", "Air/Bo Ek/x.ipynb"],
    "a text file": ["Anna Berg.ipynb.txt"],
    "capitals": ["Anna Berg.IPYNB"],
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platforms_names_make_one_student_of_one(tmp_path, platform):
    files = {name: BLANK for name in PLATFORMS[platform]}
    found = collect(_zip(tmp_path / "class.zip", files), "x")
    assert [one.name for one in found] == ["Anna Berg", "Bo Ek"][: 1 + ("around" in platform)]
    assert [(one.problem, one.content) for one in found] == [("", BLANK)] * len(found)


def test_canvas_names_have_the_student_and_say_who_is_late(tmp_path):
    files = {"bergann_12345_67890_x-1.ipynb": BLANK, "ekbo_LATE_12346_67891_x.ipynb": BLANK}
    anna, bo = collect(_zip(tmp_path / "class.zip", files), "x")
    assert (anna.name, anna.notes, bo.name, bo.notes) == ("bergann", (), "ekbo", ("The platform calls it late.",))


def test_the_last_attempt_counts(tmp_path):
    last = BLANK + b" "
    files = {
        "Air_anna_attempt_2026-11-27-10-11-12_x.ipynb": BLANK,
        "Air_anna_attempt_2026-11-28-09-11-12_x.ipynb": last,
    }
    (found,) = collect(_zip(tmp_path / "class.zip", files), "x")
    assert found.content == last


def test_a_notebook_in_a_zip_in_the_zip_is_read(tmp_path):
    inner = _zip(tmp_path / "inner.zip", {"work/x.ipynb": BLANK, "work/notes.txt": b""})
    (found,) = collect(_zip(tmp_path / "class.zip", {"anna/work.zip": inner.read_bytes()}), "x")
    assert (found.name, found.content) == ("anna", BLANK)


def test_ids_depend_on_the_name_alone(tmp_path):
    first = ["Søren Ærø", "Łukasz", "Иван", "李小龙", "محمد"]
    put(tmp_path, {f"{name}.ipynb": BLANK for name in first})
    before = {one.name: one.student for one in collect(tmp_path, "x")}
    put(tmp_path, {"Анна.ipynb": BLANK})
    after = {one.name: one.student for one in collect(tmp_path, "x")}
    assert before == {name: after[name] for name in first}
    assert (after["Søren Ærø"], after["Łukasz"]) == ("soren-aero", "lukasz")
    assert len(set(after.values())) == 6 and all(one.isascii() for one in after.values())
