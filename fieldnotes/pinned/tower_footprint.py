"""A footprint of the Thames Barrier, London, 1 August 2020, by the particle model NAME."""

FILE = "footprint_test.nc"


def read(folder):
    """Return the footprint of the wide grid, (mol/mol)/(mol/m2/s), which is ppm m2 s umol-1."""
    data = _open(folder / FILE)
    footprint = data["fp_low"].transpose("time", "lat", "lon").astype("float64")
    footprint = footprint.expand_dims("batch", axis=1).assign_attrs(units="ppm m2 s umol-1")
    place = {
        f"release_{axis}": ((), float(data[f"release_{axis}"][0]), {"units": f"degrees_{unit}"})
        for axis, unit in (("lat", "north"), ("lon", "east"))
    }
    return footprint.to_dataset(name="footprint").assign(place)


def _open(path):
    import xarray as xr

    with xr.open_dataset(path, engine="netcdf4") as data:
        return data.load()
