"""The service of a life: the real binary, its successors by upgrades, their log, and what the kernel knows of them."""

import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import time

AMPLE = 60.0  # seconds for what should happen at once
PR_SET_CHILD_SUBREAPER = 36
UPGRADE_FAILED = "upgrade failed: this process goes on"


def adopt_orphans():
    """A process whose parent has ended becomes a child of this one, which so sees how it ends: prctl(2)."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def children():
    """PIDs of this process's children, adopted ones too, that have not been waited for."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == os.getpid():
                found.append(int(entry.name))
    return found


class Broken(Exception):
    """The service didn't do what a life can't go on without."""


class Service:
    def __init__(self, binary, folder, settings):
        self.folder, self._binary = folder, binary
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUNDOWN_")}
        environment.update({"SUNDOWN_" + name: str(value) for name, value in settings.items()})
        environment.setdefault("TSAN_OPTIONS", "report_thread_leaks=0")  # a forced exit joins none
        with open(folder / "log", "ab") as log, open(folder / "stderr", "ab") as errors:
            self._first = subprocess.Popen([binary], stdin=subprocess.DEVNULL, stdout=log, stderr=errors, env=environment,
                                           cwd=folder)
        self.pids, self.ends = [self._first.pid], {}
        self.told_to_end = None  # wall clock
        try:
            ready = self.await_line("ready")
        except Broken:
            self.kill()
            raise
        self.http, self.admin, self.https = (self._address(ready[each]) for each in ("http", "admin", "https"))
        self.idle_grace = self._seconds(re.search(r"idle_grace (\S+?),", ready["shutdown"]).group(1))

    @staticmethod
    def _address(text):
        host, _, port = text.rpartition(":")
        return host, int(port)

    @staticmethod
    def _seconds(text):
        return float(text[:-2]) / 1000 if text.endswith("ms") else float(text[:-1])

    @property
    def pid(self):
        return self.pids[-1]

    def signal(self, number):
        os.kill(self.pid, number)

    # -- the log

    def lines(self):
        """All whole lines so far; a line that is no JSON is {"message": None, "text": ...}."""
        parsed = []
        for line in self._whole_lines("log"):
            try:
                parsed.append(json.loads(line))
            except ValueError:
                parsed.append({"message": None, "text": line})
        return parsed

    def late_lines(self):
        """What is logged after the log has ended, as in a forced exit, goes to stderr; and what there is no such line."""
        lines, others = [], []
        for line in self._whole_lines("stderr"):
            try:
                lines.append(json.loads(line))
            except ValueError:
                others.append(line)
        return lines, others

    def _whole_lines(self, name):
        whole = (self.folder / name).read_bytes().decode(errors="replace").rpartition("\n")[0]
        return whole.split("\n") if whole else []

    def find(self, message):
        return [line for line in self.lines() if line["message"] == message]

    def await_line(self, message, count=1):
        """The count-th line with that message."""
        end = time.monotonic() + AMPLE
        while len(found := self.find(message)) < count:
            if time.monotonic() > end or self.ended(self.pid):
                raise Broken(f"no line '{message}' in the log")
            time.sleep(0.05)
        return found[count - 1]

    # -- processes

    def upgrade(self):
        """Another process takes over, and the one before has ended. Its end is that of a stop."""
        upgrades = len(self.pids)
        self.signal(signal.SIGUSR2)
        self.pids.append(self.await_line("upgrade: the new process is ready, this one drains", upgrades)["pid"])
        self.await_end(self.pids[-2], AMPLE)
        self.await_line("upgrade: the process before this one has ended", upgrades)

    def upgrade_in_vain(self):
        """The new process doesn't come up, and this one goes on."""
        failures = len(self.find(UPGRADE_FAILED))
        self.signal(signal.SIGUSR2)
        self.await_line(UPGRADE_FAILED, failures + 1)

    def ended(self, pid):
        """Whether it has; its code is in `ends` then: that of exit(3), or the signal's as a negative number."""
        if pid in self.ends:
            return True
        if pid == self._first.pid:
            if (code := self._first.poll()) is None:
                return False
        else:
            try:
                gone, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:  # not ours yet: its parent is still there
                return False
            if not gone:
                return False
            code = os.waitstatus_to_exitcode(status)
        self.ends[pid] = code
        return True

    def await_end(self, pid, limit):
        """Whether it ends within the limit."""
        end = time.monotonic() + limit
        if not self.ended(pid):
            handle = os.pidfd_open(pid)
            try:
                poll = select.poll()
                poll.register(handle, select.POLLIN)
                poll.poll(1000 * limit)
            finally:
                os.close(handle)
        while not self.ended(pid) and time.monotonic() < end:
            time.sleep(0.005)
        return pid in self.ends

    def kill(self):
        """Whatever is left of it. A successor of an upgrade that didn't succeed is known by its folder."""
        for pid in self.pids:
            if not self.ended(pid):
                os.kill(pid, signal.SIGKILL)
                self.await_end(pid, AMPLE)
        for pid in children():
            with contextlib.suppress(OSError):
                where, program = (os.readlink(f"/proc/{pid}/{link}") for link in ("cwd", "exe"))
                if (where, program) == (str(self.folder), str(self._binary)):
                    os.kill(pid, signal.SIGKILL)
                    self.await_end(pid, AMPLE)

    # -- figures

    def metrics(self):
        """Each series and its value."""
        with contextlib.closing(http.client.HTTPConnection(*self.admin, timeout=AMPLE)) as peer:
            peer.request("GET", "/metrics")
            text = peer.getresponse().read().decode()
        series = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in series}

    def at_rest(self):
        """Whether no client is there, and nothing is under way."""
        figures = self.metrics()
        busy = sum(value for name, value in figures.items() if name.startswith("sundown_connections{"))
        return busy == 0 and figures["sundown_requests_in_flight"] == 0

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def memory(self):
        """Resident bytes of its own: what it has allocated."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^RssAnon:\s+(\d+)", status, re.MULTILINE).group(1)) * 1024
