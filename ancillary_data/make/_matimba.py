"""The package that holds the overpass of Matimba and the wind of that day."""

from _package import read, wheel

SHA256 = "6643f2f8fd6940bc7df70d85ddb3d1fc9634262c056f1db03603d96f047a90ab"


def member(name: str) -> bytes:
    """Content of a file in ddeq's folder of data."""
    return read(wheel("ddeq", "1.1", SHA256), f"ddeq/data/{name}")
