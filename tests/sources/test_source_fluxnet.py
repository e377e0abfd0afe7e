"""Half-hourly fluxes from a Zarr store laid out as that of ICOS: by u* threshold, variant and partitioning."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from providers import load, serve_store

import fieldnotes
from fieldnotes import errors

FLUXES = {
    "time": "UTC, end of half-hour",
    "nee": "umol m-2 s-1, as measured",
    "nee_f": "umol m-2 s-1, filled",
    "gpp": "umol m-2 s-1",
    "ts": "degC, soil temperature",
    "vpd": "kPa",
}
VARIANT = {"ustar_threshold": "VUT", "nee_variant": "REF"}
LIVE = {
    "source": "fluxnet",
    "station": "SE-Htm",
    "start": "2019-01-01",
    "end": "2019-01-01T02:00",
    "utc_offset": 1,
    "variables": {
        "nee": {"name": "NEE", "measured": "NEE_QC"} | VARIANT,
        "nee_f": {"name": "NEE"} | VARIANT,
        "gpp": {"name": "GPP", "partition_method": "NT"} | VARIANT,
        "ts": {"name": "TS", "soil_layer": 1},
        "vpd": {"name": "VPD_F"},
    },
}


def site(hours=4):
    """The group of a site: every part of an array counts differently, so that a wrong part is seen."""
    time = pd.date_range("2019-01-01", periods=2 * hours, freq="30min")
    thresholds, variants, methods = ["CUT", "VUT"], ["REF", "USTAR50"], ["NT", "DT"]
    shape = len(time), len(thresholds), len(variants)
    parts = np.arange(4).reshape(1, 2, 2) * 100
    nee = np.arange(len(time))[:, None, None] + parts + np.zeros(shape)
    gpp = np.stack([nee + 1000, nee + 2000], axis=1)
    flags = np.zeros(shape, "uint8")
    flags[1], flags[2] = 1, 255
    group = xr.Dataset(
        {
            "NEE": (("time", "ustar_threshold", "nee_variant"), nee, {"units": "umolCO2 m-2 s-1"}),
            "NEE_QC": (("time", "ustar_threshold", "nee_variant"), flags),
            "GPP": (("time", "partition_method", "ustar_threshold", "nee_variant"), gpp),
            "TS": (("time", "soil_layer"), np.tile([5.0, 9.0], (len(time), 1)), {"units": "degC"}),
            "VPD_F": ("time", np.full(len(time), 4.0), {"units": "hPa"}),
        },
        {"time": time, "soil_layer": [1, 2]},
    )
    labels = {"ustar_threshold": thresholds, "nee_variant": variants, "partition_method": methods}
    group = group.assign_coords({axis: np.array(names, dtype=object) for axis, names in labels.items()})
    return group.assign_attrs(citation="Heliasz, M. (2026). Hyltemossa.", source_doi="https://doi.org/10.18160/S6TB")


@pytest.fixture
def fluxnet(offer, provider, tmp_path):
    """A function that offers a site and serves its store."""

    def serve(group=None, live=LIVE, **more):
        serve_store(provider, site() if group is None else group, tmp_path / "store", "SE-Htm")
        offer(live, columns=FLUXES, **more)
        return provider

    return serve


def test_columns_are_the_parts_that_the_entry_names(fluxnet):
    fluxnet(kind="simulated", doi="10.5/twin")
    table = load()
    assert table.index[0] == pd.Timestamp("2018-12-31T23:30Z")  # the end of 00:00 to 00:30 in winter time
    assert len(table) == 4
    assert table["nee_f"].tolist() == [200, 201, 202, 203]
    np.testing.assert_array_equal(table["nee"], [200, np.nan, np.nan, 203])
    assert table["gpp"].tolist() == [1200, 1201, 1202, 1203]
    assert table["ts"].unique().tolist() == [5.0]
    assert table["vpd"].to_numpy() == pytest.approx(0.4)
    assert (table.attrs["kind"], table.attrs["doi"]) == ("measured", "10.18160/S6TB")
    assert table.attrs["credit"] == "Heliasz, M. (2026). Hyltemossa."
    assert table.attrs["title"] == "Fluxes at SE-Htm, half-hourly, ICOS FLUXNET product"


def test_a_second_load_asks_nothing(fluxnet):
    server = fluxnet()
    first, asked = load(), len(server.requests)
    assert load().equals(first)
    assert len(server.requests) == asked
    assert fieldnotes.fetch("wanted", "live").is_file()


def test_a_busy_store_is_asked_again(fluxnet):
    server = fluxnet()
    path = next(path for path in server.answers if path.startswith("/SE-Htm/NEE/"))
    server.answers[path] = [server.reply("busy", status=503), server.answers[path], server.answers[path]]
    assert load()["nee_f"].tolist() == [200, 201, 202, 203]


def test_no_such_station(fluxnet):
    fluxnet(live=LIVE | {"station": "SE-Xxx"})
    with pytest.raises(errors.NotFound, match=r"'wanted': there is no station at .*/SE-Xxx"):
        load()


def test_missing_array_is_named(fluxnet):
    fluxnet(site().drop_vars("VPD_F"))
    with pytest.raises(errors.SchemaChanged, match="the store has no 'VPD_F' for 'vpd', only GPP, NEE"):
        load()


def test_optional_array_that_a_station_lacks_is_missing_values(fluxnet):
    fluxnet(site().drop_vars("VPD_F"), LIVE | {"optional": ["vpd"]})
    assert load()["vpd"].isna().all()


def test_missing_part_is_named(fluxnet):
    fluxnet(site().sel(ustar_threshold=["CUT"]))
    with pytest.raises(errors.SchemaChanged, match=r"'NEE' has no part .*VUT"):
        load()


def test_a_site_that_names_no_citation(fluxnet):
    fluxnet(site().assign_attrs(citation=""))
    with pytest.raises(errors.SchemaChanged, match="names no 'citation'"):
        load()


def test_years_without_data(fluxnet):
    fluxnet(live=LIVE | {"start": "1999-01-01", "end": "2000-01-01"})
    with pytest.raises(errors.NotFound, match="'wanted': SE-Htm has no half-hours from 1999-01-01 to 2000-01-01"):
        load()
