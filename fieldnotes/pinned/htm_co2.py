"""Hourly CO2 of two Swedish ICOS towers, 150 m above ground, each a table of its own form."""

FILES = {"hyltemossa": ("htm_150m_L2_co2", ";"), "svartberget": ("svb_co2.csv", ",")}


def read(folder):
    """Return CO2 (ppm) by hour (UTC) at both towers.

    Svartberget's file begins later and has no rows for hours without a value.
    """
    import pandas as pd

    columns = {}
    for tower, (file, separator) in FILES.items():
        table = pd.read_csv(folder / file, sep=separator)
        columns[tower] = table.set_index(pd.to_datetime(table["DateTime"], utc=True))["co2"]
    return pd.DataFrame(columns).rename_axis("time")
