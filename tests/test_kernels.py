"""Kernels and their keepers: nothing leaves the machine or outlives a run; forked equal fresh ones."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from lessons import lesson
from nbclient.exceptions import DeadKernelError
from nbclient.output_widget import OutputWidget
from papermill.exceptions import PapermillExecutionError

from ci import kernels, network, pool
from ci.notebooks import ROOT
from ci.worker import execute

OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737): nobody answers there
SERVER = """
import http.server, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
"""
CURL = "import subprocess\nsubprocess.run(['curl', '-s', {options}'http://192.0.2.1/'], capture_output=True);"
BARE = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
# Every way out, by the name that is reported; each hides its error. Those in BY_PROXY need no namespace to be seen.
CALLS = {
    "python-socket": f"import socket\ntry:\n    socket.create_connection(('{OUTSIDE}', 80), 1)\n"
    "except OSError:\n    pass",
    "gdal": f"import rasterio\ntry:\n    rasterio.open('/vsicurl/http://{OUTSIDE}/a.tif')\nexcept OSError:\n    pass",
    "netcdf": f"import netCDF4\ntry:\n    netCDF4.Dataset('http://{OUTSIDE}/a.nc')\nexcept OSError:\n    pass",
    "curl": CURL.format(options=""),
    "curl-around-the-proxy": CURL.format(options="'--noproxy', '*', "),
    "udp": f"import socket\ncall = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    f"call.connect(('{OUTSIDE}', 80))\ncall.send(b'x');",
    "name-of-an-address": f"import socket\ntry:\n    socket.gethostbyaddr('{OUTSIDE}')\nexcept OSError:\n    pass",
    "python-without-site": f"import subprocess, sys\nsubprocess.run([sys.executable, '-S', '-c', {BARE!r}], "
    "capture_output=True);",
}
BY_PROXY = ("python-socket", "gdal", "netcdf", "curl")
HERE = {
    "loopback": SERVER + "import urllib.request\n"
    "print(urllib.request.urlopen(f'http://localhost:{server.server_port}').read())",
    "loopback-curl": SERVER + "import subprocess\n"
    "print(subprocess.check_output(['curl', '-s', f'http://127.0.0.1:{server.server_port}/']))",
    "own-address": "import socket\ncall = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "call.connect(('8.8.8.8', 80));",
    "dask": "from dask.distributed import Client, LocalCluster\n"
    "cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)\n"
    "print(Client(cluster).submit(sum, [1, 2]).result())",
}
LEAKS = {
    "own-session": ["sleep", "600"],
    "empty-environment": ["env", "-i", "setsid", "sleep", "601"],
    "double-fork": ["env", "-i", "sh", "-c", "(setsid sleep 602 &)"],
}
CAN_ISOLATE = "import sys; from ci import network; sys.exit(not network.can_isolate())"
isolated = pytest.mark.skipif(
    sys.platform != "linux" or subprocess.run([sys.executable, "-c", CAN_ISOLATE], cwd=ROOT).returncode != 0,
    reason="this machine grants no network namespace; try: unshare -rn true",
)


def results(notebooks, build, **options):
    """Run notebooks without comparing them; return the results by name."""
    return {result["name"]: result for result in pool.execute(notebooks, build, compare=False, **options)}


def sentences(result):
    return " ".join(problem["sentence"] for problem in result["problems"])


@pytest.fixture(scope="module", params=[True, False], ids=["warm", "plain"])
def ways(request, tmp_path_factory):
    """Return the results of every call, every harmless one, and every leak, with forked and with fresh kernels."""
    folder = tmp_path_factory.mktemp("ways")
    notebooks = [lesson(folder / f"{name}.ipynb", source) for name, source in {**CALLS, **HERE}.items()]
    for name, command in LEAKS.items():
        source = f"import subprocess\nsubprocess.Popen({command}, start_new_session=True, stdout=-3, stderr=-3);"
        notebooks.append(lesson(folder / f"{name}.ipynb", source))
    return results(notebooks, folder / "_build", warm=request.param)


@isolated
@pytest.mark.parametrize("name", CALLS)
def test_whatever_calls_another_host_is_refused_and_reported_with_that_host(ways, name):
    assert ways[name]["status"] == "failed"
    assert f"It called {OUTSIDE}" in sentences(ways[name])


@pytest.mark.parametrize("name", HERE)
def test_servers_and_clusters_on_this_machine_work(ways, name):
    assert ways[name]["problems"] == []


@pytest.mark.parametrize("name", LEAKS)
def test_processes_that_detach_themselves_are_reported_and_ended(ways, name):
    number = LEAKS[name][-1].split()[2 if name == "double-fork" else -1]
    assert f"It left processes behind: sleep {number}" in sentences(ways[name])
    assert not any(process.info["cmdline"] == ["sleep", number] for process in psutil.process_iter(["cmdline"]))


@pytest.mark.parametrize("name", BY_PROXY)
def test_without_a_namespace_what_honours_proxies_is_refused_and_reported(tmp_path, monkeypatch, name):
    monkeypatch.setattr(kernels, "NAMESPACE", False)
    path = lesson(tmp_path / f"{name}.ipynb", CALLS[name])
    assert f"It called {OUTSIDE}" in sentences(results([path], tmp_path)[name])


def test_a_packet_is_read_for_where_it_goes():
    header = bytearray(20)
    header[0], header[9], header[16:20] = 0x45, 17, socket.inet_aton("198.51.100.7")
    udp = struct.pack(">HHHH", 40000, 80, 8, 0)
    assert network.destination(bytes(header) + udp) == "198.51.100.7"
    header[16:20] = socket.inet_aton("127.0.0.1")
    assert network.destination(bytes(header) + udp) is None
    question = bytes(12) + b"\x0afieldnotes\x07example\x00\x00\x01\x00\x01"
    query = struct.pack(">HHHH", 40000, 53, 8 + len(question), 0) + question
    assert network.destination(bytes(header) + query) == "fieldnotes.example"
    six = bytearray(40)
    six[0], six[6], six[24:40] = 0x60, 6, socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    assert network.destination(bytes(six)) == "2001:db8::1"


@isolated
@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become another user; run this test as root")
def test_an_ordinary_user_has_a_network_of_its_own_too_and_no_more_rights():
    code = """
import ctypes, os, socket
from ci import network
os.setgroups([]); os.setgid(65534); os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE, which a change of user takes away
if not network.can_isolate():
    raise SystemExit("no namespace")
packets = network.isolate()
packets.setblocking(False)
network.drop_capabilities()
assert os.getuid() == 65534
assert "CapEff:\\t0000000000000000" in open("/proc/self/status").read()
try:
    socket.socket().connect(("192.0.2.1", 80))
except ConnectionRefusedError:
    print(*set(network._destinations(packets)))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    if "no namespace" in answer.stderr:
        pytest.skip("this machine grants an ordinary user no namespace; see sysctl kernel.unprivileged_userns_clone")
    assert answer.stdout.split() == [OUTSIDE], answer.stderr


def tree(pid):
    """Return a process and all its descendants."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


@pytest.mark.parametrize("plain", [[], ["--plain"]], ids=["warm", "plain"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
def test_ending_the_runner_ends_every_process(tmp_path, ending, plain):
    started = [tmp_path / f"started-{number}" for number in range(2)]
    paths = []
    for path in started:
        detach = f"(setsid sleep 603 & echo $! > {path}.new; mv {path}.new {path})"
        source = f"import subprocess\nsubprocess.run(['env', '-i', '/bin/sh', '-c', {detach!r}]);"
        paths.append(lesson(tmp_path / f"{path.name}.ipynb", source, "while True: pass"))
    command = [
        sys.executable,
        "-m",
        "ci",
        "run",
        *map(str, paths),
        "--build",
        str(tmp_path / "_build"),
    ]
    runner = subprocess.Popen([*command, *plain], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        deadline = time.monotonic() + 60
        while not all(path.exists() for path in started) and time.monotonic() < deadline:
            time.sleep(0.1)
        family = tree(runner.pid)
        for path in started:
            ancestors = psutil.Process(int(path.read_text())).parents()
            keeper = next(process for process in ancestors if "ci.keeper" in process.cmdline())
            family += tree(keeper.pid)
    finally:
        os.kill(runner.pid, ending)
        output, _ = runner.communicate(timeout=60)
    assert psutil.wait_procs(family, timeout=20)[1] == []
    if ending in (signal.SIGINT, signal.SIGTERM):
        assert runner.returncode == 130 and "Interrupted" in output and "Traceback" not in output


def test_a_worker_that_ends_while_it_is_looked_at_has_not_been_killed_from_outside(tmp_path, monkeypatch):
    def stall(family, measure=pool.memory):
        time.sleep(3)  # the worker reports and ends in this time
        return measure(family)

    monkeypatch.setattr(pool, "memory", stall)
    path = lesson(tmp_path / "short.ipynb", "import time\ntime.sleep(1)")
    assert results([path], tmp_path)["short"]["problems"] == []


def test_two_runs_in_one_folder_do_not_disturb_each_other(tmp_path):
    paths = [lesson(tmp_path / f"n{number}.ipynb", "print(1)") for number in range(6)]
    command = [
        sys.executable,
        "-m",
        "ci",
        "run",
        "--fresh",
        "--source",
        str(tmp_path),
        "--build",
        str(tmp_path / "_build"),
    ]
    runs = [
        subprocess.Popen([*command, *map(str, paths)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300)[0] for process in runs]
    assert [process.returncode for process in runs] == [0, 0], outputs
    assert not list((tmp_path / "_build").rglob(".*")), "partial files are left"


def test_waiting_costs_no_processor_time_but_is_stopped_in_the_end(tmp_path):
    wait = "import time\ntime.sleep({})"
    patient = lesson(tmp_path / "patient.ipynb", wait.format(3), budget={"seconds": 1.5, "gb": 1.0})
    endless = lesson(tmp_path / "endless.ipynb", wait.format(600), budget={"seconds": 1.5, "gb": 1.0})
    found = results([patient, endless], tmp_path)
    assert found["patient"]["problems"] == []
    assert "longer than 4 times its budget of 1.5 s" in sentences(found["endless"])


def test_memory_that_forks_share_counts_once(tmp_path):
    source = (
        "import os, time\nblock = bytearray(os.urandom(1_000_000) * 300)\n"
        "children = []\nfor _ in range(4):\n    pid = os.fork()\n    if not pid:\n"
        "        sum(block[::4096]); time.sleep(3); os._exit(0)\n    children.append(pid)\n"
        "for pid in children: os.waitpid(pid, 0)"
    )
    result = results([lesson(tmp_path / "forks.ipynb", source)], tmp_path)["forks"]
    assert result["problems"] == [] and 330 < result["peak_mb"] < 700


def test_memory_of_children_counts(tmp_path):
    hungry = "import time; block = bytearray(400_000_000); time.sleep(60)"
    source = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {hungry!r}]);"
    path = lesson(tmp_path / "hungry.ipynb", source, budget={"seconds": 40, "gb": 0.3})
    assert "0.3 GB is its budget: stopped" in sentences(results([path], tmp_path)["hungry"])


def test_outputs_that_grow_without_end_are_stopped(tmp_path):
    source = "from IPython.display import display\nwhile True:\n    display('x' * 1_000_000)"
    path = lesson(tmp_path / "endless.ipynb", source, budget={"seconds": 40, "gb": 0.4})
    assert "0.4 GB is its budget: stopped" in sentences(results([path], tmp_path)["endless"])


@pytest.mark.parametrize("variable", ["PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTEST_ADDOPTS"])
def test_no_variable_switches_checks_off(tmp_path, monkeypatch, variable):
    values = {"PYTHONOPTIMIZE": "1", "PYTHONWARNINGS": "ignore", "PYTEST_ADDOPTS": "--nbval-lax"}
    monkeypatch.setenv(variable, values[variable])
    sources = {
        "false": "assert 1 == 2",
        "noisy": "import warnings\nwarnings.warn('old')",
        "different": "print('now')",
    }
    paths = [lesson(tmp_path / f"{name}.ipynb", source) for name, source in sources.items()]
    found = {result["name"]: result for result in pool.execute(paths, tmp_path / "_build")}
    assert {name: result["status"] for name, result in found.items()} == dict.fromkeys(sources, "failed")


def texts(result):
    """Return the plain texts and figures of an executed notebook."""
    cells = nbformat.read(result["executed"], as_version=4).cells
    found = [output for cell in cells for output in cell.get("outputs", [])]
    return [output.get("text") or output.get("data") for output in found]


def test_forked_kernels_give_what_fresh_ones_give(tmp_path):
    state = (
        "import os, sys, signal, random\nimport numpy as np\nimport matplotlib\n"
        "print(round(float(np.sin(1.0)), 12), matplotlib.rcParams['lines.linewidth'], os.path.basename(os.getcwd()))\n"
        "print(sys.argv[0].endswith(('ipykernel_launcher', 'ipykernel_launcher.py')), sys.flags, sys.stdin.closed)\n"
        "print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD), sys.path)\n"
        "print(matplotlib.get_backend())\n"
        "print(sorted(name for name in os.environ if name != 'JPY_PARENT_PID' and name != 'FIELDNOTES_WARM'))"
    )
    draw = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([0, 1, 2], [0, 2, 1]);"
    seed = "import numpy as np\nprint(np.random.random())"
    sources = {
        "unbound": ["pd.DataFrame()"],
        "state": [state],
        "draw": [draw, "import pandas as pd\npd.DataFrame({'co2': [1.5, 2.5]})"],
        "seed": [seed],
        "seed-again": [seed],
        "killed": ["import os\nos.kill(os.getpid(), 9)"],
    }
    files = {name: lesson(tmp_path / f"{name}.ipynb", *cells) for name, cells in sources.items()}
    fresh, forked = (results(files.values(), tmp_path / str(warm), warm=warm) for warm in (False, True))
    for name in files:
        assert sentences(fresh[name]) == sentences(forked[name]), name
    assert "name 'pd' is not defined" in sentences(forked["unbound"])
    assert "The kernel died" in sentences(forked["killed"])
    for name in ("state", "draw"):
        assert texts(fresh[name]) == texts(forked[name])
    assert texts(forked["seed"]) != texts(forked["seed-again"])


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "plain"])
def test_a_notebook_object_is_executed_with_parameters_and_returned(tmp_path, warm):
    path = lesson(tmp_path / "lesson.ipynb", "print(source)", "1 / 0")
    notebook = nbformat.read(path, as_version=4)
    before = nbformat.writes(notebook)
    with kernels.environment(warm) as variables:
        with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
            execute(notebook, {}, tmp_path, variables)
        assert nbformat.writes(notebook) == before
        notebook.cells[-1].source = "import os\nos.getcwd()"
        executed = execute(notebook, {"source": "measured"}, tmp_path, variables)
        notebook.cells[-1].source = "import os\nos._exit(3)"
        with pytest.raises(DeadKernelError):
            execute(notebook, {}, tmp_path, variables)
    assert executed.cells[-2].outputs[0].text == "measured\n"
    assert executed.cells[-1].outputs[0].data["text/plain"] == repr(str(tmp_path))


def test_a_reply_that_comes_while_a_widget_is_answered_is_not_missed(tmp_path, monkeypatch):
    """Here every answer to a widget waits until the reply has come, whose signal sending then uses up."""
    send = OutputWidget.send

    def send_late(*arguments, **options):
        time.sleep(0.5)
        send(*arguments, **options)

    monkeypatch.setattr(OutputWidget, "send", send_late)
    widget = "from ipywidgets import Output\nwith Output():\n    print('inside')"
    path = lesson(tmp_path / "lesson.ipynb", widget, "print('the end')")
    with kernels.environment(warm=False) as variables:
        executed = execute(nbformat.read(path, as_version=4), {}, tmp_path, variables)
    assert executed.cells[-1].outputs[0].text == "the end\n"
