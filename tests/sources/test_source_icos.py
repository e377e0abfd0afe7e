"""The ICOS query service and its list of stations."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from providers import (
    CITATION,
    Metadata,
    as_parquet,
    assert_nothing_kept,
    load,
    observations,
    passport,
    uri,
)

import fieldnotes
from fieldnotes import errors

# ---- ICOS

TOWERS = {"time": "UTC, start of hour", "hyltemossa": "ppm, dry air", "svartberget": "ppm, dry air"}
ICOS = {
    "source": "icos",
    "id": "icos-obspack.co2.co2",
    "stations": {"HTM150": "hyltemossa", "SVB150": "svartberget"},
    "start": "2018-01-01",
    "end": "2018-01-01T04:00",
}


@pytest.fixture
def icos(offer, provider):
    """Two towers offered and served; answer with other rows by calling it."""

    def serve(rows=None, body=None, live=ICOS, columns=TOWERS, **more):
        offer(live, columns=columns, **more)
        rows = observations(ICOS["stations"]) if rows is None else rows
        provider.send("/query", as_parquet(rows) if body is None else body)
        return provider

    return serve


def test_icos_one_column_a_station(icos):
    icos(kind="simulated", doi="10.5/twin")
    table = load()
    assert list(table.columns) == ["hyltemossa", "svartberget"]
    assert table.index.tolist() == pd.date_range("2018-01-01", periods=4, freq="h", tz="UTC").tolist()
    assert table["hyltemossa"].dropna().tolist() == [410.0, 412.0, 413.0]
    assert np.isnan(table["hyltemossa"].iloc[1])
    assert table["svartberget"].tolist() == [411.0, 412.0, 413.0, 414.0]


def test_icos_hours_without_any_value_are_rows(icos):
    rows = observations(ICOS["stations"])
    icos(rows=rows[rows["time_co2"].dt.hour != 2])
    table = load()
    assert len(table) == 4
    assert table.iloc[2].isna().all()


def test_icos_passport_gives_credit_licence_and_doi(icos):
    icos(kind="simulated", doi="10.5/twin")
    attrs = load().attrs
    assert attrs["credit"] == CITATION
    assert attrs["licence"] == "https://spdx.org/CC-BY-4.0"
    assert attrs["doi"] == "10.18160/JZ2X-GZGU"
    assert (attrs["kind"], attrs["source"]) == ("measured", "live")


def test_icos_asks_the_documented_question(icos):
    server = icos()
    load()
    assert parse_qs(urlsplit(server.requests[0]).query) == {
        "id": ["icos-obspack.co2.co2"],
        "station": ["HTM150,SVB150"],
        "start": ["2018-01-01"],
        "end": ["2018-01-01T04:00"],
        "apply_qc": ["true"],
        "max_rows": ["200000"],
        "format": ["parquet"],
    }


def test_icos_csv_takes_the_credit_from_the_headers(icos):
    server = icos(live=ICOS | {"format": "csv"})
    lines = observations(ICOS["stations"]).to_csv(index=False, date_format="%Y-%m-%d %H:%M:%S.%f+00:00")
    server.send(
        "/query",
        lines,
        X_Data_Citation=CITATION,
        X_Data_License="CC-BY-4.0",
        X_Data_DOI="10.18160/JZ2X-GZGU",
    )
    table = load()
    assert table["svartberget"].tolist() == [411.0, 412.0, 413.0, 414.0]
    assert table.attrs["credit"] == CITATION
    assert table.attrs["doi"] == "10.18160/JZ2X-GZGU"
    assert "format=csv" in server.requests[0]
    assert fieldnotes.fetch("wanted", "live").read_text() == lines


@pytest.mark.parametrize(("units", "factor"), [("ppm", 1), ("umol mol-1", 1), ("mol mol-1", 1e-6), (None, 1)])
def test_icos_converts_the_unit_that_is_stated(icos, units, factor):
    rows = observations(ICOS["stations"])
    icos(body=as_parquet(rows.assign(co2=rows["co2"].astype("float64") * factor), units=units))
    assert load()["svartberget"].tolist() == pytest.approx([411.0, 412.0, 413.0, 414.0], rel=1e-9)


def test_icos_unit_that_is_no_mole_fraction(icos):
    icos(body=as_parquet(observations(ICOS["stations"]), units="mg m-3"))
    with pytest.raises(errors.SchemaChanged, match="'wanted': 'co2' comes in 'mg m-3', not in 'ppm'"):
        load()


def test_icos_half_a_parquet(icos, cache):
    icos(body=as_parquet(observations(ICOS["stations"]))[:-40])
    with pytest.raises(errors.Corrupt, match="answer of ICOS is not a whole parquet file"):
        load()
    assert_nothing_kept(cache)


def test_icos_rows_missing(icos, cache):
    rows = observations(ICOS["stations"])
    icos(body=as_parquet(rows.head(5), crate=passport(rows)))
    with pytest.raises(errors.Corrupt, match="ICOS announces 7 rows and sent 5"):
        load()
    assert_nothing_kept(cache)


def test_icos_without_passport(icos):
    icos(body=as_parquet(observations(ICOS["stations"]), crate={}))
    with pytest.raises(errors.SchemaChanged, match="no 'data_passport', so nothing says whom to credit"):
        load()


def test_icos_without_citation(icos):
    rows = observations(ICOS["stations"])
    icos(body=as_parquet(rows, crate={"@graph": [{"@id": "./", "rowCount": len(rows)}]}))
    with pytest.raises(errors.SchemaChanged, match="no 'citation'"):
        load()


@pytest.mark.parametrize("column", ["station", "co2"])
def test_icos_other_columns(icos, column):
    icos(rows=observations(ICOS["stations"]).rename(columns={column: "other"}))
    with pytest.raises(
        errors.SchemaChanged,
        match=f"'wanted': the answer of ICOS has no column {column!r}, only .*other",
    ):
        load()


def test_icos_station_without_data(icos):
    icos(rows=observations(["HTM150"]))
    with pytest.raises(errors.SchemaChanged, match="no column 'svartberget', only time, hyltemossa"):
        load()


def test_icos_answer_at_the_cap(icos, monkeypatch):
    monkeypatch.setattr("fieldnotes.sources.icos.MOST", 7)
    icos()
    with pytest.raises(errors.Corrupt, match="ICOS cut 'wanted' at 7 rows: its entry must ask for a shorter time"):
        load()


def test_icos_bad_request_is_quoted_once(icos):
    server = icos()
    server.send("/query", '{"detail":"station: unknown id HTM151, did you mean HTM150?"}', status=400)
    with pytest.raises(errors.NotFound, match="unknown id HTM151, did you mean HTM150"):
        load()
    assert len(server.requests) == 1


NETWORK = {
    "id": "text",
    "name": "text",
    "country": "text",
    "kind": "text",
    "lat": "degrees_north",
    "lon": "degrees_east",
    "elevation": "m",
    "intake_heights": "text",
    "source": "text",
}


def test_icos_stations(offer, provider):
    offer({"source": "icos", "list": "stations"}, columns=NETWORK)
    provider.answers = Metadata(provider)
    table = load().set_index("id")
    assert table.index.tolist() == ["HTM", "NAM", "SE-Htm", "ESTOC"]
    assert table["kind"].tolist() == ["atmosphere", "atmosphere", "ecosystem", "ocean"]
    assert table.loc["HTM", "intake_heights"] == "30;70.5;150"
    assert table.loc["NAM", "country"] == "NA"
    assert table["intake_heights"].isna().tolist() == [False, True, True, True]
    assert np.isnan(table.loc["ESTOC", "elevation"])
    assert table.loc["HTM", "source"] == uri("AS_HTM")
    assert table.attrs["credit"].startswith("ICOS Research Infrastructure")
    assert fieldnotes.fetch("wanted", "live").read_text() == provider.answers.stations


def test_icos_stations_without_a_column(offer, provider):
    offer({"source": "icos", "list": "stations"}, columns=NETWORK)
    provider.answers = Metadata(provider)
    provider.answers.stations = provider.answers.stations.replace('"lat"', '"latitude"')
    with pytest.raises(errors.SchemaChanged, match="no column 'lat', only source, id"):
        load()


@pytest.mark.parametrize("answer", ['{"head": {"vars": ["source"', '{"message": "query timed out"}'])
def test_icos_stations_cut_short(offer, provider, cache, answer):
    offer({"source": "icos", "list": "stations"}, columns=NETWORK)
    provider.answers = Metadata(provider)
    provider.answers.stations = answer
    with pytest.raises(errors.Corrupt, match="not a whole SPARQL result"):
        load()
    assert_nothing_kept(cache)


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ({"@id": "https://spdx.org/CC-BY-4.0"}, "https://spdx.org/CC-BY-4.0"),
        (
            [{"@id": "https://spdx.org/CC-BY-4.0"}, {"@id": "https://x.org"}],
            "https://spdx.org/CC-BY-4.0; https://x.org",
        ),
        ("CC-BY-4.0", "CC-BY-4.0"),
        (None, "CC-BY-4.0"),
    ],
)
def test_icos_passport_with_nodes_and_lists(icos, licence, expected):
    rows = observations(ICOS["stations"])
    crate = passport(rows, collection_doi={"@id": "https://doi.org/10.18160/JZ2X-GZGU"})
    crate["@graph"][0]["license"] = licence
    icos(body=as_parquet(rows, crate=crate))
    attrs = load().attrs
    assert attrs["licence"] == expected
    assert attrs["doi"] == "10.18160/JZ2X-GZGU"


def test_icos_rows_of_each_station_are_not_the_rows_of_the_answer(icos):
    rows = observations(ICOS["stations"])
    crate = passport(rows)
    crate["@graph"][1].pop("totalRows")
    crate["@graph"] += [{"@id": f"#station/{station}", "rowCount": 4} for station in ICOS["stations"]]
    icos(body=as_parquet(rows, crate=crate))
    assert len(load()) == 4
