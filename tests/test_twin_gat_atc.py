"""The simulated ATC file keeps the format to the letter, holds its traps, and has hourly means near the truth."""

import importlib
from io import StringIO

import numpy as np
import pandas as pd
import pytest

import fieldnotes
from fieldnotes.entries import describe

GOOD = ["U", "O"]


@pytest.fixture(scope="module")
def lines():
    return fieldnotes.load("gat-atc")["line"]


@pytest.fixture(scope="module")
def table(lines):
    header = lines[lines.str.startswith("#")]
    rows = StringIO("\n".join(lines.drop(header.index)))
    return pd.read_csv(rows, sep=";", names=header.iloc[-1][1:].split(";"))


@pytest.fixture(scope="module")
def facts():
    return {key: value for key, (value, _, _) in describe("gat-atc")["facts"].items()}


def test_the_header_counts_itself_and_contradicts_itself_on_the_time_zone(lines, table):
    text = lines.tolist()
    assert f"# TOTAL LINES: {len(text)}" in text and f"# HEADER LINES: {lines.str.startswith('#').sum()}" in text
    assert "# TIME ZONE: UTC +1" in text and "# Times are UTC" in text
    assert "# STATION NAME: Fieldnotes test tower, simulated" in text
    assert table.columns[:12].str.cat(sep=";").endswith("DecimalDate;co2;Stdev;NbPoints;Flag")
    assert set(table["Site"]) == {"FNT"}


def test_hours_and_decimal_dates_agree(table):
    start = pd.to_datetime(table[["Year", "Month", "Day", "Hour", "Minute"]])
    assert (start.diff().dropna() == pd.Timedelta("1h")).all()
    of_the_year = (table["DecimalDate"] - 2023) * pd.Timedelta("365D")
    assert ((pd.Timestamp("2023-01-01") + of_the_year - start).abs() < pd.Timedelta("1s")).all()


def test_facts_come_out_of_the_file(table, facts):
    good, there = table["Flag"].isin(GOOD), table["co2"] != -999.99
    assert len(table) == facts["hours"] and (good & there).sum() == facts["passing"]
    assert (~good).sum() == facts["flagged"] and (~good & ~there).sum() == 3
    assert (good & ~there).sum() == facts["unsaved"]
    assert (table.loc[table["NbPoints"] == 0, "Stdev"] == -9.99).all()


def test_flags_tell_wrong_values_from_right_ones(table):
    good = table.loc[table["Flag"].isin(GOOD) & (table["co2"] > 0), "co2"]
    bad = table.loc[~table["Flag"].isin(GOOD) & (table["co2"] > 0), "co2"]
    assert good.between(410, 432).all() and not bad.between(410, 432).any()
    assert table["Flag"].groupby(table["Day"]).unique().map(set).tolist() == [{"O"}, {"O", "K"}, {"U", "N"}]


def test_a_standard_error_as_if_minutes_were_independent_is_too_small(table, facts):
    whole_hours = importlib.import_module("gat_atc").minutes().resample("h").mean().to_numpy()
    good = table["Flag"].isin(GOOD) & (table["co2"] > 0)
    off = (table["co2"] - whole_hours)[good] / (table["Stdev"] / np.sqrt(table["NbPoints"]))[good]
    assert (off.abs() < 2).mean() == pytest.approx(facts["within_two"], abs=0.001) and facts["within_two"] < 0.93
    assert ((table["co2"] - whole_hours).abs() < 2 * table["Stdev"])[good].all()
    assert off.mean() == pytest.approx(0, abs=0.4)
