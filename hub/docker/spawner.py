"""A container for each person, who is the same UNIX number there as in the folders outside."""

from dockerspawner import DockerSpawner
from traitlets import Any

from hub import folders, people
from hub.profile import ended, size


class ContainerSpawner(DockerSpawner):
    """DockerSpawner, with the own home and the own groups' folders, and nothing else of the machine."""

    profile = Any(config=True)

    def person(self):
        """Return the UNIX number and the groups of this user, as they were applied."""
        if self.profile.people == "anyone":
            return self.profile.ids, {}
        accounts = people.table(self.profile)
        user = accounts["users"].get(self.user.name)
        if not user or not user["active"] or ended(self.profile):
            raise PermissionError(f"{self.user.name} has no account here")
        return user["id"], people.groups_of(accounts, self.user.name)

    async def start(self):
        """Make the container as this person's."""
        uid, groups = self.person()
        home = f"/home/{self.user.name}"
        self.environment = {**self.environment, "HOME": home}
        self.extra_create_kwargs = {"user": f"{uid}:{uid}", "working_dir": "/"}
        more = {"group_add": [str(number) for number in groups.values()]}
        if self.profile.kept:
            rooms = {str(folders.home(self.profile, self.user.name, uid)): home}
            rooms |= {str(folders.room(self.profile, "groups", name)): f"/groups/{name}" for name in groups}
            self.volumes = {outside: {"bind": inside, "mode": "rw"} for outside, inside in rooms.items()}
        else:
            fresh = f"size={size(self.profile.disk)},uid={uid},gid={uid},mode=0700"
            more["tmpfs"] = {**self.extra_host_config["tmpfs"], home: fresh}
        self.extra_host_config = {**self.extra_host_config, **more}
        return await super().start()
