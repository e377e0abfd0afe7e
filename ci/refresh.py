"""The only way outputs are written: execute, and put what came out into the tracked notebook."""

import contextlib
import hashlib
from pathlib import Path

import nbformat

from ci import files, key, outputs, pool, report
from ci.notebooks import BUILD, find
from ci.readable import refusal
from ci.run import failure, keep, passed_before, processes

DRIFT = 2  # a cost that is measured anew is written if it has changed by this factor


def refresh(notebooks=(), fresh=False, jobs=None, build=BUILD):
    """Execute notebooks that changed since they passed (all of them with ``fresh``) and write their outputs.

    Return 1 if one failed; a notebook that fails keeps the outputs it has. What is written has
    passed: neither this nor ``run`` executes it again until something changes.
    """
    build = Path(build).resolve()
    refused = {path: sentence for path in find(notebooks) if (sentence := refusal(path))}
    failed = [failure(path, sentence) for path, sentence in refused.items()]
    for result in failed:
        report.line(result)
    readable = [path for path in find(notebooks) if path not in refused]
    chosen = [path for path in readable if fresh or not passed_before(path, build)]
    count = jobs or processes()
    with contextlib.closing(pool.execute(chosen, build / "refresh", jobs=count, compare=False)) as running:
        for result in map(report.printable, running):
            if result["status"] == "passed":
                result = _written(result, build)
            report.line(result)
            failed += [result] if result["status"] == "failed" else []
    report.details(failed)
    for result in failed:
        print(f"{result['name']} keeps its outputs; what was executed is in {result['executed']}")
    return int(bool(failed))


def _written(result, build):
    """Write what a passing execution gave and keep the pass; return the result, failed if it cannot be written."""
    path = Path(result["notebook"])
    try:
        changed = write(path, Path(result["executed"]), result)
    except OSError as error:
        return failure(path, f"Its outputs could not be written: {error.strerror}. It is as it was.")
    keep(result | {"key": key.key(path)}, build)
    return result | {"status": "passed" if changed else "unchanged"}


def write(tracked, executed, result):
    """Put the outputs of an execution, and what it cost, into the tracked notebook; tell whether anything changed."""
    before = tracked.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    outputs.take(notebook, executed)
    _note_costs(notebook, result)
    after = nbformat.writes(notebook) + "\n"
    if after != before:
        files.write(tracked, after)
    return after != before


def _note_costs(notebook, result):
    """Note the data that were read; and seconds and memory, where the code is not that of the last measurement.

    A machine that is slow or busy must not change what other people's notebooks cost.
    """
    facts = notebook.metadata.setdefault("fieldnotes", {})
    facts["data"] = result["data"]
    code = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    measured = hashlib.sha256(code.encode()).hexdigest()[:12]
    costs = {"seconds": max(1, round(result["seconds"])), "peak_mb": round(result["peak_mb"], -1)}
    known = all(facts.get(name) for name in costs)
    if known and facts.get("measured_code", measured) == measured:
        facts["measured_code"] = measured
        return
    facts["measured_code"] = measured
    for name, value in costs.items():
        old = facts.get(name)
        if not old or not 1 / DRIFT <= value / old <= DRIFT:
            facts[name] = value
