"""Links that open a lesson with one click: on Binder, on a hub, in Colab, or to read on GitHub."""

import subprocess
from urllib.parse import quote, urlencode

from ci.notebooks import ROOT, find


class NoRepository(ValueError):
    """Nobody said where the repository is."""


def links(notebook, repository=None, branch="main", hub=None):
    """Return the links to a lesson, by service.

    ``repository`` is its address on GitHub; without it, where this clone came from. The link to a ``hub`` pulls the
    repository into the reader's home with nbgitpuller, which keeps what they changed.
    """
    (path,) = find([notebook])
    place = path.relative_to(ROOT).as_posix()
    repository = (repository or _origin()).removesuffix("/").removesuffix(".git")
    owner, _, name = repository.removeprefix("https://github.com/").partition("/")
    if not repository.startswith("https://github.com/") or not name or "/" in name:
        raise NoRepository(f"{repository} is no address of a repository such as https://github.com/OWNER/NAME.")
    version = quote(branch, safe="")
    found = {
        "read": f"{repository}/blob/{quote(branch)}/{quote(place)}",
        "binder": f"https://mybinder.org/v2/gh/{owner}/{name}/{version}?{_query(urlpath=f'lab/tree/{place}')}",
        "colab": f"https://colab.research.google.com/github/{owner}/{name}/blob/{quote(branch)}/{quote(place)}",
    }
    if hub:
        asked = _query(repo=repository, urlpath=f"lab/tree/{name}/{place}", branch=branch)
        found["hub"] = f"{hub.removesuffix('/')}/hub/user-redirect/git-pull?{asked}"
    return found


def _query(**parts):
    return urlencode(parts, quote_via=quote, safe="")


def _origin():
    asked = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
    told = subprocess.run(asked, capture_output=True, text=True)
    address = told.stdout.strip().replace("git@github.com:", "https://github.com/")
    if not address.startswith("https://github.com/"):
        raise NoRepository("Where is the repository? Say --repository https://github.com/OWNER/NAME.")
    return address
