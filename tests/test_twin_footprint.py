"""The simulated footprints keep what their model promises: mixed particles stay mixed, and fluxes add up."""

import importlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

from fieldnotes import entries

ROOM = Path(__file__).resolve().parents[1] / "ancillary_data"
CATALOGUE = entries.read()
model = importlib.import_module("tower_footprint")


@pytest.fixture(scope="module")
def footprint():
    return xr.load_dataset(ROOM / "tower-footprint.nc")["footprint"]


@pytest.fixture(scope="module")
def flux():
    return xr.load_dataset(ROOM / "surface-flux.nc")["flux"]


def fact(name, key):
    return CATALOGUE[name]["facts"][key][0]


def walked(z, w, top, steps, rng):
    """Heights and vertical velocities of particles some steps later."""
    for _ in range(steps):
        z, w = model.reflected(z - w * model.DT, w, top)
        w = model.stirred(rng, w, model.SIGMA_W, model.T_LW)
    return z, w


@pytest.mark.parametrize("top", [400, 1500])
def test_particles_that_are_mixed_stay_mixed(top):
    rng, n = np.random.default_rng(1987), 40_000
    z, w = walked(rng.uniform(0, top, n), model.SIGMA_W * rng.standard_normal(n), top, 200, rng)
    layers = np.histogram(z, 10, (0, top))[0]
    assert layers.sum() == n and ((layers - n / 10) ** 2 / (n / 10)).sum() < 27.9  # 0.1 % of chi2 with 9 degrees
    assert w.std() == pytest.approx(model.SIGMA_W, rel=0.02) and abs(w.mean()) < 0.01


def test_particles_from_one_height_become_mixed():
    rng, n, top = np.random.default_rng(1982), 40_000, 800
    z, _ = walked(np.full(n, model.INTAKE), model.SIGMA_W * rng.standard_normal(n), top, 480, rng)
    assert np.mean(z < top / 2) == pytest.approx(0.5, abs=0.01)


def test_velocity_forgets_within_its_time_scale():
    rng = np.random.default_rng(1908)
    first = rng.standard_normal(100_000)
    later = first
    for _ in range(5):
        later = model.stirred(rng, later, 1.0, 300.0, dt=60.0)
    assert np.corrcoef(first, later)[0, 1] == pytest.approx(np.exp(-1), abs=0.01)


def test_the_footprint_of_mixed_air_follows_from_its_depth(footprint):
    total = footprint.sum(("lat", "lon")).mean("batch")
    top = model.weather()[2]
    mixed = model.M_AIR / model.RHO * model.HOURS * 3600 / top  # ppm m2 s umol-1
    assert (total < 1.02 * mixed).all()
    assert mixed[4] == pytest.approx(fact("tower-footprint", "mixed"), abs=0.005)
    assert total[4] == pytest.approx(fact("tower-footprint", "fifth"), abs=0.005)
    assert total[4] == pytest.approx(mixed[4], rel=0.01)
    assert total.mean() == pytest.approx(fact("tower-footprint", "sensitivity"), abs=0.005)


def test_the_footprint_is_largest_at_the_tower_and_never_negative(footprint):
    mean = footprint.mean(("time", "batch"))
    place = mean.where(mean == mean.max(), drop=True)
    assert abs(place.lat.item() - model.RELEASE_LAT) <= 0.25 and abs(place.lon.item() - model.RELEASE_LON) <= 0.25
    assert footprint.min() == 0


def test_batches_differ_as_independent_ones_do(footprint, flux):
    signal = (footprint * flux).sum(("lat", "lon"))
    single = signal.var("batch", ddof=1)
    pairs = signal.coarsen(batch=2).mean().var("batch", ddof=1)
    assert float(single.mean() / pairs.mean()) == pytest.approx(2, rel=0.45)
    assert (np.sqrt(single) / signal.mean("batch")).max() < 0.06
    assert footprint.sizes["batch"] * model.PARTICLES == fact("tower-footprint", "particles")


def test_signal_is_the_stated_one_and_heating_hides_in_averages(footprint, flux):
    mean = footprint.mean("batch")
    each = (mean * flux).sum(("lat", "lon"))
    assert each.mean() == pytest.approx(fact("surface-flux", "signal"), abs=0.005)
    assert (mean.mean("time") * flux.mean("time")).sum() < 0.98 * each.mean()


def test_people_emit_what_they_are_said_to(flux):
    towns = importlib.import_module("surface_flux")
    base, people = flux.mean("time"), towns.towns()
    assert len(people) == fact("surface-flux", "towns")
    lon, lat, count = people[np.hypot(people[:, 0] - 2.35, people[:, 1] - 48.86).argmin()]  # Paris, alone in its region
    a_year = towns.PER_PERSON * 44.01e-12 * 365.25 * 86400  # t CO2
    assert a_year == pytest.approx(8)
    box = base.sel(lat=slice(lat - 0.9, lat + 0.9), lon=slice(lon - 0.9, lon + 0.9))
    area = (0.25 * model.DEGREE) ** 2 * np.cos(np.radians(box.lat))
    emitted = ((box - fact("surface-flux", "countryside")) * area).sum() / towns.PER_PERSON
    assert emitted == pytest.approx(count, rel=0.15)


def test_the_sea_emits_nothing_and_the_country_the_same_everywhere(flux):
    base = flux.mean("time")
    assert abs(base.sel(lat=56, lon=4)) < 0.005  # the North Sea
    assert base.sel(lat=47, lon=4).item() == pytest.approx(fact("surface-flux", "countryside"), abs=0.02)
    assert flux.min() >= 0


def test_countries_are_valid_and_lie_where_they_should():
    countries = gpd.read_file(ROOM / "countries-110m.geojson").set_index("iso")
    assert len(countries) == fact("countries-110m", "countries") and countries.is_valid.all()
    assert countries.geometry["DEU"].contains(shapely.Point(model.RELEASE_LON, model.RELEASE_LAT))
    share = countries.to_crs("EPSG:6933").area.sum() / 510.0656e12
    assert share == pytest.approx(fact("countries-110m", "land_share"), abs=0.0005)
