"""Quality bits of 35 Landsat images of an island that does not exist, in 2023: a simulated STAC catalogue with COGs.

Nothing in it was measured. Bits are combined as the Landsat 8-9 Collection 2 Level 2 Science Product Guide (USGS)
describes QA_PIXEL; clouds, island and dates are our choice. The island lies where the Atlantic is empty, 55 N 20 W. One
path passes every 16 days and shows all of the box, a second one passes from April to September and shows a part. For
each date the whole scene has a cloud cover F, more in winter. A pixel is cloudy where a random field, alike over some
distance and in part over the whole box, passes the quantile that makes F the long-run mean: what the catalogue says of
the scene is right on average over dates, and wrong for each. Shadows lie to the north-west, and none is told on water.
Licence of the twin: CC BY 4.0.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pystac
import rasterio
from pystac.layout import TemplateLayoutStrategy
from rasterio.warp import transform_bounds
from scipy.ndimage import binary_dilation, gaussian_filter, shift
from scipy.stats import norm

SIZE, MARGIN, PIXEL = 100, 20, 30  # pixels, pixels, m
CRS, PLACE = "EPSG:32627", rasterio.Affine(PIXEL, 0, 562500, 0, -PIXEL, 6096000)
FILL, DILATED, CIRRUS, CLOUD, SHADOW, SNOW, CLEAR, WATER = 1 << np.arange(8)
CONFIDENCE = {CLOUD: 8, SHADOW: 10, SNOW: 12, CIRRUS: 14}  # first of two bits; 1 is low, 3 is high
WHOLE = 0.55  # share of the clouds' variance that the whole box has in common
BOX = transform_bounds(CRS, "EPSG:4326", PLACE.c, PLACE.f - SIZE * PIXEL, PLACE.c + SIZE * PIXEL, PLACE.f)
CREDIT = "Fieldnotes contributors (2026), simulated by make/landsat_clouds.py; not a measurement."


def patches(rng, pixels):
    """A random field of unit variance, wider than the box, that is alike over some `pixels`."""
    field = gaussian_filter(rng.standard_normal((SIZE + 2 * MARGIN,) * 2), pixels, mode="wrap")
    return (field - field.mean()) / field.std()


def overpasses():
    """Dates of both paths, in order, and whether the image shows the box only in part."""
    first = datetime(2023, 1, 4, 12, 30, tzinfo=UTC)
    whole = [(first + timedelta(days=16 * orbit), False) for orbit in range(23)]
    part = [(date + timedelta(days=9), True) for date, _ in whole if 4 <= (date + timedelta(days=9)).month <= 9]
    return sorted(whole + part)


def layers(rng, day, partial, height):
    """The scene's cloud cover (0 to 1), and the bits' names and where each is set, unless the pixel is fill."""
    usual = 0.58 + 0.15 * np.cos(2 * np.pi * (day - 15) / 365)
    cover = rng.beta(1.6 * usual, 1.6 * (1 - usual))
    field = np.sqrt(WHOLE) * rng.standard_normal() + np.sqrt(1 - WHOLE) * patches(rng, 5)
    cloud = field > norm.ppf(1 - cover)
    sea = height < 0
    cirrus = (patches(rng, 12) > 0.5) & (rng.random() < 0.25)
    dilated = binary_dilation(cloud, iterations=3) & ~cloud
    shadow = (shift(cloud.astype(int), (-7, -5), order=0) > 0) & ~cloud & ~sea
    winter = np.cos(2 * np.pi * (day - 30) / 365)
    snow = (height > 1.9 - 1.8 * winter) & ~cloud & ~shadow & ~dilated
    columns = np.arange(SIZE + 2 * MARGIN) + 0.23 * np.arange(SIZE + 2 * MARGIN)[:, None]
    fill = (columns < MARGIN + 55 + 15 * rng.standard_normal()) & partial
    bits = {CLOUD: cloud, SHADOW: shadow, SNOW: snow, CIRRUS: cirrus, DILATED: dilated, FILL: fill}
    return cover, bits | {WATER: sea & ~cloud & ~snow, CLEAR: ~cloud & ~dilated}


def pixels(bits):
    """QA_PIXEL (uint16) of one date."""
    value = sum(bit * bits[bit] for bit in (DILATED, CIRRUS, CLOUD, SHADOW, SNOW, CLEAR, WATER))
    value = value + sum((1 + 2 * bits[bit]) << first for bit, first in CONFIDENCE.items())
    return np.where(bits[FILL], FILL, value).astype("uint16")


def simulate(seed=2023):
    """Date, scene's cloud cover (%) and bits of each image, cut to the box."""
    rng = np.random.default_rng(seed)
    across = np.linspace(-1, 1, SIZE + 2 * MARGIN)
    height = 1.6 - 4.2 * (across**2 + across[:, None] ** 2) + 0.45 * patches(rng, 9)
    cut = (slice(MARGIN, -MARGIN),) * 2
    for date, partial in overpasses():
        cover, bits = layers(rng, date.timetuple().tm_yday, partial, height)
        yield date, round(100 * cover, 2), {bit: where[cut] for bit, where in bits.items()}


def item(date, cover):
    """The catalogue's page on one image."""
    west, south, east, north = (round(edge, 5) for edge in BOX)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    place = {"proj:code": CRS, "proj:shape": [SIZE, SIZE], "proj:transform": list(PLACE)[:6]}
    page = pystac.Item(
        f"{date:%Y-%m-%d}",
        {"type": "Polygon", "coordinates": [ring]},
        [west, south, east, north],
        date,
        {"eo:cloud_cover": cover, "description": "A simulated cut-out; the cloud cover is that of the whole scene."}
        | place,
        stac_extensions=[
            "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
            "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
            "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
        ],
    )
    counts = {"raster:bands": [{"data_type": "uint16", "nodata": int(FILL), "spatial_resolution": PIXEL}]}
    image = pystac.Asset(f"./{page.id}.tif", "Quality", None, pystac.MediaType.COG, ["data"], counts)
    page.add_asset("qa_pixel", image)
    return page


def make(folder: Path) -> None:
    """Write landsat-clouds: catalog.json, a collection, and for each date an item and qa_pixel as a COG."""
    root = pystac.Catalog("fieldnotes", "Simulated by Fieldnotes; not a measurement.")
    days = [date for date, _ in overpasses()]
    extent = pystac.Extent(pystac.SpatialExtent([list(BOX)]), pystac.TemporalExtent([[days[0], days[-1]]]))
    collection = pystac.Collection("simulated-landsat", CREDIT, extent, license="CC-BY-4.0")
    root.add_child(collection)
    where = folder / "landsat-clouds"
    (where / collection.id).mkdir(parents=True, exist_ok=True)
    shape = {"height": SIZE, "width": SIZE, "count": 1, "dtype": "uint16", "crs": CRS, "transform": PLACE}
    for date, cover, bits in simulate():
        page = item(date, cover)
        collection.add_item(page)
        with rasterio.open(
            where / collection.id / f"{page.id}.tif", "w", driver="COG", nodata=int(FILL), **shape
        ) as file:
            file.write(pixels(bits), 1)
    root.normalize_hrefs(str(where), strategy=TemplateLayoutStrategy(item_template=""))
    root.save(pystac.CatalogType.SELF_CONTAINED)


if __name__ == "__main__":
    make(Path(__file__).resolve().parents[1])
