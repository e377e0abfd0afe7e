"""Tables of text at a fixed address: indices, yearly means, several files joined."""

import numpy as np
import pandas as pd
import pytest
from providers import assert_nothing_kept, load

import fieldnotes
from fieldnotes import errors

NINO = """ YR   MON  NINO1+2  ANOM   NINO3    ANOM   NINO4    ANOM   NINO3.4  ANOM
1950   1   23.01   -1.55   23.56   -2.10   26.94   -1.38   24.55   -1.99
1950   2   24.32   -1.78   24.89   -1.52   26.67   -1.53   25.06   -1.69
"""
GISTEMP = """Land-Ocean: Global Means
Year,Jan,Feb,J-D,D-N
1880,-.20,-.25,-.17,***
1881,-.20,-.15,-.09,-.10
2026,1.10,***,***,***
"""
ICE = """year, mo,    data-type, region, extent,   area
1979,  9,      Goddard,      N,   7.05,   4.58
1980,  9,      Goddard,      N,   7.67,  -9999
"""
POLE = """# header
SPO 1988  1 348.94
SPO 1988  3 349.01
"""
OWN = {"source": "text", "credit": "NOAA CPC, ERSST v5", "licence": "public domain"}
FILE = {
    "url": "https://example.org/data/nino.ascii",
    "year": "YR",
    "month": "MON",
    "columns": {"sst": "NINO1+2"},
    "units": {"sst": "degC"},
}
SEA = {"time": "UTC, first day of the month", "sst": "degC, region Nino 1+2"}


def test_an_index_by_month(offer, provider):
    offer(OWN | {"files": [FILE]}, columns=SEA, range={"sst": [15, 35]})
    provider.send("/nino.ascii", NINO)
    table = load()
    assert table.index.tolist() == [pd.Timestamp("1950-01-01", tz="UTC"), pd.Timestamp("1950-02-01", tz="UTC")]
    assert table["sst"].tolist() == [23.01, 24.32]
    assert (table.attrs["credit"], table.attrs["licence"]) == ("NOAA CPC, ERSST v5", "public domain")
    assert fieldnotes.fetch("wanted", "live").read_text() == NINO


def test_the_stated_unit_is_converted(offer, provider):
    offer(OWN | {"files": [FILE]}, columns=SEA | {"sst": "K"})
    provider.send("/nino.ascii", NINO)
    assert load()["sst"].iloc[0] == pytest.approx(296.16)


def test_yearly_means_without_the_year_that_has_none_yet(offer, provider):
    file = {"url": "https://example.org/g.csv", "separator": ",", "skip": 1, "missing": ["***"]}
    file |= {"year": "Year", "columns": {"anomaly": "J-D"}}
    offer(OWN | {"files": [file]}, columns={"year": "count", "anomaly": "K"})
    provider.send("/g.csv", GISTEMP)
    table = load()
    assert table["year"].tolist() == [1880, 1881]
    assert table["anomaly"].tolist() == [-0.17, -0.09]


def test_blanks_after_commas_and_a_number_for_missing(offer, provider):
    file = {"url": "https://example.org/ice.csv", "separator": ",", "missing": ["-9999"]}
    file |= {"year": "year", "columns": {"extent": "extent", "area": "area"}}
    offer(OWN | {"files": [file]}, columns={"year": "count", "extent": "1e6 km2", "area": "1e6 km2"})
    provider.send("/ice.csv", ICE)
    table = load()
    assert table["extent"].tolist() == [7.05, 7.67]
    np.testing.assert_array_equal(table["area"], [4.58, np.nan])


def test_two_files_are_joined_by_month(offer, provider):
    pole = {"url": "https://example.org/spo.txt", "comment": "#", "names": ["site", "y", "m", "co2"], "shift": "14D"}
    pole |= {"year": "y", "month": "m", "columns": {"south_pole": "co2"}}
    live = OWN | {"files": [pole, FILE | {"shift": "14D"}]}
    offer(live, columns={"time": "UTC, the 15th", "south_pole": "ppm", "sst": "degC"})
    provider.send("/spo.txt", POLE)
    provider.send("/nino.ascii", NINO.replace("1950", "1988"))
    table = load()
    assert table.index.month.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(table["south_pole"], [348.94, np.nan, 349.01])
    np.testing.assert_array_equal(table["sst"], [23.01, 24.32, np.nan])
    with pytest.raises(errors.NotFound, match=r"no single live file: .* joins 2"):
        fieldnotes.fetch("wanted", "live")


def test_a_column_that_is_gone(offer, provider):
    offer(OWN | {"files": [FILE | {"columns": {"sst": "NINO5"}}]}, columns=SEA)
    provider.send("/nino.ascii", NINO)
    with pytest.raises(errors.SchemaChanged, match=r"nino.ascii has no column 'NINO5', only YR, MON, NINO1\+2"):
        load()


@pytest.mark.parametrize("text", [NINO[:-20], "", NINO.replace("24.32", "?"), NINO + "1950   3   24.9"])
def test_a_table_that_is_cut_or_broken(offer, provider, cache, text):
    offer(OWN | {"files": [FILE]}, columns=SEA)
    provider.send("/nino.ascii", text)
    with pytest.raises(errors.Corrupt, match=r"answer of .*nino\.ascii"):
        load()
    assert_nothing_kept(cache)
