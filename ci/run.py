"""The main job: run what has changed, compare, hold to the budgets, report."""

import contextlib
import json
import os
import time
from pathlib import Path

from ci import key, live, pool, report, routes
from ci.notebooks import BUILD, card, find, label

SOURCES = ("fixture", "measured", "live")


def run(notebooks=(), source="fixture", jobs=None, fresh=False, shard=None, json_file=None, warm=False, build=BUILD):
    """Run notebooks and report; return 0 if all passed, 1 if one failed, 130 after Ctrl-C.

    Parameters
    ----------
    notebooks : paths or ``collection/name``; all if empty.
    source : ``fixture``, ``measured``, ``live`` or a folder; only on fixtures are outputs compared and old results
        used again; of ``measured``, lessons without a measured route are left out by name.
    jobs : how many at once; one more than there are processors, since a kernel often waits.
    fresh : run also what has not changed since it passed.
    shard : ``(i, n)``, the i-th of n parts of about equal duration.
    json_file : where else to write the results as JSON.
    warm : fork kernels from a process that has imported the libraries already.
    build : the folder for everything written.
    """
    source = source if source in SOURCES else str(Path(source).resolve())
    build = build if source == "fixture" else build / (source if source in SOURCES else "folder")
    chosen = _part(find(notebooks), shard)
    chosen = live.with_route(chosen) if source == "live" else chosen
    chosen = routes.measured(chosen) if source == "measured" else chosen
    results, began = [], time.perf_counter()
    todo = []
    for notebook in chosen:
        known = None if fresh or source != "fixture" else passed_before(notebook, build)
        (results if known else todo).append(known or notebook)
    ready = [notebook for notebook in todo if not (reason := unready(notebook)) or results.append(reason)]
    for result in results:
        report.line(result)
    status = _execute(ready, results, build, source, jobs or (os.cpu_count() or 1) + 1, warm)
    results.sort(key=lambda result: [label(path) for path in chosen].index(result["name"]))
    pages = report.write(results, build / "report", time.perf_counter() - began)
    if json_file:
        Path(json_file).write_text(json.dumps(results, indent=1), encoding="utf-8")
    report.summary(results, pages, time.perf_counter() - began, len(chosen))
    return status or int(any(result["status"] == "failed" for result in results))


def _execute(notebooks, results, build, source, jobs, warm):
    """Run notebooks, the longest first; keep the results that passed. Return 130 if interrupted, else 0."""
    longest_first = sorted(notebooks, key=_expected, reverse=True)
    keys = {label(notebook): key.key(notebook) for notebook in notebooks}
    try:
        with contextlib.closing(pool.execute(longest_first, build, source, jobs, warm=warm)) as running:
            for result in running:
                results.append(result)
                report.line(result)
                if source == "fixture":
                    _keep(result | {"key": keys[result["name"]]}, build)
    except KeyboardInterrupt:
        print("Interrupted: every process is ended, and what had passed is kept.")
        return 130
    return 0


def _expected(notebook):
    return card(notebook).get("seconds", pool.START)


def _part(notebooks, shard):
    """Return one shard: notebooks dealt out from the longest to the shortest, each to the shard with least to do."""
    if not shard:
        return notebooks
    number, count = shard
    loads, shards = [0.0] * count, [[] for _ in range(count)]
    for notebook in sorted(notebooks, key=_expected, reverse=True):
        least = loads.index(min(loads))
        loads[least] += _expected(notebook)
        shards[least].append(notebook)
    return sorted(shards[number - 1])


def unready(notebook):
    """Return a failed result if a notebook cannot be run and compared as it is, else None."""
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    if not any("parameters" in cell["metadata"].get("tags", []) for cell in cells):
        return failure(notebook, "It has no cell tagged 'parameters', so no source can be given to it.")
    if all(cell["execution_count"] is None for cell in cells):
        return failure(notebook, "It is committed without outputs, so there is nothing to compare: run `make refresh`.")
    return None


def failure(notebook, sentence):
    """Return the result of a notebook that was not run, and why."""
    problem = {"sentence": sentence, "cell": None, "detail": ""}
    facts = {"name": label(notebook), "notebook": str(notebook), "source": "fixture", "executed": str(notebook)}
    return facts | {"status": "failed", "problems": [problem], "seconds": 0, "peak_mb": 0, "data": []}


def passed_before(notebook, build):
    """Return the result of the last passing run, if nothing has changed that it depends on."""
    kept = build / "results" / f"{label(notebook)}.json"
    if not kept.exists():
        return None
    result = json.loads(kept.read_text(encoding="utf-8"))
    current = result["key"] == key.key(notebook) and Path(result["executed"]).exists()
    return result | {"status": "unchanged"} if current else None


def _keep(result, build):
    kept = build / "results" / f"{result['name']}.json"
    if result["status"] != "passed":
        kept.unlink(missing_ok=True)
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(result, indent=1), encoding="utf-8")
