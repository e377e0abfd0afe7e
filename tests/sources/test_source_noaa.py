"""Text files of NOAA: good answers, and every way in which they differ."""

import time

import numpy as np
import pandas as pd
import pytest
from providers import NOAA, PATH, WEEKLY_TXT, assert_nothing_kept, load

from fieldnotes import errors

MONTHLY_TXT = """#            decimal     average   interpolated    trend    #days
1958   3    1958.208      315.71      315.71      314.62     -1
1958   4    1958.292      -99.99      317.45      315.29     -1
"""


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
