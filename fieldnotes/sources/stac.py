"""Images from a SpatioTemporal Asset Catalogue (STAC), a searchable service or a static file,
loaded lazily.

``live = { source = "stac", collection = "sentinel-2-l2a", bands = { red = "red" }, bbox = [13.3,
56.0, 13.5, 56.2], time = "2018-06-01/2018-08-31", crs = "EPSG:32633", resolution = 100 }``:
``bands`` maps promised names to assets; ``time`` is one day or two days joined by a slash;
``server`` ending in ``.json`` is a static catalogue; a ``bbox`` whose west is greater than its east
crosses the 180th meridian. Optional are ``properties``, promised names of what the catalogue says
of each image; ``groupby = "solar_day"``, which joins the images of a day; ``token``, where on the
server a provider hands everybody a short-lived token that its images ask for (GDAL asks for it, and
again once it expires); and ``scale`` and ``offset``, which turn counts into the promised unit where
an image does not state its own. A band promised as ``count`` stays as it is.

A data set of shape ``stac`` is such a catalogue in a folder; the keys of its ``cube`` are these.
Only metadata are read here: pixels come when a notebook asks for them, and what goes wrong with
pixels is raised there, by rasterio. Images that lack an asset, or whose file is gone, are left out,
and ``attrs["left_out"]`` says how many.
"""

from fieldnotes import entries, errors
from fieldnotes.sources import _http, _items, provenance

CHUNKS = {"x": 2048, "y": 2048}  # pixels
NAMES = {"longitude": "lon", "latitude": "lat"}


def read(name, entry):
    """Return a lazy Dataset of the promised bands, and the origin that the collection states."""
    data, collection, items, left_out = _open(name, entry["live"], entry["columns"])
    origin = _origin(collection, items)
    return data, origin | ({"left_out": left_out} if left_out else {})


def read_folder(folder, entry):
    """Return a lazy Dataset of the promised bands from the static catalogue in a folder."""
    cube = entry["cube"] | {"server": str(folder / "catalog.json")}
    return _open(folder.name, cube, entry["columns"])[0]


def download(name, entry):
    """Raise NotFound: these data are many files, of which a part is read."""
    raise errors.NotFound(f'{name!r} has no single live file: load({name!r}, "live") reads what you look at.')


def _open(name, cube, columns):
    """Return a lazy Dataset of what ``cube`` asks for, its collection, its images, and what was left out."""
    collection, items, left_out = _items.find(name, cube)
    return _stack(items, cube, columns), collection, items, left_out


def _stack(items, cube, columns):
    """Return one lazy Dataset of images, those that count alike loaded together."""
    import xarray as xr

    _items.configure(cube)
    alike = {}
    for item in items:
        alike.setdefault(tuple(_counting(item, asset, cube) for asset in cube["bands"].values()), []).append(item)
    place = {} if len(alike) == 1 else {"geobox": _grid(items, cube)}
    cubes = [_load(group, counting, cube, columns, place) for counting, group in alike.items()]
    return cubes[0] if len(cubes) == 1 else xr.concat(cubes, "time").sortby("time")


def _counting(item, asset, cube):
    """Return scale, offset and missing value of an image's band; its own, else the entry's.

    Earth Search states the offset of Sentinel-2 also where its counts have been corrected for it
    already.
    """
    stated = item.assets[asset].extra_fields
    band = next(iter(stated.get("raster:bands") or stated.get("bands") or []), {})
    scale, offset = (
        band.get(key, band.get(f"raster:{key}", stated.get(f"raster:{key}", cube.get(key, default))))
        for key, default in (("scale", 1), ("offset", 0))
    )
    if item.properties.get("earthsearch:boa_offset_applied"):
        offset = 0
    return scale, offset, band.get("nodata", stated.get("nodata"))


def _grid(items, cube):
    """Return the pixels that images are brought to, so that parts of a cube fit each other."""
    from odc.stac import output_geobox, parse_items

    where = {key: cube[key] for key in ("crs", "resolution") if key in cube} | _place(cube)
    return output_geobox(list(parse_items(items)), bands=list(cube["bands"].values()), **where)


def _place(cube):
    """Return the wanted box in one piece: east of the 180th meridian, degrees count on."""
    if "bbox" not in cube:
        return {}
    west, south, east, north = cube["bbox"]
    return {"bbox": (west, south, east + 360 if west > east else east, north)}


def _load(items, counting, cube, columns, place):
    import odc.stac

    how = place or {key: cube[key] for key in ("crs", "resolution") if key in cube} | _place(cube)
    how |= {key: cube[key] for key in ("groupby",) if key in cube}
    how |= {"chunks": cube.get("chunks", CHUNKS), "patch_url": _items.signed(cube)}
    properties = [{"key": there, "name": here} for here, there in cube.get("properties", {}).items()]
    data = odc.stac.load(items, list(cube["bands"].values()), with_properties=properties or None, **how)
    data = data.rename({there: here for here, there in cube["bands"].items()})
    data = data.rename({there: here for there, here in NAMES.items() if there in data.dims})
    counted = dict(zip(cube["bands"], counting, strict=True))
    names = [*cube["bands"], *cube.get("properties", {})]
    units = {name: entries.unit(columns[name]) for name in names}
    return data.assign({name: _quantity(data[name], counted.get(name, (1, 0)), units[name]) for name in names})


def _quantity(band, counting, unit):
    """Return a band as the promised quantity, float and missing as NaN; what is promised as
    ``count`` as it is.
    """
    if unit != "count":
        scale, offset = counting[:2]
        numbers = band.astype("float32")
        band = (numbers.where(band != band.attrs["nodata"]) if "nodata" in band.attrs else numbers) * scale + offset
    return band.assign_attrs(units=unit)


def _origin(collection, items):
    makers = ", ".join(maker.name for maker in collection.providers or [])
    credit = f"{makers or collection.id}, {collection.title or collection.id}"
    stated = collection.extra_fields
    dois = {item.properties.get("sci:doi") for item in items}
    doi = stated.get("sci:doi") or (dois.pop() if len(dois) == 1 else None)
    return provenance(
        _http.today(),
        stated.get("sci:citation", credit),
        _licence(collection),
        doi,
        title=collection.title or collection.id,
    )


def _licence(collection):
    """Return a licence's name, or the address of its text where the catalogue has no better word
    than proprietary.
    """
    if collection.license not in ("proprietary", "various", "other", None):
        return collection.license
    link = collection.get_single_link("license")
    return link.href if link else collection.license
