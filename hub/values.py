"""A service in production on Kubernetes: values for zero-to-jupyterhub's chart and Dask Gateway's, from the profile."""

import ipaddress

from hub import pages, people
from hub.compose import LARGER, LESSONS_IMAGE, TAG, environment, hosts, idle, insist
from hub.profile import size

JUPYTERHUB_CHART, GATEWAY_CHART = "4.4.0", "2026.3.0"
PREFIX, GATEWAY = "/services/dask-gateway", "traefik-dask-gateway"  # as the release `dask-gateway` calls it
WORKERS = 8  # most workers of one cluster, each as large as a server
NEVER = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
HOME = "/home/fieldnotes"
LOGIN = {  # what GenericOAuthenticator reads, from the secret `fieldnotes-login`
    "OAUTH_CLIENT_ID": "client-id",
    "OAUTH_CLIENT_SECRET": "client-secret",
    "OAUTH2_AUTHORIZE_URL": "authorize-url",
    "OAUTH2_TOKEN_URL": "token-url",
    "OAUTH2_USERDATA_URL": "userdata-url",
}
VISITORS = """
import os
import secrets

from jupyterhub.authenticators.shared import SharedPasswordAuthenticator


class Visitors(SharedPasswordAuthenticator):
    async def authenticate(self, handler, data):
        known = await super().authenticate(handler, data)
        return f"visitor-{secrets.token_hex(6)}" if known else None


c.JupyterHub.authenticator_class = Visitors
c.Visitors.user_password = os.environ["FIELDNOTES_WORD"]
"""
ENDS = """
import datetime

from tornado import web


def open_until(*arguments):
    if datetime.date.today() >= datetime.date.fromisoformat("{day}"):
        raise web.HTTPError(403, "This course ended on {day}.")
    return arguments[-1]


c.Authenticator.post_auth_hook = open_until
c.KubeSpawner.pre_spawn_hook = lambda spawner: open_until(spawner) and None
"""


def values(profile, registry):
    """Return the values of the charts that a service takes, by the name of the chart."""
    insist(profile)
    if not registry:
        raise ValueError("say --registry: a cluster pulls the image of the lessons from one")
    found = {"jupyterhub": jupyterhub(profile, registry)}
    return found | ({"dask-gateway": gateway(profile, registry)} if workers(profile) else {})


def workers(profile):
    """Tell whether people may start workers: those of a list, not whoever knows the shared word."""
    return profile.people == "listed"


def unsaid(profile):
    """Yield a sentence for each thing that the profile says and these values cannot hold anybody to."""
    charts = f"jupyterhub {JUPYTERHUB_CHART}" + (f" and dask-gateway {GATEWAY_CHART}" if workers(profile) else "")
    yield f"For the charts {charts}, in one namespace."
    yield f"Kubernetes limits processes by node: set the kubelet's podPidsLimit to {profile.processes}."
    yield "A network policy needs a network that enforces it, such as Calico or Cilium; without one it does nothing."
    if profile.people == "listed":
        yield "Groups' folders, a course's store and its release and collect exist on one machine alone, not here."
        yield "People log in through OpenID Connect; the secret fieldnotes-login holds the addresses and keys for it."
    else:
        yield "The secret fieldnotes-word holds the shared word under the key word."


def jupyterhub(profile, registry):
    """Return the values of zero-to-jupyterhub."""
    seconds, often = idle(profile)
    anyone = profile.people == "anyone"
    cull = {"enabled": True, "users": anyone, "timeout": seconds, "every": often, "maxAge": int(profile.hours * 3600)}
    return {
        "hub": hub(profile, anyone),
        "proxy": {"service": {"type": "ClusterIP"}, "https": {"enabled": False}},  # TLS ends at the ingress
        "ingress": ingress(profile),
        "singleuser": singleuser(profile, registry),
        "cull": cull,
        "scheduling": {"userScheduler": {"enabled": False}, "podPriority": {"enabled": True}},
        "prePuller": {"hook": {"enabled": True}},
    }


def hub(profile, anyone):
    """Return what the hub is told: who comes in, how many at once, and cookies over TLS alone."""
    told = {
        "config": {**who(profile), "JupyterHub": {**_who_class(anyone), **browser(profile)}},
        "db": {"type": "sqlite-pvc"},
        "networkPolicy": {"enabled": True, "ingress": [_from_gateway()] if workers(profile) else []},
        "activeServerLimit": profile.places,
        "allowNamedServers": False,
        "authenticatePrometheus": True,
        "redirectToServer": anyone,
        "shutdownOnLogout": anyone,
        "templateVars": {"announcement_login": _licence(profile)},
        "extraEnv": _secrets(anyone),
    }
    code = {"10-visitors": VISITORS.lstrip()} if anyone else {}
    code |= {"20-ends": ENDS.format(day=profile.ends).lstrip()} if profile.ends else {}
    service = {"dask-gateway": {"display": False, "url": f"http://{GATEWAY}"}} if workers(profile) else {}
    return told | ({"extraConfig": code} if code else {}) | ({"services": service} if service else {})


def _licence(profile):
    return f'By signing in you accept the <a href="{profile.licence}">licence</a>.' if profile.licence else ""


def _who_class(anyone):
    return {} if anyone else {"authenticator_class": "generic-oauth"}


def browser(profile):
    """Return what a browser is told, as on one machine."""
    return {"tornado_settings": {**pages.settings(profile), "slow_spawn_timeout": 0}, **pages.origins(profile)}


def who(profile):
    """Return who may come in: the names of the list, or whoever knows the word; nobody administers."""
    safe = {"username_pattern": people.NAME, "refresh_pre_spawn": True}
    if profile.people == "anyone":
        return {"Authenticator": {**safe, "allow_all": True, "allow_existing_users": False}}
    names = sorted(people.listed(profile)["users"])
    oauth = {
        "oauth_callback_url": f"{profile.public_url.rstrip('/')}/hub/oauth_callback",
        "username_claim": "preferred_username",
        "scope": ["openid", "profile"],
        "login_service": profile.title,
    }
    listed = {"allow_all": False, "allow_existing_users": False, "allowed_users": names}
    return {"Authenticator": {**safe, **listed}, "GenericOAuthenticator": oauth}


def _secrets(anyone):
    """Return the environment that comes out of the cluster's secrets."""
    wanted = {"FIELDNOTES_WORD": ("fieldnotes-word", "word")} if anyone else {}
    wanted |= {} if anyone else {name: ("fieldnotes-login", key) for name, key in LOGIN.items()}
    return {
        name: {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for name, (secret, key) in wanted.items()
    }


def ingress(profile):
    """Return the door to the cluster: TLS for each name, and uploads as large as the profile says."""
    names = hosts(profile)
    largest = {"nginx.ingress.kubernetes.io/proxy-body-size": str(LARGER * size(profile.upload))}
    tls = [{"hosts": names, "secretName": f"fieldnotes-{profile.name}-tls"}]
    return {"enabled": True, "annotations": largest, "hosts": names, "tls": tls}


def singleuser(profile, registry):
    """Return what each person's server may use and do."""
    return {
        "image": {"name": f"{registry}/{LESSONS_IMAGE}", "tag": TAG},
        "cmd": ["/opt/start.sh", "jupyterhub-singleuser"],
        "defaultUrl": "/lab" if profile.kept else "/lab/tree/lessons",
        "uid": 1000,
        "fsGid": 100,
        "allowPrivilegeEscalation": False,
        "cloudMetadata": {"blockWithIptables": False},  # the network policy does, without a privileged container
        "cpu": {"limit": profile.cpus, "guarantee": profile.cpus / 10},
        "memory": {"limit": profile.memory, "guarantee": size(profile.memory) // 4},
        "extraEnv": {**environment(profile), "HOME": HOME, **_gateway_address(profile)},
        "extraPodConfig": {"automountServiceAccountToken": False},
        "networkPolicy": network_policy(profile),
        **storage(profile),
    }


def storage(profile):
    """Return a volume for each home, or a piece of the node's disk that goes with the server."""
    largest = f"{profile.disk}i"
    if profile.kept:
        return {"storage": {"type": "dynamic", "capacity": largest, "homeMountPath": HOME}}
    return {"storage": {"type": "none"}, "extraResource": {"limits": {"ephemeral-storage": largest}}}


def network_policy(profile):
    """Return the way out: what the profile names, never an address inside, nor the cloud's metadata."""
    closed = {"cloudMetadataServer": False, "privateIPs": False, "nonPrivateIPs": False}
    ways = [_way(profile, pattern) for pattern in profile.reach]
    ways += [_to_gateway()] if workers(profile) else []
    return {"enabled": True, "egressAllowRules": closed, "egress": ways}


def _way(profile, pattern):
    host, _, port = pattern.rpartition(":")
    ports = [{"port": int(port), "protocol": "TCP"}]
    if host == "*":
        return {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": NEVER}}], "ports": ports}
    try:
        block = str(ipaddress.ip_network(host.strip("[]")))
    except ValueError:
        sentence = f"a network policy knows addresses, not {host}; reach names *:port or address:port on Kubernetes"
        raise ValueError(f"profile {profile.name}: {sentence}") from None
    return {"to": [{"ipBlock": {"cidr": block}}], "ports": ports}


def _to_gateway():
    labels = {"app.kubernetes.io/name": "dask-gateway", "app.kubernetes.io/component": "traefik"}
    return {"to": [{"podSelector": {"matchLabels": labels}}], "ports": [{"port": 8000, "protocol": "TCP"}]}


def _from_gateway():
    """Let the gateway ask the hub who somebody is; its chart need not label its pods as the hub's chart wants."""
    labels = {"app.kubernetes.io/name": "dask-gateway"}
    return {"from": [{"podSelector": {"matchLabels": labels}}], "ports": [{"port": 8081, "protocol": "TCP"}]}


def _gateway_address(profile):
    """Return where `fieldnotes.cluster()` finds workers."""
    if not workers(profile):
        return {}
    return {
        "DASK_GATEWAY__ADDRESS": f"http://{GATEWAY}{PREFIX}",
        "DASK_GATEWAY__PUBLIC_ADDRESS": PREFIX,
        "DASK_GATEWAY__PROXY_ADDRESS": f"gateway://{GATEWAY}:80",
        "DASK_GATEWAY__AUTH__TYPE": "jupyterhub",
    }


def gateway(profile, registry):
    """Return Dask Gateway's values: workers with the lessons' image, each as large as a server, ended when idle."""
    largest = {"cores": {"limit": profile.cpus}, "memory": {"limit": size(profile.memory)}}
    seconds, _ = idle(profile)
    limits = f"c.ClusterConfig.cluster_max_workers = {WORKERS}\nc.ClusterConfig.idle_timeout = {seconds}\n"
    return {
        "gateway": {
            "prefix": PREFIX,
            "auth": {"type": "jupyterhub"},  # the key is the one that the hub's chart makes for the service
            "extraConfig": {"limits": limits},
            "backend": {
                "image": {"name": f"{registry}/{LESSONS_IMAGE}", "tag": TAG},
                "scheduler": largest,
                "worker": largest,
            },
        },
        "traefik": {"service": {"type": "ClusterIP"}},
    }
