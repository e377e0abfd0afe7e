"""Countries at 1:110 million from Natural Earth, public domain, as packed in geopandas 0.14.4 (the last with data).

Member `geopandas/datasets/naturalearth_lowres`. Kept are the name and the code of three letters, empty where
Natural Earth has none. Coordinates are rounded to 0.01 degrees without breaking a polygon.
"""

import io
import json
from pathlib import Path

import shapefile
import shapely
from _package import read, wheel

SHA256 = "3bb6473cb59d51e1a7fe2dbc24a1a063fb0ebdeddf3ce08ddbf8c7ddc99689aa"
MEMBER = "geopandas/datasets/naturalearth_lowres/naturalearth_lowres"


def make(folder: Path) -> None:
    """Write countries-110m.geojson: name, iso (text) and geometry (degrees_east, degrees_north)."""
    package = wheel("geopandas", "0.14.4", SHA256)
    shp, dbf = (io.BytesIO(read(package, f"{MEMBER}.{part}")) for part in ("shp", "dbf"))
    with shapefile.Reader(shp=shp, dbf=dbf, encoding="latin-1") as reader:
        features = [feature(row.record, row.shape) for row in reader.iterShapeRecords()]
    collection = {"type": "FeatureCollection", "features": sorted(features, key=lambda one: one["properties"]["name"])}
    (folder / "countries-110m.geojson").write_text(json.dumps(collection, separators=(",", ":")) + "\n")


def feature(record, shape) -> dict:
    """GeoJSON feature of one country."""
    name, iso = record["name"], record["iso_a3"]
    geometry = shapely.set_precision(shapely.geometry.shape(shape), 0.01)
    properties = {"name": name, "iso": iso if iso != "-99" else None}
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(geometry))}


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
