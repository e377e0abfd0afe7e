"""What a run found: a line a notebook at the terminal, JUnit XML and JSON for machines, a page for people."""

import base64
import json
from pathlib import Path

from ci.notebooks import ROOT, card

SIGNS = {"passed": "✓", "unchanged": "=", "failed": "✗"}
TEMPLATE = Path(__file__).parent / "report.html"


def line(result):
    """Print a notebook's progress line, and what is wrong with it."""
    cost = f"{result['seconds']:6.1f} s {result['peak_mb']:6.0f} MB"
    print(f"{SIGNS[result['status']]} {result['name']:<40} {cost}  {result['status']}", flush=True)
    for problem in result["problems"]:
        print(f"    {_where(problem)}{problem['sentence']}")


def summary(results, page, seconds, asked):
    """Print each failure with its traceback, the counts, and where the page is."""
    for result in results:
        for problem in result["problems"]:
            if problem["detail"]:
                print(f"\n── {result['name']}: {_where(problem)}{problem['sentence']}\n{problem['detail']}")
    counts = {status: sum(result["status"] == status for result in results) for status in SIGNS}
    missing = asked - len(results)
    told = [f"{counts['passed'] + counts['unchanged']} passed", f"{counts['failed']} failed"]
    told += [f"{counts['unchanged']} of them unchanged since they passed"] if counts["unchanged"] else []
    told += [f"{missing} not run"] if missing else []
    print(f"\n{', '.join(told)}, in {seconds:.1f} s. The report: {page.as_uri()}")


def write(results, folder, seconds):
    """Write ``index.html``, ``junit.xml`` and ``results.json`` into a folder; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    _junit(results).write(str(folder / "junit.xml"), pretty=True)
    page = folder / "index.html"
    page.write_text(_page(results, seconds), encoding="utf-8")
    return page


def _where(problem):
    return f"cell {problem['cell']!r}: " if problem["cell"] else ""


def _junit(results):
    from junitparser import Failure, JUnitXml, TestCase, TestSuite

    suite = TestSuite("notebooks")
    for result in results:
        case = TestCase(result["name"].rsplit("/", 1)[-1], result["name"].rpartition("/")[0], result["seconds"])
        case.result = [Failure(_where(problem) + problem["sentence"], "failure") for problem in result["problems"]]
        for failure, problem in zip(case.result, result["problems"], strict=True):
            failure.text = problem["detail"]
        suite.add_testcase(case)
    xml = JUnitXml("fieldnotes")
    xml.add_testsuite(suite)
    return xml


def _page(results, seconds):
    from jinja2 import Environment

    rows = [result | _shown(result) for result in results]
    template = Environment(autoescape=True, trim_blocks=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(rows=rows, seconds=seconds, signs=SIGNS)


def _shown(result):
    """Return what the page adds to a result: its title, and its first figure as a thumbnail."""
    path = Path(result["notebook"])
    title = card(path).get("title", result["name"]) if path.exists() else result["name"]
    place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return {"title": title, "thumbnail": _thumbnail(Path(result["executed"])), "place": place}


def _thumbnail(executed):
    """Return the first figure of a notebook, 240 pixels wide, as PNG in base64; None without one."""
    from io import BytesIO

    from PIL import Image

    if not executed.exists():
        return None
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    figures = [data[kind] for data in shown for kind in ("image/png", "image/jpeg") if kind in data]
    if not figures:
        return None
    image = Image.open(BytesIO(base64.b64decode("".join(figures[0])))).convert("RGB")
    image.thumbnail((240, 240))
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
