"""The only way outputs are written: execute, and put what came out into the tracked notebook."""

import contextlib
import os
from pathlib import Path

import nbformat

from ci import figures, pool, report
from ci.notebooks import BUILD, find
from ci.run import passed_before

DRIFT = 2  # a measured cost is written anew when it has changed by this factor, not for every flicker


def refresh(notebooks=(), fresh=False, jobs=None, build=BUILD):
    """Execute notebooks that changed since they passed (all of them with ``fresh``) and write their outputs.

    Return 1 if one failed; a notebook that fails keeps the outputs it has.
    """
    chosen = [path for path in find(notebooks) if fresh or not passed_before(path, build)]
    failed = 0
    count = jobs or (os.cpu_count() or 1) + 1
    with contextlib.closing(pool.execute(chosen, build / "refresh", jobs=count, compare=False)) as running:
        for result in running:
            if result["status"] == "passed":
                written = write(Path(result["notebook"]), Path(result["executed"]), result)
                result["status"] = "passed" if written else "unchanged"
            failed += result["status"] == "failed"
            report.line(result)
    return int(bool(failed))


def write(tracked, executed, result):
    """Put the outputs of an execution, and what it cost, into the tracked notebook; tell whether anything changed."""
    from nbval.plugin import coalesce_streams

    before = tracked.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    outcome = {cell.id: cell for cell in nbformat.read(executed, as_version=4).cells}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            new = outcome[cell.id]
            # How a kernel cuts what it prints into messages is chance.
            cell.outputs = figures.steady(cell.outputs, coalesce_streams(new.outputs))
            cell.execution_count = new.execution_count
    _note_costs(notebook.metadata.setdefault("fieldnotes", {}), result)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    after = nbformat.writes(notebook) + "\n"
    if after != before:
        tracked.write_text(after, encoding="utf-8")
    return after != before


def _note_costs(facts, result):
    facts["data"] = result["data"]
    for name, value in (("seconds", max(1, round(result["seconds"]))), ("peak_mb", round(result["peak_mb"], -1))):
        old = facts.get(name)
        if not old or not 1 / DRIFT <= value / old <= DRIFT:
            facts[name] = value
