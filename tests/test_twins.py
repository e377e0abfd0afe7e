"""The simulated twins: each keeps the published numbers and gives its truth back to a fit."""

import importlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from fieldnotes import entries

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
CATALOGUE = entries.read()
TWINS = ["htm-fluxes", "htm-co2", "cbw-co2"]
GC = 12.011e-6 * 1800  # gC m-2 in a half-hour at 1 umol m-2 s-1
YEARS = [2015, 2016, 2017, 2018]
HOURS = {"night": (1, 2, 3), "noon": (12, 13, 14)}  # UTC


def fixture(name):
    return pd.read_csv(ROOM / CATALOGUE[name]["file"], index_col="time", parse_dates=["time"])


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


# htm-co2 and cbw-co2 ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def forests():
    return fixture("htm-co2")


@pytest.fixture(scope="module")
def tall():
    table = fixture("cbw-co2")
    return table.set_axis([27, 67, 127, 207], axis="columns")


def growth(co2):
    """Growth [ppm yr-1] by least squares of the daily mean, beside two harmonics of the year."""
    daily = co2.resample("D").mean().dropna()
    years = ((daily.index - daily.index[0]) / pd.Timedelta("365.25D")).to_numpy()
    waves = [wave(2 * np.pi * k * years) for k in (1, 2) for wave in (np.sin, np.cos)]
    return np.linalg.lstsq(np.column_stack([years, np.ones_like(years), *waves]), daily, rcond=None)[0][0]


def at_hours(table, *hours):
    return table[table.index.hour.isin(hours)]


def test_hyltemossa_keeps_the_published_size_of_its_record(forests):
    co2 = forests.hyltemossa
    assert len(co2) == 17_856 and co2.count() == 17_242
    assert co2.min() == 382.455 and co2.max() == 452.815
    assert co2.mean() == pytest.approx(411.857, abs=0.001)
    assert (co2.isna() & co2.shift().notna()).sum() == 12
    assert forests.svartberget.first_valid_index() == pd.Timestamp("2017-06-01T00:00Z")


def daily_breath(co2):
    """Mean [ppm] of 3 to 6 less that of 13 to 16 o'clock (UTC+1) on whole days, by month."""
    local = co2.tz_convert("UTC+01:00")
    day = local.index.floor("D")
    whole = local.where(local.groupby(day).transform("count") == 24)
    parts = (whole[(whole.index.hour >= start) & (whole.index.hour < start + 3)] for start in (3, 13))
    night, noon = (part.groupby(part.index.floor("D")).mean() for part in parts)
    return (night - noon).groupby(lambda date: date.month).mean()


MEASURED = re.compile(r"measured (-?\d+\.\d) \+- (\d+\.\d)$")
MONTHS = {"january": 1, "june": 6, "july": 7, "august": 8}


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("tower", ["hyltemossa", "svartberget"])
def test_the_daily_breath_is_that_of_the_facts_and_near_the_measured_one(forests, tower, month):
    stated, _, text = entries.describe("htm-co2")["facts"][f"breath_{tower}_{month}"]
    assert daily_breath(forests[tower])[MONTHS[month]] == pytest.approx(stated, abs=0.051)
    measured, interval = map(float, MEASURED.search(text).groups())
    assert abs(stated - measured) < 1.6 * interval  # both have an interval of about this size


def test_the_southern_forest_breathes_deepest_in_june_and_the_northern_in_august(forests):
    south, north = (daily_breath(forests[tower]) for tower in ("hyltemossa", "svartberget"))
    assert (south.idxmax(), north.idxmax()) == (6, 8)
    assert north[8] > south[8] and north[6] < south[6]


def test_both_forests_take_co2_down_in_summer(forests):
    months = forests.groupby(forests.index.month).mean()
    assert months.idxmin().isin([7, 8, 9]).all() and months.idxmax().isin([1, 2, 3]).all()
    assert (months.max() - months.min()).between(12, 26).all()


def test_towers_agree_better_by_day_than_by_hour(forests):
    hourly, daily = (table.corr().iloc[0, 1] for table in (forests, forests.resample("D").mean()))
    assert hourly == pytest.approx(entries.describe("htm-co2")["facts"]["correlation"][0], abs=0.005)
    assert hourly == pytest.approx(0.80, abs=0.05) and daily == pytest.approx(0.86, abs=0.05)  # as measured


def test_stretching_keeps_the_order_of_the_simulated_values(forests):
    simulated = importlib.import_module("htm_co2").simulate().tz_localize("UTC")
    assert simulated.hyltemossa.corr(forests.hyltemossa, method="spearman") > 0.9999


def test_two_years_give_the_growth_roughly_and_five_well(forests, tall):
    true = importlib.import_module("_atmosphere").GROWTH
    assert growth(at_hours(forests.hyltemossa, 11, 12, 13, 14)) == pytest.approx(true, abs=0.6)
    assert growth(at_hours(tall[207], 11, 12, 13, 14)) == pytest.approx(true, abs=0.25)


def test_the_tall_tower_has_the_size_of_the_real_one(tall):
    assert len(tall) == 43_848
    assert tall.notna().mean().between(0.89, 0.935).all()
    assert 385 < tall.min(axis=None) < 395 and 500 < tall.max(axis=None) < 600


@pytest.mark.parametrize("month", range(1, 13))
def test_co2_falls_with_height_at_night(tall, month):
    night = at_hours(tall[tall.index.month == month], 0, 1, 2, 3).mean()
    assert (night.diff().dropna() < -1).all()


def test_the_profile_falls_off_exponentially_on_summer_nights(tall):
    nights = at_hours(tall[tall.index.month == 7], 0, 1, 2).dropna()
    steps = [(nights[low] - nights[high]).mean() / (high - low) for low, high in ((27, 67), (67, 127), (127, 207))]
    depth = [np.diff(z)[0] / np.log(a / b) for z, a, b in (((47, 97), *steps[:2]), ((97, 167), *steps[1:]))]
    assert all(40 < each < 130 for each in depth)


def test_the_fan_of_heights_collapses_at_noon(tall):
    summer = tall[tall.index.month.isin([5, 6, 7, 8])]
    fan = {name: (at_hours(summer, *hours)[27] - at_hours(summer, *hours)[207]) for name, hours in HOURS.items()}
    assert fan["night"].mean() > 15
    assert abs(fan["noon"].mean()) < 1 and fan["noon"].std() < 0.1 * fan["night"].std()


def test_calm_nights_are_rich_in_co2_and_windy_ones_are_not(tall):
    nights = at_hours(tall[tall.index.month.isin([6, 7, 8])], 1, 2, 3)
    rise = nights[27] - nights[207]
    assert rise.quantile(0.9) > 4 * rise.quantile(0.1) > 0
