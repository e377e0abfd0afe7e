"""People at a hub in a real browser: `python browser.py SCENE`, told where on standard input, in the hub's environment.

It stops at the first thing that is not as it should be, and prints the addresses outside the hub that were asked for.
"""

import json
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

from playwright.sync_api import expect, sync_playwright

PATIENCE = 120_000  # milliseconds
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LESSON = "one-curve-everyone-should-know.ipynb"
MEAN = "def mean(values):\n    return float(sum(values) / len(values))\n"
READ = """import pandas, rasterio, xarray, fluxes
with rasterio.open("map.tif") as tif:
    cells = tif.read().sum()
print(fluxes.mean(pandas.read_csv("co2.csv").co2), float(xarray.open_dataset("sst.nc").sst.sum()), cells)
"""


class Tab:
    """One person's tab, in a browser that shares nothing with the others'."""

    def __init__(self, browser, told, strangers):
        self.hub, self.told, self.begun = told["hub"], told, time.monotonic()
        seen = {"viewport": {"width": 1280, "height": 800}, "ignore_https_errors": True}  # a test signs for itself
        self.page = browser.new_context(**seen).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", lambda asked: self._note(asked.url, strangers))
        self.page.on("websocket", lambda asked: self._note(asked.url, strangers))

    def _note(self, address, strangers):
        parts = urlparse(address)
        ours = urlparse(self.hub).netloc
        own = parts.netloc == ours or parts.netloc.endswith(f".{ours}")
        if parts.scheme in ("http", "https", "ws", "wss") and not own:
            strangers.add(address)

    def picture(self, name):
        """Keep what the page shows."""
        self.page.screenshot(path=f"{self.told['pictures']}/{name}.png")
        print(f"{time.monotonic() - self.begun:6.1f} s  {name}", file=sys.stderr)

    def log_in(self, name, word):
        """Fill in the form and accept the licence."""
        self.page.goto(self.hub)
        self.page.fill("#username_input", name)
        self.page.fill("#password_input", word)
        self.page.check("#login_terms_checkbox")
        self.page.click("#login_submit")

    def start(self):
        """Press the button of the page that follows a log-in."""
        self.page.click("#start")
        self.lab()

    def stop(self):
        """Press the button that stops the server, once the page's script listens to it."""
        self.page.wait_for_load_state("networkidle")
        self.page.click("#stop")

    def lab(self):
        """Wait for JupyterLab and its list of files."""
        expect(self.page.locator("#jp-top-panel")).to_be_visible()
        expect(self.page.locator(".jp-DirListing-item").first).to_be_visible()

    def log_out(self):
        """Choose it in JupyterLab's menu."""
        self.menu("File", "Log Out")
        expect(self.page.locator("#login_submit, .btn", has_text="Sign in").first).to_be_visible()

    def menu(self, *names):
        """Choose from JupyterLab's menus."""
        self.page.get_by_role("menuitem", name=names[0], exact=True).click()
        for name in names[1:]:
            self.page.locator(".lm-Menu-item", has=self.page.get_by_text(name, exact=True)).last.click()

    def file(self, name):
        """Return a row of the list of files."""
        return self.page.locator(".jp-DirListing-item", has=self.page.get_by_text(name, exact=True))

    def files(self, *names):
        """Wait until the list of files has these."""
        for name in names:
            expect(self.file(name)).to_be_visible()

    def enter(self, *folders):
        """Open folders, from the home."""
        self.page.click(".jp-BreadCrumbs-home")
        for folder in folders:
            self.file(folder).dblclick()
            expect(self.page.locator(".jp-BreadCrumbs-item", has_text=folder)).to_be_visible()

    def new_folder(self, name):
        """Make a folder."""
        self.page.click('[data-command="filebrowser:create-new-directory"]')
        self.page.locator(".jp-DirListing-editor").fill(name)
        self.page.keyboard.press("Enter")
        self.files(name)

    def upload(self, *paths):
        """Send files by the button for it."""
        with self.page.expect_file_chooser() as chooser:
            self.page.click('[data-command="filebrowser:upload"], [title="Upload Files"]')
        chooser.value.set_files(list(paths))
        self.files(*(Path(path).name for path in paths))

    def write(self, card, name, text, into):
        """Make a file from the launcher, write into it and save it under a name."""
        self.page.click('[data-command="launcher:create"]')
        self.page.locator(".jp-LauncherCard:visible", has_text=card).first.click()
        self.page.locator(f"{into} .cm-content:visible").first.click()
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Control+s")
        self.page.locator("#jp-dialog-input-id").fill(name)
        self.page.keyboard.press("Enter")
        self.files(name)

    def run(self):
        """Run all cells of the notebook that is open, and save it; return what it said last."""
        expect(self.page.locator("#jp-bottom-panel", has_text="| Idle")).to_be_visible()
        self.menu("Run", "Run All Cells")
        prompt = self.page.locator(".jp-Notebook:visible .jp-CodeCell .jp-InputPrompt").last
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"))
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty")).to_have_count(0)
        return self.page.locator(".jp-Notebook:visible .jp-OutputArea-output").last.text_content()


@contextmanager
def browser(told, strangers):
    """A browser, in which each tab is a person."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=told["chromium"], headless=True, args=FLAGS)
        expect.set_options(timeout=PATIENCE)
        yield lambda: Tab(chromium, told, strangers)
        chromium.close()


def members(told, tab):
    """A member works, goes and comes back; one of the group and one of another look around."""
    names = [Path(path).name for path in told["files"]]
    alice = tab()
    alice.page.goto(alice.hub)
    alice.picture("log-in")
    alice.page.click("#login_submit")
    assert alice.page.locator("#login_terms_checkbox:invalid").count(), "the licence is to be accepted"
    alice.log_in("alice", told["words"]["alice"])
    expect(alice.page.locator("#start")).to_be_visible()
    alice.picture("home")
    alice.page.click("text=Get my own copy of the lessons")
    alice.lab()
    alice.picture("jupyterlab")
    alice.enter()
    alice.new_folder("data")
    alice.enter("data")
    alice.upload(*told["files"])
    alice.write("Python File", "fluxes.py", MEAN, ".jp-FileEditor")
    alice.write("Fieldnotes", "look.ipynb", READ, ".jp-Notebook")
    said = alice.run()
    assert said.split() == ["390.0", "6.5", "12"], said
    alice.picture("notebook")
    alice.enter("lessons", "outreach")
    alice.file(LESSON).dblclick()
    expect(alice.page.locator(".lm-TabBar-tab.jp-mod-current", has_text="one-curve")).to_be_visible()
    said = alice.run()
    assert "Scripps" in said, said
    alice.picture("lesson")
    alice.log_out()
    alice.log_in("alice", told["words"]["alice"])
    alice.stop()
    expect(alice.page.locator("#start")).to_have_text(re.compile("Start"))
    alice.start()
    alice.enter("data")
    alice.files(*names, "fluxes.py", "look.ipynb")
    alice.picture("back")
    alice.enter("groups", "sea", "work")
    alice.new_folder("cruise")

    bob = tab()
    bob.log_in("bob", told["words"]["bob"])
    bob.start()
    bob.enter("groups", "sea", "work")
    bob.files("cruise")
    bob.picture("group")
    for guess in ("lab/tree/data", "files/data/co2.csv", "api/contents/data"):
        answer = bob.page.goto(f"{bob.hub}/user/alice/{guess}")
        assert answer.status in (403, 404), (guess, answer.status)
        bob.picture("refused-" + guess.partition("/")[0])
        if guess.startswith("lab"):
            expect(bob.page.get_by_text("This is somebody else's")).to_be_visible()

    carol = tab()
    carol.log_in("carol", told["words"]["carol"])
    carol.start()
    carol.enter("groups")
    carol.files("city")
    assert carol.file("sea").count() == 0, "a group is for its members"
    carol.picture("other-group")


def visitors(told, tab):
    """The open hub, with one place: a visitor's file is gone at the next log-in; a second one is told to wait."""
    one, two = tab(), tab()
    one.log_in("anyone", told["words"]["word"])
    one.lab()
    one.enter()
    one.new_folder("mine")
    one.picture("open")
    two.log_in("somebody", told["words"]["word"])
    expect(two.page.get_by_text("All places are taken")).to_be_visible()
    two.picture("full")
    one.log_out()
    one.picture("out")
    one.log_in("anyone", told["words"]["word"])
    while one.page.locator("#jp-top-panel").or_(one.page.get_by_text("Try again")).text_content() == "Try again":
        one.page.wait_for_timeout(1000)  # the server of before is still ending
        one.page.click("text=Try again")
    one.lab()
    one.enter()
    one.files("lessons")
    assert one.file("mine").count() == 0, "nothing is kept"


def course(told, tab):
    """The page of a course reminds of its end, and one click gives all work, whether the server runs or not."""
    ann = tab()
    ann.log_in("ann", told["words"]["ann"])
    expect(ann.page.locator(".alert", has_text="download your work before")).to_be_visible()
    ann.picture("course")
    ann.start()
    ann.enter()
    ann.upload(*told["files"])
    ann.page.goto(ann.hub + "/hub/home")
    with ann.page.expect_download() as running:
        ann.page.click("text=Download all my work")
    running.value.save_as(Path(told["pictures"]) / "work.zip")
    ann.picture("downloaded")
    ann.stop()
    expect(ann.page.locator("#start")).to_have_text(re.compile("Start"))
    with ann.page.expect_download():
        ann.page.click("text=Download all my work")
    ann.picture("downloaded-again")


# What a page may try to read another, each gives a text or the name of its error.
FETCH = """async address => {
    try { return await (await fetch(address, {credentials: "include"})).text() } catch (error) { return error.name }
}"""
OPEN = """address => new Promise(done => {
    const other = window.open(address)
    setTimeout(() => { try { done(other.document.body.innerHTML) } catch (error) { done(error.name) } }, 3000)
})"""
FRAME = """address => new Promise(done => {
    const frame = document.body.appendChild(document.createElement("iframe"))
    frame.src = address
    setTimeout(() => { try { done(frame.contentDocument.body.innerHTML) } catch (error) { done(error.name) } }, 3000)
})"""


def apart(told, tab):
    """Where each server has a name of its own, its pages read neither the hub's nor another's."""
    alice = tab()
    alice.log_in("alice", told["words"]["alice"])
    alice.start()
    parts = urlparse(alice.hub)
    own, others = (f"{parts.scheme}://{name}.{parts.netloc}" for name in ("alice", "bob"))
    assert alice.page.url.startswith(f"{own}/user/alice/lab"), alice.page.url
    alice.write("Fieldnotes", "look.ipynb", "6 * 7", ".jp-Notebook")
    assert alice.run() == "42"
    alice.picture("own-name")
    read = [alice.page.evaluate(way, f"{own}/user/alice/api") for way in (FETCH, OPEN)]
    assert all("version" in text for text in read), f"what is one's own is read: {read}"
    for place in (f"{alice.hub}/hub/token", f"{own}/hub/token", f"{others}/user/bob/api/status"):
        found = [alice.page.evaluate(way, place) for way in (FETCH, OPEN, FRAME)]
        assert found == ["TypeError", "SecurityError", "TypeError"], (place, found)
    alice.page.goto(f"{own}/hub/token")
    assert alice.page.url == f"{alice.hub}/hub/token", alice.page.url


SCENES = {"members": members, "open": visitors, "course": course, "apart": apart}

if __name__ == "__main__":
    told, strangers = json.load(sys.stdin), set()
    with browser(told, strangers) as tab:
        SCENES[sys.argv[1]](told, tab)
    print(json.dumps(sorted(strangers)))
