"""One life of the service: it starts, is used and abused, comes to rest, and is told to end under load."""

import dataclasses
import json
import random
import signal
import threading
import time

import books
import certificates
import chaos
import http1
import http2
import polite
import redis
import rude
import service
import stage
import streams

KINDS = {"keep_alive": polite.KeepAlive, "per_request": polite.PerRequest, "pipelined": polite.Pipelined, "notes": polite.Notes,
         "upload": polite.Upload, "sleeper": polite.Sleeper, "events": streams.Events, "websocket": streams.WebSocket,
         "curl": http2.Curl, "h2load": http2.H2load,
         "aborted": rude.Aborted, "half_head": rude.HalfHead, "unread": rude.Unread, "flood": rude.Flood}
MARGIN = 4.0  # seconds beside shutdown.total, for a machine that is busy
AMPLE = service.AMPLE


@dataclasses.dataclass
class Figures:
    """Of a service at rest."""

    descriptors: int
    memory: int


class Life:
    """Use it as a context: when it is left nothing of it runs."""

    def __init__(self, binary, plan, run, folder):
        """`run` has what outlives it: ledger, certificates, the store's file, the first life's figures."""
        self.plan, self.run, self.folder = plan, run, folder
        self.books = books.Books(plan.seed)
        self.faults = []  # seen on the way: (invariant, text)
        self.redis = redis.Redis(folder) if plan.redis else None
        self.pair = certificates.Pair(run.certificates, folder)
        self.begun = self.rested = None  # figures
        self.took = None  # seconds from the signal to the end
        try:
            self.service = service.Service(binary, folder, self._settings())
        except BaseException:
            self._stop_redis()
            raise

    def _settings(self):
        settings = {"HTTP__PORT": 0, "ADMIN__PORT": 0, "HTTP__WORKERS": self.plan.workers, "HTTP__TLS__PORT": 0,
                    "HTTP__TLS__CERTIFICATE": self.pair.certificate, "HTTP__TLS__KEY": self.pair.key, "DEMO__ENABLED": "true",
                    "LOG__FORMAT": "json", "LOG__ACCESS": "true", "SHUTDOWN__TOTAL": f"{self.plan.total}s",
                    "STORAGE__SQLITE__PATH": self.run.store, "STORAGE__CACHE__CAPACITY": "4MiB"}
        return {**settings, "STORAGE__REDIS__URL": self.redis.url} if self.redis else settings

    def verify(self):
        """What is wrong in the store, by what the lives before were told."""
        wrong = []
        at = stage.Stage(self.service, self.books, self.run.ledger, None, last=False)
        for note in self.run.ledger.due(self.plan.seed):
            entry = self.books.begin("verify", "GET", f"/v1/notes/{note.id}")
            try:
                with http1.Connection(entry, at.service.http) as peer:
                    answer = peer.ask(entry)
            except http1.Lost:
                continue  # judged with the others
            value = None
            if answer.status == 200:
                stored = json.loads(answer.body)
                value = (stored["title"], len(stored["body"]))
            elif answer.status != 404:
                self.faults.append(("answers", f"{answer.status}: {entry}"))
                continue
            if text := self.run.ledger.found(note, value):
                wrong.append(text)
        return wrong

    def live(self):
        """All of it; then it can be judged."""
        try:
            self._await_rest()
            self.begun = Figures(self.service.descriptors(), self.service.memory())
            self._load()
            self._rest()
            self._last()
        except (service.Broken, OSError) as why:  # OSError: the service is not there, or doesn't listen
            self.faults.append(("life", str(why)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.kill()
        self._stop_redis()

    def _stop_redis(self):
        if self.redis:
            self.redis.kill()

    # -- phases

    def _clients(self, phase, at):
        names = [(f"{each.kind}-{'last' if at.last else 'load'}-{number}", each) for number, each in enumerate(phase.clients)]
        return [KINDS[each.kind](at, name, each.tls, random.Random(f"{self.plan.seed}-{name}")) for name, each in names]

    def _join(self, clients):
        end = time.monotonic() + http1.PATIENCE + AMPLE
        for each in clients:
            each.thread.join(max(0.0, end - time.monotonic()))
            if each.thread.is_alive():
                raise service.Broken(f"{each.name} waits for something that doesn't come")

    def _load(self):
        at = stage.Stage(self.service, self.books, self.run.ledger, self.run.certificates.trust, last=False)
        clients = self._clients(self.plan.load, at)
        trouble = chaos.Chaos(self, self.plan.load)
        time.sleep(self.plan.load.seconds)
        at.over.set()
        trouble.end()
        self.faults += [("chaos", text) for text in trouble.faults]
        self._join(clients)

    def _await_rest(self):
        end = time.monotonic() + AMPLE
        while not self.service.at_rest():
            if time.monotonic() > end:
                raise service.Broken(f"is not at rest after {AMPLE:.0f} s without clients")
            time.sleep(0.05)

    def _rest(self):
        self._await_rest()
        self._compare_counters()
        self.rested = Figures(self._least(self.service.descriptors, self.begun.descriptors), self.service.memory())

    @staticmethod
    def _least(measure, wanted, limit=10):
        """Until it is what is wanted, or for so long."""
        end = time.monotonic() + limit
        while (found := measure()) > wanted and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def _compare_counters(self):
        """The metrics, the log and the clients' books are about the same requests."""
        figures = self.service.metrics()
        counted = sum(value for name, value in figures.items() if name.startswith("sundown_requests_total{"))
        end = time.monotonic() + 10  # for the log
        while (written := len(self.service.find("access"))) < counted and time.monotonic() < end:
            time.sleep(0.05)
        upgraded = len(self.service.pids) > 1  # those of the process before count no more
        if counted > written or (counted < written and not upgraded):
            self.faults.append(("counters", f"sundown_requests_total is {counted:.0f}, the log has {written} lines of access"))
        if figures["sundown_log_lines_dropped_total"]:
            self.faults.append(("log", f"{figures['sundown_log_lines_dropped_total']:.0f} lines were dropped"))

    def _last(self):
        at = stage.Stage(self.service, self.books, self.run.ledger, self.run.certificates.trust, last=True)
        clients = self._clients(self.plan.last, at)
        trouble = chaos.Chaos(self, self.plan.last)
        try:
            time.sleep(self.plan.last.seconds)
            began = time.monotonic()
            self.service.told_to_end = time.time()
            threading.Thread(target=self._signals, daemon=True).start()
            in_time = self.service.await_end(self.service.pid, self.plan.total + MARGIN)
            self.took = time.monotonic() - began
            if not in_time:
                self.faults.append(("exit", f"runs {self.took:.1f} s after it was told to end within {self.plan.total:g} s"))
        finally:
            self.service.kill()
            at.over.set()
            trouble.end(mend=False)
        self._join(clients)

    def _signals(self):
        first, second, pause = {
            "term": (signal.SIGTERM, None, 0), "term_twice": (signal.SIGTERM, signal.SIGTERM, 0.2),
            "interrupt": (signal.SIGINT, None, 0), "interrupt_twice": (signal.SIGINT, signal.SIGINT, 0.7),
            "fast": (signal.SIGQUIT, None, 0), "kill": (signal.SIGKILL, None, 0)}[self.plan.end]
        pid = self.service.pid
        self.service.signal(first)
        time.sleep(pause)
        if second and not self.service.ended(pid):
            self.service.signal(second)
