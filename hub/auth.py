"""Who may come in: people of a list, with a password; or anyone with the shared word. The licence is accepted first."""

import secrets
import time
from collections import OrderedDict, deque

from jupyterhub.auth import Authenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from nativeauthenticator import NativeAuthenticator
from tornado import web
from traitlets import Any, Integer

from hub import people
from hub.profile import ended

LONGEST = 72  # bytes of a password that bcrypt takes; comparing in constant time takes ASCII alone


class Tries:
    """At most `most` in `seconds` for one key; a bounded number of keys is remembered."""

    def __init__(self, most, seconds, keys=10_000):
        self.most, self.seconds, self.keys, self.seen = most, seconds, keys, OrderedDict()

    def left(self, key):
        """Tell whether another try is allowed."""
        times, now = self.seen.get(key, deque()), time.monotonic()
        while times and times[0] < now - self.seconds:
            times.popleft()
        return len(times) < self.most

    def count(self, key):
        """Count a try."""
        self.seen.setdefault(key, deque(maxlen=self.most)).append(time.monotonic())
        self.seen.move_to_end(key)
        while len(self.seen) > self.keys:
            self.seen.popitem(last=False)


class Door(Authenticator):
    """What both kinds share: the licence, the end of a course, and a pause after wrong passwords."""

    profile = Any(config=True)
    wrong_a_name = Integer(5, config=True, help="wrong passwords for a name from an address, in five minutes")
    wrong_an_address = Integer(
        30, config=True, help="wrong passwords from an address, in five minutes; a class has one"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.names, self.addresses = Tries(self.wrong_a_name, 300), Tries(self.wrong_an_address, 300)

    async def authenticate(self, handler, data):
        """Return who it is, or nothing; say clearly where the password is not the reason."""
        address = handler.request.remote_ip
        name = data.get("username", "")[:64].lower()
        self._admit(address, name, data)
        word = data.get("password", "")
        fits = word.isascii() and len(word) <= LONGEST
        known = await super().authenticate(handler, {**data, "username": name, "password": word}) if fits else None
        if not known:
            self.names.count((address, name))
            self.addresses.count(address)
        return known

    def _admit(self, address, name, data):
        if ended(self.profile):
            raise web.HTTPError(403, f"This course ended on {self.profile.ends}.")
        if not (self.names.left((address, name)) and self.addresses.left(address)):
            raise web.HTTPError(429, "Too many wrong passwords. Wait five minutes, then try again.")
        if self.profile.licence and "login_terms_checkbox" not in data:
            raise web.HTTPError(403, "Please accept the licence: go back, tick the box and sign in again.")


class ListedAuthenticator(Door, NativeAuthenticator):
    """Accounts that `apply` made, with NativeAuthenticator's passwords; nobody signs up."""

    def get_handlers(self, app):
        """Serve JupyterHub's own log-in, and of NativeAuthenticator's pages the one to change one's password."""
        own = [row for row in super().get_handlers(app) if row[0] == "/change-password"]
        return [*Authenticator.get_handlers(self, app), *own]

    async def refresh_user(self, user, handler=None):
        """End the sessions of people who left, and all of them when a course is over."""
        row = people.table(self.profile)["users"].get(user.name)
        return bool(row and row["active"] and not ended(self.profile))


class VisitorAuthenticator(Door, SharedPasswordAuthenticator):
    """Any name and the shared word. The name is dropped: every log-in is a person of its own."""

    async def authenticate(self, handler, data):
        """Return a name that nobody had before."""
        known = await super().authenticate(handler, data)
        return f"visitor-{secrets.token_hex(6)}" if known else None
