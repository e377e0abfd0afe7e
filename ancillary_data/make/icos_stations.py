"""ICOS stations as facts, from `icos_stations_facts.csv` beside this script: where they are and how high they measure.

A station's id, position, name, elevation and intake heights are facts. Each was copied from a public source,
and four columns of the facts file (`position_from`, `name_from`, `elevation_from`, `heights_from`) name it for every
value by a key of SOURCES. All positions but one are those of ICOS's own list in `ffp-utils`;
72 of the 112 stations were
compared with `icos-2015`, 43 with `openghg-defs` and 48 with `mlgpp`. They agree within 0.05 degrees, but for three:
Hainich lies 0.07 degrees further south in `icos-2015`, and `openghg-defs` has Svartberget 0.3 degrees off and the
latitude and longitude of Puijo exchanged.
The exception is Station Nord: `ffp-utils` and `openghg-defs` list 81.3605, -16.3943, which are
degrees, minutes and seconds written as if they were decimals, 27 km from the station
(81 36'05" N, 16 39'43" W, `interact`).
Elevations differ by up to 46 m between these sources (Hohes Holz).

Left out: ships, which have no position; stations without a sourced name; an elevation that no source gives or on which
two disagree (Stordalen: 360 or 410 m). Changed: names without the intake height, the accents of Izaña and La Réunion.
The country is as the source gives it: La Réunion and French Guiana count as FR, Station Nord as GL.
"""

from pathlib import Path

import pandas as pd

SOURCES = {
    "ffp-utils": "ICOS Ecosystem Thematic Centre, station table in CPtoFFPinput.R of github.com/icos-etc/FFP-utils,"
    " commit a1b2fab0a16872657117d1fff238f21726aaeba5, BSD-3-Clause",
    "openghg-defs": "OpenGHG, openghg_defs/data/site_info.json, network ICOS, of the PyPI package openghg-defs 0.0.16,"
    " MIT",
    "stiltweb": "ICOS Carbon Portal, src/main/resources/stations.csv of github.com/ICOS-Carbon-Portal/stiltweb,"
    " commit 22eca2d565852e5e7e2fab02a0c74be707668541, facts only",
    "icos-2015": "ICOS Carbon Portal, list of planned stations of 2015, src/main/resources/stations.csv of"
    " github.com/ICOS-Carbon-Portal/meta, commit 4d0896f5a2bef7c4baee872879bd988d627548db, facts only",
    "icos-objects": "ICOS Carbon Portal, metadata of the objects hdl.handle.net/11676/f1miv5QOcupegluawFOV7Jyk (SVB)"
    " and 11676/xSWsd33EdG8Wb_bDRx2pqBhK (FR-Lus), and meta.icos-cp.eu/resources/stations/ES_SE-Sto, CC-BY-4.0",
    "icos-spain": "ICOS Spain, page icos-spain.aemet.es/es/node/45 on ESTOC, facts only",
    "interact": "INTERACT, page eu-interact.org/field-sites/villum-research-station, facts only",
    "mlgpp": "Floris Hermanns, site table in fmch/fmch/hsicos.py of github.com/flossi/mlgpp,"
    " commit 8b7316928c94d5a507a905b2b0000212524f4dbf, BSD-3-Clause",
}
FACTS = Path(__file__).with_name("icos_stations_facts.csv")
COLUMNS = ["id", "name", "country", "kind", "lat", "lon", "elevation", "intake_heights", "source"]


def make(folder: Path) -> None:
    """Write icos-stations.csv: one row a station, its sources joined by semicolons, that of its position first."""
    facts = pd.read_csv(FACTS, dtype=str, keep_default_na=False)
    keys = facts[["position_from", "name_from", "elevation_from", "heights_from"]]
    facts["source"] = keys.apply(lambda row: ";".join(key for key in row.drop_duplicates() if key), axis="columns")
    facts[COLUMNS].to_csv(folder / "icos-stations.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
