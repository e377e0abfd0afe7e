"""Many people at a hub at the same moment, and what each of them waits for and takes.

As a program it tells how long a crowd waits: `.venv/bin/python tests/hub/crowd.py 1 5 10 20`, as root, on a machine
that is quiet. Nobody's account is new: homes and passwords were made before. With `--reading 5` everybody looks at each
cell for five seconds before running the next; without, a lesson's cells follow at once, which no person does.
"""

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import nbformat

CHECKOUT = Path(__file__).resolve().parents[2]
# What JupyterLab asks a server for before it shows a notebook, besides its own files.
FIRST_LOOK = ("lab/api/settings?ids_only=true", "api/kernelspecs", "api/contents?content=1", "api/sessions")


def lesson(label="education/first-steps"):
    """Return the code cells of a lesson."""
    notebook = nbformat.read(CHECKOUT / "notebooks" / f"{label}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def arrive(people, cells, reading=0):
    """Let people sign in at the same moment and run cells; return for each what it took, in seconds from that moment.

    ``server`` is when their server answers, ``cell`` when the first cell has ended, ``lesson`` when the last has;
    ``said`` is what the cells said. People wait for ``reading`` seconds between two cells.
    """
    together = Barrier(len(people))
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(lambda person: _one(person, cells, reading, together), people))


def _one(person, cells, reading, together):
    together.wait()
    began, took = time.monotonic(), {"said": []}
    person.sign_in()
    took["signed_in"] = time.monotonic() - began
    person.ask_for_server()
    person.follow()
    person.get(person.path("lab"))
    took["server"] = time.monotonic() - began
    for path in FIRST_LOOK:
        assert person.get(person.path(path)).status_code == 200, path
    for number, cell in enumerate(cells):
        took["said"].append(person.run(cell))
        if number == 0:
            took["cell"] = time.monotonic() - began
        time.sleep(reading)
    took["lesson"] = time.monotonic() - began
    return took


def memory(pids):
    """Return what processes take together in MB, with pages that several share counted in parts (PSS)."""
    found = 0
    for pid in pids:
        try:
            rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += sum(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    return found * 1024 / 1e6


def main():
    """Print a row for each size of a crowd."""
    from conftest import running

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=[1, 5, 10, 20])
    parser.add_argument("--reading", type=float, default=0, metavar="SECONDS")
    asked = parser.parse_args()
    names = [f"person-{number}" for number in range(max(asked.sizes))]
    people = "user,role\n" + "".join(f"{name},student\n" for name in names)
    print("people  signed in   server  first cell   lesson  (seconds of the slowest)   MB each")
    for service in running("course", people, places=len(names)):
        for size in asked.sizes:
            row(service, names[:size], asked.reading)


def row(service, names, reading):
    """Let a crowd come, run a lesson and go; print the row."""
    people = [service.person(name) for name in names]
    took = arrive(people, lesson(), reading)
    each = statistics.mean(memory(service.processes(name)) for name in names)
    slowest = [max(one[stage] for one in took) for stage in ("signed_in", "server", "cell", "lesson")]
    print("{:6} {:10.1f} {:8.1f} {:11.1f} {:8.1f} {:35.0f}".format(len(names), *slowest, each), flush=True)
    print("".join(f"{said}\n" for one in took for said in one["said"] if "Error:" in said), end="")
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(leave, people))


def leave(person):
    """Stop a person's server and close the browser."""
    person.stop()
    person.close()


if __name__ == "__main__":
    main()
