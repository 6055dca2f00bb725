"""What a seed decides: a life's settings, its clients, what goes wrong and when, and how it ends."""

import dataclasses
import random

# How often each is taken; the names are those of clients.KINDS.
POLITE = {"keep_alive": 4, "per_request": 3, "pipelined": 2, "notes": 4, "upload": 2, "sleeper": 1, "events": 1, "websocket": 1,
          "curl": 1}
RUDE = {"aborted": 2, "half_head": 1, "unread": 1, "flood": 1}
CHAOS = {"hup": 2, "upgrade": 2, "renew": 2, "spoil": 1, "freeze_redis": 2, "kill_redis": 1}
ENDS = {"term": 8, "term_twice": 2, "interrupt": 2, "interrupt_twice": 1, "fast": 1, "kill": 2}


@dataclasses.dataclass
class Client:
    kind: str
    tls: bool


@dataclasses.dataclass
class Phase:
    """Clients, and what befalls the service while they are there: (seconds after the begin, what)."""

    seconds: float
    clients: list
    chaos: list

    def happens(self):
        return {what for _, what in self.chaos}


@dataclasses.dataclass
class Plan:
    seed: int
    total: float  # shutdown.total, seconds
    workers: int
    redis: bool
    load: Phase  # ends with all clients gone and the service at rest
    last: Phase  # ends with the stop, whose clients stay
    end: str

    def happens(self):
        return self.load.happens() | self.last.happens()

    def __str__(self):
        clients = [f"{each.kind}{'/tls' if each.tls else ''}" for each in self.load.clients]
        chaos = [f"{what}@{when:.1f}" for when, what in self.load.chaos]
        late = [f"{what}@{when:.1f}" for when, what in self.last.chaos]
        return (f"{self.workers} workers, {'redis, ' if self.redis else ''}{self.load.seconds:.1f} s of {' '.join(clients)}; "
                f"{' '.join(chaos) or 'nothing'} happens; then {self.last.seconds:.1f} s{''.join(' ' + one for one in late)}, "
                f"{self.end} of {self.total:g} s")


class _Dice(random.Random):
    def of(self, shares):
        return self.choices(list(shares), list(shares.values()))[0]


def _clients(dice, least, most):
    kinds = [dice.of(POLITE) for _ in range(dice.randint(least, most))] + [dice.of(RUDE) for _ in range(dice.randint(0, 3))]
    # What has no TLS here speaks in the clear.
    return [Client(kind, kind not in ("curl", "flood") and dice.random() < 0.35) for kind in kinds]


def _chaos(dice, seconds, most, redis, without=()):
    possible = {what: share for what, share in CHAOS.items() if what not in without and (redis or "redis" not in what)}
    return sorted((dice.uniform(0, seconds), dice.of(possible)) for _ in range(dice.randint(0, most)))


def make(seed):
    dice = _Dice(seed)
    redis = dice.random() < 0.4
    seconds = dice.uniform(1.5, 6)
    load = Phase(seconds, _clients(dice, 4, 10), _chaos(dice, seconds, 4, redis))
    if dice.random() < 0.4 and "upgrade" not in load.happens():  # h2load takes a connection that ends for a failure
        load.clients.append(Client("h2load", tls=False))
    seconds = dice.uniform(0.1, 2)
    last = Phase(seconds, _clients(dice, 3, 8), _chaos(dice, seconds, 2, redis, without=("upgrade",)))
    return Plan(seed=seed, total=dice.choice((3, 5, 8)), workers=dice.choice((1, 2, 3)), redis=redis, load=load, last=last,
                end=dice.of(ENDS))


def quiet(seed):
    """Nothing happens in it."""
    return Plan(seed, total=8, workers=1, redis=False, load=Phase(0, [], []), last=Phase(0, [], []), end="term")
