"""The images that a STAC catalogue has of a place and a time, and how GDAL opens them."""

import json
from urllib.parse import quote, urljoin

from fieldnotes import errors
from fieldnotes.sources import _http

SERVER = "https://earth-search.aws.element84.com/v1"
MOST = 500  # images
PAGE = 100  # images asked for in one request
PROBES = 8  # images looked for at once


def find(name, cube):
    """Return the collection, the images that can be shown, and what was left out, a text or None."""
    from pystac import STACError, STACTypeError
    from pystac_client.errors import ClientTypeError

    static = cube.get("server", SERVER).endswith(".json")
    try:
        collection, matching = (_static if static else _search)(cube)
    except FileNotFoundError as error:
        raise errors.NotFound(f"There is no file {error.filename}, the catalogue of {name!r}.") from error
    except (STACError, STACTypeError, ClientTypeError, KeyError) as error:
        raise errors.SchemaChanged(f"The catalogue of {name!r} is not as STAC describes: {error!r}.") from error
    if not 0 < len(matching) < MOST:
        sentence = f"{name!r}: the catalogue has {len(matching) or 'no'} images here; wanted are 1 to {MOST - 1}."
        raise errors.NotFound(sentence)
    whole = [_dated(item) for item in _with_assets(matching, cube, name)]
    items = _with_files(whole, cube, name)
    reasons = {"asset": len(matching) - len(whole), "file": len(whole) - len(items)}
    left_out = ", ".join(f"{count} without its {what}" for what, count in reasons.items() if count)
    return collection, items, f"{left_out}, of {len(matching)} images" if left_out else None


def _search(cube):
    from pystac_client import Client
    from pystac_client.stac_api_io import StacApiIO

    io = StacApiIO()
    io.request = lambda href, method=None, headers=None, parameters=None: _text(href, parameters)
    client = Client.open(cube.get("server", SERVER), stac_io=io)
    where = {"collections": [cube["collection"]], "bbox": cube["bbox"], "datetime": cube["time"]}
    items = client.search(method="GET", max_items=MOST, limit=PAGE, **where).items()
    return client.get_collection(cube["collection"]), list(items)


def _static(cube):
    """Return a collection of a static catalogue, and its items whose box and day overlap the wanted
    ones.
    """
    from pystac import Catalog
    from pystac.stac_io import DefaultStacIO

    io = DefaultStacIO()
    io.read_text_from_href = _text
    collection = Catalog.from_file(cube["server"], stac_io=io).get_child(cube["collection"], recursive=True)
    if collection is None:
        raise errors.NotFound(f"The catalogue {cube['server']} has no collection {cube['collection']!r}.")
    return collection, [item for item in collection.get_items(recursive=True) if _overlaps(item, cube)]


def _overlaps(item, cube):
    """Tell whether an image shows some of the wanted box on a wanted day; what is not named is not
    limited.
    """
    first, last = (cube.get("time", "0000/9999").split("/") * 2)[:2]
    if not first <= _moment(item).date().isoformat() <= last:
        return False
    if "bbox" not in cube:
        return True
    return any(
        left <= east and right >= west and bottom <= north and top >= south
        for west, south, east, north in _unwrapped(cube["bbox"])
        for left, bottom, right, top in _unwrapped(_box(item))
    )


def _unwrapped(box):
    """Return a box as a list of one, or as the two parts on either side of the 180th meridian."""
    west, south, east, north = box
    if west <= east:
        return [box]
    return [[west, south, 180, north], [-180, south, east, north]]


def _box(item):
    """Return west, south, east, north of an image, whose own box may have heights or be missing."""
    from shapely.geometry import shape

    if item.bbox:
        return item.bbox if len(item.bbox) == 4 else [*item.bbox[:2], *item.bbox[3:5]]
    if item.geometry:
        return shape(item.geometry).bounds
    raise errors.SchemaChanged(f"The image {item.id} has neither a box nor a geometry.")


def _moment(item):
    """Return the time of an image: its own, or the start of its period."""
    return item.datetime or item.common_metadata.start_datetime


def _dated(item):
    item.datetime = _moment(item)
    return item


def _with_assets(items, cube, name):
    """Return the images that have all wanted assets; SchemaChanged if none has."""
    wanted = set(cube["bands"].values())
    whole = [item for item in items if wanted <= set(item.assets)]
    if not whole:
        missing = min(wanted - set(items[0].assets))
        listed = ", ".join(items[0].assets)
        raise errors.SchemaChanged(f"{name!r}: its images have no {missing!r}, only {listed}.")
    return whole


def _with_files(items, cube, name):
    """Return the images of a remote catalogue whose first band can be opened; NotFound if none can.

    One missing file would end the whole computation later, with an address in the message.
    """
    from concurrent.futures import ThreadPoolExecutor

    band = next(iter(cube["bands"].values()))
    addresses = [signed(cube)(item.assets[band].get_absolute_href()) for item in items]
    if not any("://" in address and not address.startswith("file:") for address in addresses):
        return items
    configure(cube)
    with ThreadPoolExecutor(PROBES) as pool:
        problems = list(pool.map(_problem, addresses))
    readable = [item for item, problem in zip(items, problems, strict=True) if not problem]
    if not readable:
        raise errors.NotFound(f"{name!r}: none of its {len(items)} images can be opened: {problems[0]}.")
    return readable


def _problem(address):
    """Return why an image cannot be opened, without its address, or None."""
    import rasterio

    try:
        with rasterio.Env(**_gdal()), rasterio.open(address):
            return None
    except rasterio.errors.RasterioIOError as error:
        return str(error).split("/vsicurl")[0].split(address)[0].strip(" :'") or "its file is missing"


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


def configure(cube):
    import os

    import odc.stac

    odc.stac.configure_rio(cloud_defaults=True, **_gdal())
    if "token" in cube:  # read by GDAL when it asks for a token, in whichever thread
        place = urljoin(cube.get("server", SERVER), cube["token"]).rpartition("/")[0]
        os.environ["VSICURL_PC_SAS_TOKEN_URL"] = f"{place}/"


def signed(cube):
    """Return a function that turns an image's address into one for which GDAL fetches and renews
    the token.
    """
    if "token" not in cube:
        return lambda address: address
    collection = cube["token"].rpartition("/")[2]
    signing = f"/vsicurl?pc_url_signing=yes&pc_collection={collection}&url="
    return lambda address: signing + quote(address, safe=":/")


def _gdal():
    """Return how GDAL asks for pixels: our time-outs, retries and name."""
    return {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_HTTP_TIMEOUT": _http.READ,
        "GDAL_HTTP_MAX_RETRY": _http.RETRIES,
        "GDAL_HTTP_RETRY_DELAY": _http.PAUSE,
        "GDAL_HTTP_USERAGENT": _http.user_agent(),
    }
