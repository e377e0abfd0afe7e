"""The air-sea flux on two measured voyages: Nuka Arctica of the archive, and the one that the twin is a twin of."""

import importlib
import io
import re

import pandas as pd
import pytest
from conftest import output

LESSON = "education/source-or-sink"
NUKA = """[amt23-fco2]
title = "CO2 in air and sea, Nuka Arctica, January 2005, with an invented wind"
kind = "measured"
licence = "CC-BY-3.0"
credit = "Olsen and others (2016), Nuka Arctica cruise 26NA20050107; the wind is a stand-in of the test"
doi = "10.1594/PANGAEA.850132"
"""
AMT = """[amt23-fco2]
title = "CO2 in air and sea, Atlantic Meridional Transect 23, 2013"
kind = "measured"
licence = "not stated"
credit = "Kitidis and Brown (2017), James Clark Ross cruise 74JC20131009, with winds of FluxEngine 4.2.1"
doi = "10.1594/PANGAEA.878492"
"""
FLUXENGINE = "a63880999479c6b488dd75ad33a9e533cebd498307795f76ee42e821b3a5bbef"
MEMBER = "fluxengine/tutorials/02_using_insitu_data/insitu_data/kitidis_consistent.tsv"

_package = importlib.import_module("_package")


def numbers(notebook, cell):
    """Return the decimal numbers that a cell printed or displayed."""
    return [float(number) for number in re.findall(r"[-+]?\d+\.\d+", output(notebook, cell))]


def nuka(archive):
    """The 526 rows of Nuka Arctica, which sailed along 60 N; SOCAT has no wind, so one of 6 to 14 m s-1 stands in."""
    text = (archive / "ocean" / "socatv3_26NA20050107.tab").read_text(encoding="utf-8").split("*/\n", 1)[1]
    names = {
        "Latitude": "lat",
        "Longitude": "lon",
        "Temp [°C]": "sst",
        "Sal interp": "salinity",
        "PPPP interp [hPa]": "air_pressure",
        "xCO2air_interp [µmol/mol]": "xco2_air",
        "fCO2water_SST_wet [µatm] (Recomputed after SOCAT (Pfeil...)": "fco2_sea",
    }
    table = pd.read_csv(io.StringIO(text), sep="\t", parse_dates=["Date/Time"]).rename(columns=names)
    table = table.set_index(table.pop("Date/Time").rename("time"))
    return table.assign(wind_speed=[6 + row % 9 for row in range(len(table))])


def amt():
    """Hourly means of Atlantic Meridional Transect 23, as FluxEngine's tutorial has them."""
    wheel = _package.wheel("fluxengine", "4.2.1", FLUXENGINE)
    names = {"temperature": "sst", "windspeed": "wind_speed", "xCO2air": "xco2_air", "fCO2water": "fco2_sea"}
    table = pd.read_csv(io.BytesIO(_package.read(wheel, MEMBER)), sep="\t", parse_dates=["datetime"])
    table = table.rename(columns=names).set_index("datetime").rename_axis("time")
    return table.select_dtypes("number").resample("h").mean().dropna()


def test_nuka_arctica_has_its_published_mean(archive, write_folder, run_lesson, tmp_path):
    table = nuka(archive)
    assert len(table) == 526
    assert (round(table["fco2_sea"].min(), 1), round(table["fco2_sea"].max(), 1)) == (338.9, 395.3)
    write_folder(tmp_path, {"amt23-fco2": table}, NUKA)
    notebook = run_lesson(LESSON, tmp_path, tmp_path, along="lon", block_hours=6)
    assert output(notebook, "published").endswith("0 of 526 rows are gaps\n")
    sea, air, difference = numbers(notebook, "difference")
    assert sea == pytest.approx(382.05, abs=0.06)
    assert sea - air == pytest.approx(difference, abs=0.11) and 14 < difference < 20
    assert numbers(notebook, "flux-code")[2] > 0 and "source" in output(notebook, "verdicts")
    assert "Olsen" in output(notebook, "credit")


def test_the_measured_transect_has_the_twins_pattern(write_folder, run_lesson, tmp_path):
    table = amt()
    write_folder(tmp_path, {"amt23-fco2": table}, AMT)
    notebook = run_lesson(LESSON, tmp_path, tmp_path)
    sea, _, difference = numbers(notebook, "difference")
    assert sea == pytest.approx(table["fco2_sea"].mean(), abs=0.06)
    assert abs(difference) < 5
    verdicts = dict(re.findall(r"^(whole|quarter \d).* (\w+)$", output(notebook, "verdicts"), re.MULTILINE))
    assert verdicts["whole"] == "open" and verdicts["quarter 4"] == "sink"
