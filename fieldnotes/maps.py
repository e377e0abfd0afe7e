"""Maps that never download."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cartopy.crs as ccrs
    from cartopy.mpl.geoaxes import GeoAxes
    from matplotlib.figure import Figure


def basemap(
    extent: Sequence[float] | None = None, projection: ccrs.Projection | None = None, **figure: Any
) -> tuple[Figure, GeoAxes]:
    """Return ``(fig, ax)``: a map with land, coasts, lakes and borders, drawn without the network.

    Parameters
    ----------
    extent : west, south, east and north edge in degrees; the whole globe if not given.
    projection : a cartopy projection; by default equal-area around the extent's centre, or Equal
        Earth for the globe.
    **figure : passed to ``matplotlib.pyplot.subplots``, such as ``figsize``.
    """
    import cartopy.crs as ccrs
    import matplotlib.pyplot as plt

    projection = projection or _equal_area(extent)
    fig, ax = plt.subplots(subplot_kw={"projection": projection}, **figure)
    if extent:
        west, south, east, north = extent
        ax.set_extent((west, east, south, north), crs=ccrs.PlateCarree())
    else:
        ax.set_global()
    _draw_layers(ax, _layers(ax, extent))
    return fig, ax


def _equal_area(extent):
    import cartopy.crs as ccrs

    if extent is None:
        return ccrs.EqualEarth()
    west, south, east, north = extent
    return ccrs.LambertAzimuthalEqualArea((west + east) / 2, (south + north) / 2)


def _layers(ax, extent):
    """Return the coarse layers for the globe; for a region the fine ones, cut to what its frame holds."""
    import cartopy.crs as ccrs

    from fieldnotes.data import load

    if extent is None or extent[2] - extent[0] >= 90:
        return load("natural-earth-110m")
    # In its corners the frame holds more than the extent.
    west, east, south, north = ax.get_extent(crs=ccrs.PlateCarree())
    frame = (west - 1, max(south - 1, -90), east + 1, min(north + 1, 90))
    return load("natural-earth-50m").clip(frame)


def _draw_layers(ax, layers):
    import cartopy.crs as ccrs

    looks = {
        "land": {"facecolor": "#F1EFE9", "edgecolor": "none", "zorder": 0},
        "lakes": {"facecolor": "white", "edgecolor": "0.7", "linewidth": 0.3, "zorder": 0.5},
        "borders": {"facecolor": "none", "edgecolor": "0.7", "linewidth": 0.4, "zorder": 0.6},
        "coastline": {"facecolor": "none", "edgecolor": "0.4", "linewidth": 0.5, "zorder": 0.7},
    }
    for layer, look in looks.items():
        ax.add_geometries(layers.geometry[layers["layer"] == layer], crs=ccrs.PlateCarree(), **look)
