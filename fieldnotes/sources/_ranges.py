"""Parts of remote files, by HTTP byte ranges, each with time-outs, retries and typed errors."""

from fieldnotes import errors
from fieldnotes.sources import _http


def read(url, start=0, end=None, hosts=()):
    """Return bytes ``start`` to ``end`` (exclusive) of a file; a negative start counts from the
    file's end.
    """
    last = "" if end is None else end - 1
    span = f"bytes={start}" if start < 0 else f"bytes={start}-{last}"

    def ask():
        with _http.answer(url, {"Range": span} if start or end else {}, hosts) as response:
            _http.refuse_large(url, int(response.headers.get("Content-Length", 0)))
            return response.content

    return _http.patiently(ask, url)


def store(url, hosts=()):
    """Return the Zarr store at an address, read in the pieces that are needed, each with retries."""
    import fsspec
    from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
    from zarr.storage import FsspecStore

    class Remote(fsspec.AbstractFileSystem):
        cachable = False

        def cat_file(self, path, start=None, end=None, **_):
            try:
                return read(path, start or 0, end, hosts)
            except errors.NotFound as error:
                raise FileNotFoundError(path) from error

    return FsspecStore(AsyncFileSystemWrapper(Remote(), asynchronous=True), True, url)
