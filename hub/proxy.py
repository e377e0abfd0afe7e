"""A proxy that outlives the hub: JupyterHub's own is ended at every start, and everybody's connections with it."""

from jupyterhub.proxy import ConfigurableHTTPProxy
from tornado.ioloop import PeriodicCallback
from traitlets import Any

from hub import service


class LastingProxy(ConfigurableHTTPProxy):
    """The proxy of before, where it still runs as this hub would start it; else a new one."""

    profile = Any(config=True)

    async def start(self):
        """Take over the running proxy, or start one; and start another whenever it is gone."""
        if not self._runs():
            return await super().start()
        self.log.info("The proxy runs on")
        self._check_running_callback = PeriodicCallback(self.check_running, 1000 * self.check_running_interval)
        self._check_running_callback.start()

    def _runs(self):
        pid = service.proxy(self.profile)
        words = service.command(pid) if pid else []
        same_port = str(self.profile.port).encode() in words
        return same_port and (b"--host-routing" in words) == self.host_routing

    async def check_running(self):
        """Start a proxy, and tell it where everybody's server is, if there is none."""
        if not self._runs():
            self.log.error("The proxy is gone; here is another")
            self._check_running_callback.stop()
            await super().start()
            await self.restore_routes()
