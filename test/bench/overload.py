#!/usr/bin/env python3
"""What a service does that is offered three times what it can do, with admission and without: one worker.

    overload.py TREE [--seconds 10] [--rounds 3] [--out FOLDER]    a table, and overload.svg

Clients come by the clock and retry nothing (open_load.cpp). A request is good if its answer is 200 and came within a second
of when it was due: later the client has given up. The server has one core to itself, where the machine has two.
"""

import argparse
import html
import json
import math
import os
import pathlib
import subprocess
import tempfile
import threading
import time

import servers

FACTOR = 3
GOOD = 1_000_000  # microseconds
# name: path, its most by the second if nothing disturbs it, and what limits it
LOADS = {
    "2 ms of CPU": ("/cpu", 500, {"OVERLOAD_HTTP__MAX_REQUESTS": "64"}),
    "a store of 200 ms, four at a time": ("/store", 20, {"OVERLOAD_BENCH__LIMITED": "true"}),
}


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))] if sorted_values else math.nan


def cores():
    """For the server, for the clients."""
    each = sorted(os.sched_getaffinity(0))
    return (each[:1], each[1:]) if len(each) > 1 else (each, each)


class Probes:
    """GET /live on the admin listener, twenty times a second, each on a new connection."""

    def __init__(self, port):
        self.port, self.took, self.over = port, [], threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.over.wait(0.05):
            began = time.monotonic()
            status, _ = servers.Server.get(self, "/live", timeout=5)
            if status == 200:
                self.took.append(1000 * (time.monotonic() - began))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.took.sort()


class Stage:
    def __init__(self, tree, env, work):
        self.load_binary = tree / "test/bench/open_load"
        admin = servers.free_port()
        port = servers.free_port()
        server_cores, self.load_cores = cores()
        given = {"OVERLOAD_HTTP__PORT": str(port), "OVERLOAD_ADMIN__PORT": str(admin), "OVERLOAD_HTTP__WORKERS": "1",
                 "OVERLOAD_LOG__ACCESS": "false", **env}
        command = ["taskset", "-c", ",".join(map(str, server_cores)), str(tree / "test/bench/overload_service")]
        self.server = servers.Server(command, port, env=given, cwd=work)
        self.admin = admin

    def run(self, rate, seconds, path):
        """Due, took (microseconds), status of each."""
        command = ["taskset", "-c", ",".join(map(str, self.load_cores)), str(self.load_binary), str(self.server.port), f"{rate:g}",
                   str(seconds), path]
        text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + servers.PATIENCE).stdout
        return [tuple(map(int, line.split())) for line in text.splitlines()]


def good(rows):
    return [took for due, took, status in rows if status == 200 and took <= GOOD]


def measure(tree, path, most, env, seconds):
    with tempfile.TemporaryDirectory(prefix="sundown-overload-") as work:
        stage = Stage(tree, env, work)
        with stage.server:
            alone = sorted(good(stage.run(-1 if most > 100 else -4, max(2, seconds / 3), path)))
            peak = len(good(stage.run(-4, max(2, seconds / 3), path))) / max(2, seconds / 3)
            before = stage.server.memory()
            with Probes(stage.admin) as probes:
                rows = stage.run(FACTOR * peak, seconds, path)
            after = stage.server.memory()
    admitted = sorted(took for due, took, status in rows if status == 200)
    shed = sorted(took for due, took, status in rows if status == 503)
    return {
        "offered": len(rows) / seconds, "peak": peak, "goodput": len(good(rows)) / seconds / peak,
        "alone_p99_ms": percentile(alone, 0.99) / 1000, "p50_ms": percentile(admitted, 0.5) / 1000,
        "p99_ms": percentile(admitted, 0.99) / 1000, "shed": len(shed) / len(rows), "shed_p50_ms": percentile(shed, 0.5) / 1000,
        "shed_p99_ms": percentile(shed, 0.99) / 1000, "probe_p99_ms": percentile(probes.took, 0.99),
        "unanswered": sum(status == 0 for _, _, status in rows) / len(rows), "grown_mb": (after - before) / 1e6, "rows": rows,
    }


def compare(tree, seconds, rounds, say=lambda text: None):
    """For each load, with and without: the run with the median goodput."""
    found = {}
    for name, (path, most, env) in LOADS.items():
        runs = {"with": [], "without": []}
        for turn in range(rounds):
            for kind in runs:  # in pairs, so that both have the same neighbours
                say(f"overload: {name}, {kind} admission, {turn + 1} of {rounds}")
                runs[kind].append(measure(tree, path, most, env if kind == "with" else {}, seconds))
        found[name] = {kind: sorted(each, key=lambda one: one["goodput"])[len(each) // 2] for kind, each in runs.items()}
    return found


COLUMNS = (("goodput of the peak", "goodput", "{:.2f}"), ("p50", "p50_ms", "{:.1f}"), ("p99", "p99_ms", "{:.1f}"),
           ("p99 alone", "alone_p99_ms", "{:.1f}"), ("sent away", "shed", "{:.0%}"), ("after, p50", "shed_p50_ms", "{:.1f}"),
           ("p99", "shed_p99_ms", "{:.1f}"), ("no answer", "unanswered", "{:.0%}"), ("/live p99", "probe_p99_ms", "{:.1f}"),
           ("memory, MB", "grown_mb", "{:+.1f}"))


def rows(found):
    for name, kinds in found.items():
        for kind, one in kinds.items():
            yield [f"{name}, {kind} admission", *(("-" if math.isnan(one[key]) else text.format(one[key])) for _, key, text in COLUMNS)]


# -- the chart: how long the good answers take while the overload goes on

WIDTH, PANEL, LEFT, TOP = 760, 190, 64, 52
COLOURS = {"with": "#1a7f37", "without": "#cf222e"}


def _line(one, seconds, top, left, width, bottom):
    """The 90th percentile of the answers to what was due in each twentieth; on a logarithmic scale from 1 ms to 10 s."""
    points = []
    for part in range(20):
        begin, end = seconds * 1e6 * part / 20, seconds * 1e6 * (part + 1) / 20
        took = sorted(took for due, took, status in one["rows"] if begin <= due < end and status == 200)
        if not took:
            continue
        height = min(max(math.log10(percentile(took, 0.9) / 1000), 0), 4) / 4
        points.append(f"{left + width * (part + 0.5) / 20:.1f},{bottom - height * (bottom - top):.1f}")
    return " ".join(points)


def chart(found, seconds, machine):
    body, at = [], TOP
    for name, kinds in found.items():
        top, bottom = at + 24, at + PANEL - 40
        body.append(f'<text x="16" y="{at + 10}" class="title">{html.escape(name)}</text>')
        for power, text in enumerate(("1 ms", "10 ms", "100 ms", "1 s", "10 s")):
            y = bottom - power / 4 * (bottom - top)
            body.append(f'<line x1="{LEFT}" x2="{WIDTH - 190}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
            body.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="tick" text-anchor="end">{text}</text>')
        for row, (kind, one) in enumerate(kinds.items()):
            line = _line(one, seconds, top, LEFT, WIDTH - 190 - LEFT, bottom)
            body.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[kind]}" stroke-width="2"/>')
            x, y = WIDTH - 180, top + 16 + row * 54
            body.append(f'<text x="{x}" y="{y}" fill="{COLOURS[kind]}" class="title">{kind} admission</text>')
            body.append(f'<text x="{x}" y="{y + 17}" class="figure">goodput {one["goodput"]:.2f} of the peak</text>')
            body.append(f'<text x="{x}" y="{y + 33}" class="figure">p99 {one["p99_ms"]:,.0f} ms</text>')
        body.append(f'<text x="{LEFT}" y="{bottom + 18}" class="tick">0 s</text>')
        body.append(f'<text x="{WIDTH - 190}" y="{bottom + 18}" class="tick" text-anchor="end">{seconds:g} s</text>')
        at += PANEL
    height = at + 28
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Answers under three times the load that can be served</title>",
        "<style>text{font:13px system-ui,sans-serif;fill:#1f2328}.head{font-size:16px;font-weight:600}.title{font-weight:600}"
        ".tick{font-size:11px;fill:#57606a}.note{font-size:11px;fill:#57606a}.figure{font-size:12px}.grid{stroke:#d0d7de}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        '<text x="16" y="30" class="head">How long a 200 takes while three times too many requests come (90th percentile)</text>',
        *body, f'<text x="16" y="{at + 12}" class="note">{html.escape(machine)}</text>', "</svg>"]) + "\n"


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("tree", type=pathlib.Path, help="the release build")
    parse.add_argument("--seconds", type=float, default=10)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--out", type=pathlib.Path)
    given = parse.parse_args()
    found = compare(given.tree.resolve(), given.seconds, given.rounds, print)
    print(" | ".join(["", *(name for name, _, _ in COLUMNS)]))
    for row in rows(found):
        print(" | ".join(row))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f} by others"
        (given.out / "overload.svg").write_text(chart(found, given.seconds, machine))
        figures = {name: {kind: {key: value for key, value in one.items() if key != "rows"} for kind, one in kinds.items()}
                   for name, kinds in found.items()}
        (given.out / "overload.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
