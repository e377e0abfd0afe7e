"""Hourly CO2 at four heights of the Cabauw tower, from the European ObsPack: one file per height."""

from fieldnotes import formats

HEIGHTS = (27, 67, 127, 207)  # m above ground
YEARS = slice("2016", "2020")


def read(folder):
    """Return CO2 (ppm) by hour (UTC, its start) at the four heights, 2016 to 2020."""
    import pandas as pd

    columns = {f"co2_{height}m": read_height(folder, height) for height in HEIGHTS}
    hours = pd.date_range("2016-01-01", "2021-01-01", freq="h", inclusive="left", tz="UTC", name="time")
    return pd.DataFrame(columns).reindex(hours)


def read_height(folder, height):
    """Return CO2 (ppm) by hour (UTC, its start) at a height (m), 2016 to 2020."""
    path = folder / f"co2_cbw_tower-insitu_445_allvalid-{height}magl.nc"
    return formats.read_obspack(path)["value"].loc[YEARS]
