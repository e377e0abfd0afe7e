"""Anthropogenic emissions of methane, EDGAR v5.0, on the grid of NAME's footprints of Europe."""

from fieldnotes.pinned import tower_footprint

FILE = "ch4-anthro_EUROPE_2012.nc"


def read(folder):
    """Return the emissions (umol m-2 s-1) on the footprint's own coordinates and at its time.

    The inventory is one of 2012, and the footprint of 2020: emissions are taken as unchanged.
    """
    import xarray as xr

    with xr.open_dataset(folder / FILE, engine="netcdf4") as inventory:
        flux = 1e6 * inventory["flux"].transpose("time", "lat", "lon").astype("float64").load()  # mol to umol
    footprint = tower_footprint.read(folder)["footprint"]
    flux = flux.assign_coords({axis: footprint[axis] for axis in ("time", "lat", "lon")})
    return flux.drop_attrs().assign_attrs(units="umol m-2 s-1").to_dataset(name="flux")
