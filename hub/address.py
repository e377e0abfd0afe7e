"""From which address a request comes, by which wrong passwords are counted."""

from tornado.httpserver import _HTTPRequestContext
from tornado.netutil import is_valid_ip


def client(peer, forwarded, own, trusted):
    """Return the address of a client: what `X-Forwarded-For` says, as far back as those who say it are known.

    `own` is the service's proxy, which adds who connected to it. Whoever else connects is the client, whatever it says.
    """
    told = [each for each in map(_plain, forwarded.split(",")) if is_valid_ip(each)]
    if _plain(peer) != own or not told:
        return _plain(peer)
    return next((each for each in reversed(told) if each not in trusted), told[0])


def _plain(address):
    return address.strip().removeprefix("::ffff:")  # how a socket of IPv6 names an address of IPv4


def believe(own, trusted):
    """Let this hub take addresses so: Tornado takes them from whoever connects, and `X-Real-Ip` before all."""
    stock = _HTTPRequestContext._apply_xheaders

    def apply(context, headers):
        peer = context.remote_ip
        stock(context, headers)
        context.remote_ip = client(peer, headers.get("X-Forwarded-For", ""), own, trusted)

    _HTTPRequestContext._apply_xheaders = apply
