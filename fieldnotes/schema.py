"""Promises: holding data to the shape that their catalogue entry promises."""

from fieldnotes import errors
from fieldnotes.entries import times, unit


def conform(data, name, entry, attrs):
    """Return ``data`` in the promised shape with ``attrs``; raise SchemaChanged naming the column that breaks it."""
    import pandera.errors

    gridded = entry["shape"] in ("grid", "raster", "stac")
    prepare, schema = (_as_grid, _grid_schema) if gridded else (_as_table, _frame_schema)
    data = prepare(data, name, entry)
    try:
        data = schema(entry).validate(data)
    except pandera.errors.SchemaError as error:
        raise errors.SchemaChanged(f"{name!r} is not as the catalogue promises: {_reason(error)}") from error
    data.attrs = {key: value for key, value in attrs.items() if value is not None}
    if entry["shape"] == "table":
        data.attrs["units"] = {column: unit(text) for column, text in entry["columns"].items() if column != "time"}
    return data


def _as_table(data, name, entry):
    """Return the promised columns, time stamps as UTC nanoseconds, ``time`` as the index."""
    data = data.reset_index() if data.index.name in entry["columns"] else data
    _require(entry["columns"], data.columns, name)
    geometry = ["geometry"] if entry["shape"] == "vector" else []
    data = data[[*entry["columns"], *geometry]].copy()
    for column in times(entry["columns"]):
        data[column] = _times(data[column], name)
    for column, text in entry["columns"].items():
        if unit(text) not in ("UTC", "text", "count"):
            data[column] = _numbers(data[column], name)
    return data.set_index("time") if "time" in data else data


def _times(column, name):
    """Return time stamps in UTC; without a zone they are UTC already."""
    import pandas as pd

    try:
        return pd.to_datetime(column, utc=True).dt.as_unit("ns")
    except (TypeError, ValueError) as error:
        mixed = column.astype("str").str.contains(r"(?:Z|[+-]\d\d:?\d\d)$").nunique() == 2
        content = "some time stamps with a zone and some without" if mixed else "more than time stamps"
        reason = f"column {column.name!r} has {content}"
        raise errors.SchemaChanged(f"{name!r} is not as the catalogue promises: {reason}.") from error


def _numbers(column, name):
    import pandas as pd

    try:
        return column.astype("float64")
    except (TypeError, ValueError) as error:
        wrong = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
        example = f", such as {str(wrong.iloc[0])!r}" if len(wrong) else ""
        raise errors.SchemaChanged(
            f"{name!r} is not as the catalogue promises: {column.name!r} has text{example}."
        ) from error


def _as_grid(data, name, entry):
    _require(entry["columns"], [*data.coords, *data.data_vars], name)
    return data[[column for column in entry["columns"] if column in data.data_vars]]


def _require(promised, found, name):
    missing = [column for column in promised if column not in found]
    if missing:
        raise errors.SchemaChanged(
            f"{name!r} is not as the catalogue promises: it has no column {missing[0]!r}, only {', '.join(found)}."
        )


def _frame_schema(entry):
    from pandera.pandas import Column, DataFrameSchema, Index

    limits = _limits(entry)
    columns = {
        column: Column(_dtype(text), limits[column], nullable=True)
        for column, text in entry["columns"].items()
        if column != "time"
    }
    index = Index(_dtype("UTC"), unique=True) if "time" in entry["columns"] else None
    return DataFrameSchema(columns, index=index)


def _grid_schema(entry):
    from pandera.xarray import Coordinate, DatasetSchema, DataVar

    promised, limits = entry["columns"], _limits(entry)
    axes = [column for column in promised if column in ("time", "month", "lat", "lon", "x", "y", "height")]
    # Of a lazy cube pandera looks at names and attributes only, as nothing is computed.
    fields = {
        column: DataVar(attrs={"units": unit(text)}, checks=limits[column], nullable=True)
        for column, text in promised.items()
        if column not in axes
    }
    return DatasetSchema(data_vars=fields, coords={axis: Coordinate() for axis in axes})


def _limits(entry):
    """Return each column's plausible bounds as pandera checks."""
    from pandera.pandas import Check

    ranges = entry.get("range", {})
    return {column: [Check.in_range(*ranges[column])] if column in ranges else [] for column in entry["columns"]}


def _dtype(text):
    return {"UTC": "datetime64[ns, UTC]", "text": "str", "count": "int64"}.get(unit(text), "float64")


def _reason(error):
    """Return pandera's finding as the end of a sentence, with the column and the first value that breaks it."""
    import numpy as np
    import pandas as pd

    column = getattr(error.schema, "name", None) or "time"
    if error.check == "attrs":
        return f"column {column!r} has {error}."
    values = pd.Series(np.ravel(getattr(error.failure_cases, "failure_case", error.failure_cases))).dropna()
    shown = f" ({values.iloc[0]})" if len(values) else ""
    return f"column {column!r} fails {getattr(error.check, 'error', error.check)}{shown}."
