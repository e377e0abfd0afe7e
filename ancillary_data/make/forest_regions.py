"""The regions of an invented island, Skogey, as shapefiles: `regions` with all its parts, `reserve` without its .prj.

The island lies in the open Atlantic at 52 N 27 W, where there is no land. Its outline is a wavy ellipse; its regions
are the Voronoi cells of eight chosen points, bent by two waves so that borders are not straight. Coordinates are metres
in UTM zone 26N (EPSG:32626). The reserve's .prj is removed on purpose: the lesson finds it missing. The date that a
.dbf carries is fixed. Nothing here is taken from a map. Licence: CC BY 4.0.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

CRS = "EPSG:32626"
CENTRE = 500_000, 5_761_038  # m, easting and northing of 52 N 27 W
SEEDS = {  # km east and north of the centre
    "Åsmark": (-9, 14),
    "Brenna": (5, 16),
    "Callow": (-11, 3),
    "Dunmere": (2, 5),
    "Elmsey": (12, 4),
    "Farholt": (-6, -8),
    "Galtby": (8, -8),
    "Hollin": (-1, -18),
}
RESERVE = "Gammelskog"
SURVEYED = "2026-11-21"  # the date in the .dbf


def ring(east, north, radius, waves, points=720):
    """A closed line (km) around a point: an ellipse of two radii, with waves (number, height, phase) upon it."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    r = 1 + sum(height * np.cos(number * angle + phase) for number, height, phase in waves)
    return shapely.Polygon(
        np.column_stack([east + radius[0] * r * np.cos(angle), north + radius[1] * r * np.sin(angle)])
    )


def bent(km):
    """Bend coordinates (km) by two waves, and put them where the island lies, in whole metres."""
    east, north = km[:, 0] + 0.9 * np.sin(km[:, 1] / 1.9), km[:, 1] + 0.9 * np.sin(km[:, 0] / 2.3 + 1)
    return np.round(np.column_stack([east, north]) * 1000) + CENTRE


def regions():
    """The island's regions: name, area (ha, on the ellipsoid, as a survey would state it) and polygon."""
    island = ring(0, 0, (17.5, 22.5), [(2, 0.05, 1), (3, 0.06, 2), (5, 0.03, 0), (11, 0.015, 1)])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(list(SEEDS.values())), extend_to=island))
    parts = [shapely.segmentize(island.intersection(cell), 0.25) for cell in cells]
    homes = [next(part for part in parts if part.contains(shapely.Point(seed))) for seed in SEEDS.values()]
    table = gpd.GeoDataFrame({"name": list(SEEDS)}, geometry=shapely.transform(homes, bent), crs=CRS)
    table.insert(1, "area_ha", hectares(table).round(-1))
    return table


def reserve():
    """A small old forest within one region: name and polygon."""
    outline = ring(-12.2, 1.6, (1.0, 0.75), [(2, 0.15, 1), (5, 0.10, 2), (9, 0.05, 0)], points=90)
    return gpd.GeoDataFrame({"name": [RESERVE]}, geometry=shapely.transform([outline], bent), crs=CRS)


def hectares(table):
    """Area (ha) of each polygon on the WGS84 ellipsoid."""
    globe = table.to_crs("EPSG:4326")
    return globe.geometry.map(lambda shape: abs(globe.crs.get_geod().geometry_area_perimeter(shape)[0]) / 1e4)


def make(folder: Path) -> None:
    """Write forest-regions/: regions.shp, .shx, .dbf, .prj and .cpg, and reserve.shp, .shx, .dbf and .cpg."""
    here = folder / "forest-regions"
    here.mkdir(exist_ok=True)
    for name, table in {"regions": regions(), "reserve": reserve()}.items():
        table.to_file(here / f"{name}.shp", encoding="UTF-8", DBF_DATE_LAST_UPDATE=SURVEYED)
    (here / "reserve.prj").unlink()


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
