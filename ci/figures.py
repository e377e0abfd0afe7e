"""Whether two drawings show the same: a drawing differs a little between machines, a changed result by far more."""

from base64 import b64decode
from io import BytesIO

KINDS = ("image/png", "image/jpeg")
BLUR = 3  # pixels: what two versions of a font or of a line's edge may differ by disappears
TOLERANCE = 16  # of 255 levels, anywhere: a thin line moved by more than two pixels exceeds it
EDGE = 4  # pixels by which two drawings may differ in size: their margins follow the width of the text


def difference(committed, drawn):
    """Return in one phrase how two images (base64) differ to the eye; None if they show the same."""
    from PIL import ImageChops

    if committed == drawn:
        return None
    first, second = _image(committed), _image(drawn)
    if any(abs(one - other) > EDGE for one, other in zip(first.size, second.size, strict=True)):
        return f"the figure was {first.width} x {first.height} pixels and is {second.width} x {second.height}"
    size = tuple(min(sides) for sides in zip(first.size, second.size, strict=True))
    apart = ImageChops.difference(*(_blurred(image.crop((0, 0, *size))) for image in (first, second)))
    worst = max(high for _, high in apart.getextrema())
    return f"the figure differs by {worst} of 255 levels, {TOLERANCE} is the most" if worst > TOLERANCE else None


def steady(committed, new):
    """Return new outputs in which a figure that shows the same as the committed one keeps the committed bytes."""
    for kind in KINDS:
        known, drawn = ([one for one in outputs if kind in one.get("data", {})] for outputs in (committed, new))
        for output, old in zip(drawn, known, strict=False):
            if difference(old.data[kind], output.data[kind]) is None:
                output.data[kind] = old.data[kind]
    return new


def _image(png):
    """Return an image on white, as a reader sees it."""
    from PIL import Image

    with Image.open(BytesIO(b64decode(png))) as image:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _blurred(image):
    from PIL import ImageFilter

    return image.filter(ImageFilter.GaussianBlur(BLUR))
