"""Servers that take turns on one load.

A machine's speed drifts by more than servers differ: a figure counts only as a ratio to one measured just beside it.
"""

import contextlib
import statistics
import subprocess

import measure

ATTEMPTS = 3
FAILURES = (RuntimeError, OSError, subprocess.TimeoutExpired)


class Load:
    def __init__(self, name, connections=64, options=(), path="/hello", who=None, raw=None, over_tls=False):
        self.name, self.connections, self.options, self.path, self.who, self.raw = name, connections, options, path, who, raw
        self.over_tls = over_tls

    def on(self, server, seconds):
        return measure.wrk(server, self.connections, seconds, self.path, self.options, self.over_tls)


class Http2Load:
    def __init__(self, name, streams, fields=(), over_tls=False):
        self.name, self.streams, self.fields, self.over_tls = name, streams, fields, over_tls

    def on(self, server, seconds):
        return measure.h2load(server, self.streams, seconds, self.fields, self.over_tls)


def one_run(contender, load, seconds):
    for attempt in range(1, ATTEMPTS + 1):
        with contender.start() as server:
            try:
                if contender.warm:
                    load.on(server, 1)
                return load.on(server, seconds)
            except measure.TooLittle:
                if attempt == ATTEMPTS:
                    raise


def in_turn(load, who, reference, rounds, seconds, progress):
    """Each of `who` between two runs of the reference, all of them once a round."""
    found = {one.name: {"cpu_ratio": [], "rate_ratio": [], **{key: [] for key in measure.FIGURES}} for one in who}
    found_reference = []
    for number in range(1, rounds + 1):
        before = None
        for one in who:
            mine = found[one.name]
            progress.step(f"{load.name}: round {number} of {rounds}, {one.name}")
            try:
                if not before:
                    before = one_run(reference, load, seconds)
                    found_reference.append(before)
                run = one_run(one, load, seconds)
                after = one_run(reference, load, seconds)
            except FAILURES as why:
                if "failed" not in mine:
                    progress.say(f"{load.name}: {one.name}: {why}")
                mine["failed"] = str(why)
                before = None
                continue
            found_reference.append(after)
            for key in measure.FIGURES:
                mine[key].append(run[key])
            mine["cpu_ratio"].append(run["cpu_us"] / statistics.mean((before["cpu_us"], after["cpu_us"])))
            mine["rate_ratio"].append(run["rate"] / statistics.mean((before["rate"], after["rate"])))
            before = after
    return {"name": load.name, "contenders": found, "reference": found_reference}


def duel(load, one, other, pairs, progress):
    """Two that are close to each other: many short runs, the first of a pair by turns. The ratios of CPU per request."""
    ratios = []
    with contextlib.ExitStack() as stack:
        servers = {each.name: stack.enter_context(each.start()) for each in (one, other)}
        for number in range(pairs):
            progress.step(f"{load.name}: {one.name} against {other.name}, pair {number + 1} of {pairs}")
            order = (one, other) if number % 2 == 0 else (other, one)
            cpu = {each.name: load.on(servers[each.name], 1)["cpu_us"] for each in order}
            ratios.append(cpu[one.name] / cpu[other.name])
    return ratios
