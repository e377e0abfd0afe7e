"""SE-Htm, the ICOS ecosystem station Hyltemossa: one table per year, half-hours of winter time."""

YEARS = range(2015, 2019)
MISSING = -9000  # what is lower stands for -9999, in places after a conversion of units
SAME = {
    "ustar": "USTAR_1_1_1",
    "sw_in": "SW_IN_1_1_1",
    "vpd": "VPD_PI_1_1_1",
    "ta": "TA_1_1_1",
    "ts": "TS_1_1_1",
    "reco": "RECO_PI_1_1_1",
    "gpp": "GPP_PI_1_1_1",
}
# In 2016 and 2017 what was measured has the name that the filled values have in 2015 and 2018.
FILLED_IS_F = {"nee": "FC_PI_1_1_1", "nee_f": "FC_PI_f_1_1_1", "h": "H_PI_f_1_1_1", "le": "LE_PI_f_1_1_1"}
FILLED_IS_PI = {"nee": "FC_1_1_1", "nee_f": "FC_PI_1_1_1", "h": "H_PI_1_1_1", "le": "LE_PI_1_1_1"}


def read(folder):
    """Return the half-hours of all years, stamped with their end in UTC."""
    import pandas as pd

    return pd.concat([_read_year(next(folder.glob(f"SE-Htm_{year}*.csv"), None), year, folder) for year in YEARS])


def _read_year(path, year, folder):
    import pandas as pd

    from fieldnotes import errors

    if path is None:
        raise errors.NotFound(f"{folder} has no file SE-Htm_{year}*.csv.")
    table = pd.read_csv(path, skiprows=[1], encoding="latin-1")  # row 1 has the units
    names = SAME | (FILLED_IS_F if "FC_PI_f_1_1_1" in table else FILLED_IS_PI)
    local = pd.to_datetime(table["date"] + " " + table["time"].str[:5], format="%d/%m/%Y %H:%M")
    time = local.dt.tz_localize("Etc/GMT-1").dt.tz_convert("UTC").rename("time")
    values = pd.DataFrame({ours: table[theirs] for ours, theirs in names.items()})
    return values.where(values > MISSING).set_index(time)
