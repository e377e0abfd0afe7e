"""A notebook server in a sandbox of its own, as a UNIX user of its own, with limits."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import random_port
from traitlets import Any, Unicode

from hub import folders, limits, people, sandbox
from hub.profile import NUMBERS, ROOM, ended, size

EGRESS_PORT = 3128
PATIENCE = 120  # seconds that a server may take until it listens
DEATH = 0.3  # seconds until what was killed is gone


class SandboxSpawner(LocalProcessSpawner):
    """JupyterHub's local processes, each behind `launch.sh`."""

    profile = Any(config=True)
    lessons = Unicode(config=True, help="the Python of the lessons' environment")
    gate = None  # starts take turns: a class that logs in together must not be late as a whole

    # -- who ----------------------------------------------------------------------------------------------------------
    def person(self):
        """Return the UNIX number and the groups of this user, as they were applied."""
        if self.profile.people == "anyone":
            return {"id": self._free_number(), "groups": {}}
        accounts = people.table(self.profile)
        user = accounts["users"].get(self.user.name)
        if not user or not user["active"] or ended(self.profile):
            raise PermissionError(f"{self.user.name} has no account here")
        return {"id": user["id"], "groups": people.groups_of(accounts, self.user.name)}

    def _free_number(self):
        """Return a UNIX number that no running visitor has; making its folder takes it."""
        for number in range(self.profile.ids, self.profile.ids + NUMBERS):
            try:
                (self.profile.run / str(number)).mkdir()
            except FileExistsError:
                continue
            return number
        raise RuntimeError("no free number for a visitor")

    def rooms(self, person):
        """Return the folders that this user may write, by their place in the sandbox."""
        if not self.profile.kept:
            return {}
        rooms = {f"/home/{self.user.name}": folders.home(self.profile, self.user.name, person["id"])}
        return rooms | {f"/groups/{name}": folders.room(self.profile, "groups", name) for name in person["groups"]}

    # -- start --------------------------------------------------------------------------------------------------------
    async def start(self):
        """Wait for a turn, start, and keep the turn until the server answers."""
        if SandboxSpawner.gate is None:
            SandboxSpawner.gate = asyncio.Semaphore(2 * (os.cpu_count() or 1))
        async with SandboxSpawner.gate:
            self.port, server = random_port(), list(self.cmd)
            try:
                self.cmd = [*await asyncio.to_thread(self._sandbox), *server]
                where = await super().start()
            finally:
                self.cmd = server
            self.born = _born(self.pid)
            await self._answering(*where)
        if await self.poll() is not None:
            raise RuntimeError("the server ended as it started; the hub's log says why")
        return where

    def _sandbox(self):
        """Make the folders, the control group and the command of a sandbox; blocking, and as root."""
        person = self.person()
        self.uid, run = person["id"], self.profile.run / str(person["id"])
        shutil.rmtree(run, ignore_errors=True)
        (run / "me").mkdir(parents=True)
        os.chown(run / "me", self.uid, self.uid)
        if not limits.create(self.group, size(self.profile.memory), self.profile.processes, self.profile.cpus):
            self.log.warning("NO LIMIT of memory, processes and processors for %s: no control groups", self.user.name)
        words = sandbox.arguments(self.profile, self.user.name, person, run, self.rooms(person), self.lessons)
        outside = (self.uid, self.port, run / "me" / "server.sock", self.profile.run / "filter.bpf")
        return ["/bin/sh", str(ROOM / "launch.sh"), *map(str, outside), *words]

    async def _answering(self, ip, port):
        """Wait until the server answers anything at all, or has ended; the relay listens before it does."""
        for _ in range(PATIENCE * 5):
            if await self.poll() is not None or await _answers(ip, port):
                return
            await asyncio.sleep(0.2)

    def make_preexec_fn(self, name):
        """Enter the control group; `launch.sh` and the sandbox change the user."""
        return lambda: limits.join(self.group)

    def get_env(self):
        """Return the environment, which is all that the sandbox gets."""
        env = super().get_env()
        env |= {"FIELDNOTES_PORT": str(self.port), "FIELDNOTES_HUB_PORT": str(self.profile.port + 1)}
        env |= {"FIELDNOTES_KEPT": str(int(self.profile.kept)), "OMP_NUM_THREADS": str(max(1, int(self.profile.cpus)))}
        if self.profile.reach:
            gate = f"http://127.0.0.1:{EGRESS_PORT}"
            env |= {"FIELDNOTES_EGRESS_PORT": str(EGRESS_PORT), "NO_PROXY": "127.0.0.1,localhost"}
            env |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), gate)
        return env

    def user_env(self, env):
        """Name the user as the sandbox does; the machine has no account of that name."""
        return {**env, "USER": self.user.name, "HOME": f"/home/{self.user.name}", "SHELL": "/bin/bash"}

    # -- while it runs, over a restart of the hub too, and its end -----------------------------------------------------
    uid, born = 0, ""

    @property
    def group(self):
        """The name of the control group."""
        return f"{self.profile.name}-{self.uid}"

    def get_state(self):
        """Remember the UNIX number, and when the process began: a number of a process may come again."""
        return {**super().get_state(), "uid": self.uid, "born": self.born}

    def load_state(self, state):
        """Find the server of before a restart."""
        super().load_state(state)
        self.uid, self.born = state.get("uid", 0), state.get("born", "")

    async def poll(self):
        """Tell whether it runs; from the day on which a course ends, none does."""
        status = await super().poll()
        if status is None and self.pid and ended(self.profile):
            await self._signal(signal.SIGKILL)
            await asyncio.sleep(DEATH)  # or a hub that starts would wait a minute for it to answer
            status = await super().poll()
        return status

    async def _signal(self, sig):
        """Signal everything that was started; nothing, where the process of that number is another one by now."""
        if not self.pid or (self.born and _born(self.pid) != self.born):
            return False
        if sig:
            os.killpg(self.pid, signal.SIGKILL)  # the relay and the sandbox, whose end ends all that is in it
        return True

    async def stop(self, now=False):
        """End the sandbox and whatever it left, and forget its sockets."""
        await super().stop(now=now)
        await asyncio.to_thread(limits.destroy, self.group)
        shutil.rmtree(self.profile.run / str(self.uid), ignore_errors=True)


def _born(pid):
    """Return when a process began, in clock ticks since the machine did; nothing if there is none, or a dead one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


async def _answers(ip, port):
    try:
        reader, writer = await asyncio.open_connection(ip, port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(1), 2)
        writer.close()
    except (OSError, TimeoutError):
        return False
    return bool(answer)
