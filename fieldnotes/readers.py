"""Reading one file, or one folder of files, of each shape that the catalogue knows."""

from fieldnotes import entries, errors


def read(path, entry):
    """Return the table, grid, layer, lines of text, names of files or lazy cube, not yet held to their promise."""
    readers = {
        "table": _read_table,
        "grid": _read_grid,
        "raster": _read_raster,
        "vector": _read_vector,
        "text": _read_text,
        "files": _read_files,
        "stac": _read_stac,
    }
    try:
        return readers[entry["shape"]](path, entry)
    except errors.DataError:
        raise
    except (OSError, EOFError, ValueError, RuntimeError) as error:  # the readers' own errors are among these
        raise errors.Corrupt(f"{path} cannot be read: it is broken, or not in the format of its name.") from error


def _read_table(path, entry):
    import pandas as pd

    columns = entry["columns"]
    text = {column: "str" for column, promise in columns.items() if entries.unit(promise) == "text"}
    # Only an empty field is missing: "NA" is a country.
    table = pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])
    if len(columns) > 1 and any(";" in str(column) for column in table):
        raise errors.SchemaChanged(
            f"{path} separates its columns by semicolons: save it with commas between columns and points in numbers."
        )
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes what is too much for an index
        raise errors.SchemaChanged(
            f"{path} has more values in a row than column names: do its numbers have decimal commas?"
        )
    return table


def _read_text(path, entry):
    import pandas as pd

    return pd.DataFrame({"line": path.read_text(encoding="utf-8").splitlines()}, dtype="str")


def _read_files(path, entry):
    import pandas as pd

    names = entries.files(path)
    return pd.DataFrame({"path": names, "bytes": [(path / name).stat().st_size for name in names]})


def _read_grid(path, entry):
    import xarray as xr

    return xr.load_dataset(path, engine="netcdf4")


def _read_raster(path, entry):
    import rioxarray

    names = [column for column in entry["columns"] if column not in ("x", "y", "band")]
    bands = rioxarray.open_rasterio(path, masked=True).load()
    return bands.assign_coords(band=names).to_dataset(dim="band")


def _read_stac(path, entry):
    from fieldnotes.sources import stac

    return stac.read_folder(path, entry)


def _read_vector(path, entry):
    import geopandas

    return geopandas.read_file(path)
