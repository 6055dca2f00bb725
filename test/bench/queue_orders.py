#!/usr/bin/env python3
"""Orders of a queue under overload, simulated: one server of 2 ms, requests at random, at a load that a part of the time is
more than it can do. What admission.cpp does is `adaptive`. Real runs are overload.py's.

    queue_orders.py    a table: for each order and load, what was served and how long it waited, in milliseconds
"""

import random

SERVICE, SECONDS, LIMIT, SHORT = 2.0, 30, 50.0, 2.0  # milliseconds; http.queue_wait, and the wait in an over-full queue
LENGTH = 128


def arrivals(load, rng):
    at = 0.0
    while at < 1000 * SECONDS:
        at += rng.expovariate(load / SERVICE)
        yield at


def bursts(_, rng):
    """Twenty at once, every 100 ms: two fifths of what can be served."""
    for turn in range(10 * SECONDS):
        for _ in range(20):
            yield turn * 100.0 + rng.random()


class Fifo:
    newest, limit = False, LIMIT

    def __init__(self, limit=LIMIT):
        self.limit = limit

    def judge(self, waited, now):
        pass

    def count(self, now, came, shed):
        pass


class Lifo(Fifo):
    newest = True


class Adaptive(Fifo):
    long_since = window = None
    came = shed = 0

    def judge(self, waited, now):
        if self.newest:
            return
        if waited < LIMIT / 10:
            self.long_since = None
        elif self.long_since is None:
            self.long_since = now
        elif now - self.long_since >= LIMIT:
            self.newest, self.limit, self.window, self.came, self.shed = True, SHORT, now, 0, 0

    def count(self, now, came, shed):
        self.came += came
        self.shed += shed
        if self.newest and now - self.window >= LIMIT:
            if 4 * self.shed < self.came or self.shed == 0:
                self.newest, self.limit, self.long_since = False, LIMIT, None
            self.window, self.came, self.shed = now, 0, 0


def simulate(order, load, source=arrivals):
    rng = random.Random(1)
    queue, waits, sheds, came, now = [], [], [], 0, 0.0
    coming = iter(source(load, rng))
    due = next(coming, None)
    while due is not None or queue:
        if not queue and due is not None:
            now = max(now, due)
        while due is not None and due <= now:  # what came while the server was busy
            came += 1
            order.count(now, 1, 0)
            if len(queue) >= LENGTH:
                sheds.append(now - queue.pop(0 if order.newest else -1) if order.newest else 0.0)
                order.count(now, 0, 1)
                if not order.newest:
                    due = next(coming, None)
                    continue
            queue.append(due)
            due = next(coming, None)
        while queue and now - queue[0] >= order.limit:
            order.judge(now - queue[0], now)
            sheds.append(now - queue.pop(0))
            order.count(now, 0, 1)
        if queue:
            since = queue.pop(-1 if order.newest else 0)
            order.judge(now - since, now)
            waits.append(now - since)
            now += SERVICE
    return came, sorted(waits), sorted(sheds), now


def main():
    orders = {"first come, first served, 50 ms": Fifo, "the same, 5 ms": lambda: Fifo(5.0), "newest first, 50 ms": Lifo,
              "newest first, 2 ms": lambda: Lifo(SHORT), "adaptive": Adaptive}
    print("| order | load | served of what can be | wait p50 | p99 | told after, p50 |\n|---|---|---|---|---|---|")
    for name, order in orders.items():
        for load, source in ((0.8, arrivals), (1.2, arrivals), (3.0, arrivals), ("bursts", bursts)):
            came, waits, sheds, end = simulate(order(), load, source)
            possible = min(came, end / SERVICE)
            told = f"{sheds[len(sheds) // 2]:.1f}" if sheds else "-"
            print(f"| {name} | {load} | {len(waits) / possible:.2f} | {waits[len(waits) // 2]:.1f} | "
                  f"{waits[int(0.99 * (len(waits) - 1))]:.1f} | {told} |")


if __name__ == "__main__":
    main()
