"""The package that holds Landsat and GEDI at Canberra."""

from _package import read, sdist

SHA256 = "d8412863922c12912c25cb70449fcabc21d836e92ba048e0c6fa8704b902ab99"


def member(name: str) -> bytes:
    """Content of a file in datacube's folder of tests on Canberra."""
    return read(sdist("datacube", "1.9.20", SHA256), f"datacube-1.9.20/tests/data/lbg/{name}")
