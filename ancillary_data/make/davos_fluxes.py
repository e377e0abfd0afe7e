"""Ten years of a subalpine spruce forest, half-hourly: Davos (CH-Dav), 2013-2022, from diive 0.90.0.

Member: a parquet file of the Swiss FluxNet's flux product FP2022.5. The package is GPL-3.0
(`METADATA` and `LICENSE` in the wheel) and states no other licence for its data; its repository
describes the file as derived from the Swiss FluxNet and FLUXNET2015 archives and refers to the data
policy of FLUXNET2015, which is CC BY 4.0. We pass it on under the package's licence.

Changed: 17 of 37 columns, with names of ours; times from the middle of the half-hour in CET (the
file names no zone, the sun says it) to its end in UTC; carbon fluxes to 0.01 umol m-2 s-1, energy
to 0.1 or 1 W m-2, weather to the digits of its instruments.
"""

import io
from pathlib import Path

import pandas as pd
from _package import read, wheel

SHA256 = "8112cebece1f404259a346ff04d6948c6728e131603916e418b6e3a8fbf390a6"
MEMBER = "diive/configs/exampledata/exampledata_PARQUET_CH-DAV_FP2022.5_2013-2022_ID20230206154316_30MIN.parquet"
TO_UTC_END = pd.Timedelta("15min") - pd.Timedelta("1h")  # from the middle in CET
COLUMNS = {  # ours: (theirs, decimals)
    "nee": ("NEE_CUT_REF_orig", 2),
    "nee_16": ("NEE_CUT_16_orig", 2),
    "nee_84": ("NEE_CUT_84_orig", 2),
    "nee_flag": ("QCF_NEE", 0),
    "nee_f": ("NEE_CUT_REF_f", 2),
    "nee_f_16": ("NEE_CUT_16_f", 2),
    "nee_f_84": ("NEE_CUT_84_f", 2),
    "gpp": ("GPP_CUT_REF_f", 2),
    "reco": ("Reco_CUT_REF", 2),
    "gpp_dt": ("GPP_DT_CUT_REF", 2),
    "le": ("LE_orig", 1),
    "le_f": ("LE_f", 1),
    "sw_in": ("Rg_f", 0),
    "vpd": ("VPD_f", 1),
    "ta": ("Tair_f", 1),
    "precipitation": ("PREC_TOT_T1_25+20_1", 1),
    "swc": ("SWC_FF0_0.15_1", 1),
}


def make(folder: Path) -> None:
    """Write davos-fluxes.csv.gz: time (UTC, end of half-hour) and the columns above."""
    source = pd.read_parquet(io.BytesIO(read(wheel("diive", "0.90.0", SHA256), MEMBER)))
    rounded = {ours: source[theirs].round(digits) for ours, (theirs, digits) in COLUMNS.items()}
    table = pd.DataFrame(rounded)
    whole = [ours for ours, (_, digits) in COLUMNS.items() if digits == 0]
    table[whole] = table[whole].astype("Int64")  # written without a decimal point
    table.index = (source.index + TO_UTC_END).rename("time")
    packing = {"method": "gzip", "mtime": 0}
    path = folder / "davos-fluxes.csv.gz"
    table.to_csv(path, date_format="%Y-%m-%dT%H:%MZ", lineterminator="\n", compression=packing)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
