"""What a client needs to know: where the service is, the books, its own dice, and when to go."""

import dataclasses
import threading
import time

import books
import http1


@dataclasses.dataclass
class Stage:
    service: object
    books: books.Books
    ledger: object
    trust: object  # an ssl.SSLContext for all good certificates of the run
    last: bool  # whether the service is told to end in this phase
    over: threading.Event = dataclasses.field(default_factory=threading.Event)  # clients are to go, or nobody is there any more


class Client:
    """One client, on a thread of its own: act() is what it does, again and again until it is over or the service is gone."""

    polite = True

    def __init__(self, stage, name, tls, dice):
        self.stage, self.name, self.dice = stage, name, dice
        self.address = stage.service.https if tls else stage.service.http
        self.tls = stage.trust if tls else None
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.over:
                try:
                    self.act()
                except http1.Lost:
                    if self.gone():
                        return
                    self.pause(0.2)
        except Exception as why:  # noqa: BLE001, a fault of its answer, or of this client: told in either case
            self.stage.books.fault(f"{self.name}: {type(why).__name__}: {why}")

    def act(self):
        raise NotImplementedError

    @property
    def over(self):
        return self.stage.over.is_set()

    def gone(self):
        """Whether the service is on its way out: who has lost a connection then asks no more."""
        return self.stage.service.told_to_end is not None

    def pause(self, most):
        self.stage.over.wait(self.dice.uniform(0, most))

    def hold(self, limit=60):
        """Until it is over."""
        end = time.monotonic() + limit
        while not self.over and time.monotonic() < end:
            self.stage.over.wait(0.1)

    def begin(self, target, method="GET"):
        return self.stage.books.begin(self.name, method, target, self.polite)

    def url(self, target):
        return "http://%s:%d%s" % (*self.address, target)

    def connect(self, entry):
        return http1.Connection(entry, self.address, self.tls)

    def check(self, right, entry, what):
        if not right:
            self.stage.books.fault(f"{what}: {entry}")
