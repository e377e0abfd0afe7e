"""The texts of a figure, so that they can be compared as text: a wrong digit hardly shows in a picture."""

from matplotlib.axes import Axes
from matplotlib.text import Text

MARGIN = 1e-6  # of an axis' length: a tick at its very end counts, whatever the rounding


def texts(fig):
    """Return every text of a figure that has been laid out as ``"place: text"``, panel by panel.

    The labels of an axis' ticks stand in one line, ``"x ticks: 1960 | 1980 | 2000"``, those of a
    legend as well, in the order drawn. With several panels, a line begins with the panel's number.
    """
    lines, known = [], set()
    panels = list(dict.fromkeys([*fig.axes, *fig.findobj(Axes)]))  # insets last: fig.axes has none
    for number, ax in enumerate(panels, 1):
        panel = f"panel {number}, " if len(panels) > 1 else ""
        for place, parts in _panel_texts(ax):
            known |= {id(part) for part in parts}
            lines += _line(panel + place, parts)
    for axis in [axis for ax in panels for axis in _axes_of(ax)]:
        known |= {id(part) for part in axis.findobj(Text)}  # ticks beyond the ends of the axis
    others = [part for part in fig.findobj(Text) if id(part) not in known]
    return lines + [line for part in others for line in _line("text", [part])]


def _panel_texts(ax):
    """Yield where in a panel texts stand, and the texts."""
    yield "title", [part for part in ax.get_children() if isinstance(part, Text) and part not in ax.texts]
    for axis in _axes_of(ax):
        name = axis.axis_name
        on = ax.axison
        yield f"{name} label", [axis.get_label()] if on else []
        yield f"{name} ticks", _tick_labels(axis) if on else []
        yield f"{name} scale", [axis.get_offset_text()] if on else []
    if legend := ax.get_legend():
        yield "legend", [legend.get_title(), *legend.get_texts()]
    for part in ax.texts:
        yield "text", [part]


def _axes_of(ax):
    return [axis for axis in (ax.xaxis, ax.yaxis, getattr(ax, "zaxis", None)) if axis]


def _tick_labels(axis):
    """Return the labels of the ticks within an axis; matplotlib keeps some beyond its ends."""
    low, high = sorted(axis.get_view_interval())
    slack = MARGIN * (high - low)
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    inside = [tick for tick in ticks if low - slack <= tick.get_loc() <= high + slack]
    return [label for tick in inside for label in (tick.label1, tick.label2)]


def _line(place, parts):
    """Return one line for the texts that are seen; none if there is none."""
    seen = [" ".join(part.get_text().split()) for part in parts if part.get_visible()]
    seen = [text for text in seen if text]
    return [f"{place}: {' | '.join(seen)}"] if seen else []
