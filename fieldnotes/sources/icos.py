"""The Integrated Carbon Observation System: its anonymous query service, and its metadata for the
list of stations.

``live = { source = "icos", id = "icos-obspack.co2.co2", stations = { HTM150 = "hyltemossa" }, start
= "2017-04-01", end = "2019-04-01" }``: ``stations`` maps ICOS station and intake height to a
promised column, ``end`` is exclusive, and ``format = "csv"`` asks for CSV instead of parquet.
``live = { source = "icos", list = "stations" }`` lists the network.

From the service's public reference, its examples and the script that fills its stores: an answer
has the columns ``station``, ``time_co2`` and ``co2``; ObsPack time is the middle of the hour
(00:30), here turned into its start; ``apply_qc`` keeps flags O and U; the stores are rescaled from
ObsPack's mol mol-1 to ppm for CO2 (CBW207 in 2023: 8,701 rows, mean 426.84) and to ppb for other
gases. A parquet column whose ``units`` say otherwise is converted.
"""

import json

from fieldnotes import entries, errors
from fieldnotes.sources import _http, _units, provenance

SERVER = "https://zarr.icos-cp.eu"
HOSTS = ("icos-cp.eu",)
MOST = 200_000  # rows; the service cuts an answer at 500,000

META = "https://meta.icos-cp.eu"
LICENCE = "CC-BY-4.0"  # https://www.icos-cp.eu/data-services/about-data-portal/data-license
CREDIT = "ICOS Research Infrastructure, station information of the Carbon Portal (https://meta.icos-cp.eu)"
KINDS = {"AS": "atmosphere", "ES": "ecosystem", "OS": "ocean"}
PREFIXES = """prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#>
prefix prov: <http://www.w3.org/ns/prov#>
prefix cpmeta: <http://meta.icos-cp.eu/ontologies/cpmeta/>
"""
STATIONS = """select ?source ?id ?name ?country ?lat ?lon ?elevation where {
  ?type rdfs:subClassOf* cpmeta:IcosStation .
  ?source a ?type ; cpmeta:hasStationId ?id ; cpmeta:hasName ?name ; cpmeta:countryCode ?country ;
    cpmeta:hasLatitude ?lat ; cpmeta:hasLongitude ?lon .
  optional { ?source cpmeta:hasElevation ?elevation }
  filter (strstarts(str(?source), "http://meta.icos-cp.eu/")) }"""
INTAKES = """select distinct ?source ?height where {
  ?object cpmeta:hasObjectSpec <http://meta.icos-cp.eu/resources/cpmeta/atcCo2L2DataObject> ;
    cpmeta:wasAcquiredBy [ prov:wasAssociatedWith ?source ; cpmeta:hasSamplingHeight ?height ] .
  filter not exists { [] cpmeta:isNextVersionOf ?object } }"""


def read(name, entry):
    """Return a table with one column a station, or the list of stations, and what the answer says
    of its origin.
    """
    if entry["live"].get("list") == "stations":
        return _read_stations(entry["live"])
    path, headers = _fetch(entry["live"])
    rows, passport, unit = _read_rows(path, entry["live"])
    if len(rows) >= MOST:
        raise errors.Corrupt(f"ICOS cut {name!r} at {MOST} rows: its entry must ask for a shorter time.")
    return _one_column_a_station(name, rows, unit, entry), _origin(passport or headers, headers["retrieved"])


def download(name, entry):
    """Return the path of the parquet or CSV file; of the list of stations, JSON as SPARQL defines
    it.
    """
    live = entry["live"]
    return (_sparql(live, STATIONS) if live.get("list") == "stations" else _fetch(live))[0]


def _fetch(live):
    wanted = {key: live[key] for key in ("id", "start", "end")}
    wanted |= {"station": ",".join(live["stations"]), "apply_qc": "true", "max_rows": MOST}
    wanted["format"] = live.get("format", "parquet")
    return _http.get(
        f"{live.get('server', SERVER)}/query",
        wanted,
        check=lambda path: _read_rows(path, live),
        hosts=HOSTS,
    )


def _read_rows(path, live):
    """Return the rows, the data passport's facts and the unit; a CSV has the last two nowhere but
    in its headers.
    """
    import pandas as pd

    if live.get("format") == "csv":
        return pd.read_csv(path), None, None
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise errors.Corrupt("The answer of ICOS is not a whole parquet file: load it again.") from error
    passport = _passport(table.schema.metadata or {})
    announced = passport.get("totalRows", len(table))  # a node's rowCount may be that of one station
    if announced != len(table):
        raise errors.Corrupt(f"ICOS announces {announced} rows and sent {len(table)}: load it again.")
    return table.to_pandas(), passport, _unit(table.schema, live)


def _passport(metadata):
    """Return the first value of each property in the passport's graph, the crate's root before its
    parts.
    """
    if b"data_passport" not in metadata:
        raise errors.SchemaChanged("The answer of ICOS has no 'data_passport', so nothing says whom to credit.")
    facts = {}
    for node in json.loads(metadata[b"data_passport"]).get("@graph", []):
        facts = {key: value for key, value in node.items() if value} | facts
    return facts


def _unit(columns, live):
    index = columns.get_field_index(_variable(live))
    return ((columns.field(index).metadata or {}) if index >= 0 else {}).get(b"units", b"").decode()


def _variable(live):
    return live["id"].split(".")[-1]


def _origin(stated, retrieved):
    """Return the provenance that a passport or the headers of a CSV state."""
    credit = stated.get("citation") or stated.get("x-data-citation")
    licence = stated.get("license") or stated.get("x-data-license")
    doi = _text(stated.get("collection_doi") or stated.get("doi") or stated.get("x-data-doi"))
    if not credit:
        raise errors.SchemaChanged("The answer of ICOS has no 'citation', so nothing says whom to credit.")
    doi = doi and doi.removeprefix("https://doi.org/")
    return provenance(retrieved, _text(credit), _text(licence) or LICENCE, doi)


def _text(value):
    """Return a value of a JSON-LD passport as text: itself, the address of a node, or all those of
    a list.
    """
    if isinstance(value, dict):
        return value.get("@id") or value.get("name")
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value)))
    return value


def _one_column_a_station(name, rows, unit, entry):
    import pandas as pd

    live, variable = entry["live"], _variable(entry["live"])
    times = next((column for column in rows if column.startswith("time")), "time")
    for missing in {"station", times, variable} - set(rows):
        raise errors.SchemaChanged(f"{name!r}: the answer of ICOS has no column {missing!r}, only {', '.join(rows)}.")
    rows["time"] = pd.to_datetime(rows[times], utc=True).dt.floor("h")  # from the middle of the hour to its start
    table = rows.groupby(["time", "station"])[variable].mean().unstack()
    table = table.rename(columns=live["stations"]).rename_axis(columns=None)
    hours = pd.date_range(live["start"], live["end"], freq="h", inclusive="left", tz="UTC", name="time")
    promised = next(entries.unit(text) for column, text in entry["columns"].items() if column != "time")
    return _units.convert(table.reindex(hours), unit, promised, name, variable)


def _sparql(live, query):
    address = f"{live.get('server', META)}/sparql"
    return _http.get(
        address,
        {"query": PREFIXES + query},
        accept="application/json",
        check=_bindings,
        hosts=HOSTS,
    )


def _bindings(path):
    import pandas as pd

    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
        rows = [{key: cell["value"] for key, cell in row.items()} for row in answer["results"]["bindings"]]
    except (ValueError, KeyError) as error:
        raise errors.Corrupt("The answer of ICOS is not a whole SPARQL result: load it again.") from error
    if rows and "source" not in rows[0]:
        raise errors.SchemaChanged(f"The list of ICOS stations has no column 'source', only {', '.join(rows[0])}.")
    return pd.DataFrame(rows)


def _read_stations(live):
    path, headers = _sparql(live, STATIONS)
    intakes = _bindings(_sparql(live, INTAKES)[0])
    intakes["height"] = intakes["height"].astype(float).map("{:g}".format)
    intakes = intakes.sort_values("height", key=lambda text: text.astype(float)).groupby("source")["height"]
    stations = _bindings(path).drop_duplicates("source").sort_values("source", ignore_index=True)
    stations["kind"] = stations["source"].str.extract("/stations/([A-Z]+)_")[0].map(KINDS)
    stations["intake_heights"] = stations["source"].map(intakes.agg(";".join))
    return stations, provenance(headers["retrieved"], CREDIT, LICENCE)
