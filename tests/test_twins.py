"""The simulated twins: each is what its script makes, keeps the published numbers and gives its truth back to a fit."""

import importlib
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
sys.path.insert(0, str(ROOM / "make"))
CATALOGUE = tomllib.loads((ROOM / "catalogue.toml").read_text(encoding="utf-8"))
TWINS = ["htm-fluxes"]
GC = 12.011e-6 * 1800  # gC m-2 in a half-hour at 1 umol m-2 s-1
YEARS = [2015, 2016, 2017, 2018]


def fixture(name):
    return pd.read_csv(ROOM / CATALOGUE[name]["file"], index_col="time", parse_dates=["time"])


@pytest.mark.parametrize("name", TWINS)
def test_the_script_makes_the_committed_file(name, tmp_path):
    importlib.import_module(Path(CATALOGUE[name]["made_by"]).stem).make(tmp_path)
    made = pd.read_csv(tmp_path / CATALOGUE[name]["file"], dtype=str)
    pd.testing.assert_frame_equal(made, pd.read_csv(ROOM / CATALOGUE[name]["file"], dtype=str))


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_says_that_it_is_one(name):
    entry = CATALOGUE[name]
    assert entry["kind"] == "simulated"
    assert "simulated" in entry["title"] and "not a measurement" in entry["credit"]


# htm-fluxes ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flux():
    """The fluxes by the local time (UTC+1) at which each half-hour begins: published years are counted so."""
    table = fixture("htm-fluxes")
    return table.set_axis(table.index.tz_localize(None) + pd.Timedelta("30min"))


@pytest.fixture(scope="module")
def facts():
    return {key: value for key, (value, _, _) in CATALOGUE["htm-fluxes"]["facts"].items()}


@pytest.fixture(scope="module")
def truth():
    return importlib.import_module("htm_fluxes")


def summers(flux):
    return flux[flux.index.month.isin([6, 7, 8])]


def yearly(column):
    return (column.groupby(column.index.year).sum() * GC).to_dict()


def test_every_half_hour_of_four_years_is_there(flux):
    assert len(flux) == 70_128
    assert flux.index[0] == pd.Timestamp("2015-01-01") and flux.index[-1] == pd.Timestamp("2018-12-31T23:30")
    assert (flux.index.to_series().diff().dropna() == pd.Timedelta("30min")).all()
    assert flux.drop(columns="nee").notna().all(axis=None)


@pytest.mark.parametrize("column, fact", [("nee_f", "nee"), ("gpp", "gpp"), ("reco", "reco")])
def test_annual_totals_are_the_published_ones_to_the_last_digit(flux, facts, column, fact):
    assert {year: round(total, 1) for year, total in yearly(flux[column]).items()} == {
        year: facts[f"{fact}_{year}"] for year in YEARS
    }


def test_summer_uptake_is_the_published_one_when_negatives_are_dropped(flux, facts):
    kept, honest = yearly(summers(flux).gpp.clip(lower=0)), yearly(summers(flux).gpp)
    for year in YEARS:
        assert kept[year] == pytest.approx(facts[f"gpp_jja_{year}"], abs=0.5)
        assert 3 < kept[year] - honest[year] < 8


def test_the_column_with_gaps_gives_the_published_wrong_sums(flux, facts):
    totals, missing = yearly(flux.nee), flux.nee.isna().groupby(flux.index.year).sum()
    for year in (2016, 2017):
        assert totals[year] == pytest.approx(facts[f"nee_unfilled_{year}"], abs=0.1)
        assert missing[year] == facts[f"nee_missing_{year}"]


def test_the_budget_closes_except_for_the_20_grams_of_2015(flux):
    left = yearly(flux.nee_f - (flux.reco - flux.gpp))
    assert left[2015] == pytest.approx(19.8, abs=0.1)
    assert max(abs(left[year]) for year in (2016, 2017, 2018)) < 0.15


def fitted_q10(nights):
    return curve_fit(lambda t, r10, q10: r10 * q10 ** ((t - 10) / 10), nights.ts, nights.nee, p0=[4, 2])[0][1]


def test_windy_nights_give_the_true_q10_and_calm_ones_hide_it(flux, truth):
    nights = flux[(flux.sw_in == 0) & flux.nee.notna()]
    moist, windy = nights.index.year < 2018, nights.ustar > truth.CALM
    assert fitted_q10(nights[moist & windy]) == pytest.approx(truth.Q10, rel=0.05)
    assert fitted_q10(nights[moist]) < 0.85 * truth.Q10
    assert fitted_q10(nights[~moist & windy]) < 0.85 * truth.Q10  # in 2018 the warmest soil is the driest


def test_calm_nights_lose_flux_in_nee_and_not_in_nee_f(flux, truth):
    nights = summers(flux)[summers(flux).sw_in < 5].dropna(subset="nee")
    calm = nights.ustar < truth.CALM / 2
    assert nights.nee[calm].mean() < 0.6 * nights.reco[calm].mean()
    assert nights.nee_f[calm].mean() == pytest.approx(nights.reco[calm].mean(), rel=0.01)


def light_response(driver, slope, plateau, k, reco):
    light, vpd = driver
    plateau = plateau * np.exp(-k * np.maximum(vpd - 10, 0))
    return reco - slope * light * plateau / (slope * light + plateau)


def fitted_light_response(flux, year):
    days = summers(flux).loc[str(year)].query("sw_in > 5").dropna(subset="nee")
    return curve_fit(light_response, (days.sw_in, days.vpd), days.nee, p0=[0.1, 30, 0.03, 6])[0]


def true_plateau(truth, year):
    """The plateau, and all that scales it, averaged over the light of a summer."""
    made = truth.simulate()
    made = made[made.index.month.isin([6, 7, 8]) & (made.index.year == year)]
    unscaled = -light_response((made.sw_in, made.vpd), truth.ALPHA, truth.PMAX, truth.VPD_K, 0)
    return truth.PMAX * made.uptake.sum() / unscaled.sum()


@pytest.mark.parametrize("year", [2015, 2016, 2017])
def test_the_light_response_of_a_normal_summer_is_recovered(flux, truth, year):
    slope, plateau, k, _ = fitted_light_response(flux, year)
    assert plateau == pytest.approx(true_plateau(truth, year), rel=0.08)
    assert k == pytest.approx(truth.VPD_K, abs=0.02)
    assert plateau / slope == pytest.approx(truth.PMAX / truth.ALPHA, rel=0.2)


def test_the_drought_shows_in_air_leaves_and_energy(flux):
    july = flux[flux.index.month == 7].groupby(lambda time: time.year)
    noon = flux[(flux.index.month == 7) & flux.index.hour.isin([11, 12, 13])].groupby(lambda time: time.year)
    bowen = july.h.sum() / july.le.sum()
    assert noon.vpd.mean()[2018] > 1.7 * noon.vpd.mean()[YEARS[:3]].max()
    assert bowen[2018] > 3 and bowen[YEARS[:3]].max() < 1.5
    plateau = {year: fitted_light_response(flux, year)[1] for year in YEARS}
    assert plateau[2018] < 0.8 * min(plateau[year] for year in YEARS[:3])


def test_the_drought_cuts_uptake_more_than_respiration(flux):
    gpp, reco = pd.Series(yearly(summers(flux).gpp)), pd.Series(yearly(summers(flux).reco))
    lost = {name: 1 - sums[2018] / sums[YEARS[:3]].mean() for name, sums in (("gpp", gpp), ("reco", reco))}
    assert lost["gpp"] > 0.2 and lost["gpp"] > lost["reco"]


def test_fluxes_are_of_the_size_that_spruce_has(flux):
    noon = flux[(flux.index.month == 7) & flux.index.hour.isin([10, 11, 12])]
    nights = summers(flux)[summers(flux).sw_in == 0]
    assert 25 < noon.gpp[noon.index.year < 2018].quantile(0.95) < 35
    assert nights.reco.quantile(0.05) > 3 and nights.reco.quantile(0.95) < 12
    assert 0 < flux.nee_f[flux.index.month.isin([12, 1])].mean() < 2.5
    assert flux.sw_in.groupby(flux.index.hour).mean().idxmax() in (11, 12)
