"""The one door to data: what load, fetch, catalogue and cite promise for fixtures and folders, and how they refuse."""

import gzip
import hashlib
import json
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

import fieldnotes
from fieldnotes import entries, errors

TOWER = """time,co2,station,samples
2018-01-01T00:00Z,410.5,HTM,3
2018-01-01T01:00Z,,NA,4
2018-01-01T02:00Z,411.0,,5
"""


def entry(file, shape, columns, **more):
    known = {"title": "A title", "theme": "atmosphere", "kind": "simulated", "made_by": "make/none.py"}
    rights = {"licence": "CC-BY-4.0", "credit": "A. Maker (2026), a test.", "retrieved": "2026-01-02"}
    return known | rights | {"file": file, "shape": shape, "columns": columns} | more


ENTRIES = {
    "tower": entry(
        "tower.csv",
        "table",
        {"time": "UTC, start of hour", "co2": "ppm, dry air", "station": "text, id", "samples": "count"},
        range={"co2": [300, 600]},
        doi="10.5/tower",
    ),
    "sites": entry("sites.csv.gz", "table", {"id": "text", "lat": "degrees_north"}, theme="maps"),
    "sea": entry(
        "sea.nc",
        "grid",
        {"time": "UTC, middle of the month", "lat": "degrees_north", "lon": "degrees_east", "sst": "degC, sea surface"},
        range={"sst": [-3, 40]},
        theme="ocean",
    ),
    "coast": entry("coast.geojson", "vector", {"layer": "text"}, theme="maps"),
    "hours": entry("hours.csv", "text", {"line": "text, one line of the file"}),
    "days": entry("days", "files", {"path": "text, year and day", "bytes": "count, size of the file"}),
}


def sea(sst=((20.0, np.nan), (21.0, 22.0)), units="degC"):
    axes = {"time": pd.to_datetime(["2018-01-16"]), "lat": [-1.0, 1.0], "lon": [0.0, 2.0]}
    return xr.Dataset({"sst": (("time", "lat", "lon"), np.array([sst], "float32"), {"units": units})}, axes)


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def write_catalogue(folder, entries):
    lines = [f"{json.dumps(name)} = {toml(described)}" for name, described in entries.items()]
    (folder / "catalogue.toml").write_text("\n".join(lines), encoding="utf-8")


def write_files(folder):
    (folder / "tower.csv").write_text(TOWER)
    (folder / "sites.csv.gz").write_bytes(gzip.compress(b"id,lat\nHTM,56.1\nNA,\n", mtime=0))
    sea().to_netcdf(folder / "sea.nc")
    line = gpd.GeoDataFrame({"layer": ["coastline"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs="EPSG:4326")
    line.to_file(folder / "coast.geojson")
    (folder / "hours.csv").write_text("# UNIT: umol.mol-¹\n#co2;Flag\n-999.990;U\n", encoding="utf-8")
    for day in ("2017/31.txt", "2018/01.txt", "2018/02.txt"):
        (folder / "days" / day).parent.mkdir(parents=True, exist_ok=True)
        (folder / "days" / day).write_text(f"day {day}\n")


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A catalogue of one data set a shape, in place of the repository's."""
    room = tmp_path / "room"
    room.mkdir()
    write_files(room)
    sums = {name: entries.checksum(room / part["file"]) for name, part in ENTRIES.items()}
    write_catalogue(room, {name: part | {"sha256": sums[name]} for name, part in ENTRIES.items()})
    monkeypatch.setattr(entries, "DATA_FOLDER", room)
    return room


@pytest.fixture
def own(room, tmp_path):
    """A folder of somebody's own data, with the names of the catalogue."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def test_table_has_promised_types_and_index(room):
    table = fieldnotes.load("tower")
    assert list(table.columns) == ["co2", "station", "samples"]
    assert table.index.name == "time"
    assert str(table.index.dtype) == "datetime64[ns, UTC]"
    assert table.dtypes.astype(str).to_dict() == {"co2": "float64", "station": "str", "samples": "int64"}
    assert table.index[1] == pd.Timestamp("2018-01-01T01:00Z")


def test_empty_field_is_missing_and_namibia_is_not(room):
    table = fieldnotes.load("tower")
    assert np.isnan(table["co2"].iloc[1])
    assert table["station"].iloc[1] == "NA"
    assert table["station"].isna().tolist() == [False, False, True]


def test_attrs_say_what_the_data_are(room):
    assert fieldnotes.load("tower").attrs == {
        "title": "A title",
        "kind": "simulated",
        "licence": "CC-BY-4.0",
        "credit": "A. Maker (2026), a test.",
        "doi": "10.5/tower",
        "source": "fixture",
        "retrieved": "2026-01-02",
        "units": {"co2": "ppm", "station": "text", "samples": "count"},
    }


def test_table_without_time_keeps_its_rows_in_order(room):
    table = fieldnotes.load("sites")
    assert table.index.tolist() == [0, 1]
    assert table["id"].tolist() == ["HTM", "NA"]
    assert np.isnan(table["lat"].iloc[1])


def test_grid_is_a_dataset_with_units(room):
    grid = fieldnotes.load("sea")
    assert grid["sst"].dims == ("time", "lat", "lon")
    assert grid["sst"].attrs["units"] == "degC"
    assert grid["sst"].isnull().sum() == 1
    assert grid.attrs["credit"] == "A. Maker (2026), a test."


def test_vector_is_a_geodataframe(room):
    layers = fieldnotes.load("coast")
    assert isinstance(layers, gpd.GeoDataFrame)
    assert list(layers.columns) == ["layer", "geometry"]
    assert layers.crs.to_epsg() == 4326
    assert layers.attrs["source"] == "fixture"


def test_text_is_its_lines_untouched(room):
    lines = fieldnotes.load("hours")
    assert lines["line"].tolist() == ["# UNIT: umol.mol-¹", "#co2;Flag", "-999.990;U"]
    assert lines.attrs["kind"] == "simulated" and "units" not in lines.attrs


def test_a_folder_is_the_table_of_its_files(room):
    days = fieldnotes.load("days")
    assert days["path"].tolist() == ["2017/31.txt", "2018/01.txt", "2018/02.txt"]
    assert days["bytes"].tolist() == [16, 16, 16]
    assert (fieldnotes.fetch("days") / days["path"][1]).read_text() == "day 2018/01.txt\n"
    assert days.attrs["kind"] == "simulated"


@pytest.mark.parametrize("change", ["a byte", "a name", "a file less", "a file more"])
def test_a_changed_folder_is_corrupt_and_says_how_to_restore_it(room, change):
    day = room / "days" / "2018" / "02.txt"
    if change == "a byte":
        day.write_text("day 2018/02.txt?")
    elif change == "a file more":
        (room / "days" / "2018" / "03.txt").write_text("day")
    elif change == "a name":
        day.rename(day.with_name("05.txt"))
    else:
        day.unlink()
    with pytest.raises(errors.Corrupt, match="git clean"):
        fieldnotes.fetch("days")


def test_what_a_file_browser_hides_in_a_folder_changes_nothing(room):
    (room / "days" / "2018" / ".DS_Store").write_text("hidden")
    assert len(fieldnotes.load("days")) == 3


def test_checksum_of_a_file_is_its_sha256(room):
    assert entries.checksum(room / "tower.csv") == hashlib.sha256(TOWER.encode()).hexdigest()


def test_somebody_elses_folder_of_files_needs_not_be_the_same_files(own):
    (own / "days" / "1999").mkdir(parents=True)
    (own / "days" / "1999" / "01.txt").write_text("another day")
    days = fieldnotes.load("days", own)
    assert days["path"].tolist() == ["1999/01.txt"]
    assert days.attrs["kind"] == "undescribed"


def test_two_loads_are_two_tables(room):
    table = fieldnotes.load("tower")
    table["co2"] = 0.0
    assert fieldnotes.load("tower")["co2"].iloc[0] == 410.5


def test_fetch_returns_the_file(room):
    assert fieldnotes.fetch("tower") == room / "tower.csv"


def test_unknown_data_set_names_those_there_are(room):
    with pytest.raises(
        errors.UnknownDataset, match=r"no data set 'towers'\. There are: coast, days, hours, sea, sites, tower\."
    ):
        fieldnotes.load("towers")


def test_one_changed_byte_is_corrupt(room):
    path = room / "tower.csv"
    path.write_bytes(path.read_bytes().replace(b"410.5", b"410.6"))
    with pytest.raises(errors.Corrupt, match=r"tower\.csv differs from its checksum.*git checkout"):
        fieldnotes.load("tower")
    with pytest.raises(errors.Corrupt):
        fieldnotes.fetch("tower")


def test_missing_fixture_says_how_to_restore_it(room):
    (room / "tower.csv").unlink()
    with pytest.raises(errors.NotFound, match=r"file of 'tower'.*is missing: restore it with `git checkout -- "):
        fieldnotes.load("tower")


def test_missing_catalogue_says_that_the_repository_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(entries, "DATA_FOLDER", tmp_path / "nowhere")
    with pytest.raises(errors.NotFound, match=r"catalogue\.toml is missing.*make setup"):
        fieldnotes.catalogue()


def test_every_error_is_a_data_error_and_a_value_error():
    for name in ("UnknownDataset", "Offline", "NeedsLogin", "NotFound", "SchemaChanged", "Corrupt"):
        assert issubclass(getattr(errors, name), errors.DataError)
    assert issubclass(errors.DataError, ValueError)


def test_folder_gives_the_same_shape_and_no_false_credit(own):
    (own / "tower.csv").write_text(TOWER.replace("410.5", "399.5"))
    table = fieldnotes.load("tower", own)
    assert table["co2"].iloc[0] == 399.5
    assert table.attrs["source"] == "folder"
    assert table.attrs["kind"] == "undescribed"
    assert table.attrs["title"] == "tower, undescribed data"
    assert fieldnotes.cite(table) == "tower, undescribed data, from a folder that does not say who made them."
    assert not {"credit", "doi", "licence", "retrieved"} & set(table.attrs)


def test_folder_with_the_very_fixture_keeps_its_credit(own):
    (own / "tower.csv").write_text(TOWER)
    attrs = fieldnotes.load("tower", str(own)).attrs
    assert (attrs["source"], attrs["kind"], attrs["credit"]) == ("folder", "simulated", "A. Maker (2026), a test.")


def test_folder_describes_its_own_data(own):
    (own / "tower.csv").write_text(TOWER.replace("410.5", "399.5"))
    write_catalogue(own, {"tower": {"kind": "measured", "credit": "Class 9b", "licence": "CC0-1.0"}})
    attrs = fieldnotes.load("tower", own).attrs
    assert (attrs["kind"], attrs["credit"], attrs["licence"]) == ("measured", "Class 9b", "CC0-1.0")
    assert attrs["source"] == "folder"
    assert attrs["title"] == "tower, measured data of a folder"  # not that of the catalogue's simulation
    assert "doi" not in attrs


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (TOWER.replace(".", ",").replace(",co2", ";co2").replace("Z,", "Z;"), "separates .* by semicolons"),
        ("time;co2;station;samples\n2018-01-01T00:00Z;410,5;HTM;3\n", "separates its columns by semicolons"),
        ("time,co2\n2018-01-01T00:00Z,410,5\n", "has more values in a row than column names"),
        (TOWER.replace("410.5", '"410,5"'), r"'co2' has text, such as '410,5'"),
    ],
    ids=["mixed", "semicolons", "one comma for both", "quoted"],
)
def test_decimal_commas_are_told(own, text, sentence):
    (own / "tower.csv").write_text(text)
    with pytest.raises(errors.SchemaChanged, match=sentence):
        fieldnotes.load("tower", own)


def test_times_with_a_zone_become_utc_and_without_are_taken_as_utc(own):
    hours = []
    for zone in ("Z", "+00:00", "+01:00", ""):
        (own / "tower.csv").write_text(TOWER.replace("Z,", f"{zone},"))
        hours.append(fieldnotes.load("tower", own).index[0])
    first = pd.Timestamp("2018-01-01T00:00Z")
    assert hours == [first, first, first - pd.Timedelta("1h"), first]
    (own / "tower.csv").write_text(TOWER.replace("T01:00Z", "T01:00"))
    with pytest.raises(errors.SchemaChanged, match="some time stamps with a zone and some without"):
        fieldnotes.load("tower", own)


def test_fetch_from_a_folder(own):
    (own / "tower.csv").write_text(TOWER)
    assert fieldnotes.fetch("tower", own) == own / "tower.csv"


def test_folder_without_the_file(own):
    with pytest.raises(errors.NotFound, match=r"'tower' is read from a file named tower\.csv, and .*own has none"):
        fieldnotes.load("tower", own)


def test_source_that_is_no_folder(room):
    with pytest.raises(errors.NotFound, match=r"'liv' is neither 'fixture' nor 'measured' nor 'live' nor a folder"):
        fieldnotes.load("tower", "liv")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (TOWER.replace("co2", "ch4"), r"no column 'co2', only time, ch4, station, samples"),
        (TOWER.replace("time,", "date,"), r"no column 'time'"),
        (TOWER.replace("410.5", "high"), r"'co2' has text"),
        (TOWER.replace("410.5", "41.5"), r"column 'co2' .*in_range\(300, 600\).*41\.5"),
        (TOWER.replace(",3\n", ",\n"), r"column 'samples'"),
        (TOWER.replace(",3\n", ",3.5\n"), r"column 'samples'"),
        (TOWER.replace("2018-01-01T01", "2018-01-01T00"), r"column 'time'"),
        (TOWER.replace("2018-01-01T01:00Z", "yesterday"), r"column 'time'.*time stamps"),
    ],
    ids=["column", "time", "text", "range", "gap in count", "fraction", "same hour twice", "no time"],
)
def test_changed_table_is_refused_by_column(own, text, sentence):
    (own / "tower.csv").write_text(text)
    with pytest.raises(errors.SchemaChanged, match=f"'tower' is not as the catalogue promises: .*{sentence}"):
        fieldnotes.load("tower", own)


@pytest.mark.parametrize(
    ("grid", "sentence"),
    [
        (sea().rename(sst="t"), r"no column 'sst'"),
        (sea().rename(lat="latitude"), r"no column 'lat'"),
        (sea(units="K"), r"column 'sst' has .*'units': expected 'degC', got 'K'"),
        (sea(sst=((20.0, 21.0), (22.0, 99.0))), r"column 'sst' fails .*in_range\(-3, 40\).*\(99\.0\)"),
    ],
    ids=["variable", "axis", "units", "range"],
)
def test_changed_grid_is_refused_by_variable(own, grid, sentence):
    grid.to_netcdf(own / "sea.nc")
    with pytest.raises(errors.SchemaChanged, match=f"'sea' is not as the catalogue promises: .*{sentence}"):
        fieldnotes.load("sea", own)


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("tower", "tower.csv", b""),
        ("sites", "sites.csv.gz", gzip.compress(b"id,lat\nHTM,56.1\n" * 50)[:40]),
        ("sea", "sea.nc", b"\x89HDF\r\n\x1a\n and no more"),
        ("coast", "coast.geojson", b'{"type": "FeatureColl'),
        ("hours", "hours.csv", b"# UNIT: umol.mol-\xb9\n"),
    ],
    ids=["table", "gzip", "grid", "vector", "text in Latin-1"],
)
def test_broken_file_is_corrupt(own, name, file, content):
    (own / file).write_bytes(content)
    with pytest.raises(errors.Corrupt, match=f"{file} cannot be read"):
        fieldnotes.load(name, own)


def test_catalogue_is_a_sorted_table(room):
    table = fieldnotes.catalogue()
    assert table.index.tolist() == ["coast", "days", "hours", "sea", "sites", "tower"]
    assert list(table.columns) == ["title", "theme", "kind", "shape", "measured", "live", "licence"]
    assert table["live"].tolist() == [False] * 6
    assert table.loc["sea", "shape"] == "grid"


def test_cite_names_maker_doi_and_licence(room):
    assert fieldnotes.cite("tower", "sites") == (
        "A. Maker (2026), a test. https://doi.org/10.5/tower. Licence: CC-BY-4.0.\n"
        "A. Maker (2026), a test. Licence: CC-BY-4.0."
    )
    with pytest.raises(errors.UnknownDataset):
        fieldnotes.cite("towers")


def test_describe_returns_the_entry(room):
    assert entries.describe("sea")["range"] == {"sst": [-3, 40]}


def test_import_brings_no_heavy_library():
    heavy = {"numpy", "pandas", "matplotlib", "xarray", "dask", "pandera", "pooch", "requests", "cartopy", "pint"}
    code = f"import fieldnotes, sys; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
