"""One stop of one server under some clients, and its verdict."""

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time

from agree.client import Client, Torn

GRACE, MARGIN = 10, 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unread(port):
    """Whether a socket at that port has bytes, or connections, that nobody has taken (proc(5): /proc/net/tcp, rx_queue)."""
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
                _, local, _, _, queues, *_ = line.split()
                if int(local.rpartition(":")[2], 16) == port and int(queues.partition(":")[2], 16) > 0:
                    return True
    return False


def members(group):
    """Processes of this process group that are no zombies."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                yield stat


class Run:
    """Clients get into position, then the server is stopped, and the clients' stories are heard."""

    patience = GRACE + MARGIN + 2

    def __init__(self, server):
        self.server, self.paths = server, server.paths
        self.port = free_port()
        self.signalled, self.over = threading.Event(), threading.Event()
        self.clients, self.threads, self.in_order = [], [], set()
        self.positions, self.faults, self.late = threading.Semaphore(0), [], False

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="agree-")
        self.start()
        return self

    def start(self):
        command, environment = self.server.command(self.port, self.folder.name)
        self.process = subprocess.Popen(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()

    def listens(self, limit=20):
        """It answers."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            with contextlib.suppress(OSError, Torn, ValueError):
                probe = Client(self)
                if probe.connect():
                    probe.ask(self.paths["quick"])
                    probe.close()
                    return True
            time.sleep(0.02)
        return False

    def crowd(self, count, story, in_order=False):
        """`in_order`: each must be told that its connection ends."""
        for _ in range(count):
            client = Client(self)
            self.clients.append(client)
            if in_order:
                self.in_order.add(client)
            self.threads.append(threading.Thread(target=self.live, args=(client, story), daemon=True))
            self.threads[-1].start()

    def live(self, client, story):
        try:
            story(client)
        except (OSError, Torn, ValueError) as why:
            client.lost += [str(why)] * max(client.owed, 1)
        finally:
            self.positions.release()  # whoever failed before keeps nobody waiting

    def in_position(self):
        self.positions.release()

    def after_signal(self, seconds):
        self.signalled.wait()
        time.sleep(max(0, self.at + seconds - time.monotonic()))

    def settle(self, limit):
        """Until every connection is accepted and all that was sent is read. With busy clients that is never so, nor where
        one has ended its side; and answers under way can't wait for long."""
        end = time.monotonic() + limit
        while unread(self.port) and time.monotonic() < end:
            time.sleep(0.02)

    def stop(self, again_after=None, settle=0.3):
        for _ in self.threads:
            self.positions.acquire(timeout=self.patience)
        self.settle(settle)
        time.sleep(random.uniform(0.1, 0.2))
        self.kill()
        if again_after:
            time.sleep(again_after)
            self.process.send_signal(self.server.signal)
        self.wait_end()
        for thread in self.threads:
            thread.join(self.patience)

    def kill(self):
        self.at = time.monotonic()
        self.process.send_signal(self.server.signal)
        self.signalled.set()

    def wait_end(self):
        try:
            self.process.wait(max(0.1, self.at + GRACE + MARGIN - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.late = True
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.seconds = time.monotonic() - self.at
        self.over.set()

    def left_behind(self):
        end = time.monotonic() + 1
        while time.monotonic() < end and any(members(self.process.pid)):
            time.sleep(0.02)
        return any(members(self.process.pid))

    def verdict(self):
        """The worst of what is true, in the words of the kit's page."""
        if any(client.lost for client in self.clients):
            return "LOST"
        if self.late:
            return "LATE"
        if self.faults or any(c.faults for c in self.clients) or not all(c.told for c in self.in_order):
            return "fault"
        return "told" if any(client.cut for client in self.clients) else "ok"
