"""A ship's gas analyser with its standards, July 2019: the raw file of a data reduction workshop."""

FILE = "part4_input_raw.tsv"
TYPES = {"STD2": "std1", "STD3": "std2", "STD4": "std3", "EQU": "equ", "ATM": "atm"}  # STD1 holds no CO2


def read(folder):
    """Return the readings, stamped in UTC as the instrument's computer is.

    The thermosalinograph sends nonsense when it starts: such intake temperatures and salinities are
    interpolated. The equilibrator's pressure is that of the analyser plus the difference between
    them.
    """
    import pandas as pd

    raw = pd.read_csv(folder / FILE, sep="\t", dtype=str, index_col=False)
    raw = raw[raw["Type"].isin(TYPES)]
    number = raw.drop(columns=["Type", "PC Date", "PC Time"]).apply(pd.to_numeric, errors="coerce")
    time = pd.to_datetime(raw["PC Date"] + raw["PC Time"], format="%d.%m.%Y%H:%M:%S", utc=True)
    kind = raw["Type"].map(TYPES)
    table = pd.DataFrame(
        {
            "type": kind,
            "lat": number["latitude"],
            "lon": number["longitude"],
            "xco2": number["CO2 um/m"],
            "standard": number["std val"].where(kind.str.startswith("std")),
            "t_equ": number["equ temp"],
            "p_equ": number["licor press"] + number["equ press"],
            "sst": _plausible(number["Intake Temp"], 5, 15),
            "salinity": _plausible(number["Salinity"], 33, 36),
            "p_atm": number[" atm press"].where(number[" atm press"].between(900, 1080)),
        }
    )
    return table.set_index(time.rename("time"))


def _plausible(values, low, high):
    return values.where(values.between(low, high)).interpolate().bfill()
