"""What the runner costs against the usual ways, the same notebooks in the same round, in turn."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from ci.notebooks import ROOT, find

SANITIZE = Path(__file__).parent / "sanitize.cfg"


def bench(rounds=3):
    """Time four ways of running every notebook, in turn; print their medians and the ratios. Return 1 if one failed."""
    notebooks = [str(path) for path in find()]
    seconds = {name: [] for name in _ways([], "")}
    failed = False
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            for name, commands in _ways(notebooks, scratch).items():
                began = time.perf_counter()
                codes = [subprocess.run(command, cwd=ROOT, capture_output=True).returncode for command in commands]
                seconds[name].append(time.perf_counter() - began)
                failed |= any(codes)
                print(
                    f"round {number + 1}: {seconds[name][-1]:6.1f} s  {name}{'  FAILED' * any(codes)}",
                    flush=True,
                )
    _print_ratios({name: median(times) for name, times in seconds.items()}, len(notebooks), rounds)
    return int(failed)


def _ways(notebooks, scratch):
    """Return the commands of each way to run notebooks; what they write goes to ``scratch``."""
    python = [sys.executable, "-m"]
    pytest = [*python, "pytest", "-p", "no:cacheprovider", "-q"]
    outputs = [f"{scratch}/{Path(path).name}" for path in notebooks]
    papermill = [
        [*python, "papermill", "--no-progress-bar", "--cwd", str(Path(path).parent), path, output]
        for path, output in zip(notebooks, outputs, strict=True)
    ]
    return {
        "python -m ci run": [[*python, "ci", "run", "--fresh", "--build", f"{scratch}/warm", *notebooks]],
        "python -m ci run --plain": [
            [*python, "ci", "run", "--fresh", "--plain", "--build", f"{scratch}/fresh", *notebooks]
        ],
        "papermill, then pytest --nbval": [
            *papermill,
            [*pytest, "--nbval", "--nbval-sanitize-with", str(SANITIZE), *notebooks],
        ],
        "pytest --nbmake -n 2": [[*pytest, "--nbmake", "-n", "2", *notebooks]],
    }


def _print_ratios(medians, count, rounds):
    """Print each way's median and, for both of ours, its share of each rival's."""
    ours, rivals = list(medians)[:2], list(medians)[2:]
    print(f"\nMedians of {rounds} rounds, {count} notebooks:")
    for name, seconds in medians.items():
        print(f"  {seconds:6.1f} s  {name}")
    for way in ours:
        for rival in rivals:
            print(f"  {medians[way] / medians[rival]:6.2f} of {rival}: {way}")
