"""Execute lessons on measurements and write their editions (``ci/editions.py``)."""

import contextlib
from pathlib import Path

from ci import editions, pool, report, routes
from ci.notebooks import BUILD, find
from ci.run import processes


def measured(notebooks=(), jobs=None, build=BUILD, folder=editions.EDITIONS):
    """Execute lessons on measurements and write their editions; return 1 if one failed."""
    chosen, failed = routes.measured(find(notebooks)), []
    count = jobs or processes()
    runs = pool.execute(chosen, build / "editions", source="measured", jobs=count, compare=False)
    with contextlib.closing(runs) as running:
        for result in map(report.printable, running):
            if result["status"] == "passed":
                changed = editions.write(Path(result["notebook"]), Path(result["executed"]), folder)
                result["status"] = "passed" if changed else "unchanged"
            else:
                failed.append(result)
            report.line(result)
    report.details(failed)
    return int(bool(failed))
