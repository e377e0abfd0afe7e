"""The field's standard grids and images, read into named, physical quantities, for :mod:`fieldnotes.formats`."""

import json
import re
from pathlib import Path

from fieldnotes import errors
from fieldnotes.format_tables import require

NO2 = "nitrogendioxide_tropospheric_column"
SCENE_NAME = re.compile(r"(?P<key>\w+) = \"?(?P<value>[^\"\n]*)\"?")


def read_stilt_footprint(path, lat, lon):
    """Return a footprint of STILT: ``footprint`` (ppm m2 s umol-1) by time, lat and lon, and the tower's place.

    The file does not say where the tower stands: ``lat`` and ``lon`` are its degrees.
    """
    import xarray as xr

    with xr.open_dataset(path) as file:
        require(["foot"], file, path)
        return _footprint(file["foot"].load(), lat, lon)


def read_name_footprint(path):
    """Return a footprint of NAME: ``footprint`` (ppm m2 s umol-1) by time, lat and lon, and the tower's place.

    The file's (mol/mol)/(mol/m2/s) is numerically ppm per umol m-2 s-1: both sides lose a factor of a million. Of a
    footprint that is kept sparsely, as high and low resolution together, the low one, on the whole grid, is taken.
    """
    import xarray as xr

    with xr.open_dataset(path) as file:
        name = "fp" if "fp" in file and {"lat", "lon"} <= set(file["fp"].dims) else "fp_low"
        require([name, "release_lat", "release_lon"], file, path)
        place = [float(file[key].values[0]) for key in ("release_lat", "release_lon")]
        return _footprint(file[name].load(), *place)


def _footprint(values, lat, lon):
    import xarray as xr

    values = values.transpose("time", "lat", "lon").drop_attrs().astype("float64")
    data = xr.Dataset({"footprint": values.assign_attrs(units="ppm m2 s umol-1")})
    data["release_lat"] = ((), lat, {"units": "degrees_north"})
    data["release_lon"] = ((), lon, {"units": "degrees_east"})
    return data


def read_tropomi_no2(path):
    """Return a granule of Sentinel-5P NO2, level 2: no2 and its precision (umol m-2), qa_value (1), by pixel.

    ``lat`` and ``lon`` are the pixels' centres. A pixel counts where qa_value is above 0.75 (product readme, NO2 L2).
    """
    import xarray as xr

    try:
        with xr.open_dataset(path, group="PRODUCT", engine="netcdf4") as file:
            require([NO2, f"{NO2}_precision", "qa_value", "latitude", "longitude"], file, path)
            granule = file.squeeze("time", drop=False).load()
    except (OSError, KeyError) as error:
        raise errors.SchemaChanged(f"{path} has no group PRODUCT: is it a level 2 file of Sentinel-5P?") from error
    names = {NO2: "no2", f"{NO2}_precision": "no2_precision", "latitude": "lat", "longitude": "lon"}
    data = granule[[*names, "qa_value"]].rename(names).set_coords(["lat", "lon"])
    for name in ("no2", "no2_precision"):
        if data[name].attrs.get("units", "mol m-2") != "mol m-2":
            raise errors.SchemaChanged(f"{path}: {name!r} is not in mol m-2.")
        data[name] = (data[name] * 1e6).assign_attrs(units="umol m-2")
    return data


def read_landsat(folder, bands):
    """Return a scene of Landsat Collection 2, level 2, from the folder it came in.

    ``bands`` maps names of yours to the scene's: ``{"red": "SR_B4", "nir": "SR_B5", "quality": "QA_PIXEL"}``.
    Surface reflectance (SR, 1) and surface temperature (ST_B, K) are scaled by the scene's own metadata, fill is NaN;
    bands of bits (QA) stay as they are. ``attrs`` name the scene, its moment in UTC and its cloud cover.
    """
    import rioxarray
    import xarray as xr

    folder = Path(folder)
    facts = _scene(folder)
    if facts.get("COLLECTION_NUMBER") != "02" or not facts.get("PROCESSING_LEVEL", "").startswith("L2"):
        level = f"collection {facts.get('COLLECTION_NUMBER', '1')}, level {facts.get('PROCESSING_LEVEL', '1')}"
        raise errors.SchemaChanged(f"{folder} holds a scene of {level}; wanted is Collection 2, level 2.")
    scene, layers = facts["LANDSAT_PRODUCT_ID"], {}
    for name, band in bands.items():
        path = folder / f"{scene}_{band}.TIF"
        if not path.exists():
            there = sorted(file.stem.removeprefix(f"{scene}_") for file in folder.glob(f"{scene}_*.TIF"))
            raise errors.NotFound(f"{folder} has no band {band!r}; it has {', '.join(there)}.")
        with rioxarray.open_rasterio(path) as file:
            layers[name] = _physical(file.squeeze("band", drop=True).load(), band, facts)
    moment = f"{facts['DATE_ACQUIRED']}T{facts['SCENE_CENTER_TIME'][:8]}Z"
    attrs = {"scene": scene, "time": moment, "cloud_cover": float(facts["CLOUD_COVER"])}
    return xr.Dataset(layers, attrs=attrs)


def _physical(counts, band, facts):
    """Return a band as the quantity it stands for, by the factors of the scene's metadata."""
    number = band.removeprefix("SR_B") if band.startswith("SR_B") else band
    quantity, units = ("REFLECTANCE", "1") if band.startswith("SR_B") else ("TEMPERATURE", "K")
    factor = facts.get(f"{quantity}_MULT_BAND_{number}")
    if factor is None:
        return counts
    values = counts.where(counts != 0) * float(factor) + float(facts[f"{quantity}_ADD_BAND_{number}"])
    return values.drop_attrs().assign_attrs(units=units)


def _scene(folder):
    """Return the metadata of a scene as one dictionary; where level 1 and level 2 differ, that of level 2."""
    for path in sorted(folder.glob("*_MTL.json")):
        groups = json.loads(path.read_text(encoding="utf-8"))["LANDSAT_METADATA_FILE"].items()
        return {key: value for _, group in reversed(groups) for key, value in group.items()}
    for path in sorted(folder.glob("*_MTL.txt")):
        text = path.read_text(encoding="utf-8")
        return {match["key"]: match["value"] for match in reversed(list(SCENE_NAME.finditer(text)))}
    raise errors.NotFound(f"{folder} has no file that ends in _MTL.json or _MTL.txt, which says what the scene is.")
