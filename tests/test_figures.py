"""Figures compared to the eye: the noise of drawing passes, a changed result does not."""

from base64 import b64decode, b64encode
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from PIL import Image

matplotlib.use("agg")
import matplotlib.pyplot as plt

from ci.figures import difference

YEARS = np.linspace(1960, 2025, 800)
RISE = 315 + 0.8 * (YEARS - 1960) + 0.012 * (YEARS - 1960) ** 2
SEASON = 3 * np.sin(2 * np.pi * YEARS)


def png(fig):
    """Return a figure as the notebook stores it."""
    buffer = BytesIO()
    fig.savefig(buffer, format="png", bbox_inches="tight", dpi=100)
    plt.close(fig)
    return b64encode(buffer.getvalue()).decode()


def curve(values, label="Mauna Loa", **look):
    fig, ax = plt.subplots(figsize=(7, 4))
    ax.plot(YEARS, values, **look)
    ax.set(title=label, xlabel="year", ylabel="CO$_2$ [ppm]")
    return png(fig)


def field(values, **look):
    fig, ax = plt.subplots(figsize=(7, 4))
    fig.colorbar(ax.pcolormesh(values, **look))
    return png(fig)


def test_the_same_drawing_shows_the_same():
    assert difference(curve(RISE + SEASON), curve(RISE + SEASON)) is None


def test_a_level_of_rounding_and_another_compression_are_noise():
    drawn = curve(RISE + SEASON)
    with Image.open(BytesIO(b64decode(drawn))) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    noise = np.random.default_rng(0).integers(-1, 2, pixels.shape)
    buffer = BytesIO()
    Image.fromarray((pixels + noise).clip(0, 255).astype("uint8")).save(buffer, "png", compress_level=1)
    assert difference(drawn, b64encode(buffer.getvalue()).decode()) is None


FLAT = np.random.default_rng(1).normal(size=(40, 60))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (curve(RISE + SEASON), curve(RISE + SEASON + 1)),
        (curve(RISE + SEASON), curve(RISE)),
        (curve(RISE + SEASON), curve(np.where(YEARS > 2020, np.nan, RISE + SEASON))),
        (curve(RISE, color="C0"), curve(RISE, color="C1")),
        (curve(RISE), curve(RISE, label="Mauna Kea")),
        (field(FLAT), field(FLAT[::-1])),
        (field(FLAT), field(FLAT, cmap="RdBu")),
    ],
    ids=[
        "shifted curve",
        "missing season",
        "missing years",
        "other colour",
        "other title",
        "flipped field",
        "other map",
    ],
)
def test_a_changed_result_is_seen(before, after):
    assert "differs" in difference(before, after)


def test_another_size_is_seen():
    fig, ax = plt.subplots(figsize=(7, 5))
    ax.plot(YEARS, RISE)
    assert "pixels" in difference(curve(RISE), png(fig))
