"""Figures that say what they show, and what kind of data they are made of."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    Data = pd.DataFrame | xr.Dataset | xr.DataArray

# The badge's colour for each kind of data; white letters on each have a contrast above 6 to 1.
KINDS = {
    "measured": "#00567A",
    "modelled": "#6A2C70",
    "simulated": "#A63600",
    "undescribed": "#595959",
}
CAPTION, BADGE = 10, 8.5  # points
BADGE_TEXT = {"textcoords": "offset points", "annotation_clip": False, "fontsize": BADGE}
PER_INCH = 15.5  # characters of a caption, on average
SCALES = (2, 1.5, 1)  # pixels per displayed pixel: sharp on today's screens; fewer only if too heavy
PNG_BYTES, JPEG_BYTES = 200_000, 250_000  # of a figure, as the house style allows
TRUE_COLOUR = 40_000  # pixels of a picture in true colour from which on a figure is an image


def show(fig: Figure, alt: str, data: Data | Sequence[Data], caption: str = "", image: bool | None = None) -> None:
    """Display a figure with its alternative text, a caption, and a badge that says what its data are.

    Parameters
    ----------
    fig : a matplotlib figure.
    alt : what a reader who cannot see the figure should know, in one or two sentences.
    data : what :func:`~fieldnotes.load` returned, or a list of it: :func:`badges` reads it.
    caption : a sentence below the figure.
    image : True for a photograph or satellite image, which becomes a JPEG; False for a drawing,
        which becomes a PNG; by default an image if the figure has a large picture in true colour.

    The figure has twice the pixels that it is displayed with, so that it is sharp on every screen.
    Its texts go into the output's metadata, where a check of the lesson compares them as text.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    from fieldnotes.figure_texts import texts

    labels = badges(data)
    fig.draw_without_rendering()  # only once it is laid out do ticks have labels, and maps their place
    written = texts(fig) + [f"caption: {caption}"] * bool(caption)
    written += [f"badge: {kind.upper()} · {rest}" for kind, rest in labels]
    _write_below(fig, caption, labels)
    mime, content, (width, height) = _jpeg(fig) if _is_image(fig, image) else _png(fig)
    plt.close(fig)
    metadata = {mime: {"alt": alt, "width": width, "height": height}, "fieldnotes": {"texts": written}}
    display({mime: content, "text/plain": alt}, metadata=metadata, raw=True)


def badges(data):
    """Return what a figure's badge says of its data, ``(kind, "source · year")`` for each kind of data in it.

    The source is the beginning of the credit, all of which :func:`~fieldnotes.cite` prints; where it
    is not the fixture, it says so: ``NOAA (live)``. The year is the last one that the data reach; where
    no data have a time, the year of retrieval, called so.
    """
    kinds = {}
    for part in data if isinstance(data, (list, tuple)) else [data]:
        if "kind" not in part.attrs:
            raise ValueError("show() needs the data that load() returned: a selection of it may have lost its attrs.")
        sources, years = kinds.setdefault(part.attrs["kind"], ([], []))
        sources.append(_short_source(part.attrs))
        years.append(_last_year(part))
    order = [kind for kind in KINDS if kind in kinds] + [kind for kind in kinds if kind not in KINDS]
    return [(kind, _source_and_year(*kinds[kind])) for kind in order]


def _short_source(attrs):
    """Return who made data, in a few words: a credit up to its first comma, bracket or full stop."""
    credit = attrs.get("credit") or "source not stated"
    name = re.split(r"[,;:(]|\.(?:\s|$)| contributors\b", credit)[0].strip()
    name = textwrap.shorten(re.sub(r"^(Made with|Contains modified|Contains) ", "", name), 40, placeholder="…")
    return name if attrs.get("source", "fixture") == "fixture" else f"{name} ({attrs['source']})"


def _source_and_year(sources, years):
    """Return the different sources, three at most by name, and the latest year of the data, else of retrieval."""
    different = list(dict.fromkeys(sources))
    names = ", ".join(different[:3]) + (" and others" if len(different) > 3 else "")
    dated = [year for year in years if year.isdigit()]
    latest = max(dated or years)
    return f"{names} · {latest}" if latest else names


def _last_year(data):
    """Return the last year of a table's or grid's time as text; else ``retrieved 2026``, if that is known."""
    import pandas as pd

    columns = getattr(data, "coords", data)
    named = next((name for name in ("time", "year") if name in columns), None)
    index = getattr(data, "index", None)
    if isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)) and len(index):
        return str(index.max().year)
    if named is not None:
        values = columns[named].to_numpy().ravel()
    elif getattr(index, "name", None) == "year":
        values = index
    else:
        retrieved = data.attrs.get("retrieved")
        return f"retrieved {str(retrieved)[:4]}" if retrieved else ""
    return str(pd.Series(values).max())[:4]  # of a date, of a number, or of a text such as 2010-09


def _write_below(fig, caption, labels):
    """Write caption and badges below all that is drawn, wrapped to the figure's width."""
    width, height = fig.get_size_inches()
    drawn = fig.get_tightbbox()  # in inches
    left, below = (drawn.x0, drawn.y0 - 0.1) if fig.axes else (0.0, 0.0)
    wide = (max(drawn.x1, width) - left) * PER_INCH if fig.axes else width * PER_INCH  # characters
    if caption:
        lines = textwrap.wrap(caption, int(wide))
        fig.text(left / width, below / height, "\n".join(lines), va="top", color="0.15", fontsize=CAPTION)
        below -= len(lines) * CAPTION * 1.4 / 72 + 0.07
    for row in _rows(labels, wide * CAPTION / BADGE):
        _write_badges(fig, ((left + 0.05) / width, (below - 0.06) / height), row)
        below -= BADGE * 2.2 / 72


def _rows(labels, wide):
    """Return the badges in rows of at most so many characters; one row unless there are many."""
    rows, used = [[]], 0
    for kind, rest in labels:
        length = len(kind) + len(rest) + 8
        if rows[-1] and used + length > wide:
            rows.append([])
            used = 0
        rows[-1].append((kind, rest))
        used += length
    return rows


def _write_badges(fig, at, labels):
    """Write badges side by side from ``at`` on (figure fractions): the kind in a box, source, year."""
    from matplotlib.text import Annotation

    place = {"xy": at, "xycoords": fig.transFigure, "xytext": (0, 0), "va": "top"}
    for kind, rest in labels:
        colour = KINDS.get(kind, KINDS["undescribed"])
        box = {"boxstyle": "round,pad=0.35,rounding_size=0.3", "fc": colour, "ec": "none"}
        chip = Annotation(kind.upper(), **place, **BADGE_TEXT, color="white", weight="bold", bbox=box)
        beside = {"xy": (1, 0), "xycoords": chip, "xytext": (8, 0), "va": "bottom"}
        source = Annotation(rest, **beside, **BADGE_TEXT, color=colour)
        place = beside | {"xycoords": source, "xytext": (16, 0)}
        fig.add_artist(chip)
        fig.add_artist(source)


def _is_image(fig, image):
    if image is not None:
        return image
    arrays = [drawn.get_array() for ax in fig.axes for drawn in [*ax.images, *ax.collections]]
    colours = [array for array in arrays if array is not None and array.ndim == 3]
    return any(array[..., 0].size >= TRUE_COLOUR for array in colours)


def _drawn(fig, scale):
    """Return a figure's picture with ``scale`` pixels per displayed pixel, and its displayed size."""
    from PIL import Image

    buffer = BytesIO()
    fig.savefig(buffer, format="png", dpi=fig.dpi * scale, bbox_inches="tight", pad_inches=0.08)
    picture = Image.open(buffer).convert("RGB")
    return picture, tuple(round(side / scale) for side in picture.size)


def _png(fig):
    """Return a figure as a PNG: in all its colours, else in 256, else in 256 and with fewer pixels."""
    from PIL import Image

    for scale in SCALES:
        picture, size = _drawn(fig, scale)
        content = _encoded(picture, "png", optimize=True)
        if len(content) > PNG_BYTES:
            # The default method gives up the colour of a lone symbol; k-means keeps large areas.
            few = picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1)
            content = _encoded(few, "png", optimize=True)
        if len(content) <= PNG_BYTES:
            break
    return "image/png", content, size


def _jpeg(fig):
    """Return a figure as a JPEG of the best quality that is light enough, its colours unmixed."""
    for scale in SCALES:
        picture, size = _drawn(fig, scale)
        for quality in (92, 88, 84, 78, 70):
            content = _encoded(picture, "jpeg", quality=quality, subsampling=0)
            if len(content) <= JPEG_BYTES:
                return "image/jpeg", content, size
    return "image/jpeg", content, size


def _encoded(picture, kind, **options):
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
