"""Images from a SpatioTemporal Asset Catalogue (STAC), a searchable service or a static file, loaded lazily.

``live = { source = "stac", collection = "sentinel-2-l2a", bands = { red = "red" }, bbox = [13.3, 56.0, 13.5, 56.2],
time = "2018-06-01/2018-08-31", crs = "EPSG:32633", resolution = 100 }``: ``bands`` maps promised names to assets;
``time`` is one day or two days joined by a slash; ``server`` ending in ``.json`` is a static catalogue. Optional are
``scale`` and ``offset``, which turn numbers into the promised unit, but leave a band promised as ``count`` as it is;
``properties``, promised names of what the catalogue says of each image; ``groupby = "solar_day"``, which joins the
images of a day; and ``token``, where on the server a provider hands everybody a short-lived token that its images ask
for.

A data set of shape ``stac`` is such a catalogue in a folder; the keys of its ``cube`` are these. Only metadata are read
here: pixels come when a notebook asks for them, and what goes wrong with pixels is raised there, by rasterio.
"""

import json
from urllib.parse import urljoin

from fieldnotes import errors, schema
from fieldnotes.sources import _http, provenance

SERVER = "https://earth-search.aws.element84.com/v1"
CHUNKS = {"x": 2048, "y": 2048}  # pixels
MOST = 500  # images
NAMES = {"longitude": "lon", "latitude": "lat"}


def read(name, entry):
    """Return a lazy Dataset of the promised bands, and the origin that the collection states."""
    data, collection = _open(name, entry["live"], entry["columns"])
    return data, _origin(collection)


def read_folder(folder, entry):
    """Return a lazy Dataset of the promised bands from the static catalogue in a folder."""
    cube = entry["cube"] | {"server": str(folder / "catalog.json")}
    return _open(folder.name, cube, entry["columns"])[0]


def download(name, entry):
    """Raise NotFound: these data are many files, of which a part is read."""
    raise errors.NotFound(f'{name!r} has no single live file: load({name!r}, "live") reads what you look at.')


def _open(name, cube, columns):
    """Return a lazy Dataset of what ``cube`` asks for, and the collection that it comes from."""
    from pystac import STACError, STACTypeError
    from pystac_client.errors import ClientTypeError

    try:
        collection, items = (_static if cube.get("server", SERVER).endswith(".json") else _search)(cube)
    except FileNotFoundError as error:
        raise errors.NotFound(f"There is no file {error.filename}, the catalogue of {name!r}.") from error
    except (STACError, STACTypeError, ClientTypeError, KeyError) as error:
        raise errors.SchemaChanged(f"The catalogue of {name!r} is not as STAC describes: {error!r}.") from error
    if not 0 < len(items) < MOST:
        raise errors.NotFound(
            f"{name!r}: the catalogue has {len(items) or 'no'} images here; wanted are 1 to {MOST - 1}."
        )
    return _stack(name, items, cube, columns), collection


def _search(cube):
    from pystac_client import Client
    from pystac_client.stac_api_io import StacApiIO

    io = StacApiIO()
    io.request = lambda href, method=None, headers=None, parameters=None: _text(href, parameters)
    client = Client.open(cube.get("server", SERVER), stac_io=io)
    where = {"collections": [cube["collection"]], "bbox": cube["bbox"], "datetime": cube["time"]}
    items = client.search(method="GET", max_items=MOST, **where).items()
    return client.get_collection(cube["collection"]), list(items)


def _static(cube):
    """Return a collection of a static catalogue, and its items whose box and day overlap the wanted ones."""
    from pystac import Catalog
    from pystac.stac_io import DefaultStacIO

    io = DefaultStacIO()
    io.read_text_from_href = _text
    collection = Catalog.from_file(cube["server"], stac_io=io).get_child(cube["collection"], recursive=True)
    if collection is None:
        raise errors.NotFound(f"The catalogue {cube['server']} has no collection {cube['collection']!r}.")
    return collection, [item for item in collection.get_items(recursive=True) if _overlaps(item, cube)]


def _overlaps(item, cube):
    """Tell whether an image shows some of the wanted box on a wanted day; what is not named is not limited."""
    west, south, east, north = cube.get("bbox", item.bbox)
    left, bottom, right, top = item.bbox
    first, last = (cube.get("time", "0000/9999").split("/") * 2)[:2]
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


def _stack(name, items, cube, columns):
    import odc.stac

    missing = set(cube["bands"].values()) - set(items[0].assets)
    if missing:
        raise errors.SchemaChanged(f"{name!r}: its images have no {min(missing)!r}, only {', '.join(items[0].assets)}.")
    odc.stac.configure_rio(cloud_defaults=True, GDAL_HTTP_TIMEOUT=_http.READ, GDAL_HTTP_MAX_RETRY=_http.RETRIES)
    how = {key: cube[key] for key in ("bbox", "crs", "resolution", "groupby") if key in cube}
    how |= {"chunks": cube.get("chunks", CHUNKS), "patch_url": _signature(cube)}
    said = [{"key": there, "name": here} for here, there in cube.get("properties", {}).items()]
    data = odc.stac.load(items, list(cube["bands"].values()), with_properties=said or None, **how)
    data = data.rename({there: here for here, there in cube["bands"].items()})
    data = data.rename({there: here for here, there in NAMES.items() if there in data.dims})
    names = [*cube["bands"], *cube.get("properties", {})]
    return data.assign({name: _quantity(data[name], cube, schema.unit(columns[name])) for name in names})


def _quantity(band, cube, unit):
    """Return a band as the promised quantity, float and missing as NaN; what is promised as ``count`` as it is."""
    if unit != "count":
        scale, offset = (cube.get("scale", 1), cube.get("offset", 0)) if band.name in cube["bands"] else (1, 0)
        numbers = band.astype("float32")
        band = (numbers.where(band != band.attrs["nodata"]) if "nodata" in band.attrs else numbers) * scale + offset
    return band.assign_attrs(units=unit)


def _signature(cube):
    """Return a function that adds a fresh token to an image's address, or None if the provider hands out none."""
    if "token" not in cube:
        return None
    path, _ = _http.get(urljoin(cube.get("server", SERVER), cube["token"]), check=_require_token, fresh=0)
    token = json.loads(path.read_text(encoding="utf-8"))["token"]
    return lambda href: f"{href}?{token}"


def _require_token(path):
    _require_json(path)
    if "token" not in json.loads(path.read_text(encoding="utf-8")):
        raise errors.SchemaChanged("The answer of the catalogue has no token, without which it shows no images.")


def _origin(collection):
    from datetime import UTC, datetime

    makers = ", ".join(maker.name for maker in collection.providers or [])
    credit = f"{makers or collection.id}, {collection.title or collection.id}"
    stated = collection.extra_fields
    today = datetime.now(UTC).date().isoformat()
    return provenance(today, stated.get("sci:citation", credit), collection.license, stated.get("sci:doi"))
