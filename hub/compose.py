"""A service in production on one machine: a file for Docker Compose, with every number from the profile."""

import json
from urllib.parse import urlsplit

from hub.profile import ROOM, size

HUB_IMAGE, LESSONS_IMAGE = "fieldnotes-hub", "fieldnotes-lessons"  # two environments, two images
TAG = "1"
EGRESS_PORT = 3128
LARGER = 2  # a file travels as text, a third longer, with what describes it
LOG = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


# -- what both kinds of production share -----------------------------------------------------------------------------
def insist(profile):
    """Refuse, in a sentence, what is not safe before the world."""
    if not profile.public_url.startswith("https://"):
        raise ValueError(f"profile {profile.name}: production is TLS alone; say public_url, https://...")
    if profile.subdomain_host and not profile.subdomain_host.startswith("https://"):
        raise ValueError(f"profile {profile.name}: subdomain_host begins with https://")
    for pattern in profile.reach:
        host, _, port = pattern.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise ValueError(f"profile {profile.name}: reach names host:port, *.host:port or *:port, not {pattern!r}")


def hosts(profile):
    """Return the names under which a service is reached: one, and one for each user where these are apart."""
    names = [urlsplit(profile.public_url).hostname]
    return [*names, f"*.{urlsplit(profile.subdomain_host).hostname}"] if profile.subdomain_host else names


def idle(profile):
    """Return the seconds after which an idle server is stopped, and how often one looks."""
    seconds = int(profile.idle_minutes * 60)
    return seconds, max(5, min(60, seconds // 4))


def environment(profile):
    """Return what every server is told."""
    seconds, _ = idle(profile)
    return {
        "FIELDNOTES_IDLE": str(seconds),
        "FIELDNOTES_KEPT": str(int(profile.kept)),
        "FIELDNOTES_UPLOAD": str(size(profile.upload)),
        "JUPYTERHUB_ACTIVITY_INTERVAL": str(min(300, max(5, seconds // 3))),
        "OMP_NUM_THREADS": str(max(1, int(profile.cpus))),
    }


# -- Docker Compose --------------------------------------------------------------------------------------------------
def compose(profile):
    """Return the whole file for Docker Compose."""
    insist(profile)
    parts = {"tls": tls, "proxy": proxy, "docker-api": docker_api, "hub": hub, "lessons": lessons}
    if profile.reach:
        parts["egress"] = egress
    return {
        "name": f"fieldnotes-{profile.name}",
        "services": {name: part(profile) for name, part in parts.items()},
        "networks": networks(profile),
        "volumes": {"certificates": {}},
        "secrets": {name: {"file": f"./secrets/{name}"} for name in ("proxy_token", *_keys(profile))},
        "configs": {
            "caddyfile": {"content": caddyfile(profile)},
            "servers": {"content": json.dumps(servers(profile), indent=1)},
        },
    }


def unsaid(profile):
    """Yield a sentence for each thing that the profile says and this file cannot hold anybody to."""
    if profile.kept:
        yield f"Docker limits no folder: put {profile.root} on a file system with quotas of {profile.disk} a home."
    yield "Engine 28 and Compose 2.24 or newer: older ones leave servers a way to the machine's own address."


def _service(**more):
    """Return what every service has: little right, a log that does not grow, and a new start after a fall."""
    safe = {"restart": "unless-stopped", "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
    return {**safe, "read_only": True, "logging": LOG, **more}


def _asks(*command):
    return {"test": ["CMD", *command], "interval": "30s", "timeout": "10s", "retries": 3, "start_period": "60s"}


def _inside(profile, last):
    """Return an address in the network of the services, which differs from profile to profile as the ports do."""
    return f"172.31.{profile.port // 100 % 256}.{last}"


TLS, PROXY, HUB = 2, 3, 4  # last numbers of fixed addresses: by them the hub knows who tells X-Forwarded-For


def networks(profile):
    """Return the networks: only `out` leads anywhere; people's servers are on `people`, which has no way out."""
    apart = {"com.docker.network.bridge.gateway_mode_ipv4": "isolated"}  # not even the machine's own address
    return {
        "out": {},
        "docker": {"internal": True},
        "inside": {"internal": True, "ipam": {"config": [{"subnet": f"{_inside(profile, 0)}/28"}]}},
        "people": {"name": people(profile), "internal": True, "driver": "bridge", "driver_opts": apart},
    }


def people(profile):
    """Return the name of the network that the servers join."""
    return f"fieldnotes-{profile.name}-people"


def _keys(profile):
    """Return the secrets of TLS: Caddy fetches a certificate, but not one for every user's own name."""
    return ("tls_certificate", "tls_key") if profile.subdomain_host else ()


def caddyfile(profile, proxy="proxy:8000", keys="/run/secrets"):
    """Return what stands before the service: TLS, and no body larger than an upload.

    It is this that tells browsers to ask over TLS alone, for a year: it answers for every page, the servers' too. It
    speaks for the service's own names, and not for what else is below or beside them.
    """
    insist(profile)
    own = f"\ttls {keys}/tls_certificate {keys}/tls_key\n" if _keys(profile) else ""
    return (
        f"{', '.join(hosts(profile))} {{\n{own}{_own_names(profile)}"
        '\theader Strict-Transport-Security "max-age=31536000"\n'
        f"\trequest_body {{\n\t\tmax_size {LARGER * size(profile.upload)}\n\t}}\n"
        f"\treverse_proxy {proxy}\n}}\n"
    )


def _own_names(profile):
    """Send whoever asks for the hub under a user's own name to the hub's: a page of that user's must never read it."""
    if not profile.subdomain_host:
        return ""
    names = f"\t\thost {hosts(profile)[1]}\n\t\tnot path /user/*\n"
    return f"\t@users {{\n{names}\t}}\n\tredir @users {profile.public_url.rstrip('/')}{{uri}}\n"


def tls(profile):
    """Caddy, the only one that the world reaches."""
    return _service(
        image="caddy:2.10",
        cap_add=["NET_BIND_SERVICE"],
        ports=["80:80", "443:443"],
        networks={"out": {}, "inside": {"ipv4_address": _inside(profile, TLS)}},
        configs=[{"source": "caddyfile", "target": "/etc/caddy/Caddyfile"}],
        secrets=list(_keys(profile)),
        volumes=["certificates:/data"],
        tmpfs=["/config"],
        depends_on={"proxy": {"condition": "service_healthy"}},
        healthcheck=_asks("wget", "-q", "-O", "-", "http://127.0.0.1:2019/config/"),
    )


def proxy(profile):
    """The way to the hub and to each server. Its interface listens where no server is."""
    version = json.loads((ROOM / "package.json").read_text(encoding="utf-8"))["dependencies"]["configurable-http-proxy"]
    words = [f"--api-ip={_inside(profile, PROXY)}", "--api-port=8001", "--ip=0.0.0.0", "--port=8000"]
    words += [f"--default-target=http://{_inside(profile, HUB)}:{profile.port}"]
    words += ["--host-routing"] if profile.subdomain_host else []
    token = "CONFIGPROXY_AUTH_TOKEN=$$(cat /run/secrets/proxy_token)"
    return _service(
        image=f"quay.io/jupyterhub/configurable-http-proxy:{version}",
        entrypoint=["sh", "-c", f"export {token}; exec configurable-http-proxy {' '.join(words)}"],
        networks={"inside": {"ipv4_address": _inside(profile, PROXY)}, "people": {}},
        secrets=["proxy_token"],
        healthcheck=_asks("wget", "-q", "-O", "-", "http://127.0.0.1:8000/_chp_healthz"),
    )


def docker_api(_):
    """What the hub sees of Docker: containers, in place of the socket."""
    rights = dict.fromkeys(("CONTAINERS", "IMAGES", "NETWORKS", "POST"), "1")
    return _service(
        image="tecnativa/docker-socket-proxy:v0.4.2",  # before 0.4 it wrote beside its program, which is read-only here
        environment=rights,
        networks=["docker"],
        volumes=["/var/run/docker.sock:/var/run/docker.sock:ro"],
        tmpfs=["/run", "/tmp"],
        healthcheck=_asks("wget", "-q", "-O", "-", "http://127.0.0.1:2375/_ping"),
    )


def _build(name):
    return {"context": "${FIELDNOTES_CHECKOUT:-.}", "dockerfile": f"hub/docker/{name}.Dockerfile"}


def hub(profile):
    """The hub. It gives people their folders, hence the three rights."""
    health = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{profile.port}/hub/health', timeout=5)"
    return _service(
        image=f"{HUB_IMAGE}:{TAG}",
        build=_build("hub"),
        init=True,
        cap_add=["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        environment={
            "DOCKER_HOST": "tcp://docker-api:2375",
            "FIELDNOTES_ADDRESS": _inside(profile, HUB),
            "FIELDNOTES_HUB": str(profile.root.parent),
            "FIELDNOTES_LESSONS": "/opt/lessons/bin/python",
            "FIELDNOTES_PROFILE": profile.name,
            "FIELDNOTES_PROXY": f"http://{_inside(profile, PROXY)}:8001",
            "FIELDNOTES_TRUSTED": _inside(profile, TLS),
        },
        networks={"docker": {}, "inside": {"ipv4_address": _inside(profile, HUB)}, "people": {}},
        configs=[{"source": "servers", "target": "/etc/fieldnotes/servers.json"}],
        secrets=["proxy_token"],
        volumes=[{"type": "bind", "source": str(profile.root), "target": str(profile.root)}],
        tmpfs=["/run", "/tmp"],
        depends_on={"proxy": {"condition": "service_healthy"}, "docker-api": {"condition": "service_healthy"}},
        healthcheck=_asks("python", "-c", health),
    )


def lessons(_):
    """The image of the servers, to build; the hub starts them."""
    return {"image": f"{LESSONS_IMAGE}:{TAG}", "build": _build("lessons"), "profiles": ["image"]}


def egress(profile):
    """The only way out of the servers: what the profile names, and no address inside."""
    socket = "/tmp/egress.sock"
    names = " ".join(f"'{pattern}'" for pattern in profile.reach)
    relay = f"socat TCP-LISTEN:{EGRESS_PORT},fork,reuseaddr UNIX-CONNECT:{socket}"
    return _service(
        image=f"{HUB_IMAGE}:{TAG}",
        build=_build("hub"),
        init=True,
        user="65534:65534",
        command=["sh", "-c", f"{relay} & exec python -m hub.egress {socket} {names}"],
        networks=["out", "people"],
        tmpfs=["/tmp:mode=1777"],
        healthcheck=_asks("test", "-S", socket),
    )


def servers(profile):
    """Return DockerSpawner's settings: what each person's container may use and do."""
    memory = size(profile.memory)
    settings = {
        "image": f"{LESSONS_IMAGE}:{TAG}",
        "network_name": people(profile),
        "use_internal_ip": True,
        "remove": True,
        "prefix": f"fieldnotes-{profile.name}",
        "mem_limit": memory,
        "cpu_limit": profile.cpus,
        "extra_host_config": {
            "memswap_limit": memory,  # no swap on top
            "pids_limit": profile.processes,
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "log_config": {"type": LOG["driver"], "config": LOG["options"]},
            "tmpfs": {"/tmp": f"size={memory // 2},mode=1777"},
        },
        "environment": {**environment(profile), **_way_out(profile)},
    }
    return {"DockerSpawner": settings}


def _way_out(profile):
    if not profile.reach:
        return {}
    gate = f"http://egress:{EGRESS_PORT}"
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    return dict.fromkeys(names, gate) | {"NO_PROXY": "127.0.0.1,localhost,hub", "no_proxy": "127.0.0.1,localhost,hub"}
