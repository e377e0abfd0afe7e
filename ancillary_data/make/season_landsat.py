"""Fields, a wood and a pond that do not exist, seen every 16 days for two years: a simulated STAC catalogue with COGs.

Nothing in it was measured. Each pixel mixes bare soil and leaves (reflectances in red and near infrared, of the usual
order) by the share of the ground that its plants cover on that day of the year; in the second summer crops and meadow
cover only DROUGHT of what they usually do. Numbers are those of Landsat Collection 2 (scale 2.75e-5, offset -0.2, fill
0), bits of QA_PIXEL those of Landsat 8, without errors. Winters are cloudier than summers, and the cloud cover that the
catalogue tells is that of the image itself. The images begin before and end after the two years, and some are of a
second path, further east, so that a search has something to leave out. Each is one small COG of three bands, and fits
to itself where it is laid side by side. Covers, clouds and dates are our choice. Licence of the twin: CC BY 4.0.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pystac
import rasterio
from pystac.layout import TemplateLayoutStrategy
from rasterio.warp import transform_bounds
from scipy.ndimage import binary_dilation, gaussian_filter, shift

SIZE, PIXEL, CRS = 50, 30, "EPSG:32632"  # pixels a side, m
START, WEST, EAST, NORTH = datetime(2020, 11, 4, 10, 15, tzinfo=UTC), 597000, 606000, 5652000  # m, upper left corners
FIRST, SECOND = 50, 4  # images of the first path, every 16 days, and of the second, in its first weeks
SOIL, LEAVES, POND, WHITE = (0.16, 0.24), (0.03, 0.45), (0.03, 0.02), (0.45, 0.48)  # reflectance: red, near infrared
DROUGHT, NOISE, SEED = 0.7, 0.004, 2078  # share of the usual cover, reflectance
STEP = 128  # of the numbers, 0.0035 in reflectance, which keeps the files small; 57 of them are a reflectance of zero
CLEAR, WATER, RIM, CLOUD, SHADOW, FILL = 21824, 21952, 22018, 22280, 23888, 1  # QA_PIXEL
CREDIT = "Fieldnotes contributors (2026), simulated by make/season_landsat.py; not a measurement."
EXTENSIONS = ("eo/v1.1.0", "projection/v2.0.0", "raster/v1.1.0")


def smooth(rng, pixels):
    """A random field of unit variance, alike over some `pixels`, whose opposite edges meet."""
    field = gaussian_filter(rng.standard_normal((SIZE, SIZE)), pixels, mode="wrap")
    return (field - field.mean()) / field.std()


def landscape(rng):
    """What grows where: 0 wheat, 1 maize, 2 meadow, in fields ten pixels wide, 3 wood; 4 is the pond."""
    fields = rng.integers(0, 3, (5, 5)).repeat(10, axis=0).repeat(10, axis=1)
    return np.where(smooth(rng, 5) > 1.1, 3, np.where(smooth(rng, 4) < -1.9, 4, fields))


def plants(date):
    """Share of the ground (0 to 1) under the leaves of wheat, maize, meadow, wood and pond on a date."""
    day = date.timetuple().tm_yday
    wheat = 0.15 + 0.75 * np.exp(-(((day - 145) / 40) ** 2))
    maize = 0.08 + 0.82 * np.exp(-(((day - 215) / 35) ** 2))
    meadow = 0.60 - 0.22 * np.cos(2 * np.pi * (day - 20) / 365)
    wood = 0.60 - 0.30 * np.cos(2 * np.pi * (day - 15) / 365)
    dry = DROUGHT if date.year == 2022 and date.month in (6, 7, 8) else 1
    return np.array([wheat * dry, maize * dry, meadow * dry, wood, 0])


def sky(rng, date):
    """QA_PIXEL of each pixel as far as it is the sky's, 0 where it is clear."""
    usual = 0.36 + 0.16 * np.cos(2 * np.pi * (date.timetuple().tm_yday - 15) / 365)
    field, share = smooth(rng, 4), rng.beta(1.4 * usual, 1.4 * (1 - usual))
    cloud = field > np.quantile(field, 1 - share)
    shaded = shift(cloud.astype(int), (-4, -3), order=0, mode="grid-wrap") > 0
    rim = binary_dilation(cloud)
    beyond = (np.arange(SIZE) < 12) & (rng.random() < 0.1) & np.ones_like(cloud)
    return np.select([beyond, cloud, rim, shaded], [FILL, CLOUD, RIM, SHADOW], 0)


def image(rng, date, grows):
    """Red, near infrared and QA_PIXEL (uint16) of one date."""
    quality, leafy, bands = sky(rng, date), plants(date)[grows], []
    for soil, leaves, pond, white in zip(SOIL, LEAVES, POND, WHITE, strict=True):
        ground = np.where(grows == 4, pond, soil + (leaves - soil) * leafy)
        kinds = [quality == kind for kind in (CLOUD, RIM, SHADOW)]
        seen = np.select(kinds, [white, (ground + white) / 2, 0.4 * ground], ground)
        number = (seen + NOISE * rng.standard_normal(seen.shape) + 0.2) / 2.75e-5 // STEP * STEP
        bands.append(np.where(quality == FILL, 0, number.clip(57 * STEP)))
    ground = np.where(grows == 4, WATER, CLEAR)
    return np.array([*bands, np.where(quality > 0, quality, ground)]).astype("uint16")


def item(date, west, pixels):
    """The catalogue's page on one image, whose upper left corner lies `west` (m)."""
    place = rasterio.Affine(PIXEL, 0, west, 0, -PIXEL, NORTH)
    edges = transform_bounds(CRS, "EPSG:4326", west, NORTH - SIZE * PIXEL, west + SIZE * PIXEL, NORTH)
    west, south, east, north = (round(edge, 5) for edge in edges)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    valid = pixels[2] != FILL
    cover = round(100 * float(np.isin(pixels[2], (CLOUD, RIM))[valid].mean()), 1)
    facts = {"eo:cloud_cover": cover, "proj:code": CRS, "proj:shape": [SIZE, SIZE], "proj:transform": list(place)[:6]}
    pages = [f"https://stac-extensions.github.io/{extension}/schema.json" for extension in EXTENSIONS]
    outline = {"type": "Polygon", "coordinates": [ring]}
    name = f"{'east' if place.c == EAST else 'west'}-{date:%Y-%m-%d}"
    page = pystac.Item(name, outline, [west, south, east, north], date, facts, stac_extensions=pages)
    bands = [{"name": name} for name in ("red", "nir08", "qa_pixel")]
    counts = [{"data_type": "uint16", "nodata": fill, "spatial_resolution": PIXEL} for fill in (0, 0, FILL)]
    image = {"eo:bands": bands, "raster:bands": counts}
    page.add_asset("image", pystac.Asset(f"./{name}.tif", None, None, pystac.MediaType.COG, ["data"], image))
    return page, place


def make(folder: Path) -> None:
    """Write season-landsat: catalog.json, a collection, and for each image an item and a COG."""
    rng = np.random.default_rng(SEED)
    paths = [(WEST, landscape(rng), 0, FIRST), (EAST, landscape(rng), 9, SECOND)]
    where = folder / "season-landsat" / "simulated-landsat"
    where.mkdir(parents=True, exist_ok=True)
    pages, shape = [], {"height": SIZE, "width": SIZE, "count": 3, "dtype": "uint16", "crs": CRS}
    for west, grows, later, images in paths:
        for date in (START + timedelta(days=16 * orbit + later) for orbit in range(images)):
            page, place = item(date, west, pixels := image(rng, date, grows))
            look = {"driver": "COG", "compress": "deflate", "level": 9, "interleave": "band"}
            with rasterio.open(where / f"{page.id}.tif", "w", transform=place, **shape, **look) as file:
                file.write(pixels)
            pages.append(page)
    extent = pystac.Extent.from_items(pages)
    collection = pystac.Collection("simulated-landsat", CREDIT, extent, license="CC-BY-4.0")
    collection.add_items(pages)
    root = pystac.Catalog("fieldnotes", "Simulated by Fieldnotes; not a measurement.")
    root.add_child(collection)
    root.normalize_hrefs(str(where.parent), strategy=TemplateLayoutStrategy(item_template=""))
    root.save(pystac.CatalogType.SELF_CONTAINED)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
