"""The lesson on the u* threshold: its numbers, computed again from the file without the helper."""

import re

import nbformat
import numpy as np
import pandas as pd
import pytest

from ci.notebooks import ROOT

LESSON = "research/sink-or-source-by-a-threshold"
SUFFIX = {"low": "_16", "reference": "", "high": "_84"}


@pytest.fixture(scope="module")
def printed():
    """What each cell of the committed lesson prints or displays as text."""
    cells = nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", as_version=4).cells
    parts = {cell.id: [out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell.get("outputs", [])]
             for cell in cells}  # fmt: skip
    return {name: "\n".join(texts) for name, texts in parts.items()}


@pytest.fixture(scope="module")
def table():
    """The file as it lies there; `year` counts local winter time by the beginning of a half-hour."""
    table = pd.read_csv(ROOT / "ancillary_data" / "davos-fluxes.csv.gz")
    end = pd.to_datetime(table.pop("time"), format="%Y-%m-%dT%H:%MZ")
    return table.assign(year=(end + pd.Timedelta("30min")).dt.year)  # one hour to winter time, half an hour back


def annual(table, year, version):
    """Return the budget of a year [gC m-2]: µmol m-2 s-1 times 1800 s times 12.011 µg per µmol."""
    rows = (table["year"] == year).to_numpy()
    return table["nee_f" + SUFFIX[version]].to_numpy()[rows].sum() * 1800 * 12.011e-6


def row(text, label):
    """Return the numbers in the row of a printed table."""
    return [float(number) for number in re.search(rf"^{label} (.*)$", text, re.MULTILINE)[1].split()]


def test_every_year_has_the_three_budgets_that_the_lesson_prints(printed, table):
    for year in range(2013, 2023):
        budgets = [annual(table, year, version) for version in SUFFIX]
        assert row(printed["annual"], year) == pytest.approx(budgets, abs=0.51)


def test_2018_is_a_strong_sink_a_weak_sink_or_a_source(table):
    assert [annual(table, 2018, version) for version in SUFFIX] == pytest.approx([-238.2, -92.3, 42.2], abs=0.1)
    ranges = {year: np.ptp([annual(table, year, version) for version in SUFFIX]) for year in range(2013, 2023)}
    assert max(ranges, key=ranges.get) == 2018


def test_the_threshold_removes_nights_first_and_daylight_most(printed, table):
    low, high = table["nee_16"].notna(), table["nee_84"].notna()
    removed, dark = low & ~high, table["sw_in"] < 10
    assert not (high & ~low).any()
    share = 100 * (removed & dark).sum() / removed.sum()
    nights, days = (100 * (removed & light).sum() / (low & light).sum() for light in (dark, ~dark))
    found = [float(number) for number in re.findall(r"(\d+) %", printed["share-dark"])]
    assert found == pytest.approx([share, nights, days], abs=0.51)
    assert share < 50 < nights


def test_the_thresholds_differ_only_where_the_record_is_filled(table):
    kept, filled = table["nee_84"], table[["nee_f_16", "nee_f", "nee_f_84"]]
    for column in filled:
        assert np.array_equal(filled[column][kept.notna()], kept.dropna())


def test_the_order_of_most_pairs_of_years_survives(printed, table):
    budgets = {version: [annual(table, year, version) for year in range(2013, 2023)] for version in SUFFIX}
    same = sum(
        len({budgets[version][a] < budgets[version][b] for version in SUFFIX}) == 1 for a in range(10) for b in range(a)
    )
    assert f"{same} of 45 pairs" in printed["pairs"]


def test_a_trend_depends_on_the_threshold_and_on_two_years(printed, table):
    assert printed["slope-check"].count("\n") == 6
    for label, years, critical in (
        ("all years low", range(2013, 2023), 2.306),
        ("without   low", [2013, *range(2016, 2023)], 2.447),
    ):
        x, y = np.array(years, float), np.array([annual(table, year, "low") for year in years])
        line, covariance = np.polyfit(x, y, 1, cov=True)
        slope, half = line[0], critical * covariance[0, 0] ** 0.5
        assert row(printed["slope-check"], label) == pytest.approx([slope, half], abs=0.06)
        assert (slope > half) == label.startswith("all")
