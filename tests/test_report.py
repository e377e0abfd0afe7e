"""What a run shows: at the terminal, in the page, in JUnit XML, and on GitHub."""

import json
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from ci import report
from ci.notebooks import ROOT

CONTROL = "a bell \x07, two bars \x1b[A\x1b[31mred\x1b[0m, a null \x00, half a character \ud83d"


def result(name, *problems, status=None, notebook=None):
    path = str(notebook or ROOT / "notebooks" / f"{name}.ipynb")
    facts = {"name": name, "notebook": path, "source": "fixture", "executed": "nowhere", "seconds": 1.5}
    facts |= {"peak_mb": 300, "data": [], "problems": list(problems)}
    return facts | {"status": status or ("failed" if problems else "passed")}


def problem(sentence, cell="figure", detail="", **more):
    return {"sentence": sentence, "cell": cell, "detail": detail, **more}


def page_of(folder, *results):
    page = report.write(list(results), folder, 3.2)
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def test_what_failed_comes_first_with_links_to_it(tmp_path):
    page = page_of(tmp_path, result("education/a"), result("education/b", problem("It differs.")))
    places = [tag["id"] for tag in page.find_all(id=True)]
    assert places == ["education/b", "education/a"]
    (link,) = page.find_all("a")
    assert link["href"] == "#education/b" and "It differs." in link.parent.get_text()


def test_the_traceback_of_an_error_is_open(tmp_path):
    page = page_of(tmp_path, result("education/b", problem("KeyError: 'x'", detail="line 3")))
    assert page.details.has_attr("open") and "line 3" in page.details.get_text()


HOSTILE = "</table></div><script>document.title = 'owned'</script>\"'><img src=x onerror=alert(1)>"


def test_the_html_of_a_notebook_stays_in_a_frame_that_runs_no_scripts(tmp_path):
    sides = {"committed": [("text/html", HOSTILE)], "now": [("text/html", "<b>1</b>"), ("text/plain", HOSTILE)]}
    page = page_of(tmp_path, result("education/b", problem(HOSTILE, **sides)), result("education/a"))
    frames = page.find_all("iframe")
    assert [frame["srcdoc"] for frame in frames] == [HOSTILE, "<b>1</b>"]
    assert not any("".join(frame["sandbox"]) for frame in frames), "no permission is given"
    assert not page.find_all("script") and not page.find_all("img", src="x")
    assert page.find(id="education/a"), "what stands below is whole"


def test_a_page_fits_a_phone(tmp_path):
    page = page_of(tmp_path, result("education/b", problem("It differs.")))
    assert "width=device-width" in page.find("meta", attrs={"name": "viewport"})["content"]
    assert "@media (max-width" in page.style.get_text()


def test_control_characters_do_not_lose_the_report(tmp_path):
    sides = {"committed": [("text/plain", CONTROL)], "now": [("text/plain", "x")]}
    hostile = report.printable(result("education/b", problem(CONTROL, detail=CONTROL, **sides)))
    page = page_of(tmp_path, hostile)
    failure = ElementTree.parse(tmp_path / "junit.xml").getroot().find(".//failure")
    expected = "a bell \ufffd, two bars red, a null \ufffd, half a character \ufffd"
    assert expected in failure.get("message") and failure.text == expected
    assert page.find("p", string=lambda text: text and expected in text) or expected in page.get_text()
    assert json.loads((tmp_path / "results.json").read_text())[0]["problems"][0]["sentence"] == expected


def test_an_unreadable_notebook_has_its_place_in_the_report(tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text("<<<<<<< HEAD\n")
    page = page_of(tmp_path / "report", result("broken", problem("It is not JSON."), notebook=broken))
    assert page.find(id="broken")


def test_github_shows_each_problem_at_its_notebook_and_in_the_summary_of_the_job(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    results = [result("education/a"), result("education/b", problem("50 % | of *it*\ndiffers"))]
    report.summary(results, tmp_path / "index.html", 3.2, 2)
    printed = capsys.readouterr().out
    place = "file=notebooks/education/b.ipynb,title=education/b"
    assert f"::error {place}::cell 'figure': 50 %25 | of *it*%0Adiffers" in printed.splitlines()
    told = (tmp_path / "summary.md").read_text()
    assert "1 passed, 1 failed" in told and r"| education/b | figure | 50 % \| of \*it\* differs |" in told


def test_elsewhere_nothing_is_said_to_github(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    report.summary([result("education/b", problem("It differs."))], tmp_path / "index.html", 3.2, 1)
    assert "::error" not in capsys.readouterr().out


@pytest.mark.parametrize(("asked", "phrase"), [(2, "1 not run"), (1, "0 failed, in")])
def test_what_did_not_run_is_counted(asked, phrase):
    assert phrase in report.counted([result("education/a")], 3.2, asked)
