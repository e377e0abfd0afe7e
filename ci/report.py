"""What a run found: a line per notebook at the terminal, JUnit XML and JSON for machines, a page for people."""

import base64
import json
import os
import re
from pathlib import Path

from ci import files
from ci.notebooks import ROOT, card
from ci.readable import refusal

SIGNS = {"passed": "✓", "unchanged": "=", "failed": "✗"}
TEMPLATE = Path(__file__).parent / "report.html"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # colours, and movements of the cursor
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(result):
    """Return a result without what terminals obey and XML forbids: escape sequences, control characters."""
    problems = [{name: _printable(value) for name, value in problem.items()} for problem in result["problems"]]
    return result | {"problems": problems}


def line(result):
    """Print a notebook's progress line, and what is wrong with it."""
    cost = f"{result['seconds']:6.1f} s {result['peak_mb']:6.0f} MB"
    print(f"{SIGNS[result['status']]} {result['name']:<40} {cost}  {result['status']}", flush=True)
    for problem in result["problems"]:
        print(f"    {_where(problem)}{problem['sentence']}")


def details(results):
    """Print each failure with its traceback."""
    for result in results:
        for problem in result["problems"]:
            if problem["detail"]:
                print(f"\n── {result['name']}: {_where(problem)}{problem['sentence']}\n{problem['detail']}")


def summary(results, page, seconds, asked):
    """Print each failure with its traceback, the counts, and where the page is; on GitHub also for its pages."""
    details(results)
    counts = counted(results, seconds, asked)
    print(f"\n{counts}. The report: {page.as_uri()}")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(annotations(results)))
    if page_of_job := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(page_of_job).open("a", encoding="utf-8") as file:
            file.write(job_summary(results, counts))


def counted(results, seconds, asked):
    """Return how many notebooks passed, failed and did not run."""
    counts = {status: sum(result["status"] == status for result in results) for status in SIGNS}
    parts = [f"{counts['passed'] + counts['unchanged']} passed", f"{counts['failed']} failed"]
    if counts["unchanged"]:
        parts.append(f"{counts['unchanged']} of them unchanged since they passed")
    if asked > len(results):
        parts.append(f"{asked - len(results)} not run")
    return f"{', '.join(parts)}, in {seconds:.1f} s"


def annotations(results):
    """Return a workflow command of GitHub for each problem: it appears at the notebook in the pull request."""
    return [
        f"::error file={_property(_place(result))},title={_property(result['name'])}::"
        + _message(_where(problem) + problem["sentence"])
        for result in results
        for problem in result["problems"]
    ]


def job_summary(results, counts):
    """Return Markdown for the page of a job on GitHub: the counts, and a table of what failed."""
    rows = [
        f"| {result['name']} | {_markdown(problem['cell'] or '')} | {_markdown(problem['sentence'])} |"
        for result in results
        for problem in result["problems"]
    ]
    table = ["| Notebook | Cell | What is wrong |", "| --- | --- | --- |", *rows] if rows else []
    return "\n".join([f"## Notebooks: {counts}", "", *table, ""])


def write(results, folder, seconds):
    """Write ``index.html``, ``junit.xml`` and ``results.json`` into a folder; return the page's path."""
    files.write(folder / "results.json", json.dumps(results, indent=1))
    _junit(results).write(str(folder / "junit.xml"), pretty=True)
    page = folder / "index.html"
    files.write(page, _page(results, seconds))
    return page


def _printable(value):
    if isinstance(value, (list, tuple)):
        return [_printable(part) for part in value]
    return UNPRINTABLE.sub("\ufffd", ESCAPE.sub("", value)) if isinstance(value, str) else value


def _where(problem):
    return f"cell {problem['cell']!r}: " if problem["cell"] else ""


def _place(result):
    """Return where a notebook lies, from the root of the repository if it is in it."""
    path = Path(result["notebook"])
    return (path.relative_to(ROOT) if path.is_relative_to(ROOT) else path).as_posix()


def _message(text):
    """Return a text as the commands of GitHub's workflows quote it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text):
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _markdown(text):
    """Return a text as a cell of a Markdown table in which nothing is marked up."""
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", " ".join(text.split()))


def _junit(results):
    from junitparser import Failure, JUnitXml, TestCase, TestSuite

    suite = TestSuite("notebooks")
    for result in results:
        folder, _, name = result["name"].rpartition("/")
        case = TestCase(name, folder, result["seconds"])
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
    failed = [row for row in rows if row["status"] == "failed"]
    passed = [row for row in rows if row["status"] != "failed"]
    template = Environment(autoescape=True, trim_blocks=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(failed=failed, passed=passed, seconds=seconds, signs=SIGNS)


def _shown(result):
    """Return what the page adds to a result: title, place, and the first figure as a thumbnail."""
    path, executed = Path(result["notebook"]), Path(result["executed"])
    title = result["name"] if refusal(path) else card(path).get("title", result["name"])
    thumbnail = None if refusal(executed) else _thumbnail(executed)
    return {"title": title, "thumbnail": thumbnail, "place": _place(result)}


def _thumbnail(executed):
    """Return the first figure of a notebook, 240 pixels wide, as PNG in base64; None without one."""
    from io import BytesIO

    from PIL import Image

    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    figures = [data[kind] for data in shown for kind in ("image/png", "image/jpeg") if kind in data]
    if not figures:
        return None
    try:
        image = Image.open(BytesIO(base64.b64decode("".join(figures[0])))).convert("RGB")
    except (OSError, ValueError):  # a figure that is broken: the comparison says so
        return None
    image.thumbnail((240, 240))
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
