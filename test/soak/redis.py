"""A Redis of a life's own."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from servers import free_port

# Debian's redis-tools has the server's program under another name, and goes by the name it is called by.
PROGRAM = shutil.which("redis-server") or shutil.which("redis-check-rdb")
PATIENCE = 60.0


class Redis:
    def __init__(self, folder):
        self.folder, self.port, self.process = pathlib.Path(folder), free_port(), None
        link = self.folder / "redis-server"
        link.symlink_to(PROGRAM)
        self._command = [str(link), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        with open(self.folder / "redis.log", "ab") as log:
            self.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise RuntimeError("redis-server does not start")

    def freeze(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)
