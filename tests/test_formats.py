"""The field's standard files: read as the provider wrote them, and refused in one sentence where they differ."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from needs import ARCHIVE

import fieldnotes
from fieldnotes import entries, errors, formats

PINNED = ARCHIVE / "pinned"
FLUXNET = """TIMESTAMP_START,TIMESTAMP_END,TA_F,SW_IN_F,VPD_F,USTAR,TS_F_MDS_1,NEE_VUT_REF,NEE_VUT_REF_QC,\
GPP_NT_VUT_REF,RECO_NT_VUT_REF,H_F_MDS,LE_F_MDS
201801010000,201801010030,-3.1,0.0,0.5,0.4,1.5,2.5,0,0.1,2.6,-20,3
201801010030,201801010100,-3.2,0.0,0.5,-9999,1.5,2.7,1,0.1,2.8,-9999,3
"""
EDDYPRO = """file_info,,,,corrected_fluxes_and_quality_flags,,,,,,,
filename,date,time,DOY,H,LE,co2_flux,qc_co2_flux,u*,air_temperature,VPD
,[yyyy-mm-dd],[HH:MM],[ddd.ddd],[W+1m-2],[W+1m-2],[µmol+1s-1m-2],[#],[m+1s-1],[K],[Pa]
a.ghg,2021-07-01,00:30,182.020,-20.5,3.2,4.1,0,0.25,283.15,400
b.ghg,2021-07-01,01:00,182.041,-9999.0,3.1,-9999.0,2,0.21,283.05,380
"""
DESCRIBED = {"title": "My forest", "kind": "measured", "credit": "A. Group", "licence": "CC-BY-4.0"}


def pinned(name):
    return next(PINNED.rglob(name))


def written(folder, text, name="file.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_fluxnet_becomes_the_shape_of_the_catalogue(tmp_path):
    table = formats.read_fluxnet(written(tmp_path, FLUXNET), utc_offset=1)
    assert list(table) == [column for column in entries.describe("htm-fluxes")["columns"] if column != "time"]
    assert table.index.tolist() == [pd.Timestamp("2017-12-31T23:30Z"), pd.Timestamp("2018-01-01T00:00Z")]
    np.testing.assert_array_equal(table["nee"], [2.5, np.nan])
    assert table["nee_f"].tolist() == [2.5, 2.7]
    np.testing.assert_array_equal(table["h"], [-20, np.nan])
    np.testing.assert_array_equal(table["ustar"], [0.4, np.nan])


def test_five_lines_from_a_downloaded_file_to_a_lesson(tmp_path):
    table = formats.read_fluxnet(written(tmp_path, FLUXNET), utc_offset=1)
    formats.save(table, "htm-fluxes", tmp_path / "mine", **DESCRIBED)
    data = fieldnotes.load("htm-fluxes", tmp_path / "mine")
    pd.testing.assert_frame_equal(data, table, check_freq=False)
    assert (data.attrs["title"], data.attrs["credit"], data.attrs["kind"]) == ("My forest", "A. Group", "measured")
    assert "A. Group" in fieldnotes.cite(data)


def test_save_keeps_what_the_folder_describes_already(tmp_path):
    table = formats.read_fluxnet(written(tmp_path, FLUXNET), utc_offset=1)
    formats.save(table, "htm-fluxes", tmp_path, **DESCRIBED)
    weeks = pd.DataFrame({"co2": [400.0]}, pd.DatetimeIndex(["2020-01-01T00:00Z"], name="time"))
    formats.save(weeks, "mlo-co2", tmp_path, **DESCRIBED | {"title": "My mountain"})
    assert fieldnotes.load("mlo-co2", tmp_path).attrs["title"] == "My mountain"
    assert fieldnotes.load("htm-fluxes", tmp_path).attrs["title"] == "My forest"


def test_save_refuses_a_table_without_a_promised_column(tmp_path):
    with pytest.raises(errors.SchemaChanged, match="'mlo-co2' promises a column 'co2', which the data do not have"):
        formats.save(pd.DataFrame({"time": ["2020-01-01T00:00Z"]}), "mlo-co2", tmp_path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace(",", ";").replace(".", ","), "semicolons between columns, as a German spreadsheet"),
        (
            lambda text: text.replace(",-3.1,", ',"-3,1",'),
            "'TA_F' holds '-3,1', which is no number: write decimal",
        ),
        (lambda text: text.replace("TIMESTAMP_START,TIMESTAMP_END", "TIMESTAMP,TS"), "a daily or longer product: take"),
        (lambda text: text.replace("TIMESTAMP_START,TIMESTAMP_END", "Year,DoY"), "of another network or version"),
        (lambda text: text.replace("NEE_VUT_REF,", "NEE_ST_ANN,"), "has no 'NEE_VUT_REF'; it begins with TIMESTAMP"),
        (
            lambda text: text.replace("201801010100", "2018-01-01T01:00+01:00"),
            "wanted is yyyymmddHHMM and without a zone",
        ),
        (lambda text: text.replace("201801010100", "201801010030"), "has the time '201801010030' twice"),
        (lambda text: text.replace("2.7", "bad"), "'NEE_VUT_REF' holds 'bad', which is no number"),
    ],
)
def test_other_fluxnet_files_say_in_one_sentence_what_they_are(tmp_path, change, sentence):
    with pytest.raises(errors.SchemaChanged, match=sentence) as caught:
        formats.read_fluxnet(written(tmp_path, change(FLUXNET)), utc_offset=1)
    assert "\n" not in str(caught.value)


def test_fluxnet_file_that_is_not_there(tmp_path):
    with pytest.raises(errors.NotFound, match=r"There is no file .*none\.csv"):
        formats.read_fluxnet(tmp_path / "none.csv", utc_offset=1)


def test_fluxnet_file_that_is_empty(tmp_path):
    with pytest.raises(errors.Corrupt, match="is not a table of text"):
        formats.read_fluxnet(written(tmp_path, ""), utc_offset=1)


@pytest.mark.needs("archive")
def test_fluxnet_file_of_icos():
    table = formats.read_fluxnet(pinned("fluxnet_hh.csv"), utc_offset=1)
    assert table.index[0] == pd.Timestamp("2017-12-31T23:30Z")
    assert table["ta"].iloc[0] == -3.154
    assert table["vpd"].iloc[0] == 0.026
    assert table["nee"].isna().all() or table["nee_f"].notna().any()
    assert (table.dtypes == "float64").all()


@pytest.mark.needs("archive")
def test_fluxnet_table_of_another_maker_is_named():
    path = ARCHIVE / "ecosystem" / "fluxnet2015_de_tha_jun_2014.csv.gz"
    with pytest.raises(errors.SchemaChanged, match="has no TIMESTAMP_END, so it is of another network or version"):
        formats.read_fluxnet(path, utc_offset=1)


def test_eddypro_full_output(tmp_path):
    table = formats.read_eddypro(written(tmp_path, EDDYPRO), utc_offset=2)
    assert table.index.tolist() == [pd.Timestamp("2021-06-30T22:30Z"), pd.Timestamp("2021-06-30T23:00Z")]
    assert table["ta"].tolist() == pytest.approx([10.0, 9.9])
    assert table["vpd"].tolist() == [4.0, 3.8]
    np.testing.assert_array_equal(table["nee"], [4.1, np.nan])
    assert table["flag"].tolist() == [0, 2]


def test_another_output_of_eddypro_is_named(tmp_path):
    with pytest.raises(errors.SchemaChanged, match="does not begin with 'file_info': take EddyPro's full_output"):
        formats.read_eddypro(written(tmp_path, "TIMESTAMP_START,FC\n1,2\n"), utc_offset=0)


def test_atc_file_of_the_repository():
    table = formats.read_icos_atmosphere(fieldnotes.fetch("gat-atc"))
    assert table["flag"].isin(["U", "O", "N", "K"]).all()
    assert table["co2"][table["flag"].isin(["N", "K"])].isna().all()
    assert table["co2"].min() > 300


@pytest.mark.needs("archive")
def test_atc_file_of_gartow():
    table = formats.read_icos_atmosphere(pinned("ICOS_ATC_NRT_GAT_2018-04-12CO2.csv"))
    assert len(table) == 24
    assert table.index[0] == pd.Timestamp("2018-04-12T00:00Z")
    assert table.iloc[0][["co2", "stdev", "count", "flag"]].tolist() == [420.828, 0.066, 8, "U"]


def test_atc_file_without_its_header(tmp_path):
    with pytest.raises(errors.SchemaChanged, match="no header line that names Year, Month and Day"):
        formats.read_icos_atmosphere(written(tmp_path, "# Site;a\nGAT;1\n"))


@pytest.mark.needs("archive")
def test_obspack_of_cabauw_is_the_shape_of_the_catalogue():
    table = formats.read_obspack(pinned("co2_cbw_tower-insitu_445_allvalid-27magl.nc"))
    with xr.open_dataset(ARCHIVE / "atmosphere" / "icos_cbw_co2_4levels_2016_2020.nc") as known:
        expected = known["co2"].isel({known["co2"].dims[1]: 0}).to_series().tz_localize("UTC").dropna()
    same = table["value"].dropna().reindex(expected.index)
    assert (same - expected).abs().max() < 0.01
    assert table.attrs["site_code"] == "CBW"


@pytest.mark.needs("archive")
def test_socat_cruise_of_nuka_arctica():
    table = formats.read_socat(pinned("26NA20050107_CO2_underway_SOCATv3.tab"))
    assert len(table) == 526
    assert table["fco2"].mean() == pytest.approx(382.05, abs=0.05)
    assert (table["fco2"].min(), table["fco2"].max()) == pytest.approx((338.9, 395.3), abs=0.1)
    assert table.index[0] == pd.Timestamp("2005-01-07T01:08Z")


def test_socat_in_another_format(tmp_path):
    with pytest.raises(errors.SchemaChanged, match=r"no header between /\* and \*/: take PANGAEA's"):
        formats.read_socat(written(tmp_path, "Expocode\tversion\n"))


@pytest.mark.needs("archive")
def test_stilt_series_of_heidelberg_is_the_sum_of_its_parts():
    table = formats.read_stilt(ARCHIVE / "footprints" / "stilt_heidelberg_20160101_result.csv")
    row = table.iloc[0]
    assert table.index[0] == pd.Timestamp("2016-01-01T00:00Z")
    assert row["co2_model"] == pytest.approx(412.494, abs=0.001)
    assert row.drop("co2_model").sum() == pytest.approx(row["co2_model"], abs=0.01)


@pytest.mark.needs("archive")
def test_stilt_run_of_another_kind_is_named():
    with pytest.raises(errors.SchemaChanged, match="has no 'isodate'; it begins with ident, latstart"):
        formats.read_stilt(ARCHIVE / "footprints" / "stilt_jfj_20121208T18_result.csv")


@pytest.mark.needs("archive")
def test_stilt_footprint_of_jungfraujoch():
    data = formats.read_stilt_footprint(ARCHIVE / "footprints" / "stilt_jfj_20121208T18_foot.nc", 46.55, 7.98)
    assert data["footprint"].dims == ("time", "lat", "lon")
    assert data["footprint"].attrs["units"] == "ppm m2 s umol-1"
    assert float(data["footprint"].sum()) > 0
    assert float(data["release_lat"]) == 46.55


@pytest.mark.needs("archive")
@pytest.mark.parametrize("name", ["name_tmb_europe_20200801_full.nc", "name_tac100_201607_crop.nc"])
def test_name_footprints_full_and_sparse(name):
    data = formats.read_name_footprint(ARCHIVE / "footprints" / name)
    assert data["footprint"].dims == ("time", "lat", "lon")
    assert float(data["footprint"].mean("time").sum()) > 0
    assert 50 < float(data["release_lat"]) < 53


def test_footprint_of_another_model_is_named(tmp_path):
    xr.Dataset({"srr": ("time", [1.0])}).to_netcdf(tmp_path / "f.nc")
    for read, *place in ((formats.read_name_footprint,), (formats.read_stilt_footprint, 50.0, 9.0)):
        with pytest.raises(errors.SchemaChanged, match=r"has no '(fp_low|foot)'; it begins with srr"):
            read(tmp_path / "f.nc", *place)


def granule(path):
    """Write the pixels of a real overpass in the groups, names and units of the product; return the columns."""
    swath = fieldnotes.load("matimba-no2").reset_coords()
    dims = ("time", "scanline", "ground_pixel")
    column = swath["no2"].to_numpy() * 1e-6  # mol m-2
    fields = {"nitrogendioxide_tropospheric_column": column, "qa_value": np.where(np.isnan(column), 0.4, 1.0)}
    fields |= {"nitrogendioxide_tropospheric_column_precision": np.full(column.shape, 7e-6)}
    fields |= {"latitude": swath["lat"].to_numpy(), "longitude": swath["lon"].to_numpy()}
    product = xr.Dataset({name: (dims, values[None]) for name, values in fields.items()})
    for name in fields:
        if name.startswith("nitrogendioxide"):
            product[name].attrs["units"] = "mol m-2"
    product.to_netcdf(path, group="PRODUCT")
    return column


def test_tropomi_granule_in_the_products_form(tmp_path):
    column = granule(tmp_path / "granule.nc")
    data = formats.read_tropomi_no2(tmp_path / "granule.nc")
    np.testing.assert_allclose(data["no2"].values, column * 1e6, rtol=1e-6)
    assert data["no2"].attrs["units"] == "umol m-2"
    assert set(data["no2"].coords) >= {"lat", "lon"}
    assert 0 <= float(data["qa_value"].min()) <= float(data["qa_value"].max()) <= 1


def test_tropomi_level_3_is_named(tmp_path):
    xr.Dataset({"no2": ("x", [1.0])}).to_netcdf(tmp_path / "l3.nc")
    with pytest.raises(errors.SchemaChanged, match="has no group PRODUCT: is it a level 2 file of Sentinel-5P"):
        formats.read_tropomi_no2(tmp_path / "l3.nc")


@pytest.mark.needs("archive")
@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # what rioxarray has to change
def test_landsat_scene_is_scaled_by_its_own_metadata():
    folder = pinned("LC08_L2SP_008059_20191201_20200825_02_T1_MTL.json").parent
    data = formats.read_landsat(folder, {"red": "SR_B4", "temperature": "ST_B10", "quality": "QA_PIXEL"})
    assert (data["red"].attrs["units"], data["temperature"].attrs["units"]) == ("1", "K")
    assert -0.2 <= float(data["red"].min()) < float(data["red"].max()) < 1.61
    assert 149 < float(data["temperature"].min()) < float(data["temperature"].max()) < 373
    assert data["quality"].dtype == "uint16"
    assert data.attrs == {
        "scene": "LC08_L2SP_008059_20191201_20200825_02_T1",
        "time": "2019-12-01T15:13:51Z",
        "cloud_cover": 81.02,
    }
    with pytest.raises(errors.NotFound, match="has no band 'SR_B9'; it has QA_PIXEL"):
        formats.read_landsat(folder, {"cirrus": "SR_B9"})


@pytest.mark.needs("archive")
def test_landsat_scene_before_collection_2_is_named():
    with pytest.raises(errors.SchemaChanged, match="wanted is Collection 2, level 2"):
        formats.read_landsat(ARCHIVE / "landsat" / "lt5_1988", {"red": "B3"})


def test_landsat_folder_without_metadata(tmp_path):
    with pytest.raises(errors.NotFound, match=r"has no file that ends in _MTL\.json or _MTL\.txt"):
        formats.read_landsat(tmp_path, {"red": "SR_B4"})


def test_landsat_metadata_as_text_says_the_same(tmp_path):
    text = 'GROUP = A\n  COLLECTION_NUMBER = 02\n  PROCESSING_LEVEL = "L2SP"\n  LANDSAT_PRODUCT_ID = "LC08_X"\n'
    text += 'GROUP = B\n  PROCESSING_LEVEL = "L1TP"\n  LANDSAT_PRODUCT_ID = "LC08_Y"\nEND_GROUP = B\nEND\n'
    written(tmp_path, text, "LC08_X_MTL.txt")
    with pytest.raises(errors.NotFound, match="has no band 'SR_B4'"):
        formats.read_landsat(tmp_path, {"red": "SR_B4"})
    groups = {"PRODUCT_CONTENTS": {"COLLECTION_NUMBER": "01", "PROCESSING_LEVEL": "L1TP"}}
    written(tmp_path, json.dumps({"LANDSAT_METADATA_FILE": groups}), "LC08_X_MTL.json")
    with pytest.raises(errors.SchemaChanged, match="holds a scene of collection 01, level L1TP"):
        formats.read_landsat(tmp_path, {"red": "SR_B4"})


def test_compressed_table(tmp_path):
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(FLUXNET.encode()))
    assert len(formats.read_fluxnet(path, utc_offset=1)) == 2
