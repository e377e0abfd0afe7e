"""The way out of the sandboxes: what is named passes, nothing else does, and nothing inside."""

import asyncio

import pytest

from hub import egress

NAMED = ["data.example.org:443", "*.pangaea.example:443", "127.0.0.1:5000"]


@pytest.mark.parametrize(
    ("host", "port", "passes"),
    [
        ("data.example.org", 443, True),
        ("DATA.example.org", 443, True),
        ("data.example.org", 80, False),
        ("evil.data.example.org", 443, False),
        ("data.example.org.evil.net", 443, False),
        ("doi.pangaea.example", 443, True),
        ("pangaea.example", 443, False),
    ],
)
def test_only_what_is_named_passes(host, port, passes):
    assert egress.allowed(host, port, NAMED) == passes


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "0.0.0.0"]
)
def test_nothing_inside_is_reached_by_a_general_pattern(host):
    assert asyncio.run(egress.addresses(host, 443, ["*:443"])) == []


def test_an_address_inside_is_reached_where_it_is_named_itself():
    assert asyncio.run(egress.addresses("127.0.0.1", 5000, NAMED)) == ["127.0.0.1"]


def exchange(tmp_path, request, patterns):
    """Return what the proxy answers, before a little server that repeats what it was asked."""

    async def echo(reader, writer):
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + (await reader.read(1000)))
        await writer.drain()
        writer.close()

    async def talk():
        there = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = there.sockets[0].getsockname()[1]
        named = [pattern.replace("PORT", str(port)) for pattern in patterns]
        door = await asyncio.start_unix_server(lambda *both: egress.serve(*both, named), tmp_path / "s")
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(request.replace(b"PORT", str(port).encode()))
        answer = await asyncio.wait_for(reader.read(1000), 10)
        answer += await asyncio.wait_for(reader.read(), 10) if b"200" in answer else b""
        writer.close()
        for server in (door, there):
            server.close()
            await server.wait_closed()
        return answer

    return asyncio.run(talk())


def test_a_plain_request_is_handed_on_with_its_path_alone(tmp_path):
    answer = exchange(tmp_path, b"GET http://127.0.0.1:PORT/a?b HTTP/1.1\r\nHost: x\r\n\r\n", ["127.0.0.1:PORT"])
    assert answer.startswith(b"HTTP/1.0 200") and b"GET /a?b HTTP/1.1\r\nConnection: close\r\nHost: x" in answer


def test_what_is_not_named_is_refused_with_a_reason(tmp_path):
    answer = exchange(tmp_path, b"CONNECT 127.0.0.1:PORT HTTP/1.1\r\n\r\n", ["elsewhere.example:443"])
    assert answer.startswith(b"HTTP/1.1 403") and b"not among what this service may reach" in answer


@pytest.mark.parametrize(
    "request_", [b"\r\n\r\n", b"GET\r\n\r\n", b"CONNECT :x HTTP/1.1\r\n\r\n", bytes(100) + b"\r\n\r\n"]
)
def test_nonsense_does_no_harm(tmp_path, request_):
    assert exchange(tmp_path, request_, ["*:443"])[:12] in (b"HTTP/1.1 502", b"HTTP/1.1 403")
