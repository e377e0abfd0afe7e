"""NOAA's monthly CO2 at Mauna Loa, as datasets/co2-ppm keeps it."""

FILE = "co2-mm-mlo.csv"
# The rows have one field more than the header has names.
NAMES = {
    FILE: ["month", "decimal_date", "average", "deseasonalised", "days", "sd", "uncertainty"],
    "co2-mm-gl.csv": ["month", "decimal_date", "average", "average_err", "trend", "trend_err"],
}


def read(folder):
    """Return CO2 and CO2 less its season (ppm), stamped with the 15th of the month in UTC."""
    import pandas as pd

    columns = {"co2": "average", "co2_adjusted": "deseasonalised"}
    return pd.DataFrame({ours: read_file(folder / FILE, theirs) for ours, theirs in columns.items()})


def read_file(path, column):
    """Return a column (ppm) of a monthly file, stamped with the 15th; what is not positive is missing."""
    import pandas as pd

    table = pd.read_csv(path, header=0, names=NAMES[path.name], index_col=False)
    time = pd.to_datetime(table["month"] + "-15", utc=True).rename("time")
    return table[column].where(table[column] > 0).set_axis(time)
