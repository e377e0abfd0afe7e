"""The main job: run what has changed, compare, hold to the budgets, report."""

import contextlib
import json
import os
import time
from pathlib import Path

from ci import editions, files, key, live, pool, report, routes
from ci.notebooks import BUILD, card, find, label
from ci.readable import refusal, unexecuted

WITHOUT_OUTPUTS = "It is committed without outputs, so there is nothing to compare: run `make refresh`."

SOURCES = ("fixture", "measured", "live")


def run(notebooks=(), source="fixture", jobs=None, fresh=False, shard=None, json_file=None, warm=None, build=BUILD):
    """Run notebooks and report; return 0 if all passed, 1 if one failed, 130 after Ctrl-C.

    Parameters
    ----------
    notebooks : paths or ``collection/name``; all if empty.
    source : ``fixture``, ``measured``, ``live`` or a folder; only on fixtures are outputs compared
        and old results used again; lessons without a measured or live route are left out by name.
    jobs : how many at once; one more than there are processors, since a kernel often waits.
    fresh : run also what has not changed since it passed.
    shard : ``(i, n)``, the i-th of n parts of about equal duration.
    json_file : where else to write the results as JSON.
    warm : fork kernels from a process that has imported the libraries already; by itself where that pays.
    build : the folder for everything written.
    """
    begin = time.perf_counter()
    source = source if source in SOURCES else str(Path(source).resolve())
    build = Path(build).resolve()
    build = build if source == "fixture" else build / (source if source in SOURCES else "folder")
    chosen = _with_route(_shard(find(notebooks), shard), source)
    results = {path: _known_result(path, build, source, fresh) for path in chosen}
    for result in filter(None, results.values()):
        report.line(result)
    to_run = [path for path, result in results.items() if result is None]
    status = _execute(to_run, results, build, source, jobs or processes(), warm)
    ended = [result for result in results.values() if result]
    page = report.write(ended, build / "report", time.perf_counter() - begin)
    if json_file:
        files.write(Path(json_file), json.dumps(ended, indent=1))
    report.summary(ended, page, time.perf_counter() - begin, len(chosen))
    return status or int(any(result["status"] == "failed" for result in ended))


def processes():
    """Return how many notebooks run at once: one more than there are processors, for a kernel often waits."""
    return (os.cpu_count() or 1) + 1


def _with_route(notebooks, source):
    """Return the notebooks that a source can serve, in their order; what cannot be read is reported later."""
    routes_of = {"live": live.with_route, "measured": routes.measured}.get(source)
    if not routes_of:
        return notebooks
    readable = [notebook for notebook in notebooks if not refusal(notebook)]
    able = routes_of(readable)
    return [notebook for notebook in notebooks if notebook in able or notebook not in readable]


def _known_result(notebook, build, source, fresh):
    """Return the result of a notebook that need not or cannot be run; None if it is to be run."""
    if sentence := refusal(notebook):
        return failure(notebook, sentence)
    if source == "fixture" and unexecuted(notebook):
        return failure(notebook, WITHOUT_OUTPUTS)
    return None if fresh or source != "fixture" else passed_before(notebook, build)


def _execute(notebooks, results, build, source, jobs, warm):
    """Run notebooks, the longest first, and fill in their results. Return 130 if interrupted, else 0."""
    longest_first = sorted(notebooks, key=_expected_seconds, reverse=True)
    paths = {label(notebook): notebook for notebook in notebooks}
    keys = {notebook: key.key(notebook) for notebook in notebooks}
    try:
        with contextlib.closing(pool.execute(longest_first, build, source, jobs, warm=warm)) as running:
            for result in map(report.printable, running):
                notebook = paths[result["name"]]
                result = editions.hold(result) if source == "measured" else result
                results[notebook] = result
                report.line(result)
                if source == "fixture":
                    keep(result | {"key": keys[notebook]}, build)
    except KeyboardInterrupt:
        print("Interrupted: every process is ended, and what had passed is kept.")
        return 130
    return 0


def _expected_seconds(notebook):
    """Return how long a notebook took when it was measured; a start's time-out if that is not known."""
    return pool.START_TIMEOUT if refusal(notebook) else card(notebook).get("seconds", pool.START_TIMEOUT)


def _shard(notebooks, shard):
    """Return one shard: notebooks dealt out from the longest to the shortest, each to the shard with least to do."""
    if not shard:
        return notebooks
    number, count = shard
    loads, shards = [0.0] * count, [[] for _ in range(count)]
    for notebook in sorted(notebooks, key=_expected_seconds, reverse=True):
        least = loads.index(min(loads))
        loads[least] += _expected_seconds(notebook)
        shards[least].append(notebook)
    return sorted(shards[number - 1])


def failure(notebook, sentence):
    """Return the result of a notebook that was not run, and why."""
    problem = {"sentence": sentence, "cell": None, "detail": ""}
    facts = {"name": label(notebook), "notebook": str(notebook), "source": "fixture", "executed": str(notebook)}
    return facts | {"status": "failed", "problems": [problem], "seconds": 0, "peak_mb": 0, "data": []}


def passed_before(notebook, build):
    """Return the result of the last passing run, if nothing has changed that it depends on; else None."""
    kept = build / "results" / f"{label(notebook)}.json"
    try:
        result = json.loads(kept.read_text(encoding="utf-8"))
        current = result["key"] == key.key(notebook) and Path(result["executed"]).exists()
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):  # damaged, as by a full disk: it says nothing
        kept.unlink()
        return None
    return result | {"status": "unchanged"} if current else None


def keep(result, build):
    """Keep a result that passed, with the key of all it depends on; forget the one before if it failed."""
    kept = build / "results" / f"{result['name']}.json"
    if result["status"] == "failed":
        kept.unlink(missing_ok=True)
    else:
        files.write(kept, json.dumps(result | {"status": "passed"}, indent=1))
