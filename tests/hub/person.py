"""A person at a hub, as a browser would do it: sign in, start a server, send files, run cells."""

import json
import time
import uuid
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlparse

import requests
import websocket

PATIENCE = 90  # seconds for a server to start, a cell to end
SILENCE = 20  # seconds; a server closes the channels of a browser that does not answer its pings, sent every 30


class Person:
    """One browser."""

    def __init__(self, hub, name="", word="", accept=True, authority=None, apart=False):
        self.hub, self.name, self.word, self.accept = hub, name, word, accept
        self.apart, self.authority = apart, authority  # whether servers have names of their own; who signs for TLS
        self.http, self.cells, self.kernels = requests.Session(), None, []
        self.heard = 0.0  # when the last cell ended
        # A browser does not hand a cookie on to the names below, unless it says so itself.
        self.http.cookies.set_policy(DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain))
        self.http.verify, self.http.trust_env = authority or True, False  # the machine's settings are not this hub's

    def address(self, path):
        """Return the whole address of a path of the hub or of this person's server."""
        scheme, _, host = self.hub.partition("://")
        own = self.apart and path.startswith(f"/user/{self.name}/")
        return f"{scheme}://{self.name}.{host}{path}" if own else self.hub + path

    def xsrf(self, path):
        """Return the token for a path: of the cookies that fit, the one set for the longest."""
        host = urlparse(self.address(path)).hostname
        every = [cookie for cookie in self.http.cookies if cookie.name == "_xsrf" and cookie.domain == host]
        fitting = [cookie for cookie in every if path.startswith(cookie.path)]
        return max(fitting, key=lambda cookie: len(cookie.path)).value if fitting else ""

    def get(self, path, **more):
        """Open an address of the hub."""
        return self.http.get(self.address(path), timeout=PATIENCE, **more)

    def send(self, method, path, **more):
        """Send what a page of the hub would send."""
        headers = {"X-XSRFToken": self.xsrf(path), "Referer": self.hub + "/hub/home", **more.pop("headers", {})}
        return self.http.request(method, self.address(path), headers=headers, timeout=PATIENCE, **more)

    def sign_in(self):
        """Fill in the form; return the answer."""
        self.get("/hub/login")
        form = {"username": self.name, "password": self.word, "_xsrf": self.xsrf("/hub/login")}
        form |= {"login_terms_checkbox": "on"} if self.accept else {}
        answer = self.http.post(self.hub + "/hub/login", params={"next": "/hub/home"}, data=form, timeout=PATIENCE)
        if answer.ok and "/hub/home" in answer.url:
            self.name = self.send("GET", "/hub/api/user").json()["name"]
        return answer

    def ask_for_server(self):
        """Press the button; return the status."""
        return self.send("POST", f"/hub/api/users/{self.name}/server").status_code

    def start(self):
        """Sign in, start a server and open it."""
        answer = self.sign_in()
        assert "/hub/home" in answer.url, (answer.status_code, answer.url)
        return self.start_again()

    def start_again(self):
        """Start a server and open it; one that is still stopping is waited for."""
        end, server = time.monotonic() + PATIENCE, None
        while not (server and server["ready"]):
            assert time.monotonic() < end, server
            if server is None or server["pending"] != "spawn":
                asked = self.ask_for_server()
                assert asked in (201, 202, 400), asked  # 400: it runs, or is still stopping
            time.sleep(0.1)
            server = self.send("GET", f"/hub/api/users/{self.name}").json()["servers"].get("")
            assert server or asked == 400, "the server ended as it started"
        self.leave()
        assert self.get(self.path("lab")).status_code == 200
        return self

    def follow(self):
        """Wait until the server answers, by the hub's stream of events, as its page does."""
        address = f"/hub/api/users/{self.name}/server/progress"
        with self.send("GET", address, headers={"Accept": "text/event-stream"}, stream=True) as events:
            for row in events.iter_lines():
                event = json.loads(row.partition(b":")[2]) if row.startswith(b"data:") else {}
                assert not event.get("failed"), event
                if event.get("ready"):
                    return
        raise AssertionError((events.status_code, "the events ended before the server was ready"))

    def stop(self):
        """Stop the server, and wait until it has."""
        self.send("DELETE", f"/hub/api/users/{self.name}/server")
        while self.send("GET", f"/hub/api/users/{self.name}").json()["servers"]:
            time.sleep(0.1)

    def path(self, rest):
        """Return an address on this person's server."""
        return f"/user/{self.name}/{rest}"

    def upload(self, path, data):
        """Put a file into the home, as JupyterLab does; return the answer."""
        import base64

        body = {"type": "file", "format": "base64", "content": base64.b64encode(data).decode()}
        return self.send("PUT", self.path(f"api/contents/{path}"), json=body)

    def kernel(self, name="python3"):
        """Start a kernel."""
        made = self.send("POST", self.path("api/kernels"), json={"name": name}).json()["id"]
        return self.attach(made)

    def attach(self, kernel):
        """Open the channels of a kernel."""
        address = self.address(self.path(f"api/kernels/{kernel}/channels"))
        cookies = requests.Request("GET", address, cookies=self.http.cookies)
        cookie = self.http.prepare_request(cookies).headers.get("Cookie", "")
        origin = address.partition("/user/")[0]
        more = {"sslopt": {"ca_certs": self.authority}} if self.authority else {}
        channels = address.replace("http", "ws", 1)
        socket = websocket.create_connection(channels, cookie=cookie, origin=origin, timeout=PATIENCE, **more)
        self.kernels.append(Kernel(socket, kernel))
        return self.kernels[-1]

    def run(self, code):
        """Run a cell in the one kernel that this browser keeps; return what it said.

        This browser answers pings only while it waits for a cell. After a silence it opens the channels anew, as
        JupyterLab does when it finds them closed.
        """
        if self.cells and time.monotonic() - self.heard > SILENCE:
            self.come_back()
        self.cells = self.cells or self.kernel()
        said = self.cells.run(code)
        self.heard = time.monotonic()
        return said

    def come_back(self):
        """Open the kernel's channels anew: a server closes those of a browser that is silent for half a minute."""
        kernel = self.cells.name
        self.leave()
        self.cells = self.attach(kernel)

    def leave(self):
        """Leave the kernel."""
        if self.cells:
            self.cells.socket.close()
        self.cells = None

    def close(self):
        """Close the browser, with the channels of each kernel that it opened."""
        self.leave()
        for kernel in self.kernels:
            kernel.socket.close()
        self.http.close()


class Kernel:
    """The channels of a kernel."""

    def __init__(self, socket, name):
        self.socket, self.name, self.session = socket, name, uuid.uuid4().hex

    def run(self, code):
        """Run a cell; return its output, or the error's name and value."""
        me = uuid.uuid4().hex
        header = {"msg_id": me, "username": "", "session": self.session, "msg_type": "execute_request"}
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        message = {"header": {**header, "version": "5.3", "date": ""}, "parent_header": {}, "metadata": {}}
        self.socket.send(json.dumps({**message, "channel": "shell", "content": {**content, "stop_on_error": True}}))
        said, awaited = [], {"execute_reply", "idle"}
        while awaited:
            answer = json.loads(self.socket.recv())
            if answer["parent_header"].get("msg_id") == me:
                said += spoken(answer["msg_type"], answer["content"])
                awaited -= {answer["msg_type"], answer["content"].get("execution_state")}
        return "".join(said).strip()

    def states_until(self, last):
        """Return the states that the server tells of the kernel, up to the first of ``last``."""
        states = []
        while not states or states[-1] not in last:
            answer = json.loads(self.socket.recv())
            states += [answer["content"]["execution_state"]] if answer["msg_type"] == "status" else []
        return states


def spoken(kind, content):
    """Return what a message adds to a cell's output."""
    if kind == "stream":
        return [content["text"]]
    if kind in ("execute_result", "display_data"):
        return [content["data"]["text/plain"]]
    return [f"{content['ename']}: {content['evalue']}"] if kind == "error" else []
