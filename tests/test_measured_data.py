"""The facts that the catalogue states about the measured data sets come out of the files."""

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from scipy.optimize import curve_fit

from fieldnotes import entries

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
CATALOGUE = entries.read()
EARTH = 510.0656e12  # m2, surface of the WGS84 ellipsoid


def table(name, index="time"):
    return pd.read_csv(ROOM / CATALOGUE[name]["file"], index_col=index, parse_dates=index == "time")


def grid(name):
    return xr.load_dataset(ROOM / f"{name}.nc")


def layers(name):
    return gpd.read_file(ROOM / f"{name}.geojson").set_index("layer").geometry


def area_mean(field, dims=None):
    """Mean weighted by the area of the cells, which on a regular grid goes with the cosine of the latitude."""
    return field.weighted(np.cos(np.deg2rad(field["lat"]))).mean(dims)


def slope(series):
    """Return the slope per year of a straight line through a series of years."""
    return np.polyfit(series.index, series, 1)[0]


def mlo_co2():
    co2 = table("mlo-co2")["co2"]
    annual = co2.groupby(co2.index.year).mean()
    return {
        "weeks": co2.size,
        "missing_weeks": co2.isna().sum(),
        "first": co2.iloc[0],
        "last": co2.iloc[-1],
        "mean_1959": annual[1959],
        "mean_2000": annual[2000],
    }


def mlo_co2_monthly():
    months = table("mlo-co2-monthly")["co2"]
    annual = months.groupby(months.index.year).mean()
    return {
        "months": months.size,
        "missing_months": months.isna().sum(),
        "first": months.iloc[0],
        "last": months.iloc[-1],
        "mean_1959": annual[1959],
        "mean_2000": annual[2000],
        "mean_2019": annual[2019],
    }


def global_temperature():
    anomaly = table("global-temperature", "year")["anomaly"]
    assert anomaly.idxmax() == 2023
    return {
        "years": anomaly.notna().sum(),
        "base": anomaly.loc[1951:1980].mean(),
        "first_years": anomaly.loc[1880:1900].mean(),
        "mean_2016": anomaly[2016],
        "mean_2020": anomaly[2020],
        "mean_2023": anomaly[2023],
        "trend": 10 * slope(anomaly.loc[1975:2023]),
    }


def half_hours_of_davos():
    """Return the table, with times in the middle of the half-hour in CET, for years and days of the station."""
    return table("davos-fluxes").rename(lambda end: end.tz_localize(None) + pd.Timedelta("45min"))


def davos_fluxes():
    forest = half_hours_of_davos()
    annual = (forest * 1800 * 12.011e-6).groupby(forest.index.year).sum()  # gC m-2 from umol m-2 s-1
    summer = forest["swc"][forest.index.month.isin([6, 7, 8])]
    warm_nights = forest.index.month.isin(range(5, 10)) & (forest["sw_in"] < 1)
    ta, nee = forest.loc[warm_nights, ["ta", "nee"]].dropna().to_numpy().T
    (r10, q10), _ = curve_fit(lambda ta, r10, q10: r10 * q10 ** ((ta - 10) / 10), ta, nee)
    return {
        "half_hours": len(forest),
        **{f"nee_{year}": total for year, total in annual["nee_f"].items()},
        "nee_16_2018": annual["nee_f_16"][2018],
        "nee_84_2018": annual["nee_f_84"][2018],
        "gpp_2018": annual["gpp"][2018],
        "reco_2018": annual["reco"][2018],
        "measured": forest["nee"].notna().mean(),
        "measured_16": forest["nee_16"].notna().mean(),
        "measured_84": forest["nee_84"].notna().mean(),
        "night": forest["nee"][forest["sw_in"] <= 20].notna().mean(),
        "q10": q10,
        "r10": r10,
        "swc_2018": summer["2018"].mean(),
        "swc_2016": summer["2016"].mean(),
    }


def rotated(east, north):
    """Return the two components of a wind turned so that the second has no mean."""
    angle = np.arctan2(north.mean(), east.mean())
    cosine, sine = np.cos(angle), np.sin(angle)
    return east * cosine + north * sine, north * cosine - east * sine


def fluxes(readings):
    """Return friction velocity [m s-1] and the flux of CO2 [umol m-2 s-1]: raw, and corrected for density.

    The correction is equation 24 of Webb, Pearman and Leuning (1980), once with the sonic temperature and once with the
    air temperature that follows from it, t_sonic = T (1 + 0.51 q) with q the specific humidity (Schotanus et al. 1983).
    """
    u, v = rotated(readings["u"], readings["v"])
    u, w = rotated(u, readings["w"])
    co2, vapour = readings["co2"] * 1e-6, readings["h2o"] * 1e-3  # kg m-3
    kelvin = readings["t_sonic"].mean() + 273.15
    dry = (1000 * readings["pressure"].mean() - 461.5 * kelvin * vapour.mean()) / (287.05 * kelvin)  # kg m-3
    moist = dry + vapour.mean()
    heat = w.cov(readings["t_sonic"]) / kelvin
    air_heat = (heat - 0.51 * w.cov(vapour) / moist) / (1 + 0.51 * vapour.mean() / moist)
    ratio, humidity = 28.97 / 18.015, vapour.mean() / dry
    wet = co2.mean() * ratio / dry * w.cov(vapour)
    corrected = [w.cov(co2) + wet + (1 + ratio * humidity) * co2.mean() * warm for warm in (heat, air_heat)]
    ustar = (w.cov(u) ** 2 + w.cov(v) ** 2) ** 0.25
    return ustar, *(flux / 44.01e-9 for flux in (w.cov(co2), *corrected))


def turbulence_20hz():
    readings = table("turbulence-20hz", "seconds")
    names = ("ustar", "raw_flux", "flux", "flux_air")
    halves = {"1245": readings.loc[:900], "1300": readings.loc[900.01:]}
    return {"readings": readings.notna().all(axis=1).sum()} | {
        f"{name}_{start}": value
        for start, half in halves.items()
        for name, value in zip(names, fluxes(half), strict=True)
    }


def calendar_months(series):
    """Return the mean deviation of each calendar month from a quadratic trend."""
    time = series.index.year + (series.index.month - 0.5) / 12 - 2000
    deviation = series - np.polyval(np.polyfit(time, series, 2), time)
    return deviation.groupby(series.index.month).mean()


def two_hemispheres_co2():
    stations = table("two-hemispheres-co2")
    first_days = pd.date_range("1988-01", "2016-12", freq="MS", tz="UTC")
    assert list(stations.index) == list(first_days + pd.Timedelta(days=14))
    difference = stations["mauna_loa"] - stations["south_pole"]
    annual = difference.groupby(difference.index.year).mean()
    seasons = {name: calendar_months(series) for name, series in stations.items()}
    return (
        {"months": len(stations.dropna())}
        | {f"difference_{year}": annual[year] for year in (1988, 2016)}
        | {f"season_{name}": season.max() - season.min() for name, season in seasons.items()}
        | {f"highest_{name}": season.idxmax() for name, season in seasons.items()}
    )


def ice_core_co2():
    values = table("ice-core-co2", "year")
    ice, air = (values["co2"][values["source"] == source] for source in ("ice core", "air"))
    before = ice[ice.index < 1800]
    assert ice.idxmin() == -666465 and before.idxmax() == -333152
    core = table("ice-core-temperature", "year")["anomaly"]
    before = before[before.index >= core.index[0]]
    return {
        "ice_values": len(ice),
        "air_values": len(air),
        "lowest": ice.min(),
        "highest_to_1800": before.max(),
        "air_2018": air[2018],
        "ice_less_air": (ice - air).dropna().mean(),
        "temperature_match": np.corrcoef(np.interp(before.index, core.index, core), before)[0, 1],
    }


def ice_core_temperature():
    anomaly = table("ice-core-temperature", "year")["anomaly"]
    assert anomaly.index.is_monotonic_increasing and anomaly.idxmax() == -126712
    return {
        "values": anomaly.size,
        "lowest": anomaly.min(),
        "highest": anomaly.max(),
        "glacial": anomaly.loc[-24000:-17000].mean(),
    }


def ice_core_gases():
    gases = table("ice-core-gases", "year")
    assert list(gases.index) == list(range(20, 2001, 20))
    means = gases.loc[:1740].mean()
    return (
        {"years": len(gases.dropna())}
        | {f"{gas}_to_1740": means[gas] for gas in gases}
        | {f"{gas}_2000": gases[gas][2000] for gas in gases}
    )


def fossil_emissions():
    emissions = table("fossil-emissions", "year")["emissions"]
    assert list(emissions.index) == list(range(1751, 2015))
    return {
        "years": emissions.count(),
        "first": emissions[1751],
        "last": emissions[2014],
        "total": emissions.sum() / 1000,
        "since_1850": emissions.loc[1850:].sum() / 1000,
    }


def tree_ring_radiocarbon():
    delta = table("tree-ring-radiocarbon", "year")["delta_14c"]
    return {"values": delta.count()} | {f"delta_{year}": delta[year] for year in (1700, 1850, 1900, 1920, 1940, 1950)}


def arctic_sea_ice():
    ice = table("arctic-sea-ice", "year")
    assert ice["extent"].idxmin() == 2012 and (ice["area"] < ice["extent"]).all()
    return {
        "years": len(ice.dropna()),
        **{f"extent_{year}": ice["extent"][year] for year in (1979, 2012, 2015)},
        "trend": 10 * slope(ice["extent"]),
    }


def sea_level():
    level = table("sea-level", "year")
    gauges = level["tide_gauges"].dropna()
    assert level["altimeters"][1993] == gauges[1993]  # shifted to each other
    assert gauges.between(level["lower"].dropna(), level["upper"].dropna()).all()
    return {
        "years": len(level),
        "gauges_2013": gauges[2013],
        "gauges_trend": slope(gauges),
        "gauges_late": slope(gauges.loc[1993:]),
        "altimeter_trend": slope(level["altimeters"].dropna()),
    }


def nino12_sst():
    sst = table("nino12-sst")["sst"]
    anomaly = sst - sst.groupby(sst.index.month).transform("mean")
    return {
        "months": sst.size,
        "mean": sst.mean(),
        "march_1998": sst["1998-03"].item(),
        "september_1954": sst["1954-09"].item(),
        "anomaly_june_1983": anomaly["1983-06"].item(),
    }


def ostia_sst():
    sst = grid("ostia-sst")["sst"]
    nino34 = area_mean(sst.sel(lon=slice(190, 240)), ("lat", "lon"))
    anomaly = nino34.groupby("time.month") - nino34.groupby("time.month").mean()
    return {
        "months": sst.sizes["time"],
        "sea_cells": sst.isel(time=0).notnull().sum(),
        "mean": area_mean(sst),
        "nino34_mean": nino34.mean(),
        "nino34_january_2010": anomaly.sel(time="2010-01").item(),
        "nino34_november_2007": anomaly.sel(time="2007-11").item(),
    }


def archived(version):
    """Return the paths of a version of the archive of sea surface temperature, in the order of the months."""
    return sorted((ROOM / "sst-archive").glob(f"ostia-monthly-pacific/{version}/*/*/*.nc"))


def sst_archive():
    sea = [int(xr.load_dataset(path)["analysed_sst"].notnull().sum()) for path in archived("v2.0")]
    assert len(set(sea)) == 1
    return {"files_v1": len(archived("v1.0")), "files_v2": len(archived("v2.0")), "sea_cells": sea[0]}


def oisst_2013():
    sst = grid("oisst-2013")["sst"]
    north = area_mean(sst.sel(lat=slice(0, 60)), ("lat", "lon"))
    warmest = sst.where(sst == sst.max(), drop=True)
    assert (warmest.lat, warmest.lon, warmest.time.dt.month) == (24.5, 51.5, 8)
    (sea_cells,) = set(sst.notnull().sum(("lat", "lon")).to_numpy())
    return {
        "sea_cells": sea_cells,
        "mean": area_mean(sst),
        "mean_60s_60n": area_mean(sst.sel(lat=slice(-60, 60))),
        "north_august": north.sel(time="2013-08").item(),
        "north_february": north.sel(time="2013-02").item(),
        "warmest": warmest.item(),
        "nino34": area_mean(sst.sel(lat=slice(-5, 5), lon=slice(-170, -120))),
    }


def coads_climatology():
    climate = grid("coads-climatology")
    nino12 = climate["sst"].sel(lat=slice(-10, 0), lon=slice(270, 280))
    return {
        "sst_60s_60n": area_mean(climate["sst"].sel(lat=slice(-60, 60))),
        "sst_nino12": area_mean(nino12),
        "sea_level_pressure": area_mean(climate["sea_level_pressure"]),
        "wind_speed": area_mean(climate["wind_speed"]),
        "speed_of_mean_wind": area_mean(np.hypot(climate["eastward_wind"], climate["northward_wind"])),
        "sst_coverage": climate["sst"].notnull().mean(),
    }


def natural_earth(name):
    map_layers = layers(name)
    area = map_layers.to_crs("EPSG:6933").area  # an equal-area projection of the whole globe
    return {"land_share": area["land"] / EARTH, "coordinates": map_layers.count_coordinates().sum()}


FACTS = {
    "mlo-co2": mlo_co2,
    "mlo-co2-monthly": mlo_co2_monthly,
    "global-temperature": global_temperature,
    "davos-fluxes": davos_fluxes,
    "turbulence-20hz": turbulence_20hz,
    "two-hemispheres-co2": two_hemispheres_co2,
    "ice-core-co2": ice_core_co2,
    "ice-core-temperature": ice_core_temperature,
    "ice-core-gases": ice_core_gases,
    "fossil-emissions": fossil_emissions,
    "tree-ring-radiocarbon": tree_ring_radiocarbon,
    "arctic-sea-ice": arctic_sea_ice,
    "sea-level": sea_level,
    "nino12-sst": nino12_sst,
    "ostia-sst": ostia_sst,
    "sst-archive": sst_archive,
    "oisst-2013": oisst_2013,
    "coads-climatology": coads_climatology,
    "natural-earth-110m": lambda: natural_earth("natural-earth-110m"),
    "natural-earth-50m": lambda: natural_earth("natural-earth-50m"),
}
STATED = [(name, fact) for name in FACTS for fact in CATALOGUE[name]["facts"] if not fact.startswith("published_")]


@cache
def found(name):
    """Every fact of a data set, as its file has it."""
    return FACTS[name]()


@pytest.mark.parametrize(("name", "fact"), STATED)
def test_a_stated_fact_comes_out_of_the_file(name, fact):
    stated = CATALOGUE[name]["facts"][fact][0]
    decimals = len(str(stated).partition(".")[2])
    assert round(float(found(name)[fact]), decimals) == stated


@pytest.mark.parametrize(("name", "years"), [("mlo-co2", (1959, 2000)), ("mlo-co2-monthly", (1959, 2000, 2019))])
def test_mauna_loa_agrees_with_the_published_annual_means_within_the_change_of_scale(name, years):
    published, ours = CATALOGUE[name]["facts"], found(name)
    for year in years:
        assert -0.01 < published[f"published_{year}"][0] - ours[f"mean_{year}"] < 0.4


def test_the_two_records_of_mauna_loa_are_one():
    weekly = table("mlo-co2")["co2"].resample("MS").mean()
    monthly = table("mlo-co2-monthly")["co2"].rename(lambda time: time - pd.Timedelta(days=14))
    difference = (monthly - weekly).dropna()
    assert difference.size == 521
    assert difference.mean() == pytest.approx(0.05, abs=0.01)  # ppm, a change of scale
    assert difference.std() == pytest.approx(0.09, abs=0.01)


def test_every_month_of_mauna_loa_is_there_and_stands_for_its_15th():
    time = table("mlo-co2-monthly").index
    first_days = pd.date_range("1958-03", "2020-04", freq="MS", tz="UTC")
    assert list(time) == list(first_days + pd.Timedelta(days=14))


def test_mauna_loa_is_every_saturday():
    time = table("mlo-co2").index
    assert set(time.day_name()) == {"Saturday"}
    assert time.to_series().diff().dropna().unique() == [pd.Timedelta(days=7)]


def test_davos_is_stamped_by_its_sun():
    """The sun is highest at 12:21 CET at 9.856 degrees east; mountains move the light a little."""
    radiation = half_hours_of_davos()["sw_in"]
    hour = radiation.index.hour + radiation.index.minute / 60
    assert (radiation * hour).sum() / radiation.sum() == pytest.approx(12 + (15 - 9.856) / 15, abs=0.2)


def test_davos_keeps_fewer_half_hours_the_higher_the_threshold_and_fills_only_the_others():
    forest = half_hours_of_davos()
    assert forest.index.to_series().diff().dropna().eq(pd.Timedelta("30min")).all()
    for stricter, looser in (("nee", "nee_16"), ("nee_84", "nee")):
        kept = forest[forest[stricter].notna()]
        np.testing.assert_array_equal(kept[stricter], kept[looser])
    for scenario in ("", "_16", "_84"):
        measured = forest[f"nee{scenario}"].dropna()
        np.testing.assert_array_equal(measured, forest[f"nee_f{scenario}"][measured.index])
    assert forest["nee_flag"][forest["nee_16"].notna()].max() == 1
    np.testing.assert_allclose(forest["gpp"], forest["reco"] - forest["nee_f"], atol=0.0101)  # rounded to 0.01


def test_the_gusts_give_the_flux_that_their_authors_found():
    published, ours = CATALOGUE["turbulence-20hz"]["facts"], found("turbulence-20hz")
    for start in ("1245", "1300"):
        assert ours[f"flux_{start}"] == pytest.approx(published[f"published_{start}"][0], rel=0.12)
        assert ours[f"raw_flux_{start}"] < 1.7 * ours[f"flux_{start}"]


def test_the_gusts_are_read_every_twentieth_of_a_second():
    seconds = table("turbulence-20hz", "seconds").index
    np.testing.assert_allclose(seconds, np.arange(1, 36001) / 20, atol=1e-9)


def test_the_archive_has_the_values_of_ostia_where_its_paths_say():
    ostia = grid("ostia-sst")["sst"].sel(lon=slice(120, 290))
    for path, month in zip(archived("v2.0"), ostia, strict=True):
        with xr.open_dataset(path, engine="netcdf4") as file:
            np.testing.assert_array_equal(file["analysed_sst"].squeeze(), month)
            assert file["time"].item() == month["time"].item()
            assert file["analysed_sst"].attrs["units"] == "kelvin"
        assert (path.parts[-3], path.parts[-2]) == (f"{month.time.dt.year.item()}", f"{month.time.dt.month.item():02}")
        assert path.name == f"{path.parts[-3]}{path.parts[-2]}-OSTIA-SST-monthly-pacific-v2.0.nc"


def test_the_superseded_version_of_the_archive_has_means_of_three_by_three_cells():
    first = xr.load_dataset(archived("v1.0")[0])["analysed_sst"].squeeze()
    corner = xr.load_dataset(archived("v2.0")[0])["analysed_sst"].squeeze()[:3, 60:63]
    assert first[0, 20].item() == pytest.approx(corner.mean().item(), abs=0.0051)  # K, half a step of the packing
    assert archived("v1.0")[-1].name.startswith("200812")


def test_the_sea_of_2013_lies_on_the_right_side_of_the_map():
    """Half a world east or upside down, the two fields would differ by many kelvins."""
    ships = grid("coads-climatology")["sst"].mean("month")
    ships = ships.assign_coords(lon=(ships["lon"] + 180) % 360 - 180).sortby("lon")
    year = grid("oisst-2013")["sst"].mean("time").coarsen(lat=2, lon=2).mean()
    difference = (year - ships.reindex_like(year, method="nearest", tolerance=0.1)).sel(lat=slice(-50, 50))
    assert difference.count() > 5000
    assert float(difference.median()) == pytest.approx(0.5, abs=0.5)  # K, warmer than 1946-1989
    assert float(np.abs(difference).median()) < 1


def test_two_climatologies_of_nino12_agree():
    ships, analysis = found("coads-climatology")["sst_nino12"], found("nino12-sst")["mean"]
    assert float(ships) == pytest.approx(analysis, abs=0.2)


@pytest.mark.parametrize("name", ["natural-earth-110m", "natural-earth-50m"])
def test_maps_have_valid_layers_and_no_shore_at_the_edge_of_the_flat_map(name):
    map_layers = layers(name)
    assert list(map_layers.index) == ["land", "coastline", "borders", "lakes"]
    assert map_layers.is_valid.all()
    west, south, east, north = map_layers["coastline"].bounds
    assert -180 < west < -179 and 179 < east < 180 and -90 < south < -78 and 83 < north < 84
    assert map_layers["lakes"].contains(shapely.Point(13.3, 58.9))  # Vänern
    assert map_layers["land"].contains(shapely.Point(13.4, 56.1))  # Hyltemossa
    assert not map_layers["land"].contains(shapely.Point(19.0, 56.0))  # the Baltic Sea
