"""Offline world map at 1:50 million from Natural Earth, public domain: land, coastline, borders, lakes.

Packages, layers and what is changed: `_natural_earth.py`. Lines are simplified within 0.01 degrees, 0.02 mm on a map of
this scale, which saves a quarter of the file; coordinates are rounded to 0.001 degrees.
"""

from pathlib import Path

from _natural_earth import write


def make(folder: Path) -> None:
    """Write natural-earth-50m.geojson: layer (text) and geometry (degrees_east, degrees_north)."""
    write(folder / "natural-earth-50m.geojson", "50m", decimals=3, tolerance=0.01)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
