"""The clients' own books: each request that was begun, and what its client saw of the answer."""

import dataclasses
import itertools
import time

WHOLE, TORN, UNANSWERED, REFUSED, SILENT = "whole", "torn", "unanswered", "refused", "silent"
LEFT = "left"  # the client itself went away


@dataclasses.dataclass
class Entry:
    """Times are those of the wall clock, as the log's are."""

    id: str
    who: str
    method: str
    target: str
    polite: bool  # reads, and stays until it has its answer
    connected: float = 0.0  # before connect(2); of the connection
    first: bool = True  # on its connection
    owed: bool = False  # came in one piece with a request that was answered
    told: float = 0.0  # after the last byte was sent
    ended: float = 0.0
    outcome: str = LEFT
    status: int = 0

    def end(self, outcome, status=0):
        self.outcome, self.status, self.ended = outcome, status or self.status, time.time()

    @property
    def route(self):
        path = self.target.partition("?")[0]
        return "/v1/notes/{id}" if path.startswith("/v1/notes/") else path

    def __str__(self):
        return (f"{self.id} {self.method} {self.target} of {self.who}: {self.outcome} {self.status or ''} "
                f"connected={self.connected:.3f} told={self.told:.3f} ended={self.ended:.3f} first={self.first}")


class Books:
    """Written by the clients' threads; read when they have ended."""

    def __init__(self, seed):
        self.entries, self.seed = [], seed
        self.loads = []  # of h2load: what it asked for, and how many it was answered
        self.faults = []  # what a client saw in an answer that should not be there
        self._numbers = itertools.count()

    def begin(self, who, method, target, polite=True):
        entry = Entry(f"soak-{self.seed}-{next(self._numbers)}", who, method, target, polite)
        self.entries.append(entry)
        return entry

    def fault(self, text):
        self.faults.append(text)
