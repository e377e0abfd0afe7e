"""The runner: what passes, what fails and how it says so, what it leaves behind (nothing), and when it need not run."""

import json
import os
import subprocess
import sys
import uuid
from xml.etree import ElementTree

import nbformat
import psutil
import pytest
from lessons import lesson, outputs

from ci import journal, kernels, key, pool
from ci.__main__ import main
from ci.notebooks import ROOT, find
from ci.refresh import refresh
from ci.run import run

OURS = "FIELDNOTES_TESTED"  # other runs on this machine carry the runner's mark too, but not this
os.environ[OURS] = uuid.uuid4().hex

NUMBER = "number = float(open('number.txt').read())"
DRAW = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([0, 1, 2], [0, number, 3]);"
TABLE = "import pandas as pd\npd.DataFrame({'co2': [number, 2.5]}, index=['a', 'b'])"
OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737): nobody answers there
BROKEN = {
    "error": (["x = 1", "1 / 0"], {}, "step-2", "ZeroDivisionError: division by zero"),
    "endless": (["while True: pass"], {"budget": {"seconds": 3, "gb": 1.0}}, "step-1", "longer than its budget of 3 s"),
    "killed": (["import os", "os.kill(os.getpid(), 9)"], {}, "step-2", "The kernel died"),
    "hungry": (
        ["import time", "block = bytearray(600_000_000)\ntime.sleep(30)"],
        {"budget": {"seconds": 40, "gb": 0.4}},
        "step-2",
        "0.4 GB is its budget",
    ),
    "calling": ([f"import socket\nsocket.create_connection(('{OUTSIDE}', 80), 1)"], {}, "step-1", "nothing leaves"),
    "calling-hidden": (
        [f"import socket\ntry:\n    socket.create_connection(('{OUTSIDE}', 80), 1)\nexcept OSError:\n    pass"],
        {},
        None,
        f"It called {OUTSIDE}",
    ),
    "asking-for-a-name": (
        ["import subprocess, sys\nask = 'import socket; socket.getaddrinfo(\"fieldnotes.example\", 80)'",
         "subprocess.run([sys.executable, '-c', ask], capture_output=True);"],
        {},
        None,
        "It called fieldnotes.example",
    ),
    "warning": (["import warnings\nwarnings.warn('old')"], {}, "step-1", "wrote to standard error"),
    "leaking": (
        ["import subprocess\nleft = subprocess.Popen(['sleep', '600'], start_new_session=True)"],
        {},
        None,
        "It left processes behind: sleep 600",
    ),
    "undeclared": (["from fieldnotes import load\nco2 = load('mlo-co2')"], {}, None, "It read 'mlo-co2'"),
    "undeclared-by-a-relative-path": (
        [f"import os\nos.chdir({str(ROOT / 'ci')!r})\nlen(open('../ancillary_data/' + 'mlo-co2' + '.csv').read());"],
        {},
        None,
        "It read 'mlo-co2'",
    ),
    "undeclared-in-bytes": (
        [f"import os\nos.close(os.open({os.fsencode(ROOT)!r} + b'/ancillary_data/mlo-' + b'co2.csv', os.O_RDONLY))"],
        {},
        None,
        "It read 'mlo-co2'",
    ),
    "undeclared-by-a-program": (
        [f"import subprocess\nsubprocess.run(['wc', {str(ROOT / 'ancillary_data' / 'mlo-co2.csv')!r}], stdout=-3);"],
        {},
        None,
        "It read 'mlo-co2'",
    ),
    "unexecuted": (["1 + 1"], {"executed": False}, None, "committed without outputs"),
    "no-parameters": (["1 + 1"], {"parameters": ""}, None, "no cell tagged 'parameters'"),
}  # fmt: skip
DIFFERENT = {
    "digit": (["print(f'{number:.3f} ppm')"], "'1.000 ppm' is now '1.001 ppm'"),
    "figure": ([DRAW], "the figure differs by"),
    "table": ([TABLE], "row 2, column 2 of the table: '1.0' is now '1.001'"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of notebooks: one good, one that differs in each way, one broken in each way."""
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "number.txt").write_text("1.000")
    good = lesson(folder / "good.ipynb", NUMBER, DRAW, TABLE, "print('one line')")
    different = [lesson(folder / f"{name}.ipynb", NUMBER, *cells) for name, (cells, _) in DIFFERENT.items()]
    assert refresh([good, *different], build=folder / "_refresh") == 0
    for name, (cells, options, _, _) in BROKEN.items():
        lesson(folder / f"{name}.ipynb", *cells, **options)
    return folder


@pytest.fixture(scope="module")
def results(folder):
    """Return the results of one run of all of them, by name."""
    before = {path: path.read_bytes() for path in folder.glob("*.ipynb")}
    for name in DIFFERENT:  # each of these reads a number that has changed since it was committed
        text = (folder / f"{name}.ipynb").read_text().replace("number.txt", "changed.txt")
        before[folder / f"{name}.ipynb"] = text.encode()
        (folder / f"{name}.ipynb").write_text(text)
    (folder / "changed.txt").write_text("1.001")
    text = (folder / "figure.ipynb").read_text().replace("changed.txt", "moved.txt")
    before[folder / "figure.ipynb"] = text.encode()
    (folder / "figure.ipynb").write_text(text)
    (folder / "moved.txt").write_text("1.1")
    assert run(sorted(before), build=folder / "_build") == 1
    assert {path: path.read_bytes() for path in before} == before, "a run overwrote a notebook"
    found = json.loads((folder / "_build" / "report" / "results.json").read_text())
    return {result["name"]: result for result in found}


def left_behind():
    """Return the living processes that these tests started, but for the one that forks workers for all of them."""
    left = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get(OURS) == os.environ[OURS] and process.status() != psutil.STATUS_ZOMBIE
            if ours and "multiprocessing" not in " ".join(process.cmdline()):
                left.append(process)
        except psutil.Error:
            continue
    return left


def test_a_good_notebook_passes_with_its_cost(results):
    good = results["good"]
    assert (good["status"], good["problems"]) == ("passed", [])
    assert 0 < good["seconds"] < 40 and 50 < good["peak_mb"] < 1000


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_notebook_fails_in_one_clear_sentence_that_names_the_cell(results, name):
    _, _, cell, sentence = BROKEN[name]
    assert results[name]["status"] == "failed"
    assert any(sentence in found["sentence"] and found["cell"] == cell for found in results[name]["problems"]), results[
        name
    ]["problems"]


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_changed_output_is_named_to_the_digit(results, name):
    (problem,) = results[name]["problems"]
    assert problem["cell"] == "step-2" and DIFFERENT[name][1] in problem["sentence"]
    assert problem["committed"] != problem["now"]


def test_the_error_report_has_the_traceback_without_colours(results):
    detail = results["error"]["problems"][0]["detail"]
    assert "1 / 0" in detail and "\x1b" not in detail


def test_no_process_is_left_behind(results):
    assert results and left_behind() == []


def test_the_reports_say_the_same_as_the_results(results, folder):
    report = folder / "_build" / "report"
    cases = ElementTree.parse(report / "junit.xml").getroot().iter("testcase")
    failed = {case.get("name") for case in cases if case.find("failure") is not None}
    assert failed == {name for name, result in results.items() if result["status"] == "failed"}
    page = (report / "index.html").read_text()
    assert all(f'id="{name}"' in page for name in results)
    assert page.count("<h3>Committed</h3>") == len(DIFFERENT) and "data:image/png;base64" in page


def test_what_passed_is_not_run_again_until_something_changes(results, folder, capsys):
    assert run([folder / "good.ipynb"], build=folder / "_build") == 0
    assert "unchanged" in capsys.readouterr().out
    with (folder / "good.ipynb").open("a") as notebook:
        notebook.write("\n")
    assert run([folder / "good.ipynb"], build=folder / "_build") == 0
    assert "unchanged" not in capsys.readouterr().out


def test_what_failed_is_run_again(results, folder, capsys):
    assert run([folder / "error.ipynb"], build=folder / "_build") == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_another_source_is_given_to_the_notebook_and_nothing_is_compared(tmp_path):
    path = lesson(tmp_path / "told.ipynb", "print(source)")
    data = tmp_path / "data"
    data.mkdir()
    assert run([path], source=data, build=tmp_path / "_build") == 0
    executed = tmp_path / "_build" / "folder" / "executed" / "told.ipynb"
    assert outputs(executed)["step-1"][0].text == f"{data}\n"


def test_what_a_notebook_declares_for_live_data_is_given_on_a_live_run_only(tmp_path):
    path = lesson(tmp_path / "told.ipynb", "print(source)", live={"first_year": 1975})
    assert pool.parameters(path, "fixture") == {}
    assert pool.parameters(path, "/a/folder") == {"source": "/a/folder"}
    assert pool.parameters(path, "live") == {"source": "live", "first_year": 1975}


def test_a_notebook_that_does_not_exist_is_named_with_those_that_do(capsys):
    assert main(["run", "education/does-the-sea-breathe"]) == 2
    told = capsys.readouterr().err
    assert "'education/does-the-sea-breathe'" in told and all(path.stem in told for path in find())


@pytest.mark.parametrize("shard", ["0/2", "3/2", "one", "1/0"])
def test_a_shard_that_makes_no_sense_is_refused(shard, capsys):
    with pytest.raises(SystemExit) as end:
        main(["run", "--shard", shard])
    assert end.value.code == 2 and "--shard: takes I/N" in capsys.readouterr().err


def test_shards_cover_everything_once(tmp_path):
    from ci.run import _shard

    paths = [lesson(tmp_path / f"n{number}.ipynb", "1", seconds=number) for number in range(1, 8)]
    shards = [_shard(paths, (number, 3)) for number in (1, 2, 3)]
    assert sorted(path for shard in shards for path in shard) == paths
    loads = [
        sum(json.loads(path.read_text())["metadata"]["fieldnotes"]["seconds"] for path in shard) for shard in shards
    ]
    assert max(loads) - min(loads) <= 2


def test_refresh_writes_outputs_and_costs_and_then_changes_nothing(tmp_path):
    (tmp_path / "number.txt").write_text("2")
    path = lesson(tmp_path / "new.ipynb", NUMBER, DRAW, TABLE, "from fieldnotes import load\nload('mlo-co2').shape",
                  executed=False)  # fmt: skip
    assert refresh([path], build=tmp_path / "_build") == 0
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.fieldnotes.data == ["mlo-co2"]
    assert notebook.metadata.fieldnotes.seconds >= 1 and notebook.metadata.fieldnotes.peak_mb > 50
    assert "papermill" not in notebook.metadata and all("papermill" not in cell.metadata for cell in notebook.cells)
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == [1, 2, 3, 4, 5]
    before = path.read_bytes()
    assert refresh([path], fresh=True, build=tmp_path / "_build") == 0
    assert path.read_bytes() == before


def test_refresh_writes_what_a_cell_prints_in_one_piece(tmp_path):
    slow = "import time\nfor number in range(3):\n    print(number, flush=True)\n    time.sleep(0.4)"
    path = lesson(tmp_path / "slow.ipynb", slow, executed=False)
    assert refresh([path], build=tmp_path / "_build") == 0
    (output,) = outputs(path)["step-1"]
    assert output.text == "0\n1\n2\n"


def test_refresh_keeps_the_outputs_of_a_notebook_that_fails(tmp_path):
    path = lesson(tmp_path / "broken.ipynb", "1 / 0")
    before = path.read_bytes()
    assert refresh([path], build=tmp_path / "_build") == 1
    assert path.read_bytes() == before


@pytest.fixture
def copy(tmp_path):
    """Return a small repository: two notebooks with a data set each, a helper, a lock and a runner."""
    for name in ("one", "two"):
        lesson(tmp_path / "notebooks" / "research" / f"{name}.ipynb", "1", data=[name])
    files = {"one": "one", "two": "two.csv"}  # a folder, and a file
    for path in ("ancillary_data/one/2018/01.csv", "ancillary_data/two.csv"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("time,co2\n")
    entries = "".join(f'[{name}]\nfile = "{file}"\ntitle = "{name}"\n' for name, file in files.items())
    (tmp_path / "ancillary_data" / "catalogue.toml").write_text(entries)
    for path in ("fieldnotes/data.py", "fieldnotes/look.mplstyle", "ci/compare.py", "ci/sanitize.cfg", "ci/pytest.ini",
                 "ci/guard/sitecustomize.py", "uv.lock"):  # fmt: skip
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("before")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("notebooks/research/one.ipynb", {"one"}),
        ("ancillary_data/one/2018/01.csv", {"one"}),
        ("ancillary_data/two.csv", {"two"}),
        ("fieldnotes/data.py", {"one", "two"}),
        ("fieldnotes/look.mplstyle", {"one", "two"}),
        ("ci/compare.py", {"one", "two"}),
        ("ci/sanitize.cfg", {"one", "two"}),
        ("ci/pytest.ini", {"one", "two"}),
        ("ci/guard/sitecustomize.py", {"one", "two"}),
        ("uv.lock", {"one", "two"}),
        ("README.md", set()),
    ],
)
def test_a_changed_ingredient_changes_the_key_of_its_notebooks_and_of_no_other(copy, changed, again):
    notebooks = find(root=copy)
    before = {path.stem: key.key(path, copy) for path in notebooks}
    with (copy / changed).open("a") as file:
        file.write("\n")
    assert {path.stem for path in notebooks if key.key(path, copy) != before[path.stem]} == again


@pytest.mark.parametrize("beside", ["module.py", "table.csv", "package/part.py"])
def test_a_file_beside_a_notebook_changes_its_key(copy, beside):
    notebook = copy / "notebooks" / "research" / "one.ipynb"
    path = notebook.parent / beside
    path.parent.mkdir(exist_ok=True)
    before = key.key(notebook, copy)
    path.write_text("1")
    middle = key.key(notebook, copy)
    path.write_text("2")
    assert len({before, middle, key.key(notebook, copy)}) == 3


def test_a_folder_whose_name_begins_like_that_of_the_data_is_another_one(tmp_path, monkeypatch):
    for name in ("data", "data.bak"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "co2.csv").write_text("1")
    code = "import sitecustomize; open('data.bak/co2.csv').close(); open('data/co2.csv').close(); open(b'data/co2.csv')"
    environment = os.environ | {
        "PYTHONPATH": str(kernels.GUARD),
        "FIELDNOTES_JOURNAL": str(tmp_path / "journal"),
        "FIELDNOTES_DATA": "data",
        "FIELDNOTES_REFUSE": "1",
    }
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert journal.read(tmp_path / "journal")["open"] == [str(tmp_path / "data" / "co2.csv")]


def test_a_changed_catalogue_entry_changes_the_key_of_its_notebook(copy):
    notebooks = find(root=copy)
    before = {path.stem: key.key(path, copy) for path in notebooks}
    catalogue = copy / "ancillary_data" / "catalogue.toml"
    catalogue.write_text(catalogue.read_text().replace('title = "two"', 'title = "too"'))
    assert {path.stem for path in notebooks if key.key(path, copy) != before[path.stem]} == {"two"}


def test_another_python_changes_the_key(copy, monkeypatch):
    notebook = find(root=copy)[0]
    before = key.key(notebook, copy)
    monkeypatch.setattr(sys, "version", "4.0")
    assert key.key(notebook, copy) != before
