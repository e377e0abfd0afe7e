"""Atlantic Meridional Transect 23, 2013, with winds, from the tutorial data of FluxEngine."""

FILE = "kitidis_consistent.tsv"
NAMES = {
    "latitude": "lat",
    "longitude": "lon",
    "temperature": "sst",
    "windspeed": "wind_speed",
    "xCO2air": "xco2_air",
    "fCO2water": "fco2_sea",
}


def read(folder):
    """Return hourly means, stamped with the start of the hour in UTC; hours with a gap are left out."""
    import pandas as pd

    table = pd.read_csv(folder / FILE, sep="\t", parse_dates=["datetime"])
    table = table.rename(columns=NAMES).set_index("datetime").rename_axis("time")
    return table.select_dtypes("number").resample("h").mean().dropna()
