"""Images from a SpatioTemporal Asset Catalogue (STAC), a searchable service or a static file, loaded lazily.

``live = { source = "stac", collection = "sentinel-2-l2a", bands = { red = "red" }, bbox = [13.3, 56.0, 13.5, 56.2],
time = "2018-06-01/2018-08-31", crs = "EPSG:32633", resolution = 100 }``: ``bands`` maps promised names to assets;
``time`` is one day or two days joined by a slash; ``scale`` and ``offset`` (optional) turn counts into the promised
unit; ``server`` ending in ``.json`` is a static catalogue. Only metadata are read here: pixels come when a notebook
asks for them, and what goes wrong with pixels is raised there, by rasterio.
"""

import json

from fieldnotes import errors, schema
from fieldnotes.sources import _http, provenance

SERVER = "https://earth-search.aws.element84.com/v1"
CHUNKS = {"x": 2048, "y": 2048}  # pixels
MOST = 500  # images
NAMES = {"longitude": "lon", "latitude": "lat"}


def read(name, entry):
    """Return a lazy Dataset of the promised bands, and the origin that the collection states."""
    from pystac import STACError, STACTypeError
    from pystac_client.errors import ClientTypeError

    live = entry["live"]
    try:
        collection, items = (_static if live.get("server", SERVER).endswith(".json") else _search)(live)
    except FileNotFoundError as error:
        raise errors.NotFound(f"There is no file {error.filename}, the catalogue of {name!r}.") from error
    except (STACError, STACTypeError, ClientTypeError, KeyError) as error:
        raise errors.SchemaChanged(f"The catalogue of {name!r} is not as STAC describes: {error!r}.") from error
    if not 0 < len(items) < MOST:
        raise errors.NotFound(
            f"{name!r}: the catalogue has {len(items) or 'no'} images here; wanted are 1 to {MOST - 1}."
        )
    return _stack(name, items, entry), _origin(collection)


def download(name, entry):
    """Raise NotFound: these data are many files, of which a part is read."""
    raise errors.NotFound(f'{name!r} has no single live file: load({name!r}, "live") reads what you look at.')


def _search(live):
    from pystac_client import Client
    from pystac_client.stac_api_io import StacApiIO

    io = StacApiIO()
    io.request = lambda href, method=None, headers=None, parameters=None: _text(href, parameters)
    client = Client.open(live.get("server", SERVER), stac_io=io)
    where = {"collections": [live["collection"]], "bbox": live["bbox"], "datetime": live["time"]}
    items = client.search(method="GET", max_items=MOST, **where).items()
    return client.get_collection(live["collection"]), list(items)


def _static(live):
    """Return a collection of a static catalogue, and its items whose box and day overlap the wanted ones."""
    from pystac import Catalog
    from pystac.stac_io import DefaultStacIO

    io = DefaultStacIO()
    io.read_text_from_href = _text
    collection = Catalog.from_file(live["server"], stac_io=io).get_child(live["collection"], recursive=True)
    if collection is None:
        raise errors.NotFound(f"The catalogue {live['server']} has no collection {live['collection']!r}.")
    return collection, [item for item in collection.get_items(recursive=True) if _overlaps(item, live)]


def _overlaps(item, live):
    west, south, east, north = live["bbox"]
    left, bottom, right, top = item.bbox
    first, last = (live["time"].split("/") * 2)[:2]
    in_place = left <= east and right >= west and bottom <= north and top >= south
    return in_place and first <= item.datetime.date().isoformat() <= last


def _text(href, parameters=None):
    """Return the text of a catalogue's file, by the one way to fetch if it is not on this computer."""
    from pathlib import Path

    if not href.startswith("http"):
        return Path(href).read_text(encoding="utf-8")
    return _http.get(href, parameters, check=_require_json)[0].read_text(encoding="utf-8")


def _require_json(path):
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise errors.Corrupt("The answer of the catalogue is not whole JSON: load it again.") from error


def _stack(name, items, entry):
    import odc.stac

    live = entry["live"]
    missing = set(live["bands"].values()) - set(items[0].assets)
    if missing:
        raise errors.SchemaChanged(f"{name!r}: its images have no {min(missing)!r}, only {', '.join(items[0].assets)}.")
    odc.stac.configure_rio(cloud_defaults=True, GDAL_HTTP_TIMEOUT=_http.READ, GDAL_HTTP_MAX_RETRY=_http.RETRIES)
    area = {key: live[key] for key in ("bbox", "crs", "resolution") if key in live}
    data = odc.stac.load(items, list(live["bands"].values()), chunks=live.get("chunks", CHUNKS), **area)
    data = data.rename({there: here for here, there in live["bands"].items()})
    data = data.rename({there: here for there, here in NAMES.items() if there in data.dims})
    return data.assign({column: _quantity(data[column], entry) for column in live["bands"]})


def _quantity(band, entry):
    """Return counts as the promised quantity: float, missing as NaN."""
    live, counts = entry["live"], band.astype("float32")
    if "nodata" in band.attrs:
        counts = counts.where(band != band.attrs["nodata"])
    return (counts * live.get("scale", 1) + live.get("offset", 0)).assign_attrs(
        units=schema.unit(entry["columns"][band.name])
    )


def _origin(collection):
    from datetime import UTC, datetime

    makers = ", ".join(maker.name for maker in collection.providers or [])
    credit = f"{makers or collection.id}, {collection.title or collection.id}"
    stated = collection.extra_fields
    today = datetime.now(UTC).date().isoformat()
    return provenance(today, stated.get("sci:citation", credit), collection.license, stated.get("sci:doi"))
