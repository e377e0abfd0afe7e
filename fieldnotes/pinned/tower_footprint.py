"""A footprint of the Thames Barrier, London, 1 August 2020, by the particle model NAME."""

from fieldnotes import formats

FILE = "footprint_test.nc"


def read(folder):
    """Return the footprint of the wide grid, ppm m2 s umol-1, and the tower's place."""
    data = formats.read_name_footprint(folder / FILE)
    return data.assign(footprint=data["footprint"].expand_dims("batch", axis=1))
