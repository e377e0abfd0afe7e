"""What providers of grids do differently: names and units, 0 to 360 degrees, rows from the north, a
day sent twice.
"""

from fieldnotes import entries, errors
from fieldnotes.sources import _units

NAMES = {"latitude": "lat", "longitude": "lon"}


def tidy(data, variables, name, entry):
    """Return a Dataset with the promised names, units and axes; ``variables`` maps promised names
    to the provider's.

    Latitudes run from the south unless the entry's text of ``lat`` says ``north first``. Longitudes
    are turned into the range that the entry's ``range`` states for ``lon``. Axes of one value that
    are not promised are dropped. Raises SchemaChanged for a variable that is missing, for another
    unit, and for a coordinate that comes twice.
    """
    missing = [column for column in variables.values() if column not in data]
    if missing:
        sentence = f"{name!r}: the provider sent no variable {missing[0]!r}, only {', '.join(data)}."
        raise errors.SchemaChanged(sentence)
    data = data.rename({there: here for here, there in variables.items() if there != here})
    data = data.rename({there: here for there, here in NAMES.items() if there in data.coords})
    for column in variables:
        data[column] = _in_unit(data[column], name, entry["columns"][column])
    single = [axis for axis, size in data.sizes.items() if size == 1 and axis not in entry["columns"]]
    return _ordered(data.squeeze(single, drop=True), name, entry)


def _in_unit(variable, name, promise):
    promised = entries.unit(promise)
    if variable.dtype.kind in "iu" and promised != "count":
        variable = variable.astype("float32")  # a quantity, of which no cell happens to be missing
    values = _units.convert(variable, variable.attrs.get("units"), promised, name, variable.name)
    return values.assign_attrs(variable.attrs | {"units": promised})


def _ordered(data, name, entry):
    west = entry.get("range", {}).get("lon", [None])[0]
    if "lon" in data.dims and west is not None:
        data = data.assign_coords(lon=((data["lon"] - west) % 360 + west).assign_attrs(data["lon"].attrs))
    for axis in ("time", "lat", "lon"):
        if axis not in data.dims:
            continue
        falling = axis == "lat" and "north first" in entry["columns"].get("lat", "")
        data = data.sortby(axis, ascending=not falling)
        repeated = data.get_index(axis)[data.get_index(axis).duplicated()]
        if len(repeated):
            raise errors.SchemaChanged(f"{name!r}: the provider sent {axis} {repeated[0]} twice.")
    return data
