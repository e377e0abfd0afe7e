"""What must not be in the repository, what must, and that its descriptions of one environment agree."""

import ast
import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter

import nbformat
import pytest

import fieldnotes
from ci.notebooks import ROOT, find, label
from ci.style import broken_links
from ci.tree import tree_files, tree_problems

HOUSE = {
    ".ci", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CITATION.cff",
    "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "LICENSE-CONTENT", "Makefile", "README.md", "SECURITY.md",
    "ancillary_data", "ci", "docs", "environment.yml", "fieldnotes", "hub", "img", "notebooks", "postBuild",
    "pyproject.toml", "teaching", "tests", "uv.lock",
}  # fmt: skip
FILES = sorted(tree_files(ROOT))
PAGES = [path for path in FILES if path.suffix == ".md"]
TAGS = {"parameters", "task", "answer", "check", "solution", "question"}
TESTS = [path for path in FILES if path.parts[0] == "tests" and path.name.startswith("test_")]


def run(*command, folder=ROOT):
    """Run a module of this Python; return its exit code and what it said."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_every_file_has_its_place_and_is_there_once():
    assert tree_problems(ROOT) == []


def test_the_house_has_no_other_rooms():
    assert {path.parts[0] for path in FILES} - HOUSE == set()


def test_folders_import_what_the_map_allows():
    """The table in docs/architecture.md says which folder may import which; tests may import all."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` \| (.+?) \|", page, re.MULTILINE)
    allowed = {folder: set(re.findall(r"`(\w+)`", cell)) for folder, cell in rows}
    for folder in allowed.keys() - {"tests"}:
        modules = [path for path in FILES if path.suffix == ".py" and path.is_relative_to(folder)]
        imported = {name for path in modules for name in packages_imported(path)}
        assert modules and imported & {"ci", "fieldnotes", "hub", "teaching", "tests"} <= allowed[folder], folder


def packages_imported(path):
    """Return the packages that a module imports."""
    nodes = [*ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=lambda command: command[0])
def test_the_python_is_in_one_style(command):
    code, said = run("ruff", *command, ".")
    assert code == 0, said


def test_the_helper_stays_small():
    """Eight names for lessons, and modules that can be read in one go."""
    modules = [ROOT / path for path in FILES if path.parts[0] == "fieldnotes" and path.suffix == ".py"]
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    assert len(fieldnotes.__all__) <= 8
    assert lines and {name: count for name, count in lines.items() if count > 250} == {}


@pytest.mark.parametrize("name", fieldnotes.__all__)
def test_every_public_name_has_type_hints(name):
    """So that JupyterLab can complete what it is given and what it returns."""
    signature = inspect.signature(getattr(fieldnotes, name))
    annotations = [parameter.annotation for parameter in signature.parameters.values()]
    assert inspect.Signature.empty not in [*annotations, signature.return_annotation]
    assert (ROOT / "fieldnotes" / "py.typed").exists()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    assert list(broken_links(ROOT / page, (ROOT / page).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_every_test_asserts_something(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert tests and [test.name for test in tests if not asserts(test)] == []


@pytest.mark.parametrize("notebook", find(), ids=label)
def test_no_cell_of_a_lesson_escapes_execution_or_comparison(notebook):
    """A tag such as skip-execution or nbval-skip, or a comment for nbval, would freeze an output without a word."""
    cells = nbformat.read(notebook, as_version=4).cells
    assert {tag for cell in cells for tag in cell.metadata.get("tags", [])} <= TAGS
    assert not [cell.id for cell in cells if re.search(r"#.*(NBVAL|PYTEST_VALIDATE)_", cell.source)]


def asserts(test):
    """Tell whether a test has an assertion, or awaits an error or a warning, or calls a function that does so."""
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(test)}
    awaits = any(name in ("raises", "warns", "fail") or name.startswith("assert") for name in names)
    return awaits or any(isinstance(node, ast.Assert) for node in ast.walk(test))


def test_environment_yml_is_what_pyproject_says(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    code, said = run("pyproject2conda", "project", folder=tmp_path)
    assert code == 0, said
    fresh = (tmp_path / "environment.yml").read_text(encoding="utf-8")
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == fresh, "run `pyproject2conda project`"


def test_every_python_gets_the_same_version_of_a_package():
    """Two versions in the lock would print, draw or count differently on two Pythons."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions = Counter(package["name"] for package in packages)
    assert versions and [name for name, count in versions.items() if count > 1] == []


@pytest.mark.needs("posix")
def test_binder_would_build_the_tree(tmp_path):
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    code, said = run("repo2docker", "--no-build", "--debug", str(tmp_path))
    assert code == 0, said
    for expected in ("for python=3.11", "env update -p ${NB_PYTHON_PREFIX} --file", "RUN ./postBuild"):
        assert expected in said
