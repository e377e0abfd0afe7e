"""Maps that never download, and figures that say what they show."""

import textwrap

MARK = {"measured": "0.35", "simulated": "#B33C00"}
WEIGHT = 100_000  # bytes of a figure, as the house style allows


def basemap(extent=None, projection=None, **figure):
    """Return ``(fig, ax)``: a map with land, coasts, lakes and borders of ``ancillary_data/``, never downloaded.

    Parameters
    ----------
    extent : west, south, east and north edge in degrees; the whole globe if not given.
    projection : a cartopy projection; equal-area around the extent's centre, or Equal Earth for the globe, by default.
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


def show(fig, alt, data, caption=""):
    """Display a finished figure with its alternative text, a caption, and a stamp that says what its data are.

    Parameters
    ----------
    fig : a matplotlib figure.
    alt : what a reader who cannot see the figure should know, in one or two sentences.
    data : what :func:`~fieldnotes.load` returned, or a list of it: the stamp is made from its ``attrs``.
    caption : a sentence below the figure.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    attrs = [part.attrs for part in (data if isinstance(data, (list, tuple)) else [data])]
    _write_below(fig, caption, attrs)
    image = _png(fig)
    plt.close(fig)
    display({"image/png": image, "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)


def stamp(attrs):
    """Return the line that says what data are: kind, source, date and credit."""
    if "kind" not in attrs:
        raise ValueError("show() needs the data that load() returned: a selection of it may have lost its attrs.")
    where = " ".join(filter(None, (attrs["source"], attrs.get("retrieved"))))
    return f"{attrs['kind'].upper()} · {where} · {attrs.get('credit', 'no credit given')}"


def _write_below(fig, caption, attrs):
    """Write caption and stamps under the axes, wrapped to the figure's width, where nothing can overlap them."""
    fig.draw_without_rendering()  # only once it is laid out do labels, and maps, have their place
    below = fig.get_tightbbox().y0 - 0.08 if fig.axes else 0.0
    wide = int(fig.get_figwidth() * 17)
    for text, colour, size in [(caption, "0.1", 9), *((line, *look) for line, look in _stamps(attrs))]:
        lines = textwrap.wrap(text, wide if size == 9 else int(wide * 1.25))
        fig.text(0.01, below / fig.get_figheight(), "\n".join(lines), va="top", color=colour, fontsize=size)
        below -= len(lines) * size * 1.35 / 72 + (0.04 if lines else 0)


def _stamps(attrs):
    unique = {stamp(part): MARK.get(part["kind"], "0.35") for part in attrs}
    return [(line, (colour, 7)) for line, colour in unique.items()]


def _png(fig):
    """Return the figure as a PNG; in 256 colours, which an eye hardly sees, if it is heavier than the house allows."""
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    fig.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.08, metadata={"Software": None})
    if len(buffer.getvalue()) <= WEIGHT:
        return buffer.getvalue()
    lighter = BytesIO()
    # Not the default method, which gives up the colour of a lone symbol; one step of k-means keeps that of large areas.
    few = Image.open(buffer).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1)
    few.save(lighter, format="png", optimize=True)
    return lighter.getvalue()


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
    west, east, south, north = ax.get_extent(crs=ccrs.PlateCarree())  # in the corners more than the extent
    return load("natural-earth-50m").clip((west - 1, max(south - 1, -90), east + 1, min(north + 1, 90)))


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
