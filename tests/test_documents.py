"""What the pages promise is there: commands, terms, versions, workflows, and notes for teachers on every lesson."""

import ast
import re
import tomllib
from itertools import pairwise

import nbformat
import pytest
import yaml

from ci import __main__ as commands
from ci.notebooks import ROOT, card, find, label
from ci.tree import tree_files
from fieldnotes import entries
from fieldnotes.entries import describe

FILES = sorted(tree_files(ROOT))
PAGES = [path for path in FILES if path.suffix == ".md"]
TEXTS = [path for path in FILES if path.suffix in (".md", ".ipynb")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYTHONS = ["3.11", "3.12", "3.13"]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def workflow(name):
    return yaml.safe_load(text(f".github/workflows/{name}.yml"))


def anchor(heading):
    """Return the fragment that a link to a heading has: lower case, hyphens, no other punctuation."""
    return re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-")


def anchors(path):
    """Return the fragments to which a page can be linked."""
    return [anchor(heading) for heading in re.findall(r"^#+ (.+)$", text(path), re.MULTILINE)]


def targets():
    return set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))


# Commands.


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_make_target_exists(page):
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text(page), re.MULTILINE))
    assert named - targets() == set()


def test_the_readme_has_its_two_commands():
    blocks = re.findall(r"^```\n(.+?)\n```$", text("README.md"), re.MULTILINE | re.DOTALL)
    assert blocks == ["make notebooks", "make test"]
    assert set(blocks) <= {f"make {target}" for target in targets()}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_of_the_runner_exists(page):
    named = set(re.findall(r"python -m ci ([a-z]+)", text(page)))
    assert named - set(commands.COMMANDS) == set()


def test_the_page_on_running_names_every_option_and_no_other(capsys):
    for command in commands.COMMANDS:
        with pytest.raises(SystemExit):
            commands.main([command, "--help"])
    option = r"(?<![\w-])--[a-z]+"
    offered = set(re.findall(option, capsys.readouterr().out)) - {"--help"}
    assert offered and set(re.findall(option, text("docs/running-notebooks.md"))) == offered


# Words and links.


def test_the_glossary_is_in_order_and_has_each_term_once():
    terms = [term.replace("\\", "").casefold() for term in re.findall(r"^## (.+)$", text("docs/glossary.md"), re.M)]
    assert len(terms) > 50
    assert [pair for pair in pairwise(terms) if pair[0] >= pair[1]] == []


def test_every_term_is_explained():
    parts = re.split(r"^## .+$", text("docs/glossary.md"), flags=re.MULTILINE)[1:]
    assert [part for part in parts if not re.search(r"\w.*[.](\s|$)", part)] == []


@pytest.mark.parametrize("page", TEXTS, ids=str)
def test_links_to_a_heading_find_it(page):
    links = re.findall(r"\]\(([\w./-]*\.md)?#([\w-]+)\)", text(page))
    pages = {(ROOT / page).parent / target if target else ROOT / page: target for target, _ in links}
    known = {target: anchors(path.resolve().relative_to(ROOT)) for path, target in pages.items()}
    assert [fragment for target, fragment in links if fragment not in known[target]] == []


@pytest.mark.parametrize("notebook", find(), ids=label)
def test_teachers_find_notes_on_every_lesson(notebook):
    facts = re.search(rf"^`{label(notebook)}` · (\d+) minutes · (\w+) · for", text("docs/teaching.md"), re.MULTILINE)
    assert facts, f"docs/teaching.md has no section with a line that begins `{label(notebook)}`"
    assert (int(facts[1]), facts[2]) == (card(notebook)["minutes"], card(notebook)["level"])


@pytest.mark.parametrize("notebook", find(), ids=label)
def test_a_lesson_credits_what_it_loads_and_nothing_else(notebook):
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    loaded = set(re.findall(r'\b(?:load|fetch)\("([\w-]+)"', "\n".join(cell.source for cell in cells)))
    lines = "".join(out.text for out in cells[-1].outputs).splitlines()
    credits = {name: describe(name)["credit"].rstrip(".") for name in card(notebook)["data"]}
    assert loaded and all(any(line.startswith(credits[name]) for line in lines) for name in loaded)
    assert all(line.startswith(tuple(credits.values())) for line in lines)  # also of a base map, which no call loads


# Examples.


def examples(language):
    """Return each example in a language, with the page that shows it."""
    blocks = re.compile(rf"^```{language}\n(.+?)^```$", re.MULTILINE | re.DOTALL)
    return [
        pytest.param(block, id=f"{page}-{i}") for page in PAGES for i, block in enumerate(blocks.findall(text(page)))
    ]


@pytest.mark.parametrize("example", examples("python"))
def test_examples_of_python_are_python(example):
    assert ast.parse(example).body


@pytest.mark.parametrize("example", examples("toml"))
def test_examples_of_entries_are_toml(example):
    assert tomllib.loads(example)


def test_the_example_of_an_entry_has_every_key_that_all_entries_have():
    example = re.search(r"^```toml\n(\[my-data\].+?)^```$", text("docs/add-a-data-set.md"), re.MULTILINE | re.DOTALL)
    shown = tomllib.loads(example[1])["my-data"]
    assert set.intersection(*map(set, entries.read().values())) <= set(shown)
    assert shown["columns"].keys() >= shown["range"].keys()


# Citation and versions.


def test_the_citation_has_what_it_needs():
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"] and citation["title"]
    assert citation["authors"] == [{"name": "The Fieldnotes contributors"}]
    assert str(citation["version"]) == PROJECT["version"]
    assert PROJECT["license"] in citation["license"]


def test_the_newest_version_of_the_changelog_is_that_of_the_project():
    found = re.findall(r"^## \[(.+?)\] - (unreleased|\d{4}-\d\d-\d\d)$", text("CHANGELOG.md"), re.MULTILINE)
    assert found and found[0][0] == PROJECT["version"]


def test_both_licences_are_whole():
    assert "Copyright (c) 2026, the Fieldnotes contributors" in text("LICENSE")
    assert "EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE." in text("LICENSE")
    sections = re.findall(r"^Section (\d) –", text("LICENSE-CONTENT"), re.MULTILINE)
    assert sections == list("12345678")


# What the workflows run.


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_whole_and_may_only_read(path):
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["permissions"] == {"contents": "read"}
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 90
        used = {step["uses"].partition("@")[0]: step.get("with", {}) for step in job["steps"] if "uses" in step}
        assert used["actions/checkout"]["persist-credentials"] is False
        run = "\n".join(step.get("run", "") for step in job["steps"])
        assert set(re.findall(r"\bmake ([a-z]+)", run)) <= targets()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_an_action_is_named_by_its_commit_and_says_its_version(path):
    """A tag can be moved to other code; a commit cannot."""
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert used and all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used)


def test_one_job_has_sandboxes_and_services_and_one_has_none():
    runs = {
        name: "\n".join(step.get("run", "") for step in job["steps"]) for name, job in workflow("check")["jobs"].items()
    }
    assert "sudo" in runs["full"] and "apparmor_restrict_unprivileged_userns=0" in runs["full"]
    assert ".ci/run" in runs["full"] and "sudo" not in runs["bare"] and "apt" not in runs["bare"]


def test_a_change_is_checked_on_every_python():
    check = workflow("check")
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert check["jobs"]["bare"]["strategy"]["matrix"]["python"] == PYTHONS
    assert {"pull_request", "push"} == set(check[True])  # YAML reads the key `on` as true
    assert "make test" in [step.get("run") for step in check["jobs"]["bare"]["steps"]]


def test_newest_dependencies_and_live_data_may_fail_in_sight():
    assert workflow("check")["jobs"]["newest"]["continue-on-error"] is True
    steps = {step.get("id"): step for step in workflow("live")["jobs"]["live"]["steps"]}
    assert steps["run"]["continue-on-error"] is True
    assert workflow("live")[True]["schedule"]


@pytest.mark.parametrize("name, folder", [("check", "_build/report"), ("live", "_build/live/report")])
def test_every_job_keeps_its_report(name, folder):
    for job in workflow(name)["jobs"].values():
        kept = [step["with"]["path"] for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
        assert kept == [folder]
