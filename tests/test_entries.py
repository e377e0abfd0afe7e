"""The catalogue: each mistake in an entry is one sentence, and every entry of this repository has none."""

import ast
import graphlib
import tomllib

import pytest
from test_data import entry, write_catalogue

import fieldnotes
from ci.notebooks import ROOT
from ci.tree import tree_files
from fieldnotes import entries, errors

FILES = [ROOT / path for path in tree_files(ROOT) if path.suffix == ".py"]
TESTS = [path for path in FILES if path.is_relative_to(ROOT / "tests")]
GOOD = entry(
    "tower.csv",
    "table",
    {"time": "UTC, start of hour", "water": "m, level", "station": "text, id"},
    sha256="0" * 64,
    range={"water": [0, 3]},
    facts={"rise": [0.03, "m", "from January to June"]},
)
LIVE = {"source": "icos", "id": "co2", "start": "2018-01-01", "end": "2018-02-01"}
STAC = {"collection": "images", "bands": {"red": "B04"}}
ADDRESS = "https://example.org/maker/repository/0123456789abcdef0123456789abcdef01234567/tower.csv"
PINNED = {
    "title": "A real tower",
    "kind": "measured",
    "licence": "CC-BY-4.0",
    "credit": "B. Maker",
    "retrieved": "2026-02-03",
    "files": [{"url": ADDRESS, "sha256": "0" * 64, "bytes": 12}],
}


def file(**changes):
    """Return the pinned files with the one file's keys replaced, or left out where the value is None."""
    described = PINNED["files"][0] | changes
    return PINNED | {"files": [{key: value for key, value in described.items() if value is not None}]}


MISTAKES = {
    "no licence": ({"licence": None}, "it lacks 'licence'; required are title, theme, kind, file"),
    "two keys gone": ({"file": None, "shape": None}, "it lacks 'file', 'shape'; required are"),
    "unknown licence": ({"licence": "unknown"}, "'licence' is 'unknown'; it should be an SPDX expression, public"),
    "theme": ({"theme": "river"}, "'theme' is 'river'; there are atmosphere, ecosystem, land, maps, ocean."),
    "kind": ({"kind": "simulatd"}, "'kind' is 'simulatd'; there are measured, modelled, simulated."),
    "shape": ({"shape": "tables"}, "'shape' is 'tables'; there are files, grid, raster, stac, table"),
    "unknown key": ({"licenses": "MIT"}, "there is no key 'licenses'; there are columns, credit, cube, doi"),
    "day": ({"retrieved": "yesterday"}, "'retrieved' is 'yesterday'; it should be a day, such as 2026-11-21."),
    "checksum": ({"sha256": "abc"}, "'sha256' is 'abc'; it should be 64 hexadecimal digits."),
    "DOI as an address": ({"doi": "https://doi.org/10.5/a"}, "'doi' is 'https://doi.org/10.5/a'; it should be a DOI"),
    "script elsewhere": ({"made_by": "my_data.py"}, "'made_by' is 'my_data.py'; it should be a script, such as make/"),
    "empty title": ({"title": " "}, "'title' is ' '; it should be a text."),
    "number as a title": ({"title": 3}, "'title' is 3; it should be a text."),
    "no columns": ({"columns": {}}, "'columns' is {}; it should be a table of column names and units."),
    "columns as a list": ({"columns": ["time"]}, "'columns' is ['time']; it should be a table of column names"),
    "column without a unit": ({"columns": {"water": ""}}, "'columns' 'water' is ''; it should be a type or unit"),
    "bounds misspelt": ({"range": {"wter": [0, 3]}}, "'range' has no column 'wter' to bound; there are time, water"),
    "bounds of a text": ({"range": {"station": [0, 3]}}, "'range' bounds 'station', which holds text and no numbers."),
    "bounds reversed": ({"range": {"water": [3, 0]}}, "'range' of 'water' begins at 3 and ends at 0."),
    "one bound": ({"range": {"water": [3]}}, "'range' 'water' is [3]; it should be the lowest and the highest"),
    "fact without a unit": ({"facts": {"rise": [0.03]}}, "'facts' 'rise' is [0.03]; it should be a number, its unit"),
    "fact as a text": ({"facts": {"rise": ["0.03", "m", "rise"]}}, "'facts' 'rise' 0 is '0.03'; it should be a number"),
    "lines with columns": ({"shape": "text"}, "'columns' of shape 'text' are line, not time, water, station."),
    "cube of no cube": ({"cube": STAC}, "'cube' belongs to the shape 'stac' and to no other, and the shape is 'table'"),
    "no cube": ({"shape": "stac"}, "'cube' belongs to the shape 'stac' and to no other, and the shape is 'stac'"),
    "pinned without a credit": (
        {"pinned": {key: value for key, value in PINNED.items() if key != "credit"}},
        "'pinned' lacks 'credit'; required are title, kind, licence, credit, retrieved, files.",
    ),
    "pinned twin": (
        {"pinned": PINNED | {"kind": "simulated"}},
        "'pinned' 'kind' is 'simulated'; there are",
    ),
    "pinned licence": ({"pinned": PINNED | {"licence": "free"}}, "'licence' is 'free'; it should be an SPDX"),
    "pinned branch": (
        {"pinned": file(url="https://example.org/maker/repository/main/tower.csv")},
        "'pinned' 'files' 0 'url' is 'https://example.org/maker/repository/main/tower.csv'; it should be an address",
    ),
    "pinned without a checksum": ({"pinned": file(sha256=None)}, "'pinned' 'files' 0 lacks 'sha256'; required are"),
    "pinned nowhere": ({"pinned": file(url=None)}, "a file of 'pinned' has either a url, or a package"),
    "pinned package, no version": (
        {"pinned": file(package="towers")},
        "'pinned' 'files' 0 'package' is 'towers'",
    ),
    "live without a source": ({"live": {"id": "co2"}}, "'live' lacks 'source'; required are source."),
    "live misspelt": ({"live": LIVE | {"station": {"HTM": "water"}}}, "'live' lacks 'stations', which icos needs."),
}


def changed(changes):
    """Return the good entry with keys replaced, or left out where the new value is None."""
    return {key: value for key, value in (GOOD | changes).items() if value is not None}


@pytest.mark.parametrize(("changes", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_entry(tmp_path, monkeypatch, changes, sentence):
    write_catalogue(tmp_path, {"my-data": changed(changes), "others": GOOD})
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)
    for door in (fieldnotes.load, fieldnotes.fetch, fieldnotes.cite):
        with pytest.raises(errors.InvalidEntry) as caught:
            door("my-data")
        said = str(caught.value)
        assert said.startswith(f"The entry 'my-data' of catalogue.toml: {sentence}")
        assert len(said.splitlines()) == 1
    assert fieldnotes.cite("others") == "A. Maker (2026), a test. Licence: CC-BY-4.0."  # is not its fault
    with pytest.raises(errors.InvalidEntry, match="'my-data'"):
        fieldnotes.catalogue()


def test_several_mistakes_are_several_sentences():
    found = entries.mistakes("my-data", changed({"licence": None, "theme": "river", "colour": "red"}))
    assert len(found) == 3
    assert all(sentence.startswith("The entry 'my-data' of catalogue.toml: ") for sentence in found)


def test_a_good_entry_has_no_mistakes():
    assert entries.mistakes("my-data", GOOD) == []
    assert entries.mistakes("my-data", changed({"range": None, "facts": None, "pinned": PINNED})) == []


def test_a_catalogue_that_is_no_toml_says_where(tmp_path):
    (tmp_path / "catalogue.toml").write_text('[one]\ntitle = "a"\n[one]\n')
    with pytest.raises(errors.InvalidEntry, match=r"catalogue\.toml is not TOML: .*line 3"):
        entries.read(tmp_path)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "mesured"}, "'kind' is 'mesured'; there are measured, modelled, simulated."),
        ({"author": "Class 9b"}, "there is no key 'author'; there are credit, doi, kind, licence, note"),
        ({"credit": 9}, "'credit' is 9; it should be a text."),
    ],
)
def test_a_folder_that_describes_its_data_wrongly_is_told(tmp_path, monkeypatch, said, sentence):
    own = tmp_path / "own"
    own.mkdir()
    (own / "tower.csv").write_text("time,water,station\n2018-01-01T00:00Z,2.5,HTM\n")
    write_catalogue(tmp_path, {"my-data": GOOD})
    write_catalogue(own, {"my-data": said})
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path)
    with pytest.raises(errors.InvalidEntry, match=f"The entry 'my-data' of catalogue.toml: {sentence}"):
        fieldnotes.load("my-data", own)


def test_a_changed_catalogue_is_read_again(tmp_path):
    write_catalogue(tmp_path, {"one": GOOD})
    assert list(entries.read(tmp_path)) == ["one"]
    write_catalogue(tmp_path, {"two": GOOD, "three": GOOD})
    assert list(entries.read(tmp_path)) == ["two", "three"]


@pytest.mark.parametrize("name", entries.read())
def test_every_entry_of_the_catalogue_follows_its_schema(name):
    assert entries.mistakes(name, entries.read()[name]) == []


def test_licences_have_a_page():
    assert entries.licence_url("CC-BY-4.0") == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert entries.licence_url("(EUPL-1.2 AND CC-BY-4.0)") == "https://spdx.org/licenses/EUPL-1.2.html"
    assert all(entries.licence_url(one).startswith("https://") for one in entries.NAMED_LICENCES)
    assert entries.licence_url("freely available") is None


def words(path):
    """Return the texts that stand alone in a file of Python."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("name", [name for name, one in entries.read().items() if "facts" in one])
def test_the_facts_of_every_entry_are_recomputed_by_a_test(name):
    naming = [path for path in TESTS if name in (found := words(path)) and "facts" in found]
    assert naming, f"no test names {name!r} and computes its facts: see docs/add-a-data-set.md, section 4"


def test_nobody_but_the_module_of_entries_reads_the_catalogue():
    """A second reader would not hold entries to their schema: import fieldnotes.entries instead."""
    calls = [
        (path, call)
        for path in FILES
        if path != ROOT / "fieldnotes" / "entries.py"
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("load", "loads")
    ]
    assert [
        path.relative_to(ROOT).as_posix()
        for path, call in calls
        if "tomllib" in ast.unparse(call.func) and "catalogue.toml" in ast.unparse(call)
    ] == []


def imported(path):
    """Return the modules of the helper that a module imports, at its head or within a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if module(name) and name not in ("fieldnotes", "fieldnotes.sources")}


def module(name):
    path = ROOT.joinpath(*name.split("."))
    return name.startswith("fieldnotes.") and (path.with_suffix(".py").exists() or (path / "__init__.py").exists())


def test_the_modules_of_the_helper_import_one_another_without_a_circle():
    helper = [path for path in FILES if path.is_relative_to(ROOT / "fieldnotes") and path.name != "__init__.py"]
    graph = {".".join(path.relative_to(ROOT).with_suffix("").parts): imported(path) for path in helper}
    order = list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError
    assert order.index("fieldnotes.entries") < order.index("fieldnotes.readers") < order.index("fieldnotes.data")
    assert not {"fieldnotes.readers", "fieldnotes.data"} & graph["fieldnotes.schema"]


def test_the_example_of_the_guide_is_an_entry():
    text = (ROOT / "docs" / "add-a-data-set.md").read_text(encoding="utf-8")
    shown = tomllib.loads(text[text.index("[my-data]") : text.index("```", text.index("[my-data]"))])["my-data"]
    assert entries.mistakes("my-data", shown | {"sha256": "0" * 64}) == []
