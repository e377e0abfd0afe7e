"""Whether two figures show the same, in their texts and to the eye."""

from base64 import b64decode
from io import BytesIO

# How many of 255 levels two drawings may differ anywhere, once both are blurred. Another Python,
# numpy, BLAS or processor drew every figure within 1 level; the slightest change of a text made 4.
# A JPEG's compression adds a little to what differs before it.
TOLERANCE = {"image/png": 3, "image/jpeg": 6}
BLUR = 3  # pixels
EDGE = 2  # pixels by which two drawings may differ in size: margins are rounded to whole pixels


def kind_of(output):
    """Return the kind of figure that an output holds, ``image/png`` or ``image/jpeg``, or None."""
    return next((kind for kind in TOLERANCE if kind in output.get("data", {})), None)


def difference(committed, drawn, kind="image/png"):
    """Return in one phrase how two images (base64) differ to the eye; None if they show the same."""
    from PIL import ImageChops

    if committed == drawn:
        return None
    try:
        first, second = _image(committed), _image(drawn)
    except (OSError, ValueError) as error:
        return f"the figure cannot be read ({error})"
    if any(abs(before - after) > EDGE for before, after in zip(first.size, second.size, strict=True)):
        sizes = [f"{image.width} x {image.height} pixels" for image in (first, second)]
        return f"the figure was {sizes[0]} and is {sizes[1]}"
    width, height = (min(sides) for sides in zip(first.size, second.size, strict=True))
    parts = [_blurred(image.crop((0, 0, width, height))) for image in (first, second)]
    worst = max(high for _, high in ImageChops.difference(*parts).getextrema())
    if worst > TOLERANCE[kind]:
        return f"the figure differs by {worst} of 255 levels, {TOLERANCE[kind]} is the most"
    return None


def text_difference(committed, drawn):
    """Return in one phrase how the texts in two figures differ, or those beside them; else None.

    Takes the outputs. Their texts are what ``show`` noted: titles, labels, ticks, legends, caption
    and badge. A figure that was not drawn by ``show`` has none.
    """
    kind = kind_of(drawn)
    alternatives = [output.metadata.get(kind, {}).get("alt", "") for output in (committed, drawn)]
    if alternatives[0] != alternatives[1]:
        return "the alternative text of the figure {!r} is now {!r}".format(*alternatives)
    before, after = (output.metadata.get("fieldnotes", {}).get("texts", []) for output in (committed, drawn))
    for old, new in zip(before, after, strict=False):
        if old != new:
            return f"in the figure, {old!r} is now {new!r}"
    if len(before) > len(after):
        return f"in the figure, {before[len(after)]!r} is missing now"
    return f"in the figure, {after[len(before)]!r} is new" if len(after) > len(before) else None


def steady(committed, new):
    """Return new outputs in which a figure that shows the same as the committed one keeps its bytes."""
    for kind in TOLERANCE:
        known, drawn = ([one for one in outputs if kind_of(one) == kind] for outputs in (committed, new))
        for old, output in zip(known, drawn, strict=False):
            if difference(old.data[kind], output.data[kind], kind) is None:
                output.data[kind] = old.data[kind]
    return new


def _image(content):
    """Return an image in base64 as a reader sees it: on white."""
    from PIL import Image

    with Image.open(BytesIO(b64decode(content))) as image:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _blurred(image):
    from PIL import ImageFilter

    return image.filter(ImageFilter.GaussianBlur(BLUR))
