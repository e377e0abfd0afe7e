"""Offline world map at 1:110 million from Natural Earth, public domain: land, coastline, borders, lakes.

Packages, layers and what is changed: `_natural_earth.py`. Coordinates are rounded to 0.01 degrees.
"""

from pathlib import Path

from _natural_earth import write


def make(folder: Path) -> None:
    """Write natural-earth-110m.geojson: layer (text) and geometry (degrees_east, degrees_north)."""
    write(folder / "natural-earth-110m.geojson", "110m", decimals=2, tolerance=0)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
