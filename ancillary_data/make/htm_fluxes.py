"""Half-hourly carbon, water and energy fluxes of a spruce forest: a simulated twin of Hyltemossa (SE-Htm), 2015-2018.

No measurement enters. What does: the site's published climate (7.4 degC, 707 mm a year; ICOS station page SE-Htm) and
the published carbon totals in TOTALS (ICOS teaching data on the drought of 2018; the scientific product is
doi 10.18160/YVR0-4898). Sun, cloud, heat, soil water, needles and soil make the fluxes; a few factors a year then scale
them to the totals. Numbers without a source are our choice. Licence of the twin: CC BY 4.0.

Three habits of real flux data are kept: calm nights lose part of the flux; `nee_f` is modelled there as well as in the
gaps; and `gpp` is `reco - nee_f`, so that it carries the noise of the tower and may be negative at night.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _atmosphere import red_noise, sine_of_elevation, slow

LATITUDE, LONGITUDE = 56.098, 13.419  # degrees (ICOS station page SE-Htm)
MEAN_TEMPERATURE, RAIN = 7.4, 707 / 365.25  # degC, mm d-1 (same page)
GRAMS = 12.011e-6 * 1800  # gC m-2 in a half-hour at 1 umol m-2 s-1
ALPHA, PMAX = 0.12, 30.0  # umol J-1, umol m-2 s-1: slope and plateau of the light response, before scaling
VPD_K, VPD_0 = (
    0.05,
    10.0,
)  # hPa-1, hPa: the plateau falls as exp(-VPD_K (vpd - VPD_0)) above VPD_0 (Lasslop et al. 2010)
Q10 = 3.3  # rise of respiration per 10 K, as Lloyd & Taylor (1994) have it from 0 to 10 degC
WATER = 150.0  # mm that roots can reach; trees feel the lack below one half
CLOSURE = 0.8  # H + LE over available energy (Wilson et al. 2002)
CALM, LOST = 0.3, 0.75  # m s-1: at night below this friction velocity the tower loses up to LOST of respiration
TOTALS = pd.DataFrame(  # gC m-2 in local years (winter time); gpp_jja drops negative half-hours, as published
    {
        "nee": [-174.3, -241.8, -319.1, -3.4],
        "gpp": [2092.7, 1978.2, 2096.8, 1900.7],
        "reco": [1898.6, 1736.4, 1777.6, 1897.3],
        "gpp_jja": [1007.9, 942.8, 1038.2, 773.2],
        "unfilled": [None, -481.7, -392.2, None],  # sum of the column with gaps; none is published for 2015 and 2018
        "missing": [5000, 1753, 6300, 7000],  # half-hours without `nee`; published for 2016 and 2017
        "outage": [30, 10, 60, 70],  # whole days of it
    },
    index=[2015, 2016, 2017, 2018],
)


def saturation(t):
    """Saturation vapour pressure [hPa] at t [degC] by the Magnus formula, WMO coefficients."""
    return 6.112 * np.exp(17.62 * t / (243.12 + t))


def blocking_high(time):
    """The weather of the drought of 2018 (Buras et al. 2020, doi 10.5194/bg-17-1655-2020), here from May to August."""
    day = ((time - pd.Timestamp("2018-01-01")) / pd.Timedelta("1D")).to_numpy()
    return 1 / (1 + np.exp(-(day - 125) / 4)) / (1 + np.exp((day - 218) / 4))


def weather(rng, time):
    """Sunshine, net radiation, temperature of air and soil, vapour pressure deficit and friction velocity."""
    n, sine, block = len(time), sine_of_elevation(time, LATITUDE, LONGITUDE), blocking_high(time)
    season = -8.0 * np.cos(2 * np.pi * (time.day_of_year.to_numpy() - 20) / 365.25)
    fronts = 0.8 * red_noise(rng, n, 144) + 0.6 * red_noise(rng, n, 8)
    cloud = 1 / (1 + np.exp(-2.5 * (fronts + 0.85 - 1.1 * block)))
    clear = 1098 * sine * np.exp(-0.059 / np.maximum(sine, 1e-3))  # Haurwitz (1945)
    sw_in = clear * (1 - 0.75 * cloud**3.4)  # Kasten & Czeplak (1980)
    net = 0.9 * sw_in - 20 - 50 * (1 - cloud)  # a dark canopy, and what it radiates to the sky
    air_mass = MEAN_TEMPERATURE + season + 2.5 * red_noise(rng, n, 240) + 4.5 * block
    ta = air_mass + 0.02 * (slow(sw_in, 6) - slow(sw_in, 480))
    ts = MEAN_TEMPERATURE + 0.5 + 0.75 * (slow(ta, 480) - MEAN_TEMPERATURE) + 0.1 * (slow(ta, 12) - slow(ta, 48))
    dew_point = slow(ta, 48) - 1.0 - 3.0 * (1 - slow(cloud, 48)) - 4.0 * block
    vpd = np.maximum(saturation(ta) - saturation(dew_point), 0)
    wind = 0.35 * red_noise(rng, n, 48) + 0.2 * red_noise(rng, n, 2) - 0.02 * season
    lull = (0.3 + 1.2 * (1 - slow(cloud, 8))) * (sine == 0)  # nights are stable, clear ones most
    ustar = 0.45 * np.exp(wind + 0.6 * sine - lull)
    return pd.DataFrame(dict(sw_in=sw_in, net=net, ta=ta, ts=ts, vpd=vpd, ustar=ustar, cloud=cloud), index=time)


def soil_water(cloud, evaporation):
    """Water stress, 1 (none) to 0, of a bucket that daily gets rain [mm] and loses potential evaporation [mm]."""
    rain = np.maximum(cloud.resample("D").mean() - 0.75, 0) ** 1.5
    rain, demand = rain / rain.mean() * RAIN, evaporation.resample("D").sum()
    water, stress = WATER, []
    for gain, loss in zip(rain, demand, strict=True):
        stress.append(min(1, water / (WATER / 2)))
        water = min(WATER, water + gain - stress[-1] * loss)
    return pd.Series(stress, rain.index).reindex(cloud.index, method="ffill").to_numpy()


def energy(rng, met):
    """Sensible and latent heat [W m-2], the latter as far as soil water allows, and water stress."""
    available = CLOSURE * 0.95 * met.net  # a twentieth warms the soil
    slope = 4284 * saturation(met.ta) / (243.12 + met.ta) ** 2  # hPa K-1, derivative of the Magnus formula
    potential = 0.75 * slope / (slope + 0.66) * available.clip(0)  # Priestley & Taylor (1972); needles hold back
    stress = soil_water(met.cloud, potential * 1800 / 2.45e6)
    le = stress * potential
    h, noise = available - le, rng.normal(size=(2, len(met)))
    return h + noise[0] * (5 + 0.1 * h.abs()), le + noise[1] * (5 + 0.1 * le), stress


def photosynthesis(met):
    """Gross uptake [umol m-2 s-1] before scaling: a hyperbola in light, limited by dry air, cold and dry soil."""
    plateau = PMAX * np.exp(-VPD_K * (met.vpd - VPD_0).clip(0))
    hyperbola = ALPHA * met.sw_in * plateau / (ALPHA * met.sw_in + plateau)
    return hyperbola * ((slow(met.ta, 480) + 6) / 18).clip(0, 1) * np.sqrt(met.stress)


def respiration(met):
    """Respiration [umol m-2 s-1] before scaling: warm soil breathes more, dry soil less."""
    return Q10 ** ((met.ts - 10) / 10) * np.sqrt(met.stress)


def gaps(rng, calm, missing, outage):
    """True where the tower has no flux: days of outage, and half-hours, calm nights twice as often as others."""
    day = np.arange(len(calm)) // 48
    broken = np.isin(day, rng.choice(day[-1] + 1, outage, replace=False))
    rank = rng.gumbel(size=len(calm)) + np.log(2) * calm + 1e3 * broken  # ordered Gumbel numbers draw without return
    return rank >= np.sort(rank)[-missing]


def scaled(base, summer, jja, total, total_jja):
    """base (a + b summer), with a and b such that the year and its June to August sum to the totals."""
    bump = base * summer
    sums = [[base.sum(), bump.sum()], [base[jja].sum(), bump[jja].sum()]]
    a, b = np.linalg.solve(sums, [total, total_jja])
    return base * (a + b * summer)


def carbon(rng, met, totals):
    """A year's carbon columns, and beside them `truth`: net exchange without noise [umol m-2 s-1]."""
    missing = gaps(rng, met.calm, int(totals.missing), int(totals.outage))
    trusted, noise = ~missing & ~met.calm, rng.laplace(size=len(met)) / np.sqrt(2)
    total = totals[["nee", "gpp", "reco"]] / GRAMS
    reco = respiration(met) * total.reco / respiration(met).sum()
    jja, summer = met.index.month.isin([6, 7, 8]), np.exp(-(((met.index.day_of_year - 197) / 40.0) ** 2))
    gain = 0.0
    for _ in range(5):  # what the published summer gains by dropping negative half-hours depends on the noise
        uptake = scaled(met.unscaled, summer, jja, total.gpp, totals.gpp_jja / GRAMS - gain)
        truth = reco - uptake
        sigma = 1.2 + 0.15 * truth.abs()  # double exponential and growing with the flux: Hollinger & Richardson (2005)
        error = (noise - (noise * sigma)[trusted].sum() / sigma[trusted].sum()) * sigma
        gpp = uptake - error.where(trusted, 0)
        gain = gpp[jja].clip(lower=0).sum() - uptake[jja].sum()
    filling = (total.nee - truth.sum()) / (~trusted).sum()  # 0.1 in 2015, whose totals miss each other by 20 gC; else 0
    nee_f = truth + error.where(trusted, filling)
    nee = tower(met, truth + error, reco, missing, totals.unfilled / GRAMS)
    return pd.DataFrame(dict(nee=nee, nee_f=nee_f, gpp=gpp, reco=reco, truth=truth, uptake=uptake))


def tower(met, nee, reco, missing, total):
    """What the tower sees of nee: nothing in the gaps, and too little respiration when turbulence is weak."""
    stays = (reco * (1 - (met.ustar / CALM) ** 2)).where(met.calm & ~missing, 0)
    share = LOST if np.isnan(total) else (nee[~missing].sum() - total) / stays.sum()
    return (nee - share * stays).where(~missing)


def simulate(seed=2018):
    """Every half-hour, stamped at its end in UTC: the columns of the file, unrounded, and what made them."""
    time = pd.date_range("2014-12-31T23:30Z", "2018-12-31T23:00Z", freq="30min", name="time")
    middle, rng = time.tz_localize(None) - pd.Timedelta("15min"), np.random.default_rng(seed)
    met = weather(rng, middle)
    met["h"], met["le"], met["stress"] = energy(rng, met)
    met["unscaled"] = photosynthesis(met)
    met["calm"] = (met.ustar < CALM) & (met.sw_in < 5)
    met.index = middle + pd.Timedelta("1h")  # local winter time, by which the totals are counted
    years = [carbon(rng, met[met.index.year == year], totals) for year, totals in TOTALS.astype(float).iterrows()]
    return met.join(pd.concat(years)).set_index(time)


def make(folder: Path) -> None:
    """Write htm-fluxes.csv.gz into the folder."""
    decimals = dict(nee=2, nee_f=2, gpp=2, reco=2, h=1, le=1, ustar=3, sw_in=1, vpd=2, ta=2, ts=2)
    table = simulate()[list(decimals)].round(decimals) + 0.0  # + 0.0: no negative zero
    packing = {"method": "gzip", "mtime": 0}
    table.to_csv(folder / "htm-fluxes.csv.gz", date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n", compression=packing)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
