"""Workers for data that one processor, or one laptop, does not hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dask.distributed import Client

# As Dask starts them, workers give memory back to Linux after every array, and asking for it again takes about as long
# as the arithmetic. They keep up to a gibibyte instead; their limit holds all the same.
KEEP_MEMORY = {
    f"distributed.nanny.pre-spawn-environ.MALLOC_{which}_THRESHOLD_": str(2**30) for which in ("TRIM", "MMAP")
}


def cluster(workers: int = 2, memory: str = "1GiB") -> Client:
    """Return a Dask client: on this machine, or wherever the environment says, without a change in the notebook.

    Parameters
    ----------
    workers : how many processes to start here, one thread each; a remote scheduler keeps its own.
    memory : the memory of each of them, such as ``"1GiB"``.

    ``DASK_SCHEDULER_ADDRESS`` names a scheduler that runs already; ``DASK_GATEWAY__ADDRESS`` a Dask Gateway, where a
    new cluster of ``workers`` is started (needs the package dask-gateway). Closing the client stops the workers that
    were started on this machine, and leaves others alone.
    """
    import dask
    from dask.distributed import Client

    if address := os.environ.get("DASK_SCHEDULER_ADDRESS"):
        return Client(address)
    if os.environ.get("DASK_GATEWAY__ADDRESS"):
        return _gateway(workers)
    with dask.config.set(KEEP_MEMORY):
        return Client(n_workers=workers, threads_per_worker=1, memory_limit=memory, dashboard_address="127.0.0.1:0")


def _gateway(workers):
    try:
        from dask_gateway import Gateway
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("DASK_GATEWAY__ADDRESS is set, and the package dask-gateway is missing.") from error
    remote = Gateway().new_cluster()
    remote.scale(workers)
    return remote.get_client()
