"""A provider of data on this very machine, which counts what it sends: for lessons that ask what an answer costs.

    provider = serve(folder, soil=dataset)
    answer, spent = cost(provider, get, provider, "files/2017.nc")
    provider.stop()

It serves a folder's files, whole or in byte ranges, under ``/files``, and the pixels of datasets, by an OGC API-EDR
service (xpublish), under ``/datasets/NAME/edr``. It runs in a thread of the notebook, on 127.0.0.1 only. HTTP cannot
list a folder, so each Zarr store in it gets consolidated metadata, which name its arrays.
"""

import socket
import threading
import time
import tracemalloc
import urllib.parse
import urllib.request
import warnings
from pathlib import Path
from types import SimpleNamespace

import fsspec
import uvicorn
import xpublish
import zarr
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from starlette.staticfiles import StaticFiles
from zarr.storage import FsspecStore

OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open  # no proxy leads to this machine


def serve(folder, **datasets):
    """Return a running provider of ``folder`` and ``datasets``: its ``url``, what it has ``sent``, and ``stop()``."""
    for group in Path(folder).glob("*/zarr.json"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", zarr.errors.ZarrUserWarning)  # that Zarr 3 has not settled their form
            zarr.consolidate_metadata(group.parent)
    app, sent = xpublish.Rest(datasets).app, {"requests": 0, "bytes": 0}
    app.mount("/files", StaticFiles(directory=folder))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_counted(app, sent), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()

    def stop():
        server.should_exit = True
        thread.join()
        listening.close()

    return SimpleNamespace(url=f"http://127.0.0.1:{listening.getsockname()[1]}", sent=sent, stop=stop)


def get(provider, path, **query):
    """Return the bytes that the provider answers to a request."""
    asked = urllib.parse.urlencode({name.replace("_", "-"): value for name, value in query.items()})
    return _read(f"{provider.url}/{path}?{asked}")


def store(provider, path):
    """Return the Zarr store in a folder of the provider, read in the byte ranges that are needed, and no more."""
    return FsspecStore(AsyncFileSystemWrapper(_Ranges(), asynchronous=True), True, f"{provider.url}/files/{path}")


def cost(provider, ask, *question):
    """Return what ``ask(*question)`` returns and what it cost: requests, bytes, seconds, and of a second run peak MB.

    Bytes are those of the bodies. Peak memory is what Python allocates at both ends, which share this process.
    """
    before, begin = dict(provider.sent), time.perf_counter()
    answer = ask(*question)
    spent = {"seconds": time.perf_counter() - begin} | {key: provider.sent[key] - before[key] for key in before}
    tracemalloc.start()
    ask(*question)
    spent["peak_mb"] = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return answer, spent


def _counted(app, sent):
    """Return an ASGI application that counts a request, and the bytes of its answer, before they leave."""

    async def counted(scope, receive, send):
        async def counting(message):
            sent["bytes"] += len(message.get("body", b""))
            await send(message)

        sent["requests"] += 1
        await app(scope, receive, counting)

    return counted


def _read(url, headers=()):
    with OPEN(urllib.request.Request(url, headers=dict(headers))) as answer:
        return answer.read()


class _Ranges(fsspec.AbstractFileSystem):
    """A file system of addresses, read in byte ranges."""

    cachable = False

    def cat_file(self, path, start=None, end=None, **_):
        last = "" if end is None else end - 1
        span = {} if start is None else {"Range": f"bytes={start}" if start < 0 else f"bytes={start}-{last}"}
        try:
            return _read(path, span)
        except urllib.error.HTTPError as error:
            raise FileNotFoundError(path) from error
