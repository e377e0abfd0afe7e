"""Links that open a lesson, taken apart again as the services take them."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from teaching import __main__ as door
from teaching import links

LESSON = "education/drought-2018"
PLACE = f"notebooks/{LESSON}.ipynb"
HOME = "https://github.com/someone/field-notes"


@pytest.mark.parametrize("repository", [HOME, f"{HOME}.git", f"{HOME}/"])
@pytest.mark.parametrize("branch", ["main", "course/2026 åk"])
def test_links_lead_back_to_what_was_asked(repository, branch):
    found = links.links(LESSON, repository, branch, "https://hub.example.org/")
    binder, hub = urlsplit(found["binder"]), urlsplit(found["hub"])
    assert binder.path.split("/")[:5] == ["", "v2", "gh", "someone", "field-notes"]
    assert unquote(binder.path.split("/")[5]) == branch
    assert parse_qs(binder.query) == {"urlpath": [f"lab/tree/{PLACE}"]}
    assert (hub.netloc, hub.path) == ("hub.example.org", "/hub/user-redirect/git-pull")
    asked = {"repo": [HOME], "branch": [branch], "urlpath": [f"lab/tree/field-notes/{PLACE}"]}
    assert parse_qs(hub.query) == asked
    assert unquote(found["colab"]).endswith(f"/github/someone/field-notes/blob/{branch}/{PLACE}")
    assert unquote(found["read"]) == f"{HOME}/blob/{branch}/{PLACE}"


def test_the_command_prints_a_link_a_line(capsys):
    assert door.main(["links", LESSON, "--repository", HOME]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["read", "binder", "colab"]


@pytest.mark.parametrize("told", ["", "https://gitlab.com/a/b.git\n"])
def test_an_unknown_repository_is_refused_in_a_sentence(monkeypatch, capsys, told):
    monkeypatch.setattr(links.subprocess, "run", lambda *parts, **more: type("Told", (), {"stdout": told}))
    assert door.main(["links", LESSON]) == 2
    assert capsys.readouterr().err == "Where is the repository? Say --repository https://github.com/OWNER/NAME.\n"


@pytest.mark.parametrize(
    "address", ["https://gitlab.com/a/b", "https://github.com/a", "https://github.com/a/b/c", "a/b"]
)
def test_an_address_that_is_no_repository_is_refused_in_a_sentence(capsys, address):
    assert door.main(["links", LESSON, "--repository", address]) == 2
    assert "is no address of a repository" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["links", "education/no"], ["prove", "education/no"]])
def test_a_lesson_that_does_not_exist_is_refused_in_a_sentence(capsys, command):
    assert door.main(command) == 2
    assert "There is no notebook 'education/no'" in capsys.readouterr().err
