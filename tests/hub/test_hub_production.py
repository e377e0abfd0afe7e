"""What is generated for production, checked without a network, an engine or a cluster; nothing of it is run."""

import copy
import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema
import needs
import pytest
import yaml

from hub import compose, profile, values

CHECKOUT = Path(__file__).resolve().parents[2]
PEOPLE = 'users = ["ann", "ben"]\n'
REGISTRY = "registry.example.org/fieldnotes"
URL = "https://hub.example.org/"
APART = {"subdomain_host": "https://hub.example.org", "sharing": True}


def made(tmp_path, monkeypatch, name, **settings):
    """Return a profile with an address, people and this machine's settings."""
    monkeypatch.setenv("FIELDNOTES_HUB", str(tmp_path))
    (tmp_path / name).mkdir(exist_ok=True)
    day = {"ends": "2999-01-01"} if name == "course" else {}
    rows = [f"{key} = {json.dumps(value)}\n" for key, value in {"public_url": URL, **day, **settings}.items()]
    (tmp_path / name / "profile.toml").write_text("".join(rows), encoding="utf-8")
    (tmp_path / name / "users.toml").write_text(PEOPLE, encoding="utf-8")
    return profile.load(name)


@pytest.fixture(params=profile.SHIPPED)
def service(request, tmp_path, monkeypatch):
    """Each of the shipped profiles, with an address."""
    return made(tmp_path, monkeypatch, request.param)


# -- what the generated files may say --------------------------------------------------------------------------------
TEXT, NUMBER, YES, LIST, ANY = str, (int, float), bool, list, object
IMAGE = {"name": TEXT, "tag": TEXT}
CORES = {"cores": {"limit": NUMBER}, "memory": {"limit": (int, str)}}
# The keys of the charts' schemas that are used here, and the types that the schemas give them.
CHARTS = {
    "jupyterhub": {
        "hub": {
            "config": ANY, "db": {"type": TEXT}, "networkPolicy": {"enabled": YES, "ingress": LIST},
            "activeServerLimit": int, "allowNamedServers": YES,
            "authenticatePrometheus": YES, "redirectToServer": YES, "shutdownOnLogout": YES,
            "templateVars": dict, "extraEnv": dict, "extraConfig": dict, "services": dict,
        },
        "proxy": {"service": {"type": TEXT}, "https": {"enabled": YES}},
        "ingress": {"enabled": YES, "annotations": dict, "hosts": LIST, "tls": LIST},
        "singleuser": {
            "image": IMAGE, "cmd": (list, str), "defaultUrl": TEXT, "uid": int, "fsGid": int,
            "allowPrivilegeEscalation": YES, "cloudMetadata": {"blockWithIptables": YES},
            "cpu": {"limit": NUMBER, "guarantee": NUMBER}, "memory": {"limit": (int, str), "guarantee": (int, str)},
            "extraEnv": dict, "extraPodConfig": dict,
            "networkPolicy": {
                "enabled": YES, "egress": LIST,
                "egressAllowRules": {"cloudMetadataServer": YES, "privateIPs": YES, "nonPrivateIPs": YES},
            },
            "storage": {"type": TEXT, "capacity": TEXT, "homeMountPath": TEXT}, "extraResource": {"limits": dict},
        },
        "cull": {"enabled": YES, "users": YES, "timeout": NUMBER, "every": NUMBER, "maxAge": NUMBER},
        "scheduling": {"userScheduler": {"enabled": YES}, "podPriority": {"enabled": YES}},
        "prePuller": {"hook": {"enabled": YES}},
    },
    "dask-gateway": {
        "gateway": {
            "prefix": TEXT, "auth": {"type": TEXT}, "extraConfig": (dict, str),
            "backend": {"image": IMAGE, "scheduler": CORES, "worker": CORES},
        },
        "traefik": {"service": {"type": TEXT}},
    },
}  # fmt: skip


def faults(found, known, place=""):
    """Yield a sentence for each key that a chart does not have, and each value of a wrong type."""
    for key, value in found.items():
        here = f"{place}.{key}".lstrip(".")
        if key not in known:
            yield f"{here} is no key of the chart"
        elif isinstance(known[key], dict):
            if not isinstance(value, dict):
                yield f"{here} is not a mapping"
            else:
                yield from faults(value, known[key], here)
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] not in (bool, object)):
            yield f"{here} is of the wrong type"


def as_written(content):
    """Return what a file holds once it is written and read."""
    return yaml.safe_load(yaml.safe_dump(content))


def test_every_value_is_one_that_the_charts_have(service):
    for chart, content in values.values(service, REGISTRY).items():
        assert list(faults(as_written(content), CHARTS[chart])) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("singleuser", "storge"), {"type": "none"}, "singleuser.storge is no key"),
        (("singleuser", "cpu", "limit"), "two", "singleuser.cpu.limit is of the wrong type"),
        (("cull", "timeout"), True, "cull.timeout is of the wrong type"),
        (("hub", "networkPolicy"), True, "hub.networkPolicy is not a mapping"),
    ],
    ids=str,
)
def test_a_misspelt_key_and_a_wrong_type_among_the_values_are_found(tmp_path, monkeypatch, path, value, sentence):
    content = values.values(made(tmp_path, monkeypatch, "members"), REGISTRY)["jupyterhub"]
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    found = list(faults(content, CHARTS["jupyterhub"]))
    assert len(found) == 1 and sentence in found[0]


@pytest.mark.needs("charts")
@pytest.mark.parametrize("chart", CHARTS)
def test_the_values_fit_the_schema_of_a_chart_that_is_here(service, chart):
    folder = os.environ["FIELDNOTES_CHARTS"]
    schema = yaml.safe_load((Path(folder) / chart / "values.schema.json").read_text(encoding="utf-8"))
    whole = yaml.safe_load((Path(folder) / chart / "values.yaml").read_text(encoding="utf-8"))
    mine = values.values(service, REGISTRY).get(chart, {})
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(merged(whole, mine))] == []


def merged(under, over):
    """Return values laid over a chart's own, as Helm does."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return copy.deepcopy(over)
    return {**under, **{key: merged(under.get(key), value) for key, value in over.items()}}


# -- Docker Compose against its own schema ---------------------------------------------------------------------------
def checked(tmp_path, content):
    """Return what check-jsonschema says of a file for Compose."""
    file = tmp_path / "compose.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [needs.compose_checker(), "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.needs("compose schema")
@pytest.mark.parametrize("more", [{}, APART], ids=["one-name", "a-name-each"])
@pytest.mark.parametrize("name", profile.SHIPPED)
def test_the_file_for_compose_fits_its_schema(tmp_path, monkeypatch, name, more):
    done = checked(tmp_path, compose.compose(made(tmp_path, monkeypatch, name, **more)))
    assert done.returncode == 0, done.stdout


@pytest.mark.needs("compose schema")
@pytest.mark.parametrize(("key", "value"), [("restrat", "always"), ("read_only", [1]), ("networks", "people")])
def test_a_misspelt_key_and_a_wrong_type_for_compose_are_found(tmp_path, monkeypatch, key, value):
    content = compose.compose(made(tmp_path, monkeypatch, "members"))
    content["services"]["hub"][key] = value
    done = checked(tmp_path, content)
    assert done.returncode == 1 and "services" in done.stdout


# -- one fact in one place -------------------------------------------------------------------------------------------
NUMBERS = {"memory": "3G", "cpus": 1.5, "processes": 77, "disk": "7G", "idle_minutes": 11, "hours": 5, "places": 13}


@pytest.mark.parametrize("name", profile.SHIPPED)
def test_the_limits_are_the_profiles(tmp_path, monkeypatch, name):
    service = made(tmp_path, monkeypatch, name, **{**NUMBERS, "idle_minutes": 11.0, "upload": "3M"})
    server = json.loads(compose.compose(service)["configs"]["servers"]["content"])["DockerSpawner"]
    chart = values.values(service, REGISTRY)["jupyterhub"]
    assert server["mem_limit"] == server["extra_host_config"]["memswap_limit"] == 3 * 2**30
    assert server["cpu_limit"] == chart["singleuser"]["cpu"]["limit"] == 1.5
    assert server["extra_host_config"]["pids_limit"] == 77
    assert any("podPidsLimit to 77" in sentence for sentence in values.unsaid(service))
    assert chart["singleuser"]["memory"]["limit"] == "3G"
    assert (chart["cull"]["timeout"], chart["cull"]["maxAge"]) == (660, 5 * 3600)
    assert chart["hub"]["activeServerLimit"] == 13
    for told in (server["environment"], chart["singleuser"]["extraEnv"]):
        assert (told["FIELDNOTES_IDLE"], told["FIELDNOTES_UPLOAD"]) == ("660", str(3 * 2**20))
    kept = chart["singleuser"].get("extraResource", {"limits": chart["singleuser"]["storage"]})["limits"]
    assert "7Gi" in kept.values()


def test_what_is_kept_is_on_a_volume_and_what_is_not_goes_with_the_server(service):
    content = values.values(service, REGISTRY)["jupyterhub"]
    assert content["singleuser"]["storage"]["type"] == ("dynamic" if service.kept else "none")
    assert content["cull"]["users"] == content["hub"]["shutdownOnLogout"] == (service.people == "anyone")
    assert any("quotas" in sentence for sentence in compose.unsaid(service)) == service.kept


# -- what must not be ------------------------------------------------------------------------------------------------
def test_no_secret_stands_in_the_output(service):
    state = service.root / "state"
    state.mkdir()
    words = {name: f"hidden-{name}-{number}" for number, name in enumerate(("word", "proxy.token", "manager.token"))}
    for name, word in words.items():
        (state / name).write_text(word, encoding="utf-8")
    text = yaml.safe_dump([compose.compose(service), values.values(service, REGISTRY)])
    assert "hidden-" not in text
    assert not re.search(r"[A-Za-z0-9_-]{40,}", text.replace(str(service.root), "")), "something as long as a key"
    found = compose.compose(service)["secrets"].values()
    assert found and all(set(secret) == {"file"} for secret in found)
    told = values.values(service, REGISTRY)["jupyterhub"]["hub"]["extraEnv"].values()
    assert told and all(set(each) == {"name", "valueFrom"} for each in told)


def test_the_hub_and_the_lessons_are_two_images_of_two_environments(service):
    parts = compose.compose(service)["services"]
    files = {parts[name]["build"]["dockerfile"] for name in ("hub", "lessons")}
    assert parts["hub"]["image"] != parts["lessons"]["image"] and len(files) == 2
    server = compose.servers(service)["DockerSpawner"]
    assert server["image"] == parts["lessons"]["image"]
    hub, lessons = (CHECKOUT.joinpath(file).read_text(encoding="utf-8") for file in sorted(files))
    assert "/opt/lessons" not in hub and "notebooks" not in hub
    assert "project /opt/lock/hub" in lessons and "project /opt/lock/lessons" in lessons


def test_servers_have_no_network_that_leads_out_and_nobody_else_the_socket(service):
    content = compose.compose(service)
    networks, parts = content["networks"], content["services"]
    server = compose.servers(service)["DockerSpawner"]
    assert server["network_name"] == networks["people"]["name"] and networks["people"]["internal"]
    assert networks["people"]["driver_opts"]["com.docker.network.bridge.gateway_mode_ipv4"] == "isolated"
    assert all(networks[name]["internal"] for name in ("docker", "inside", "people"))
    socket = [name for name, part in parts.items() if "docker.sock" in str(part.get("volumes", ""))]
    assert socket == ["docker-api"] and parts["docker-api"]["networks"] == ["docker"]
    published = [name for name, part in parts.items() if part.get("ports")]
    assert published == ["tls"]
    assert ("egress" in parts) == bool(service.reach) == ("https_proxy" in server["environment"])


def test_every_service_starts_again_says_how_it_is_and_has_few_rights(service):
    for name, part in compose.compose(service)["services"].items():
        if name == "lessons":  # an image alone
            continue
        assert part["restart"] == "unless-stopped" and part["healthcheck"]["test"][0] == "CMD"
        assert part["cap_drop"] == ["ALL"] and part["read_only"] and "no-new-privileges:true" in part["security_opt"]
        assert "privileged" not in part
    host = compose.servers(service)["DockerSpawner"]["extra_host_config"]
    assert host["cap_drop"] == ["ALL"] and host["read_only"] and host["security_opt"] == ["no-new-privileges"]


def test_the_proxys_interface_listens_where_no_server_is(service):
    parts = compose.compose(service)["services"]
    address = parts["proxy"]["networks"]["inside"]["ipv4_address"]
    assert f"--api-ip={address}" in parts["proxy"]["entrypoint"][2]
    assert parts["hub"]["environment"]["FIELDNOTES_PROXY"] == f"http://{address}:8001"


def test_a_cluster_lets_servers_reach_what_the_profile_names_and_nothing_inside(service):
    server = values.values(service, REGISTRY)["jupyterhub"]["singleuser"]
    assert server["networkPolicy"]["enabled"] and not any(server["networkPolicy"]["egressAllowRules"].values())
    blocks = [way["to"][0]["ipBlock"] for way in server["networkPolicy"]["egress"] if "ipBlock" in way["to"][0]]
    assert len(blocks) == len(service.reach)
    assert all({"169.254.0.0/16", "10.0.0.0/8"} <= set(block["except"]) for block in blocks)
    assert server["allowPrivilegeEscalation"] is server["extraPodConfig"]["automountServiceAccountToken"] is False


def test_cookies_go_over_tls_alone_and_nobody_switches_xsrf_off(service):
    content = values.values(service, REGISTRY)
    told = content["jupyterhub"]["hub"]["config"]["JupyterHub"]
    assert told["tornado_settings"]["cookie_options"]["secure"] is True and told["public_url"] == URL
    assert content["jupyterhub"]["ingress"]["tls"][0]["hosts"] == content["jupyterhub"]["ingress"]["hosts"]
    files = [path.read_text(encoding="utf-8") for path in (CHECKOUT / "hub" / "docker").iterdir() if path.is_file()]
    said = yaml.safe_dump([content, compose.compose(service)]) + "".join(files)
    assert not {"xsrf_cookies", "disable_check_xsrf"} & set(re.findall(r"\w+", said))


def test_who_comes_in_is_who_is_listed_or_knows_the_word(service):
    hub = values.values(service, REGISTRY)["jupyterhub"]["hub"]
    doors = hub["config"]["Authenticator"]
    if service.people == "listed":
        assert doors["allowed_users"] == ["ann", "ben"] and not doors["allow_all"]
    else:
        assert doors["allow_all"] and "Visitors" in hub["extraConfig"]["10-visitors"]
    assert "admin_users" not in yaml.safe_dump(hub)
    for code in hub.get("extraConfig", {}).values():
        compile(code, "extraConfig", "exec")
    assert (service.ends in "".join(hub.get("extraConfig", {}).values())) if service.ends else True


@pytest.mark.parametrize("name", profile.SHIPPED)
def test_a_name_each_where_people_open_each_others_servers(tmp_path, monkeypatch, name):
    service = made(tmp_path, monkeypatch, name, **APART)
    content = compose.compose(service)
    assert "hub.example.org, *.hub.example.org {" in content["configs"]["caddyfile"]["content"]
    assert "--host-routing" in content["services"]["proxy"]["entrypoint"][2] and "tls_key" in content["secrets"]
    chart = values.values(service, REGISTRY)["jupyterhub"]
    assert chart["ingress"]["hosts"] == ["hub.example.org", "*.hub.example.org"]
    assert chart["hub"]["config"]["JupyterHub"]["subdomain_host"] == "https://hub.example.org"


# -- workers ---------------------------------------------------------------------------------------------------------
def test_a_lesson_finds_workers_where_people_are_listed(service):
    content = values.values(service, REGISTRY)
    listed = service.people == "listed"
    told = content["jupyterhub"]["singleuser"]["extraEnv"]
    assert ("dask-gateway" in content) == listed == ("DASK_GATEWAY__ADDRESS" in told)
    assert ("dask-gateway" in content["jupyterhub"]["hub"].get("services", {})) == listed
    if listed:
        assert told["DASK_GATEWAY__ADDRESS"].endswith(content["dask-gateway"]["gateway"]["prefix"])
        assert content["jupyterhub"]["hub"]["networkPolicy"]["ingress"], "the gateway cannot ask the hub who it is"
        worker = content["dask-gateway"]["gateway"]["backend"]
        assert worker["image"] == content["jupyterhub"]["singleuser"]["image"]
        assert worker["worker"]["memory"]["limit"] == profile.size(service.memory)


# -- the commands ----------------------------------------------------------------------------------------------------
def run(tmp_path, *words):
    """Run `python -m hub`; return its status, what it printed and what it complained about."""
    python = CHECKOUT / "hub" / ".venv" / "bin" / "python"
    environment = {**os.environ, "FIELDNOTES_HUB": str(tmp_path)}
    done = subprocess.run(
        [python, "-m", "hub", *words], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.needs("hub")
def test_the_commands_print_or_write_what_is_made(tmp_path, monkeypatch):
    service = made(tmp_path, monkeypatch, "members")
    status, printed, _ = run(tmp_path, "compose", "members")
    assert status == 0 and yaml.safe_load(printed) == as_written(compose.compose(service))
    assert printed.startswith("# ")
    status, printed, _ = run(tmp_path, "values", "members", "--registry", REGISTRY, "--out", str(tmp_path / "out"))
    assert (status, printed) == (0, "")
    written = {file.stem: yaml.safe_load(file.read_text()) for file in (tmp_path / "out").iterdir()}
    assert written == as_written(values.values(service, REGISTRY))


@pytest.mark.parametrize(
    ("settings", "made_by", "sentence"),
    [
        ({"public_url": ""}, "compose", "production is TLS alone"),
        ({"public_url": "http://hub.example.org/"}, "values", "production is TLS alone"),
        ({"subdomain_host": "http://hub.example.org"}, "compose", "subdomain_host begins with https"),
        ({"reach": ["data.example.org:443"]}, "values", "knows addresses, not data.example.org"),
        ({"reach": ["data.example.org"]}, "compose", "reach names host:port"),
        ({"reach": ["*:https"]}, "values", "reach names host:port"),
    ],
    ids=str,
)
def test_what_production_cannot_give_is_refused_in_a_sentence(tmp_path, monkeypatch, settings, made_by, sentence):
    service = made(tmp_path, monkeypatch, "members", **settings)
    with pytest.raises(ValueError, match=sentence) as refused:
        compose.compose(service) if made_by == "compose" else values.values(service, REGISTRY)
    assert "\n" not in str(refused.value)


def test_a_cluster_needs_a_registry(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="say --registry"):
        values.values(made(tmp_path, monkeypatch, "open"), "")
