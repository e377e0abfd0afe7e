"""The members' hub, for real: processes, UNIX users, sandboxes, and people who try what they may not."""

import json
import shutil
import stat
import subprocess

import pytest
from conftest import CHECKOUT

pytestmark = pytest.mark.needs("service")

# In a cell: what a call gives, or the name of its error.
TRY = "def t(call):\n  try:\n    return call()\n  except Exception as error:\n    return type(error).__name__\n"
IMPORTS = "import os, subprocess, urllib.request\nfrom pathlib import Path\n" + TRY


def tell(person, expression):
    """Return the value of an expression in a kernel of a person, as text."""
    return person.run(f"{IMPORTS}print(t(lambda: {expression}))")


def shell(person, command):
    """Return what a shell command says."""
    return person.run(
        f"import subprocess\nprint(subprocess.run({command!r}, shell=True, capture_output=True, text=True))"
    )


# -- coming in --------------------------------------------------------------------------------------------------------


def test_applying_the_same_list_again_changes_nothing(members):
    assert "nothing to change" in members.run("apply")


def test_the_licence_is_accepted_first(members):
    answer = members.person("alice", accept=False).sign_in()
    assert answer.status_code == 403
    assert "accept the licence" in answer.text


def test_a_wrong_password_is_told(members):
    answer = members.person("alice", "not the password").sign_in()
    assert answer.status_code == 403
    assert "Invalid username or password" in answer.text


@pytest.mark.parametrize("word", ["", "x" * 73, "ö" * 60], ids=["none", "long", "not ASCII"])
def test_an_odd_password_is_wrong_and_no_error(members, word):
    browser = members.person("erin", "-")
    browser.word = word
    assert browser.sign_in().status_code == 403


def test_a_form_from_elsewhere_is_refused(members):
    browser = members.person("alice")
    form = {"username": "alice", "password": browser.word, "login_terms_checkbox": "on", "_xsrf": "forged"}
    assert browser.http.post(f"{members.hub}/hub/login", data=form).status_code == 403


@pytest.mark.parametrize("page", ["signup", "authorize", "authorize/alice", "discard/alice", "change-password/alice"])
def test_there_is_no_page_to_make_or_change_other_accounts(members, sea, page):
    assert sea["b"].get(f"/hub/{page}").status_code == 404


def test_cookies_are_for_this_site_alone(members):
    cookies = members.person("alice")
    cookies.sign_in()
    rest = {cookie.name: cookie._rest for cookie in cookies.http.cookies if "hub" in cookie.name}
    assert rest and all(flags.get("SameSite") == "Lax" and "HttpOnly" in flags for flags in rest.values())


# -- a home of one's own ----------------------------------------------------------------------------------------------


def test_homes_are_private(members, sea):
    assert tell(sea["a"], "Path('secret.csv').write_text('co2,412')") == "7"
    home = members.root / "home" / "alice"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "secret.csv").stat().st_mode) == 0o600
    for place in ("/home/alice", f"{home}", f"{members.root}/images", "/proc/1/root/home/alice"):
        assert "Error" in tell(sea["b"], f"os.listdir({place!r})"), place
    assert tell(sea["b"], "sorted(os.listdir('/home'))") == "['bob']"


def test_a_home_is_not_reached_by_file_browser_api_terminal_or_address(members, sea):
    tell(sea["b"], "os.symlink('/home/alice/secret.csv', 'peek')")
    assert sea["b"].get(sea["b"].path("api/contents/peek")).status_code in (400, 403, 404)
    assert sea["b"].get("/user/alice/api/contents/secret.csv").status_code == 403
    assert sea["b"].get("/user/alice/lab").status_code == 403
    assert sea["b"].get("/user/alice/files/secret.csv").status_code == 403
    assert "co2" not in shell(sea["b"], "cat /home/alice/secret.csv")
    assert sea["b"].send("POST", "/hub/api/users/alice/tokens", json={}).status_code in (403, 404)


def test_what_is_uploaded_is_there_after_the_server_was_stopped(members):
    browser = members.person("erin").start()
    files = {"a.csv": b"x\n1\n", "b.nc": b"CDF\x01" + bytes(100), "c.tif": b"II*\0" + bytes(100), "d.png": b"\x89PNG"}
    for name, data in files.items():
        assert browser.upload(name, data).status_code in (200, 201)
    browser.stop()
    browser.start_again()
    assert tell(browser, f"{{name: Path(name).read_bytes() for name in {list(files)}}} == {files}") == "True"


def test_an_account_of_the_machine_is_no_account_here(members):
    assert members.person("root", "anything").sign_in().status_code == 403


def test_a_kernel_of_ones_own_can_be_used(members, sea):
    command = ["/usr/bin/env", "python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = json.dumps({"argv": command, "display_name": "own"})
    folder = "Path('.local/share/jupyter/kernels/own')"
    tell(sea["a"], f"({folder}.mkdir(parents=True), ({folder} / 'kernel.json').write_text({spec!r}))")
    assert "own" in sea["a"].get(sea["a"].path("api/kernelspecs")).json()["kernelspecs"]
    kernel = sea["a"].kernel("own")
    assert kernel.run("6 * 7") == "42"
    kernel.socket.close()


def test_there_are_terminals(members, sea):
    made = sea["a"].send("POST", sea["a"].path("api/terminals"))
    assert made.status_code == 200 and made.json()["name"]


# -- groups -----------------------------------------------------------------------------------------------------------


def test_members_share_a_folder(members, sea):
    assert tell(sea["a"], "Path('groups/sea/work/new').mkdir()") == "None"
    assert tell(sea["a"], "Path('groups/sea/work/new/co2.csv').write_text('1')") == "1"
    assert tell(sea["b"], "Path('groups/sea/work/new/co2.csv').open('a').write('23')") == "2"
    folder = members.root / "groups" / "sea" / "work" / "new"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2770
    assert stat.S_IMODE((folder / "co2.csv").stat().st_mode) == 0o660


def test_others_do_not_see_a_group(members, sea):
    assert tell(sea["c"], "os.listdir('groups')") == "['city']"
    assert tell(sea["c"], "os.listdir('/groups/sea')") == "FileNotFoundError"
    assert "sea" not in tell(sea["c"], "Path('/etc/group').read_text()")


def test_the_store_is_read_only_but_for_its_curator(members, sea):
    about = tell(sea["b"], "Path('groups/sea/store/README.md').read_text()")
    assert all(word in about for word in ("surface of the sea", "Administrator: alice", "alice@example.org"))
    for attack in ("(p / 'x').write_text('')", "(p / 'README.md').write_text('')", "p.rename(p.parent / 'gone')"):
        assert tell(sea["b"], f"(lambda p: {attack})(Path('groups/sea/store'))") == "PermissionError"
    assert tell(sea["d"], "Path('groups/sea/store/obs.csv').write_text('stable')") == "6"
    assert tell(sea["b"], "Path('groups/sea/store/obs.csv').read_text()") == "stable"
    assert tell(sea["b"], "Path('groups/sea/store/obs.csv').write_text('')") == "PermissionError"


# -- lessons ----------------------------------------------------------------------------------------------------------


def test_lessons_are_there_to_read(members, sea):
    lesson = "common/education/first-steps.ipynb"
    assert sea["a"].get(sea["a"].path(f"api/contents/{lesson}")).status_code == 200
    assert tell(sea["a"], f"Path({lesson!r}).write_text('')") in ("PermissionError", "OSError")


def test_a_lesson_runs_in_the_lessons_environment(members, sea):
    assert sea["a"].run("import fieldnotes\nlen(fieldnotes.load('cbw-co2')) > 0") == "True"
    assert tell(sea["a"], "fieldnotes.__file__") == "/fieldnotes/common/fieldnotes/__init__.py"


def test_ones_own_copy_takes_updates_and_keeps_changes(members, sea, tmp_path):
    pull = "git-pull/api?repo=file%3A%2F%2F%2Ffieldnotes%2Flessons.git&branch=main&targetpath=lessons"
    assert '"finished"' in sea["a"].get(sea["a"].path(pull)).text
    mine = "Path('lessons/education/first-steps.ipynb')"
    tell(sea["a"], f"{mine}.write_text({mine}.read_text().replace('# ', '# My ', 1))")
    git("clone", "--quiet", f"{members.root}/shared/lessons.git", tmp_path / "clone")
    (tmp_path / "clone" / "news.md").write_text("A new lesson")
    git("-C", tmp_path / "clone", "add", "news.md")
    git("-C", tmp_path / "clone", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "news")
    git("-C", tmp_path / "clone", "push", "--quiet")
    assert '"finished"' in sea["a"].get(sea["a"].path(pull)).text
    assert tell(sea["a"], f"(Path('lessons/news.md').exists(), '# My ' in {mine}.read_text())") == "(True, True)"


def git(*words):
    subprocess.run(["git", *map(str, words)], check=True, capture_output=True)


# -- what a sandbox keeps apart ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "unshare -U id",
        "unshare -m id",
        "mount -t tmpfs x /mnt",
        "su -c id root </dev/null",
        "cat /etc/shadow",
        "cat /proc/1/environ",
    ],
)
def test_root_is_not_to_be_had(members, sea, command):
    said = shell(sea["b"], command)
    assert "returncode=0" not in said and "root:" not in said, said


def test_a_sandbox_sees_no_other_processes_accounts_or_secrets(members, sea):
    assert "alice" not in shell(sea["b"], "ps axo user,args; cat /etc/passwd /etc/group")
    for place in (members.root / "state", members.root, "/root/.ssh", "/var", "/etc/shadow", CHECKOUT / "tests"):
        assert "Error" in tell(sea["b"], f"os.listdir({str(place)!r})"), place


def test_the_network_ends_at_the_sandbox(members, sea):
    """Neither the hub's own ports nor another's server, by name or number; each has a loopback of their own."""
    port = int(tell(sea["a"], "os.environ['FIELDNOTES_PORT']"))
    for number in (port, members.port, members.port + 2):
        assert "refused" in shell(sea["b"], f"curl --noproxy '*' -sS http://127.0.0.1:{number}/ || echo refused")
    ask = "curl --noproxy '' -sS -o /dev/null -w '%{http_connect} %{http_code}'"
    for address in (
        "https://127.0.0.1",
        "https://169.254.169.254",
        "https://10.0.0.1",
        f"http://localhost:{members.port}",
    ):
        assert "403" in shell(sea["b"], f"{ask} {address}"), address


def test_a_servers_token_is_for_that_server(members, sea):
    start = "urllib.request.urlopen(urllib.request.Request(os.environ['JUPYTERHUB_API_URL'] + "
    token = "headers={'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}"
    for path in ("/users", "/users/alice", "/users/bob/tokens", "/services"):
        assert tell(sea["b"], f"{start}{path!r}, {token})).status") == "HTTPError", path


# -- while the hub is looked after ------------------------------------------------------------------------------------


def test_a_restarted_hub_finds_every_kernel(members, sea):
    kernel = sea["b"].kernel()
    kernel.run("memory = 411.4")
    kernel.socket.close()
    members.run("restart")
    again = sea["b"].attach(kernel.name)
    assert again.run("memory") == "411.4"
    again.socket.close()


def test_who_leaves_a_group_loses_it_at_once(members):
    browser = members.person("carol").start()
    assert tell(browser, "os.listdir('groups')") == "['city']"
    everyone = (members.root / "users.toml").read_text()
    (members.root / "users.toml").write_text(everyone.replace('members = ["carol"]', "members = []"))
    assert "- carol leaves city" in members.run("apply", "--dry-run")
    assert "- carol leaves city" in members.run("apply")
    assert not members.processes("carol")
    browser.start_again()
    assert tell(browser, "os.path.exists('/groups')") == "False"
    (members.root / "users.toml").write_text(everyone)
    members.run("apply")


def test_who_leaves_is_out_at_once_and_the_files_stay(members):
    browser = members.person("dora")
    browser.start()
    everyone = (members.root / "users.toml").read_text()
    without = everyone.replace(', "dora", "erin"]', ', "erin"]').replace('curators = ["dora"]', "curators = []")
    (members.root / "users.toml").write_text(without)
    members.run("apply")
    assert not members.processes("dora")
    assert browser.get("/hub/home").url.split("?")[0].endswith("/hub/login")
    assert members.person("dora").sign_in().status_code == 403
    assert (members.root / "home" / "dora").is_dir()
    (members.root / "users.toml").write_text(everyone)
    members.run("apply")
    assert members.person("dora").start()


def test_a_copy_of_the_folder_is_a_backup(members, tmp_path):
    """Down, copy, lose everything, copy back, up: passwords, homes and groups are as they were."""
    browser = members.person("alice").start()
    browser.run("open('kept.csv', 'w').write('411.4')")
    browser.leave()
    members.run("down")
    archive = tmp_path / "backup.tar.gz"
    subprocess.run(["tar", "-C", members.home, "-czSf", archive, "members"], check=True)
    shutil.rmtree(members.root)
    subprocess.run(["tar", "-C", members.home, "-xzf", archive], check=True)
    members.run("up")
    browser = members.person("alice").start()
    assert browser.run("open('kept.csv').read()") == "'411.4'"
    assert "sea" in browser.run("import os; os.listdir('groups')")
    assert "nothing to change" in members.run("apply")
