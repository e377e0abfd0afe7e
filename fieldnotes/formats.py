"""The field's standard files, each read into the shape that a data set of the catalogue has: your own data in a lesson.

    from fieldnotes.formats import read_fluxnet, save
    table = read_fluxnet("FLX_DE-Tha_FLUXNET2015_SUBSET_HH_2014-2018_1-4.csv", utc_offset=1)
    save(table, "htm-fluxes", "my-data", title="Fluxes at Tharandt", credit="...", licence="CC-BY-4.0")
    data = load("htm-fluxes", "my-data")

A missing value becomes NaN, a time UTC, and a unit that of the catalogue. A file that is not as its format describes
raises SchemaChanged, which names the column, and NotFound says what is not there.
"""

from pathlib import Path

from fieldnotes import entries, errors
from fieldnotes.format_grids import (
    read_landsat,
    read_name_footprint,
    read_stilt_footprint,
    read_tropomi_no2,
)
from fieldnotes.format_tables import numbers, parse, require, times

__all__ = [
    "read_eddypro",
    "read_fluxnet",
    "read_icos_atmosphere",
    "read_landsat",
    "read_name_footprint",
    "read_obspack",
    "read_socat",
    "read_stilt",
    "read_stilt_footprint",
    "read_tropomi_no2",
    "save",
]
FLUXNET = {  # names of the catalogue, and of FLUXNET2015, ONEFlux and ICOS level 2
    "nee_f": "NEE_VUT_REF",
    "gpp": "GPP_NT_VUT_REF",
    "reco": "RECO_NT_VUT_REF",
    "h": "H_F_MDS",
    "le": "LE_F_MDS",
    "ustar": "USTAR",
    "sw_in": "SW_IN_F",
    "vpd": "VPD_F",
    "ta": "TA_F",
    "ts": "TS_F_MDS_1",
}
MAY_LACK = ("USTAR", "TS_F_MDS_1")  # some products leave them out: the column is NaN then
EDDYPRO = {"nee": "co2_flux", "h": "H", "le": "LE", "ustar": "u*", "ta": "air_temperature", "vpd": "VPD"}
SOCAT = {
    "lat": "Latitude",
    "lon": "Longitude",
    "sst": "Temp [",
    "salinity": "Sal",
    "t_equ": "Tequ [",
    "p_equ": "Pequ [",
    "p_atm": "PPPP",
    "xco2": "xCO2water_equ_dry",
    "fco2": "fCO2water_SST_wet [µatm] (Recomputed",
    "flag": "Flag",
}
STILT = {
    "co2_model_background": "co2.background",
    "co2_model_gee": "co2.bio.gee",
    "co2_model_resp": "co2.bio.resp",
    "co2_model_fossil": "co2.fuel",
    "co2_model": "co2.stilt",
}


def read_fluxnet(path, utc_offset):
    """Return half-hours of a FLUXNET product (FLUXNET2015, ONEFlux, ICOS level 2) as ``htm-fluxes`` has them.

    ``utc_offset`` is the site's winter time, hours ahead of UTC, which the file does not say. The index is the end of
    the half-hour in UTC; fluxes are in umol m-2 s-1 and W m-2, vpd in hPa, temperatures in degC. ``nee`` is ``nee_f``
    where its flag is 0, which is measured. Quality flags: Pastorello and others (2020), doi:10.1038/s41597-020-0534-3.
    """
    raw = parse(path)
    if "TIMESTAMP_END" not in raw:
        kind = "a daily or longer product" if "TIMESTAMP" in raw else "of another network or version"
        raise errors.SchemaChanged(
            f"{path} has no TIMESTAMP_END, so it is {kind}: take the half-hourly file, with _HH_ in its name."
        )
    time = times(raw["TIMESTAMP_END"].astype("str"), "%Y%m%d%H%M", utc_offset, path)
    names = [*(name for name in FLUXNET.values() if name not in MAY_LACK), "NEE_VUT_REF_QC"]
    require(names, raw, path)
    table = raw.reindex(columns=[*FLUXNET.values(), "NEE_VUT_REF_QC"])
    table = numbers(table, path).set_axis([*FLUXNET, "flag"], axis=1)
    table.insert(0, "nee", table["nee_f"].where(table.pop("flag") == 0))
    return table.set_index(time)


def read_eddypro(path, utc_offset):
    """Return the ``full_output`` of EddyPro: nee, h, le, ustar, ta (degC), vpd (hPa), and nee's quality flag.

    ``utc_offset`` is that of the logger's clock in hours; the index is the end of the averaging period in UTC. Three
    header lines, as the program's own source writes them: groups, names, units.
    """
    with Path(path).open(encoding="utf-8", errors="replace") as file:
        if not file.readline().startswith("file_info"):
            raise errors.SchemaChanged(f"{path} does not begin with 'file_info': take EddyPro's full_output file.")
    raw = parse(path, skiprows=[0, 2])
    require([*EDDYPRO.values(), "date", "time", "qc_co2_flux"], raw, path)
    time = times(raw["date"] + raw["time"], "%Y-%m-%d%H:%M", utc_offset, path)
    table = numbers(raw[[*EDDYPRO.values(), "qc_co2_flux"]], path).set_axis([*EDDYPRO, "flag"], axis=1)
    table["ta"] -= 273.15  # K to degC
    table["vpd"] /= 100  # Pa to hPa
    return table.set_index(time)


def read_icos_atmosphere(path):
    """Return a file of the ICOS Atmosphere Thematic Centre: the gas in its own unit, stdev, count, and the flag.

    The index is the start of the averaging interval in UTC, as the header's comment says (its TIME ZONE is another
    matter). A value whose flag is not U or O did not pass quality control, and becomes NaN.
    """
    text = Path(path).read_text(encoding="utf-8")
    header = [line for line in text.splitlines() if line.startswith("#")]
    if not header or ";Year;Month;Day;" not in header[-1]:
        raise errors.SchemaChanged(f"{path} has no header line that names Year, Month and Day: is it an ICOS ATC file?")
    names = header[-1].lstrip("# ").split(";")
    raw = parse(path, sep=";", comment="#", names=names, index_col=False)
    gas = names[names.index("DecimalDate") + 1]
    require([gas, "Stdev", "NbPoints", "Flag"], raw, path)
    clock = raw[["Year", "Month", "Day", "Hour", "Minute"]].astype("int64").astype("str")
    time = times(clock.agg("-".join, axis=1), "%Y-%m-%d-%H-%M", 0, path)
    table = numbers(raw[[gas, "Stdev", "NbPoints"]], path)
    table = table.where((table > -9) & (raw["Flag"].isin(["U", "O"])).to_numpy()[:, None])
    table = table.set_axis([gas, "stdev", "count"], axis=1).assign(flag=raw["Flag"])
    return table.set_index(time)


def read_obspack(path, unit="ppm"):
    """Return the values of an ObsPack netCDF file in ``unit``, by the start of their hour in UTC.

    Values whose first flag is not U or O are NaN. The files hold mol mol-1. ``attrs`` name site, height and scale.
    """
    import xarray as xr

    factors = {"ppm": 1e6, "ppb": 1e9, "mol mol-1": 1}
    with xr.open_dataset(path) as file:
        require(["value", "start_time", "qc_flag"], file, path)
        flags = file["qc_flag"].load().astype("str").str.slice(0, 1)
        values = file["value"].load().astype("float64").where(flags.isin(["U", "O"])) * factors[unit]
        table = values.to_pandas().to_frame("value").set_axis(file["start_time"].to_index().tz_localize("UTC"))
        table = table.groupby(level=0).mean().rename_axis("time")  # an hour that two instruments measured
        keys = ("site_code", "dataset_intake_ht", "dataset_calibration_scale")
        table.attrs = {key: file.attrs[key] for key in keys if key in file.attrs}
    return table


def read_socat(path):
    """Return a cruise of SOCAT as PANGAEA gives it: lat, lon, sst, salinity, t_equ, p_equ, p_atm, xco2, fco2, flag.

    Degrees Celsius, hPa, ppm and uatm; ``fco2`` is what SOCAT recomputed; only rows of flag 2 (good) keep it.
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    end = next((number for number, line in enumerate(lines) if line.startswith("*/")), None)
    if end is None:
        raise errors.SchemaChanged(f"{path} has no header between /* and */: take PANGAEA's tab-delimited text.")
    raw = parse(path, sep="\t", skiprows=end + 1)
    columns = {
        name: next((column for column in raw if column.startswith(start)), start) for name, start in SOCAT.items()
    }
    require(["Date/Time", *columns.values()], raw, path)
    table = numbers(raw[list(columns.values())], path).set_axis(list(columns), axis=1)
    table["fco2"] = table["fco2"].where(table["flag"] == 2)
    return table.set_index(times(raw["Date/Time"], "ISO8601", 0, path))


def read_stilt(path):
    """Return a time series of the STILT viewer: background, gee, respiration, fossil and total CO2, in ppm, in UTC."""
    raw = parse(path, sep=r"\s+")
    require(["isodate", *STILT.values()], raw, path)
    import pandas as pd

    time = pd.to_datetime(raw["isodate"], unit="s", utc=True).dt.as_unit("ns").rename("time")
    return numbers(raw[list(STILT.values())], path).set_axis(list(STILT), axis=1).set_index(time)


def save(data, name, folder, **description):
    """Write data into a folder as the data set ``name`` of the catalogue, so that ``load(name, folder)`` reads them.

    ``description`` may give title, kind, licence, credit, doi, retrieved and note. Returns the path of the file.
    """
    import json

    import pandas as pd

    entry, folder = entries.describe(name), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / entry["file"]
    if isinstance(data, pd.DataFrame):
        missing = [column for column in entry["columns"] if column not in data.reset_index()]
        if missing:
            raise errors.SchemaChanged(f"{name!r} promises a column {missing[0]!r}, which the data do not have.")
        data.reset_index()[list(entry["columns"])].to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    else:
        data.to_netcdf(path)
    known = entries.read(folder) if (folder / "catalogue.toml").exists() else {}
    lines = [
        f"[{title}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in facts.items())
        for title, facts in (known | {name: description}).items()
    ]
    (folder / "catalogue.toml").write_text("\n".join(lines), encoding="utf-8")
    return path
