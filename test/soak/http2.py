"""Clients of HTTP/2: curl, with a connection per request, and h2load, with many streams."""

import re
import shutil
import subprocess
import time

import books
import http1
import stage

CURL, H2LOAD = shutil.which("curl"), shutil.which("h2load")


class Curl(stage.Client):
    COULDNT_CONNECT, TIMED_OUT = 7, 28

    def act(self):
        if not CURL:
            return self.hold()
        target = self.dice.choice(("/hello", "/demo/bytes?n=300000", "/demo/sleep?ms=100", "/v1/notes?limit=2"))
        entry = self.begin(target)
        entry.connected = time.time()
        command = [CURL, "--silent", "--http2-prior-knowledge", "--noproxy", "*", "--max-time", str(int(http1.PATIENCE)),
                   "--header", f"X-Request-Id: {entry.id}", "--output", "/dev/null",
                   "--write-out", "%{http_code} %{time_pretransfer}", self.url(target)]
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        status, pretransfer = ran.stdout.split()
        # Its clock begins a moment after the entry's, with its process.
        entry.told, entry.status = time.time() if ran.returncode else entry.connected + float(pretransfer), int(status)
        if ran.returncode == 0:
            entry.end(books.WHOLE)
        else:
            entry.end({self.COULDNT_CONNECT: books.REFUSED, self.TIMED_OUT: books.SILENT}.get(
                ran.returncode, books.TORN if entry.status else books.UNANSWERED))
            raise http1.Lost
        self.pause(0.1)


class H2load(stage.Client):
    """Once, while no process is told to end: it counts a stream that was refused as failed, though nothing is lost then."""

    REQUESTS = 200

    def act(self):
        if not H2LOAD or self.stage.last:
            return self.hold()
        target = f"/hello?{self.name}"
        command = [H2LOAD, "-n", str(self.REQUESTS), "-c", "2", "-m", "10", self.url(target)]
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=http1.PATIENCE)
        found = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", ran.stdout)
        self.stage.books.loads.append((target, self.REQUESTS, int(found.group(1)) if found else 0))
        self.hold()
