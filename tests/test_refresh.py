"""Refresh: it touches what changed and nothing else; what cannot be read fails by name, and the others run."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from lessons import lesson, outputs

from ci import files
from ci import refresh as refreshing
from ci.__main__ import main
from ci.notebooks import ROOT
from ci.readable import refusal
from ci.refresh import refresh
from ci.run import run


def edited(path, **facts):
    """Change what a notebook states of itself."""
    content = json.loads(path.read_text())
    content["metadata"]["fieldnotes"] |= facts
    path.write_text(json.dumps(content))


def facts(path):
    return json.loads(path.read_text())["metadata"]["fieldnotes"]


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return tmp_path_factory.mktemp("build")


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory, build):
    """Return a notebook that was refreshed, and the time of its file."""
    path = lesson(tmp_path_factory.mktemp("lessons") / "good.ipynb", "print('one')", executed=False)
    assert refresh([path], build=build) == 0
    return path


def test_what_refresh_wrote_has_passed_and_neither_refresh_nor_run_executes_it_again(refreshed, build, capsys):
    before = refreshed.stat().st_mtime_ns
    assert refresh([refreshed], build=build) == 0
    assert capsys.readouterr().out == ""
    assert run([refreshed], build=build) == 0
    assert "unchanged since they passed" in capsys.readouterr().out
    assert refreshed.stat().st_mtime_ns == before


def result_of(path, seconds):
    return {"seconds": seconds, "peak_mb": 200, "data": []}


def test_a_slow_machine_does_not_change_what_a_lesson_costs(tmp_path):
    path = lesson(tmp_path / "a.ipynb", "1")
    refreshing.write(path, path, result_of(path, 4))
    assert facts(path)["seconds"] == 4
    refreshing.write(path, path, result_of(path, 40))
    assert facts(path)["seconds"] == 4, "nobody changed its code"
    text = path.read_text().replace('"1"', '"1 + 1"')
    path.write_text(text)
    refreshing.write(path, path, result_of(path, 40))
    assert facts(path)["seconds"] == 40


def test_costs_of_a_lesson_measured_before_stay(tmp_path):
    path = lesson(tmp_path / "a.ipynb", "1", seconds=4, peak_mb=250)
    refreshing.write(path, path, result_of(path, 40))
    assert (facts(path)["seconds"], facts(path)["peak_mb"]) == (4, 250)


def test_a_failing_cell_is_shown_with_its_line_and_traceback_and_keeps_its_outputs(tmp_path, capsys):
    bare = lesson(tmp_path / "bare.ipynb", "a = 1\nassert a < 0")
    before = bare.read_bytes()
    assert refresh([bare], build=tmp_path / "_build") == 1
    told = capsys.readouterr().out
    assert "cell 'step-1': AssertionError in line 2: assert a < 0" in told
    assert "Traceback" in told and "keeps its outputs; what was executed is in" in told
    assert bare.read_bytes() == before


def test_an_error_that_a_cell_declares_is_an_output_and_any_other_fails(tmp_path):
    path = lesson(tmp_path / "declared.ipynb", "1 / 0", "print('on')", executed=False)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    assert refresh([path], build=tmp_path / "_build") == 0
    assert [output.output_type for output in outputs(path)["step-1"]] == ["error"]
    assert outputs(path)["step-2"][0].text == "on\n"
    assert run([path], fresh=True, build=tmp_path / "_build") == 0
    path.write_text(path.read_text().replace("division by zero", "another error"))
    assert run([path], fresh=True, build=tmp_path / "_build") == 1


GOOD = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
UNREADABLE = {
    "conflict": (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> main\n]}', "merge conflict, the first in line 2"),
    "empty": (b"", "It is empty."),
    "order-mark": ("\ufeff{}".encode(), "byte order mark"),
    "cut-off": (b'{"cells": [', "It is not JSON"),
    "no-text": (b"\xff\xfe\x00", "not UTF-8"),
    "a-list": (b"[1]", "no notebook"),
    "format-3": (json.dumps({"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}), "format 3.0"),
    "format-4.4": (json.dumps(GOOD | {"nbformat_minor": 4}), "format 4.4, in which cells have no ids"),
    "no-cells": (json.dumps({name: GOOD[name] for name in GOOD if name != "cells"}), "not a valid notebook"),
    "data": (json.dumps(GOOD | {"metadata": {"fieldnotes": {"data": None}}}), "data is None"),
    "budget": (json.dumps(GOOD | {"metadata": {"fieldnotes": {"budget": {"seconds": "60"}}}}), "budget is"),
    "seconds": (json.dumps(GOOD | {"metadata": {"fieldnotes": {"seconds": "4"}}}), "seconds is '4'"),
    "parameters": (json.dumps(GOOD), "no cell tagged 'parameters'"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of notebooks none of which can be read."""
    folder = tmp_path_factory.mktemp("unreadable")
    for name, (content, _) in UNREADABLE.items():
        (folder / f"{name}.ipynb").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_notebook_is_told_in_one_sentence(folder, name):
    sentence = refusal(folder / f"{name}.ipynb")
    assert UNREADABLE[name][1] in sentence and "\n" not in sentence and sentence.endswith(".")


def test_a_notebook_that_is_not_there_cannot_be_read(tmp_path):
    assert refusal(tmp_path / "none.ipynb") == "It cannot be read: No such file or directory."


def test_unreadable_notebooks_fail_by_name_and_the_others_run(folder, refreshed, build, capsys):
    chosen = [*sorted(folder.glob("*.ipynb")), refreshed]
    assert run(chosen, build=build) == 1
    told = capsys.readouterr().out
    assert f"1 passed, {len(UNREADABLE)} failed" in told
    assert all(f"✗ {name}" in told and sentence in told for name, (_, sentence) in UNREADABLE.items())
    assert refresh(chosen, build=build) == 1
    assert "✗ conflict" in capsys.readouterr().out


def test_an_unreadable_notebook_fails_a_live_run_by_name(folder, build, capsys):
    assert run([folder / "conflict.ipynb"], source="live", build=build) == 1
    assert "marks of a merge conflict" in capsys.readouterr().out


def test_a_damaged_result_is_dropped(refreshed, build):
    kept = build / "results" / "good.json"
    good = kept.read_text()
    for damage in ("", '{"key": ', "[]", "{}"):
        kept.write_text(damage)
        assert refreshing.passed_before(refreshed, build) is None
        assert not kept.exists()
    kept.write_text(good)
    assert refreshing.passed_before(refreshed, build)["status"] == "unchanged"


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "notebook.ipynb"
    files.write(path, "before")
    path.chmod(0o600)
    with pytest.raises(UnicodeEncodeError):
        files.write(path, "after \ud83d")
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
    files.write(path, "after")
    assert path.read_text() == "after" and path.stat().st_mode & 0o777 == 0o600


def test_a_notebook_that_cannot_be_written_stays_as_it_was(refreshed, build, monkeypatch, capsys):
    def full(path, text):
        raise OSError(28, "No space left on device")

    before = refreshed.read_bytes()
    monkeypatch.setattr("ci.refresh.write", lambda *_: full(*_[:2]))
    assert refresh([refreshed], fresh=True, build=build) == 1
    assert "could not be written: No space left on device. It is as it was." in capsys.readouterr().out
    assert refreshed.read_bytes() == before


def test_a_build_folder_may_be_relative_and_that_of_the_json_new(refreshed, build, monkeypatch):
    monkeypatch.chdir(build.parent)
    found = build.parent / "new" / "folder" / "results.json"
    assert run([refreshed], build=os.path.relpath(build), json_file=str(found)) == 0
    assert json.loads(found.read_text())[0]["name"] == "good"


def test_a_folder_that_is_a_file_is_told_without_a_traceback(refreshed, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["run", str(refreshed), "--build", str(tmp_path / "file")]) == 1
    assert "could not be written or read" in capsys.readouterr().err


def test_a_reader_that_has_read_enough_ends_the_run_quietly(refreshed, build):
    command = [sys.executable, "-m", "ci", "run", str(refreshed), "--build", str(build)]
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(writer)
    assert ended.returncode == 141 and ended.stderr == ""


def test_make_passes_one_notebook_on():
    text = (ROOT / "Makefile").read_text()
    for command in ("run", "refresh", "style"):
        assert f"python -m ci {command} $(NOTEBOOK)\n" in text
