"""Text files of NOAA: good answers, and every way in which they differ."""

import gzip
import time

import numpy as np
import pandas as pd
import pytest
from needs import ARCHIVE
from providers import MONTHLY_TXT, NOAA, PATH, WEEKLY_TXT, assert_nothing_kept, load

from fieldnotes import errors


def test_noaa_weekly(noaa):
    table = load()
    assert table.index.tolist() == [pd.Timestamp(day, tz="UTC") for day in ("1974-05-22", "1974-05-29", "1974-06-05")]
    assert table["co2"].tolist()[::2] == [333.34, 332.32]
    assert np.isnan(table["co2"].iloc[1])
    assert table.attrs["source"] == "live"
    assert table.attrs["kind"] == "measured"
    assert table.attrs["credit"].startswith("NOAA Global Monitoring Laboratory")
    assert table.attrs["retrieved"] == time.strftime("%Y-%m-%d", time.gmtime())


def test_noaa_monthly(offer, provider):
    offer({"source": "noaa", "file": "co2/co2_mm_mlo.txt"})
    provider.send("/co2/co2_mm_mlo.txt", MONTHLY_TXT)
    table = load()
    assert table.index.tolist() == [
        pd.Timestamp("1958-03-01", tz="UTC"),
        pd.Timestamp("1958-04-01", tz="UTC"),
    ]
    assert table["co2"].iloc[0] == 315.71
    assert np.isnan(table["co2"].iloc[1])


def test_a_live_credit_never_inherits_the_fixtures_doi(offer, provider):
    offer(NOAA, doi="10.5/fixture")
    provider.send(PATH, WEEKLY_TXT)
    assert "doi" not in load().attrs


def test_noaa_with_moved_columns(noaa):
    noaa.send(PATH, WEEKLY_TXT.replace("1974.3", "333.33 1974.3").replace("1974.4", "333.33 1974.4"))
    with pytest.raises(
        errors.SchemaChanged,
        match=r"'wanted': column 4 of NOAA's file, 'decimal', is not the decimal",
    ):
        load()


def test_noaa_with_other_words(noaa, cache):
    noaa.send(PATH, "Service closed for maintenance\n")
    with pytest.raises(errors.Corrupt, match="not a table of numbers"):
        load()
    assert_nothing_kept(cache)


def test_noaa_cut_in_a_line_without_content_length(noaa, cache):
    noaa.answers[PATH] = 200, {}, WEEKLY_TXT[:-30].encode()
    with pytest.raises(errors.Corrupt, match="ends in the middle of a line"):
        load()
    assert_nothing_kept(cache)


GASES = """# CH4 expressed as a mole fraction in dry air, nanomol/mol, abbreviated as ppb
# year   month       decimal       average   average_unc         trend     trend_unc
  1983       7      1983.542       1626.05          2.39       1635.18          1.46
  1983       8      1983.625       1628.02          2.93       1635.67          1.39
"""


@pytest.mark.parametrize(("promised", "first"), [("ppb", 1626.05), ("ppm", 1.62605)])
def test_noaa_unit_in_the_header_is_converted(offer, provider, promised, first):
    offer({"source": "noaa", "file": "ch4.txt"}, columns={"time": "UTC, month", "ch4": f"{promised}, dry air"})
    provider.send("/ch4.txt", GASES)
    assert load()["ch4"].iloc[0] == pytest.approx(first)


def test_noaa_unit_that_is_no_mole_fraction(offer, provider):
    offer({"source": "noaa", "file": "ch4.txt"}, columns={"time": "UTC, month", "ch4": "K"})
    provider.send("/ch4.txt", GASES)
    with pytest.raises(errors.SchemaChanged, match="'wanted': 'ch4' comes in 'ppb', not in 'K'"):
        load()


def test_noaa_further_column(offer, provider):
    columns = {"time": "UTC, the 15th", "co2": "ppm", "uncertainty": "ppb, of the mean"}
    live = {"source": "noaa", "file": "ch4.txt", "shift": "14D", "further": {"uncertainty": 5}}
    offer(live, columns=columns)
    provider.send("/ch4.txt", GASES)
    table = load()
    assert table.index[0] == pd.Timestamp("1983-07-15", tz="UTC")
    assert table["co2"].iloc[0] == pytest.approx(1.62605)
    assert table["uncertainty"].tolist() == [2.39, 2.93]
    offer(live | {"further": {"uncertainty": 9}}, columns=columns)
    with pytest.raises(errors.SchemaChanged, match="'wanted': NOAA's file has 7 columns, not 9"):
        load()


@pytest.mark.parametrize(
    "text", ["YR MON NINO1+2\n1950 1 23.01\n", "year,month,decimal date,average\n1958,3,1958.2,315.71\n"]
)
def test_noaa_file_of_another_form(offer, provider, text):
    offer(NOAA)
    provider.send(PATH, text)
    with pytest.raises(errors.SchemaChanged, match=r"NOAA's file begins with .*, not with a header of # lines"):
        load()


@pytest.mark.needs("archive")
@pytest.mark.parametrize(
    ("file", "promised", "rows", "missing", "first"),
    [
        ("co2_weekly_mlo.txt", "ppm", 2727, 20, 333.37),
        ("co2_mm_mlo.txt", "ppm", 821, 0, 315.71),
        ("ch4_mm_gl.txt", "ppb", 514, 0, 1626.05),
        ("n2o_mm_gl.txt", "ppb", 304, 0, 316.30),
    ],
)
def test_noaa_files_as_recorded(offer, provider, file, promised, rows, missing, first):
    content = (ARCHIVE / "replies" / "noaa" / file).read_bytes()
    offer({"source": "noaa", "file": file}, columns={"time": "UTC, month", "gas": promised})
    provider.send(f"/{file}", gzip.compress(content), Content_Type="text/plain", Content_Encoding="gzip")
    table = load()
    assert (len(table), table["gas"].isna().sum()) == (rows, missing)
    assert table["gas"].iloc[0] == first


@pytest.mark.needs("archive")
def test_noaa_seasonal_index_as_recorded_is_another_form(offer, provider):
    offer(NOAA)
    provider.send(PATH, (ARCHIVE / "replies" / "noaa" / "oni.txt").read_bytes())
    with pytest.raises(errors.SchemaChanged, match="SEAS"):
        load()
