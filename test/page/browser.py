"""A real Chromium without a window, driven by its debugging protocol over a pair of pipes."""

import base64
import json
import os
import select
import subprocess
import time

AMPLE = 60  # seconds


class failure(Exception):
    pass


class browser:
    """One page. What it asks for and complains of is kept: `requests` and `complaints`."""

    def __init__(self, program, profile):
        command_read, self.commands = os.pipe()
        self.answers, answer_write = os.pipe()

        def descriptors():  # it reads 3 and writes 4
            high = [os.dup(each) for each in (command_read, answer_write)]
            for number, each in enumerate(high, 3):
                os.dup2(each, number)
                os.set_inheritable(number, True)

        self.process = subprocess.Popen(
            [program, "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             f"--user-data-dir={profile}", "--no-first-run", "--disable-background-networking", "about:blank"],
            preexec_fn=descriptors, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(command_read)
        os.close(answer_write)
        self.number, self.bytes = 0, b""
        self.requests, self.complaints = [], []
        self.session = None
        target = self.until_page()
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(AMPLE)

    def until_page(self):
        end = time.monotonic() + AMPLE
        while time.monotonic() < end:
            for each in self.call("Target.getTargets")["targetInfos"]:
                if each["type"] == "page":
                    return each["targetId"]
        raise failure("the browser has no page")

    def message(self, limit):
        while b"\0" not in self.bytes:
            if not select.select([self.answers], [], [], limit)[0]:
                return None
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise failure("the browser has ended")
            self.bytes += piece
        first, self.bytes = self.bytes.split(b"\0", 1)
        return json.loads(first)

    def note(self, event):
        method, about = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(about["exceptionDetails"].get("exception", {}).get("description", str(about)))
        elif method == "Log.entryAdded" and about["entry"]["source"] in ("security", "javascript"):
            self.complaints.append(about["entry"]["text"])

    def call(self, method, **parameters):
        self.number += 1
        what = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            what["sessionId"] = self.session
        os.write(self.commands, json.dumps(what).encode() + b"\0")
        while True:
            got = self.message(AMPLE)
            if got is None:
                raise failure(f"no answer to {method}")
            if got.get("id") != self.number:
                self.note(got)
                continue
            if "error" in got:
                raise failure(f"{method}: {got['error']}")
            return got["result"]

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait(url, f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def evaluate(self, script):
        got = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in got:
            raise failure(f"{script}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def text(self, selector):
        return self.evaluate(f"(document.querySelector({json.dumps(selector)}) || {{}}).innerText || ''")

    def wait(self, what, condition, limit=AMPLE):
        """Until the script is true; its value."""
        end = time.monotonic() + limit
        while True:
            value = self.evaluate(condition)
            if value:
                return value
            if time.monotonic() > end:
                raise failure(f"{what}: not within {limit} s; the page says\n{self.text('body')}")
            time.sleep(0.05)

    def look(self, width, height=900, dark=False, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, file):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=False)["data"]
        with open(file, "wb") as out:
            out.write(base64.b64decode(data))
