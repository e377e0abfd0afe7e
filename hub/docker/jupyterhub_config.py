"""The hub in a container: all that `hub/jupyterhub_config.py` says, with a container for each person."""

import json
import os
from pathlib import Path

from hub import folders, profile
from hub.docker.spawner import ContainerSpawner

c = get_config()  # noqa: F821
service = profile.load(os.environ["FIELDNOTES_PROFILE"])
folders.prepare(service)
os.chdir(service.root / "state")
load_subconfig(str(profile.ROOM / "jupyterhub_config.py"))  # noqa: F821

(service.root / "state" / "hub.pid").write_text(str(os.getpid()))  # `python -m hub` finds the hub by it
c.JupyterHub.hub_ip, c.JupyterHub.hub_port = "0.0.0.0", service.port
# The proxy comes by the network of the services, from the address by which the hub knows it; servers by theirs.
c.JupyterHub.hub_connect_ip = os.environ["FIELDNOTES_ADDRESS"]
c.Spawner.hub_connect_url = f"http://hub:{service.port}"
c.JupyterHub.last_activity_interval = 30  # how often a proxy that was started anew is told where everybody's server is
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = os.environ["FIELDNOTES_PROXY"]
c.ConfigurableHTTPProxy.auth_token = Path("/run/secrets/proxy_token").read_text().strip()
c.JupyterHub.services = [each for each in c.JupyterHub.services if each["name"] in ("culler", "manager")]
c.JupyterHub.spawner_class = ContainerSpawner
c.ContainerSpawner.profile = service
c.Spawner.cmd = ["/opt/start.sh", "jupyterhub-singleuser"]
c.Spawner.environment = {}
c.DockerSpawner.update(json.loads(Path("/etc/fieldnotes/servers.json").read_text())["DockerSpawner"])
