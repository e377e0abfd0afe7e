"""A service's profile: what `profiles/NAME.toml` says, then what `profile.toml` in its folder on this machine says."""

import datetime
import os
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

ROOM = Path(__file__).resolve().parent
CHECKOUT = ROOM.parent
SHIPPED = ("members", "open", "course")
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
# What holds where a profile says nothing: little, for a short time, and no way out.
DEFAULTS = {
    "title": "",
    "people": "listed",  # listed: accounts that `apply` made | anyone: whoever knows the shared word
    "kept": True,  # homes stay when a server stops
    "ends": "",  # ISO date from which nobody logs in
    "licence": "https://creativecommons.org/licenses/by/4.0/",  # to accept at every log-in
    "idle_minutes": 15.0,
    "hours": 6,  # a server is stopped after so many, idle or not
    "places": 10,  # servers at once
    "memory": "1G",
    "cpus": 1.0,
    "processes": 128,
    "disk": "1G",  # a home, and a group's folder
    "upload": "100M",  # the largest file that the browser may send
    "reach": [],  # "host:port", "*.host:port" or "*:port"; never an address inside
    "host": "127.0.0.1",
    "port": 8000,  # the hub itself listens one above, the proxy's interface two above
    "ids": 0,  # the first of 10,000 UNIX numbers that belong to this service alone
    "public_url": "",  # https://..., where a proxy with TLS stands before
    "trusted_proxies": [],  # addresses whose X-Forwarded-For counts
    "subdomain_host": "",  # https://...: each user's pages on an origin of their own
    "sharing": False,  # people may open each other's servers; needs subdomain_host
}
NUMBERS = 10_000


def load(name):
    """Return the profile of a service, checked, with the paths of its state (which lies outside the checkout)."""
    root = Path(os.environ.get("FIELDNOTES_HUB", "/srv/fieldnotes-hub")) / name
    shipped = tomllib.loads((ROOM / "profiles" / f"{name}.toml").read_text(encoding="utf-8"))
    local = root / "profile.toml"
    changed = tomllib.loads(local.read_text(encoding="utf-8")) if local.exists() else {}
    profile = SimpleNamespace(name=name, root=root, **DEFAULTS | shipped | changed)
    profile.run = (
        Path("/run/fieldnotes-hub") / f"{name}-{profile.port}"
    )  # sockets: a short path that each user may pass
    if problems := list(wrong(profile)):
        raise ValueError(f"profile {name}: " + "; ".join(problems))
    return profile


def wrong(profile):
    """Yield a sentence for each setting that cannot be meant."""
    if unknown := sorted(set(vars(profile)) - set(DEFAULTS) - {"name", "root", "run"}):
        yield f"nothing is called {', '.join(unknown)}"
    for key, value in DEFAULTS.items():
        given = getattr(profile, key)
        if not isinstance(given, (int, float) if isinstance(value, float) else type(value)):
            yield f"{key} is a {type(value).__name__}"
    for key in ("memory", "disk", "upload"):
        if not re.fullmatch(r"\d+[KMG]", str(getattr(profile, key))):
            yield f'{key} is a number and K, M or G, as in "{DEFAULTS[key]}"'
    if profile.people not in ("listed", "anyone"):
        yield 'people is "listed" or "anyone"'
    if profile.name == "course" and not profile.ends:
        yield f'write into {profile.root}/profile.toml the day from which nobody logs in: ends = "YYYY-MM-DD"'
    if profile.ends and not _is_day(profile.ends):
        yield 'ends is a date, as in "2027-06-30"'
    if profile.ids < 65_536:
        yield "ids begins at 65536 or above, where no account of the machine is"
    if profile.sharing and not profile.subdomain_host:
        yield "people may open each other's servers only with subdomain_host: else a page of one reads another's tokens"
    if profile.host not in ("127.0.0.1", "::1") and not profile.public_url.startswith("https://"):
        yield "only this machine is listened to without TLS; say public_url"


def _is_day(text):
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except (TypeError, ValueError):
        return False


def size(text):
    """Return bytes: `size("2G")` is 2147483648."""
    return int(text[:-1]) * UNITS[text[-1]]


def ended(profile, today=None):
    """Tell whether the day has come from which nobody logs in."""
    return bool(profile.ends) and (today or datetime.date.today()) >= datetime.date.fromisoformat(profile.ends)
