"""Agreement of the drain kit with an independent harness, written anew from the scenarios' sentences (agree/).

    agreement.py KIT SUNDOWN [--runs N] [--at-once N] [--only SCENARIO] [--out FOLDER] [SERVER ...]

Plays each scenario of HTTP/1.1 N times with the kit and N times by threads and sockets of Python, and compares the
verdicts. Stops are races: where both have found losses in some runs, or one of them in so few that chance explains it
(Fisher's exact test, 1 %), they agree. Exits with 1 if they don't somewhere.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import multiprocessing
import pathlib
import shlex
import signal
import sys
import tomllib
import types

from agree.run import Run
from agree.scenarios import SCENARIOS
from figures import VERDICTS
from tools import HERE, ROOT, TOOLS
from world import World, backend

COMPARED = ["sundown", "go", "nginx", "node", "haproxy"]


class Subject:
    """A server as the harness starts it: the paths and the signal are of the same profile, which is data."""

    def __init__(self, start, server):
        told = tomllib.loads((ROOT / f"src/drain_kit/profiles/{server.profile}.toml").read_text())
        self.paths = told["paths"]
        self.signal = signal.Signals[f"SIG{server.signal or told.get('stop', {}).get('signal', 'TERM')}"]
        self.start, self.environment = start, told.get("start", {}).get("environment", {})
        self.cuts = {name for name, what in told.get("promise", {}).items() if "names" in what}  # promised: no finding

    def command(self, port, folder):
        def filled(text):
            return str(text).replace("{port}", str(port)).replace("{dir}", folder)
        return shlex.split(filled(self.start)), {key: filled(value) for key, value in self.environment.items()}


def played(subject, scenario, runs):
    """How many runs had which verdict; None: can't be played."""
    verdicts, whys = collections.Counter(), collections.Counter()
    for _ in range(runs):
        with Run(subject) as run:
            if scenario != "start-up" and not run.listens():
                raise RuntimeError(f"{subject.start} does not answer")
            if SCENARIOS[scenario](run) is False:
                return None, whys
            verdict = run.verdict()
            verdicts["ok" if verdict == "told" and scenario in subject.cuts else verdict] += 1
            whys.update(why for client in run.clients for why in [*client.lost, *client.faults])
            whys.update(run.faults)
    return verdicts, whys


def fisher(a, b, runs):
    """The chance of such different counts of two times `runs`, if they were the same."""
    def probability(first):
        return math.comb(runs, first) * math.comb(runs, a + b - first) / math.comb(2 * runs, a + b)
    seen = probability(a)
    possible = range(max(0, a + b - runs), min(runs, a + b) + 1)
    return sum(probability(each) for each in possible if probability(each) <= seen * (1 + 1e-9))


def worst(verdicts):
    return max(verdicts, key=VERDICTS.index)


def compared(ours, theirs, runs):
    """'same', 'chance', or 'DISAGREE': in each verdict, as many runs that were that bad."""
    if worst(ours) == worst(theirs):
        return "same"
    for least in VERDICTS[1:]:
        bad = [sum(count for name, count in each.items() if VERDICTS.index(name) >= VERDICTS.index(least)) for each in (ours, theirs)]
        if fisher(*bad, runs) < 0.01:
            return "DISAGREE"
    return "chance"


def told(verdicts):
    return ", ".join(f"{name} {verdicts[name]}" for name in VERDICTS if verdicts[name])


def kits(path, runs):
    """The kit's verdicts of so many runs."""
    return {each["name"]: collections.Counter(run["verdict"] for run in each["runs"][:runs])
            for each in json.loads(path.read_text())["scenarios"]}


def rows(name):
    """Of one server: the table's rows, and how many were compared."""
    given = world.given
    world.play(name, given.runs)
    subject = Subject(world.start(name), world.all[name])
    for scenario, ours in kits(world.file(name), given.runs).items():
        if scenario not in SCENARIOS or given.only and scenario not in given.only:
            continue
        theirs, whys = played(subject, scenario, given.runs)
        verdict = compared(ours, theirs, given.runs) if theirs else "DISAGREE"
        why = "; ".join(f"{count} x {text}" for text, count in whys.most_common(3)) if verdict == "DISAGREE" else ""
        yield verdict, f"| {name} | {scenario} | {told(ours)} | {told(theirs) if theirs else 'left out'} | {verdict} | {why} |"


def compare(name):
    """In a process of its own, so that no server's clients wait for another's."""
    verdicts = collections.Counter()
    for verdict, row in rows(name):
        print(row, flush=True)
        verdicts[verdict] += 1
    return verdicts


def arguments():
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("kit", type=pathlib.Path)
    wanted.add_argument("sundown", type=pathlib.Path)
    wanted.add_argument("servers", nargs="*", default=COMPARED)
    wanted.add_argument("--runs", type=int, default=20)
    wanted.add_argument("--at-once", type=int, default=1, metavar="N", help="servers compared at a time [1]")
    wanted.add_argument("--only", action="append", default=[])
    wanted.add_argument("--out", type=pathlib.Path, help="the kit's figures [those of `make world`, but with --only]")
    given = wanted.parse_intermixed_args()
    given.out = given.out or TOOLS / ("agree" if given.only else "stops")
    return types.SimpleNamespace(**vars(given), h2=False, again=bool(given.only), step=given.runs)


def main():
    world.prepare()
    print("| server | scenario | kit | harness | | |\n|---|---|---|---|---|---|", flush=True)
    with backend() as world.backend, concurrent.futures.ProcessPoolExecutor(
            world.given.at_once, mp_context=multiprocessing.get_context("fork")) as pool:
        verdicts = sum(pool.map(compare, world.titles), collections.Counter())
    print(f"\n{sum(verdicts.values())} compared: " + ", ".join(f"{count} {word}" for word, count in verdicts.items()))
    return 1 if verdicts["DISAGREE"] else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    world = World(arguments())
    sys.exit(main())
