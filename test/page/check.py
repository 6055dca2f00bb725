"""The page of the admin port in a real Chromium: while the service runs, in its stop, and when it is gone.

Usage: check.py ROOT SERVICE [FOLDER for pictures]. Exit code 77: no Chromium here."""

import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.parse

from browser import AMPLE, browser

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from running import service, status  # noqa: E402

ROOT, SERVICE = pathlib.Path(sys.argv[1]).resolve(), os.path.abspath(sys.argv[2])
PICTURES = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
SPARE = 500  # descriptors, for all but the connections


def most_connections():
    """As many as there may be descriptors, in this process and in the service that inherits the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000 + SPARE
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit - SPARE


CONNECTIONS = most_connections()


def chromium():
    for name in ("chromium-headless-shell", "chromium", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    print("skipped: no Chromium (scripts/bootstrap --test)", file=sys.stderr)
    sys.exit(77)


def cpu_seconds(app):
    fields = pathlib.Path(f"/proc/{app.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def picture(page, name):
    if PICTURES:
        page.picture(PICTURES / f"page-{name}.png")


class half_a_note:
    """A request that is in flight until its other half is sent: for as long as the page takes to show it."""

    BODY = b'{"title":"tea","body":"buy more"}'

    def __init__(self, app):
        address = urllib.parse.urlparse(app.http)
        self.client = socket.create_connection((address.hostname, address.port), AMPLE)
        head = f"POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(self.BODY)}\r\n\r\n"
        self.client.sendall(head.encode() + self.BODY[:10])

    def finish(self):
        self.client.sendall(self.BODY[10:])
        answer = self.client.makefile("rb").readline()
        assert b" 201 " in answer, answer


def check_whole(page, work):
    """What it shows of a service that serves, stops, and has ended."""
    with service(SERVICE, work, LOG__ACCESS="false", ADMIN__PROTECT="changes", HTTP__BODY_RATE=0, SHUTDOWN__TOTAL="40s") as app:
        page.look(1200)
        page.open(app.admin + "/")
        page.wait("the state", "document.querySelector('#state').textContent.includes('ready')")
        over = threading.Event()

        def load():
            while not over.is_set():
                status(app.http + "/hello")
                status(app.http + "/demo/nothing")

        clients = [threading.Thread(target=load) for _ in range(3)]
        for each in clients:
            each.start()
        page.wait("the rate", "parseFloat(document.querySelector('#rate').textContent) > 0")
        page.wait("the route", "document.querySelector('#routes').innerText.includes('GET /hello')")
        slow = half_a_note(app)
        page.wait("a request in flight", "document.querySelector('#longest').innerText.includes('POST /v1/notes')")
        assert "all there" in page.text("#health"), page.text("#health")
        assert page.evaluate("document.querySelectorAll('#chart polygon').length") > 0
        assert page.evaluate("document.querySelector('#stop').hidden")
        picture(page, "serving")

        # By keyboard alone.
        page.call("Input.dispatchKeyEvent", type="keyDown", key="p", text="p")
        page.call("Input.dispatchKeyEvent", type="keyUp", key="p")
        page.wait("the pause", "document.querySelector('#pause').getAttribute('aria-pressed') === 'true'")
        page.call("Input.dispatchKeyEvent", type="keyDown", key="p", text="p")
        page.wait("its end", "document.querySelector('#pause').getAttribute('aria-pressed') === 'false'")

        over.set()
        for each in clients:
            each.join()
        app.process.send_signal(signal.SIGTERM)
        page.wait("the stop", "!document.querySelector('#stop').hidden")
        page.wait("what it waits for", "document.querySelector('#stop-line').textContent.includes('POST /v1/notes')")
        picture(page, "stopping")
        slow.finish()
        assert app.process.wait(AMPLE) == 0, app.log.read_text()
        page.wait("the end", "document.querySelector('#state').textContent.includes('ended')")
        line = page.text("#stop-line")
        expected = r"Ended after [\d.]+ s of 40 s \(SIGTERM.*\), but for closing admin: nothing cut so far\. \d+ requests completed"
        assert re.match(expected, line), line
        assert page.evaluate("document.querySelector('#stop-line').className") == "good"
        steps = page.text("#steps")
        for name in ("announce", "listeners", "sessions", "close sqlite", "close admin"):
            assert name in steps, (name, steps)
        time.sleep(1.5)  # it stays, with nothing behind it
        assert page.text("#stop-line") == line
        page.look(1200, dark=True)
        picture(page, "ended-dark")
        page.look(390, 844, scale=2)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, "it doesn't fit on a phone"
        picture(page, "ended-phone")


def check_cut(page, work):
    """What a stop cut is there, by name."""
    with service(SERVICE, work, LOG__ACCESS="false", SHUTDOWN__TOTAL="2s") as app:
        page.look(1200)
        page.open(app.admin + "/")
        page.wait("the state", "document.querySelector('#state').textContent.includes('ready')")
        slow = threading.Thread(target=status, args=(app.http + "/demo/sleep?ms=60000",))
        slow.start()
        page.wait("a request in flight", "document.querySelector('#longest').innerText.includes('GET /demo/sleep')")
        app.process.send_signal(signal.SIGTERM)
        page.wait("the end", "document.querySelector('#state').textContent.includes('ended')")
        slow.join()
        assert app.process.wait(AMPLE) == 3, app.log.read_text()
        assert ": work was cut." in page.text("#stop-line"), page.text("#stop-line")
        assert page.evaluate("document.querySelector('#stop-line').className") == "bad"
        assert re.search(r"GET /demo/sleep after .*: hard_cancel", page.text("#cut")), page.text("#cut")


def check_left(page, work):
    """A background task that is left is cut work too, and spans that nobody takes are told."""
    with socket.create_server(("127.0.0.1", 0)) as frozen, socket.create_server(("127.0.0.1", 0)) as closed:
        peer, collector = (f"127.0.0.1:{each.getsockname()[1]}" for each in (frozen, closed))
        closed.close()
        settings = {"LOG__ACCESS": "false", "SHUTDOWN__TOTAL": "4s", "STORAGE__FAIL_FAST": "false",
                    "STORAGE__REDIS__URL": f"redis://{peer}"}
        with service(SERVICE, work, {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector}"}, **settings) as app:
            page.open(app.admin + "/")
            page.wait("the state", "document.querySelector('#health').textContent.includes('redis')")
            half_a_note(app).finish()
            app.process.send_signal(signal.SIGTERM)
            page.wait("the end", "document.querySelector('#state').textContent.includes('ended')")
            assert app.process.wait(AMPLE) == 3, app.log.read_text()
            line = page.text("#stop-line")
            assert ", but for closing admin and traces: work was cut." in line, line
            assert re.search(r"\d spans? (is|are) not delivered yet\.$", line), line
            assert page.evaluate("document.querySelector('#stop-line').className") == "bad"
            assert "background task publish note events: not finished" in page.text("#cut"), page.text("#cut")
            assert re.search(r"close traces\s*–\s*to come", page.text("#steps")), page.text("#steps")


def check_gone(page, work):
    """A stop without a last word is no good end."""
    with service(SERVICE, work, LOG__ACCESS="false", HTTP__BODY_RATE=0, SHUTDOWN__TOTAL="40s") as app:
        page.open(app.admin + "/")
        page.wait("the state", "document.querySelector('#state').textContent.includes('ready')")
        slow = half_a_note(app)
        app.process.send_signal(signal.SIGTERM)
        page.wait("what it waits for", "document.querySelector('#stop-line').textContent.includes('POST /v1/notes')")
        app.process.kill()
        slow.client.close()
        page.wait("the end", "document.querySelector('#state').textContent.includes('gone')")
        assert re.match(r"Gone after .* at the step sessions, before the last word", page.text("#stop-line")), page.text("#stop-line")
        assert page.evaluate("document.querySelector('#stop-line').className") == "bad"


def check_token(page, work):
    """Where the figures are protected the page asks for the token."""
    with service(SERVICE, work, LOG__ACCESS="false", ADMIN__ADDRESS="0.0.0.0", ADMIN__TOKEN="a-token-of-many-characters",
                 ADMIN__PROTECT="all") as app:
        page.open(app.admin + "/")
        page.wait("the question", "!document.querySelector('#ask').hidden")
        page.evaluate("document.querySelector('#token').value = 'a-token-of-many-characters';"
                      "document.querySelector('#ask button').click()")
        page.wait("the state", "document.querySelector('#state').textContent.includes('ready')")
        assert page.evaluate("document.querySelector('#ask').hidden")


def check_cost(page, work):
    """With many connections it costs the service less than a twentieth of a core."""
    with service(SERVICE, work, LOG__ACCESS="false", HTTP__MAX_CONNECTIONS=str(2 * CONNECTIONS), HTTP__IDLE_TIMEOUT="10m") as app:
        address = urllib.parse.urlparse(app.http)
        clients = [socket.create_connection((address.hostname, address.port)) for _ in range(CONNECTIONS)]
        page.open(app.admin + "/")
        page.wait("the connections", f"document.querySelector('#open').textContent === '{CONNECTIONS:,}'")
        begun, before = time.monotonic(), cpu_seconds(app)
        time.sleep(5)
        share = (cpu_seconds(app) - before) / (time.monotonic() - begun)
        print(f"{CONNECTIONS} connections: {share:.1%} of a core")
        assert share < 0.05, f"{share:.1%} of a core"
        for each in clients:
            each.close()


def main():
    program = chromium()
    with tempfile.TemporaryDirectory() as folder:
        with browser(program, folder + "/profile") as page:
            for number, check in enumerate((check_whole, check_cut, check_left, check_gone, check_token, check_cost)):
                work = pathlib.Path(folder) / str(number)
                work.mkdir()
                check(page, work)
            foreign = [url for url in page.requests if not url.startswith(("http://127.0.0.1:", "about:", "data:"))]
            assert not foreign, f"it asks others: {foreign}"
            assert not page.complaints, page.complaints


main()
