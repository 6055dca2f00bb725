"""Programs that a test starts, and the service that it asks."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

AMPLE = 60  # seconds


def until(what, done):
    """What done() returns once that is something."""
    end = time.monotonic() + AMPLE
    while True:
        result = done()
        if result:
            return result
        if time.monotonic() > end:
            sys.exit(f"FAILED: {what} did not come in {AMPLE} s")
        time.sleep(0.05)


def status(url):
    try:
        return urllib.request.urlopen(url, timeout=AMPLE).status
    except urllib.error.HTTPError as refused:
        return refused.code


class program:
    """Runs until the block is left, then is stopped by its PID, and ends with 0, unless it has ended before."""

    def __init__(self, command, log, settings=None, variables=None):
        self.log = pathlib.Path(log)
        environment = {**os.environ, **(variables or {})}
        environment.update({"SUNDOWN_" + name: str(value) for name, value in (settings or {}).items()})
        with open(log, "wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(AMPLE)
        if code != 0 and not sys.exc_info()[0]:
            sys.exit(f"FAILED: exit code {code}:\n{self.log.read_text()}")

    def address(self, pattern):
        """What the pattern finds in the log, and behind which the line goes on or ends: it may be written in parts."""

        def find():
            if self.process.poll() is not None:
                sys.exit(f"FAILED: ended early:\n{self.log.read_text()}")
            return re.search(pattern + r"(?=\s)", self.log.read_text())

        return until(f"'{pattern}' in the log", find).group(1)


class service(program):
    """The sample on free ports, its notes in the folder `work`; with the demo routes. `variables`: more of the environment,
    whose names have no prefix."""

    def __init__(self, binary, work, variables=None, **settings):
        own = {"HTTP__PORT": 0, "ADMIN__PORT": 0, "DEMO__ENABLED": "true", "STORAGE__SQLITE__PATH": f"{work}/notes.db"}
        super().__init__([binary], f"{work}/service.log", {**own, **settings}, variables)
        self.http = "http://" + self.address(r" http=(\S+)")
        self.admin = "http://" + self.address(r" admin=(\S+)").replace("0.0.0.0", "127.0.0.1")
