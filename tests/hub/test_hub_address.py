"""Whose address a request comes from, where proxies stand between."""

import pytest

from hub import address


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("10.0.0.9", "203.0.113.9", ["10.0.0.9"], "10.0.0.9"),  # not by way of the service's proxy
        ("127.0.0.1", "203.0.113.9, 192.0.2.1", [], "192.0.2.1"),
        ("127.0.0.1", "203.0.113.9, 192.0.2.1", ["192.0.2.1"], "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.7,192.0.2.1", ["192.0.2.1"], "198.51.100.7"),
        ("127.0.0.1", "nonsense, 192.0.2.1", ["192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", "", [], "127.0.0.1"),
        ("::ffff:127.0.0.1", "203.0.113.9, ::ffff:192.0.2.1", ["192.0.2.1"], "203.0.113.9"),
    ],
)
def test_an_address_is_taken_from_those_who_are_known(peer, forwarded, trusted, found):
    assert address.client(peer, forwarded, "127.0.0.1", trusted) == found
