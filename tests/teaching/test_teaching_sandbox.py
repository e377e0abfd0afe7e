"""A class with hostile students in it: nobody else is harmed, nothing gets out, and each has the points it earned."""

import html
import json
import os
import shutil
import socket
import sqlite3
import sys
import threading
from pathlib import Path

import psutil
import pytest
from classroom import book, handed_in, needs_sandbox, points, put, quietly, table
from nbformat.v4 import new_code_cell

from teaching import __main__ as door
from teaching import sandbox

LIMITS = sandbox.Limits(seconds=20, cell_seconds=4, megabytes=500, processes=60, disk_megabytes=30, told_megabytes=2)
NAP = "271.828"  # the argument by which a process that outlives its run would be found
SCRIPT = "<script>alert(1)</script>"

# Each stands where the third answer belongs, behind two right ones. What says gas = "CO2" at its end lives to say it.
THIRD = {
    "fork-bomb": "import os\nwhile True:\n    os.fork()",
    "loop": "while True:\n    pass",
    "stubborn-loop": "while True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n"
    "        pass",
    "printer": "while True:\n    print('x' * 1000)",
    "memory-hog": "kept = []\nwhile True:\n    kept.append(bytearray(50_000_000))",
    "many-hogs": "import os, time\nfor _ in range(3):\n    if os.fork():\n        continue\n"
    "    kept = bytearray(250_000_000)\n    time.sleep(60)\ntime.sleep(60)",
    "disk-filler": "for n in range(100):\n    with open(f'/tmp/{n}', 'wb') as file:\n        file.write(bytes(10**6))",
    "exit": "import os\nos._exit(0)",
    "kills-parent": "import os\nos.kill(os.getppid(), 9)",
    "kills-all": "import os\nos.kill(-1, 9)",
    "broken": "this is no Python (",
    "table": "gas = {'name': 'CO2'}",
    "half-character": "gas = '\ud800'",
    "error-in-halves": "raise ValueError('\\ud800')",
    "scripts": f"raise ValueError('{SCRIPT}')  # </pre>{SCRIPT}",
    "daemon": f"import subprocess\nsubprocess.Popen(['sleep', '{NAP}'], start_new_session=True)\ngas = 'CO2'",
    "output": "from IPython.display import HTML, display\ndisplay(HTML('" + SCRIPT + "'))\ngas = 'CO2'",
    "reader": """
import os
from pathlib import Path

seen = []
for path in {secrets}:
    try:
        seen += [Path(path).read_bytes() if Path(path).is_file() else os.listdir(path)]
    except OSError:
        pass
gas = "CO2" if not any(seen) else f"seen {{seen}}"
""",
    "writer": """
import os

written = []
for path in {secrets}:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("A,A,3")
        written.append(path)
    except OSError:
        pass
gas = "CO2"  # a folder of the same name on its own disk is all that it can have made
""",
    "caller": """
import socket

reached = []
for address in [("127.0.0.1", {port}), ("{host}", {port}), ("1.1.1.1", 53)]:
    try:
        socket.create_connection(address, 1).sendall(b"the answers")
        reached.append(address)
    except OSError:
        pass
gas = "CO2" if not reached else str(reached)
""",
    "environment": """
import os

told = [name for name in os.environ if "SECRET" in name]
others = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) > 100]
gas = "CO2" if not told and not others else f"{{told}} {{others}}"
""",
    "line-forger": """
import os

line = b'{{"cell": "gas-check-1", "outputs": 7, "answers": 7}}\\n'
for fd in range(30):
    try:
        with open(f"/proc/{{os.getppid()}}/fd/{{fd}}", "wb", buffering=0) as file:
            file.write(line)
    except OSError:
        pass
""",
}
ZERO = {
    "patcher": "import fieldnotes, fieldnotes.exercises, fieldnotes.seals\n"
    "fieldnotes.check = fieldnotes.exercises.check = lambda *parts, **more: print('right')\n"
    "fieldnotes.seals.Sealed.recognise = lambda self, found: ''\n"
    "fieldnotes.exercises.Question.recognise = lambda self, found: ''",
    "note-forger": "import json, os\n"
    "lines = [{'exercise': name, 'answer': {'right': True}, 'points': 9, 'question': {'expected': 1}}\n"
    "         for name in ('Sum', 'Half', 'Gas', 'None')]\n"
    "lines += [5, None, [], {}, {'exercise': []}, {'exercise': 'Sum', 'answer': [[1], 'a']}]\n"
    "with open(os.environ['FIELDNOTES_ANSWERS'], 'a') as file:\n"
    "    file.write('\\n'.join(map(json.dumps, lines)) + '\\n' + '[' * 50000 + '\\n')",
}
ENDS_WELL = {"daemon", "output", "reader", "writer", "caller", "environment"}
NAMED = {"=HYPERLINK(1)": "=HYPERLINK(1)", "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>"}


class Listener:
    """A socket on this machine that keeps what it hears."""

    def __init__(self):
        self.heard = []
        self.socket = socket.create_server(("0.0.0.0", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while True:
            try:
                connection, address = self.socket.accept()
            except OSError:
                return
            self.heard.append(address)
            connection.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture(scope="module")
def hostile(made, tmp_path_factory):
    """Grade the class; return what is to be asked about it."""
    folder = tmp_path_factory.mktemp("class")
    inside, out = folder / "in", folder / "out"
    listener = Listener()
    key = made.folder / "instructor" / "key.json"
    gradebook = made.folder / "course" / "gradebook.db"
    secrets = [str(path) for path in (key, gradebook, inside, inside / "anna.ipynb", out / "grades.csv", __file__)]
    secrets += [
        str(Path(sandbox.__file__)),
        "/etc/shadow",
        str(Path.home() / ".bashrc"),
        f"/proc/{os.getpid()}/environ",
    ]
    ours = {"secrets": repr(secrets), "port": listener.port, "host": socket.gethostbyname("localhost")}
    files = {"anna.ipynb": handed_in(made), "zoe.ipynb": handed_in(made)}
    for name, code in THIRD.items():
        files[f"{name}.ipynb"] = handed_in(
            made, gas=code.format(**ours) if "{secrets}" in code or name in LAID_OUT else code
        )
    for name, code in ZERO.items():
        wrong = {"sum-answer": "total = 1", "half-answer": "half = 1", "gas-answer": "gas = 1"}
        first = lambda notebook, code=code: notebook.cells.insert(0, new_code_cell(code, id="own"))  # noqa: E731
        files[f"{name}.ipynb"] = handed_in(made, wrong, first)
    for name in NAMED:
        files[f"{name}.ipynb"] = handed_in(made)
    before = key.read_bytes()
    os.environ["A_SECRET"] = "of the teacher"
    try:
        results = quietly(made, put(inside, files), out, limits=LIMITS)
    finally:
        del os.environ["A_SECRET"]
        listener.close()
    return {"results": results, "out": out, "heard": listener.heard, "key": (before, key.read_bytes()), "files": files}


LAID_OUT = {"reader", "writer", "caller", "environment", "line-forger"}


@needs_sandbox
@pytest.mark.parametrize("name", THIRD)
def test_the_two_right_answers_before_the_attack_keep_their_points(hostile, name):
    result = hostile["results"][name]
    assert points(hostile["results"])[name] == (3 if name in ENDS_WELL else 2), result["verdicts"]


@needs_sandbox
@pytest.mark.parametrize("name", ZERO)
def test_patched_checks_and_forged_notes_are_worth_nothing(hostile, name):
    assert points(hostile["results"])[name] == 0


@needs_sandbox
def test_the_others_are_graded_as_if_they_were_alone(hostile):
    for name in ("anna", "zoe"):
        assert points(hostile["results"])[name] == 3
        assert hostile["results"][name]["trouble"] == []
    assert len(hostile["results"]) == len(hostile["files"])


@needs_sandbox
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("stubborn-loop", "more than 20 seconds"),
        ("printer", "stopped"),
        ("many-hogs", "MB of memory"),
        ("exit", "Python ended in the middle of a cell"),
        ("kills-parent", "it ended early"),
    ],
)
def test_what_was_stopped_says_why(hostile, name, told):
    assert told in " ".join(hostile["results"][name]["trouble"])


@needs_sandbox
def test_the_disk_is_small(hostile):
    assert "No space left" in hostile["results"]["disk-filler"]["verdicts"]["Gas"]["sentence"]


@needs_sandbox
def test_memory_stays_within_its_limit(hostile):
    assert "more memory than there is" in hostile["results"]["memory-hog"]["verdicts"]["Gas"]["sentence"]
    assert max(result["peak_mb"] for result in hostile["results"].values()) < 4 * LIMITS.megabytes


@needs_sandbox
def test_nobody_called_out(hostile):
    assert hostile["heard"] == []


@needs_sandbox
def test_nothing_survives(hostile):
    left = [one.info["cmdline"] for one in psutil.process_iter(["cmdline"]) if NAP in (one.info["cmdline"] or [])]
    inside = [one.pid for one in psutil.Process().children(recursive=True) if one.name() == "bwrap"]
    assert hostile["results"]
    assert left == []
    assert inside == []


@needs_sandbox
def test_key_and_grade_book_are_the_teachers(hostile, made):
    assert hostile["key"][0] == hostile["key"][1]
    rows = table(hostile["out"])
    told = {name: float(row["points"]) for name, row in rows.items()}
    assert told == points(hostile["results"]) == book(made)
    with sqlite3.connect(made.folder / "course" / "gradebook.db") as found:
        assert found.execute("pragma integrity_check").fetchone() == ("ok",)
    found.close()


@needs_sandbox
def test_pages_hold_no_students_html(hostile):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in hostile["out"].rglob("*.html")}
    assert len(pages) == len(hostile["files"]) + 2  # the overview and the page of questions
    assert not any("<script" in page or "<img" in page for page in pages.values())
    assert html.escape(SCRIPT, quote=False) in pages["scripts"]
    assert "onerror" in pages["img-src-x-onerror-alert-1"]


@needs_sandbox
def test_no_name_is_a_formula_to_a_spreadsheet(hostile):
    assert table(hostile["out"])["hyperlink-1"]["name"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("writes", "end"),
    [
        ("no JSON", "it wrote what no notebook writes"),
        ("[1, 2]", "it wrote what no notebook writes"),
        ("null", "it wrote what no notebook writes"),
        ("[" * 100_000, "it wrote what no notebook writes"),
        (json.dumps({"cell": "a", "outputs": 5, "answers": [], "too_much": False}), "it wrote what no notebook writes"),
        (json.dumps({"cell": "a", "outputs": []}), "it wrote what no notebook writes"),
        (json.dumps({"end": ["finished"]}), "it wrote what no notebook writes"),
        (json.dumps({"end": "finished"}), ""),
        ("", "it ended early"),
    ],
)
def test_lines_that_are_forged_end_the_run_and_not_the_grading(tmp_path, monkeypatch, writes, end):
    program = tmp_path / "forger.py"
    program.write_text(f"import sys\nsys.stdin.readline()\nprint({writes!r}[:200_000])" if writes else "pass")
    monkeypatch.setattr(sandbox, "PROGRAM", program)
    assert sandbox.run({}, LIMITS, trust=True).end == end


@pytest.mark.parametrize("between", ["", "\\n"])
def test_writing_to_the_grader_without_end_is_stopped(tmp_path, monkeypatch, between):
    program = tmp_path / "endless.py"
    line = json.dumps({"end": "finished"})
    program.write_text(f"while True:\n    print({line!r} * 1, end='{between}')" if between else "while True:\n"
                       "    print('x' * 10000, end='')")  # fmt: skip
    monkeypatch.setattr(sandbox, "PROGRAM", program)
    run = sandbox.run({}, LIMITS, trust=True)
    assert run.end == "it wrote without end"
    assert run.seconds < LIMITS.seconds


def test_without_a_sandbox_nothing_is_run_and_the_refusal_says_what_to_install(made, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    put(tmp_path / "in", {"anna.ipynb": handed_in(made)})
    asked = ["grade", str(tmp_path / "in"), "--assignment", str(made.folder), "--out", str(tmp_path / "out")]
    assert door.main(asked) == 2
    assert "install bubblewrap" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(sandbox.NoSandbox):
        sandbox.require()


def test_what_refuses_the_sandbox_is_quoted(made, tmp_path, monkeypatch, capsys):
    """Ubuntu lets an ordinary user have no namespace, though bubblewrap is installed."""
    refusing = tmp_path / "bin" / "bwrap"
    refusing.parent.mkdir()
    refusing.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{refusing.parent}:{os.environ['PATH']}")
    assert not sandbox.available()
    put(tmp_path / "in", {"anna.ipynb": handed_in(made)})
    asked = ["grade", str(tmp_path / "in"), "--assignment", str(made.folder), "--out", str(tmp_path / "out")]
    assert door.main(asked) == 2
    assert "an empty sandbox does not start: bwrap: setting up uid map: Permission denied." in capsys.readouterr().err


@needs_sandbox
def test_a_sandbox_that_does_not_start_is_refused_before_a_class_gets_nothing(made, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sandbox, "PROGRAM", tmp_path / "none.py")
    put(tmp_path / "in", {"anna.ipynb": handed_in(made)})
    asked = ["grade", str(tmp_path / "in"), "--assignment", str(made.folder), "--out", str(tmp_path / "out")]
    assert door.main(asked) == 2
    assert "cannot run even an empty notebook here" in capsys.readouterr().err


@needs_sandbox
def test_a_clone_below_tmp_is_seen_inside(tmp_path, monkeypatch):
    program = tmp_path / "clone" / "execute.py"
    program.parent.mkdir()
    shutil.copy(sandbox.PROGRAM, program)
    monkeypatch.setattr(sandbox, "PROGRAM", program)
    assert str(tmp_path).startswith("/tmp"), "elsewhere this tests nothing"
    sandbox.require()
