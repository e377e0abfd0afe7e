"""A service that really runs behind a real Caddy, with the configuration that `caddyfile` prints."""

import os
import socket
import ssl
import subprocess
from contextlib import contextmanager

import pytest
import requests
from conftest import MEMBERS, Service, serving, until
from requests.adapters import HTTPAdapter

PLAIN, TLS = 3, 4  # ports after the service's own
# What a machine of one's own has and a test has not: the usual ports, and a certificate from a public authority.
OPTIONS = """{{
	admin off
	local_certs
	skip_install_trust
	default_bind 127.0.0.1
	http_port {plain}
	https_port {tls}
}}
"""


def secured(folder, apart=False):
    """Yield a service of members behind TLS, with a name for each person's server where they are apart."""
    service = Service("members")
    service.hub = f"https://hub.localhost:{service.port + TLS}"
    told = {"public_url": f"{service.hub}/", "trusted_proxies": ["127.0.0.1"], "memory": "700M", "disk": "64M"}
    service.settings(**service.ports, **told, **({"subdomain_host": service.hub} if apart else {}))
    for _ in serving(service, MEMBERS):
        with names_found(), caddy(service, folder, apart) as authority:
            service.browser = {"authority": str(authority), "apart": apart}
            yield service


@contextmanager
def caddy(service, folder, apart):
    """Run Caddy, and tell where the certificate is that signs for it."""
    authority = (
        certificate(folder) if apart else folder / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    )
    options = OPTIONS.format(plain=service.port + PLAIN, tls=service.port + TLS)
    (folder / "Caddyfile").write_text(options + service.run("caddyfile", "--keys", str(folder)))
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            ready = until(lambda: authority.exists() and answers(service.port + TLS, authority), 60)
            assert ready, (folder / "log").read_text()
            yield authority
        finally:
            process.terminate()


def certificate(folder):
    """Make a certificate for the hub's name and all below it, which no public authority signs; return its file."""
    made, names = folder / "tls_certificate", "subjectAltName=DNS:hub.localhost,DNS:*.hub.localhost"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]
    words = [*kind, "-subj", "/CN=hub.localhost", "-addext", names, "-keyout", folder / "tls_key", "-out", made]
    subprocess.run(["openssl", "req", *words], check=True, capture_output=True)
    return made


def answers(port, authority):
    """Tell whether the hub's certificate is shown: Caddy listens before it has made it."""
    try:
        context = ssl.create_default_context(cafile=str(authority))
        with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            context.wrap_socket(probe, server_hostname="hub.localhost").close()
    except OSError:
        return False
    return True


@contextmanager
def names_found():
    """Find what ends with .localhost on this machine, as browsers do and Debian's resolver does not."""
    real = socket.getaddrinfo

    def found(host, *more, **named):
        return real("127.0.0.1" if str(host).endswith(".localhost") else host, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", found)
        yield


class From(HTTPAdapter):
    """Connections from an address of one's own: all of 127.0.0.0/8 is this machine."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *more, **named):
        """Begin each connection there."""
        super().init_poolmanager(*more, **named, source_address=(self.address, 0))


def at(address, authority=True):
    """Return a browser at an address."""
    http = requests.Session()
    http.verify, http.trust_env = authority, False
    for scheme in ("http://", "https://"):
        http.mount(scheme, From(address))
    return http
