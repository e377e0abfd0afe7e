"""A run on measurements fetches what is pinned before any kernel starts, and skips by name the lessons without."""

import subprocess
import sys

import pytest
from archive import seed
from lessons import lesson, outputs

from ci import routes
from ci.notebooks import ROOT, find
from ci.run import run


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FIELDNOTES_CACHE", str(tmp_path / "cache"))


def test_a_lesson_without_a_measurement_is_skipped_by_name(tmp_path, capsys, cache):
    load = "from fieldnotes import load\nprint(load({!r}, source).attrs['kind'])"
    real = lesson(tmp_path / "real.ipynb", load.format("mlo-co2"))
    twin = lesson(tmp_path / "twin.ipynb", load.format("soil-moisture"))
    assert run([str(real), str(twin)], source="measured", build=tmp_path / "build") == 0
    told = capsys.readouterr().out
    assert "– twin" in told and "skipped: no measurement of soil-moisture" in told
    assert "1 passed, 0 failed" in told
    executed = next((tmp_path / "build" / "measured" / "executed").rglob("real.ipynb"))
    assert [output.text for output in outputs(executed)["step-1"]] == ["measured\n"]


def test_a_lesson_whose_pinned_files_cannot_be_had_is_skipped_with_the_ways_out(tmp_path, capsys, cache, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setattr("fieldnotes.sources._http.PAUSE", 0)
    path = lesson(tmp_path / "far.ipynb", 'from fieldnotes import load\ndata = load("gat-atc", source)')
    assert run([str(path)], source="measured", build=tmp_path / "build") == 0
    told = capsys.readouterr().out
    assert "– far" in told and "'gat-atc' is not in the cache" in told and "`make data`" in told
    assert "0 passed, 0 failed" in told


@pytest.mark.needs("archive")
def test_a_pinned_measurement_reaches_a_kernel_that_has_no_network(tmp_path, capsys, cache):
    seed("gat-atc")
    source = "from fieldnotes import cite, load\nprint(cite(load('gat-atc', source)))"
    path = lesson(tmp_path / "near.ipynb", source)
    # In a process of its own, whose kernels know where the cache is.
    command = [sys.executable, "-m", "ci", "run", path, "--source", "measured", "--build", tmp_path / "build"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    executed = next((tmp_path / "build" / "measured" / "executed").rglob("near.ipynb"))
    assert "near-real-time CO2 at Gartow" in outputs(executed)["step-1"][0].text


def test_at_least_fifteen_lessons_have_a_measured_route():
    assert len([path for path in find() if not routes._lacking(path)]) >= 15
