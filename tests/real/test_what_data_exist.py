"""The lesson on coverage and gaps, run on what two Swedish towers, Cabauw and a Swedish forest measured."""

import itertools
import re
import shutil
from functools import cache

import pytest
from conftest import CABAUW, TOWERS, texts

from ci.notebooks import ROOT

LESSON = "research/what-data-exist"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
# ipykernel leaves its sockets to the garbage collector when a kernel stops.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def folder(fluxes, towers, cabauw, entries, write_folder):
    """A source of all four: the record of Mauna Loa is measured in the repository, too."""
    shutil.copy(ROOT / "ancillary_data" / entries["mlo-co2"]["file"], fluxes)
    return write_folder(fluxes, {"htm-co2": towers, "cbw-co2": cabauw}, TOWERS + CABAUW)


@pytest.fixture(scope="module")
def told(run_lesson, folder, tmp_path_factory):
    """A function that returns what each cell of the lesson prints or displays in a year, by the cell's id."""
    return cache(lambda year: texts(run_lesson(LESSON, folder, tmp_path_factory.mktemp("executed"), year=year)))


def numbers(text, row):
    """Return the numbers in the first row of a printed table that begins with a name."""
    return [float(number) for number in NUMBER.findall(re.search(rf"^{re.escape(row)}(.*)$", text, re.MULTILINE)[1])]


def gap_lengths(values):
    """Return the length (h) of each run of missing hours between the first and the last value, counted one by one."""
    known = values.loc[values.first_valid_index() : values.last_valid_index()].notna()
    return [len(list(run)) for valid, run in itertools.groupby(known) if not valid]


def test_the_lesson_counts_what_the_archive_holds(told, towers, cabauw):
    text = told(2018)
    rows, _, percent = text["mistake"].partition("\n\n")
    assert numbers(rows, "hyltemossa") == [17242, 17856, 17856]
    assert numbers(rows, "svartberget") == [15640, 16776, 17856]
    assert numbers(percent, "hyltemossa") == [100, 96.6, 96.6]
    assert numbers(percent, "svartberget") == [100, 93.2, 87.6]
    for column in cabauw:
        valid = 100 * cabauw[column].groupby(cabauw.index.year).apply(lambda hours: hours.notna().mean())
        printed = numbers(text["by-year"], f"CO₂, Cabauw {column[4:-1]} m")
        assert printed == pytest.approx(valid, abs=0.51) and 89 < valid.mean() < 94
    unfilled = [100 * (1 - 1753 / 17568), 100 * (1 - 6300 / 17520)]  # published half-hours without NEE, 2016 and 2017
    assert numbers(text["by-year"], "NEE, Hyltemossa")[1:3] == pytest.approx(unfilled, abs=0.51)
    assert numbers(text["by-year"], "NEE, gaps filled") == [100] * 4
    records = {"CO₂, Hyltemossa 150 m": towers["hyltemossa"], "CO₂, Svartberget 150 m": towers["svartberget"]}
    for name, values in (records | {"CO₂, Cabauw 207 m": cabauw["co2_207m"]}).items():
        lengths, found = gap_lengths(values), numbers(text["gap-table"], name)
        assert (found[0], found[-2]) == (len(lengths), pytest.approx(max(lengths) / 24, abs=0.06))
    assert text["common"].endswith("from 2017-06-01 to 2018-12-30\n")
    assert text["credit"].startswith("ICOS atmosphere") and "9CQ4-W69K" in text["credit"]


@pytest.mark.parametrize("year", range(2016, 2021))
def test_a_lost_winter_is_given_back_in_every_year(year, told, cabauw):
    text = told(year)
    _, plain, balanced, rise = [float(number) for number in NUMBER.findall(text["winter"])]
    hours = cabauw["co2_207m"].loc[str(year)]
    assert plain == pytest.approx(hours[hours.index.month.isin(range(3, 12))].mean() - hours.mean(), abs=0.4)
    assert abs(balanced) < 0.9 < 1.7 < -plain and 1.9 < rise < 2.4
    lost, _, printed, half, of_months = [float(number) for number in NUMBER.findall(text["own-gaps"])]
    assert lost == pytest.approx(100 * hours.isna().mean(), abs=0.51)
    assert printed == pytest.approx(hours.mean(), abs=0.06)
    assert abs(of_months - printed) < 2 * half < 3
