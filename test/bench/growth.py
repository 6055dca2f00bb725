#!/usr/bin/env python3
"""How Sundown's cost grows: with workers, connections, routes, and bodies. Prints the tables of docs/performance.md."""

import argparse
import pathlib
import statistics
import sys
import tempfile

import asking
import contenders
import instructions
import measure
import report

ROUNDS = 5


def say(text):
    print(text, file=sys.stderr, flush=True)


def paired(field, start, seconds, **load):
    """Ratios to raw epoll on the same load with as many workers, run just before and after."""
    workers, connections = load.get("workers"), load.get("connections", 64)

    def run(begin):
        with begin((), workers) as server:
            return measure.wrk(server, connections, seconds)
    cpu, rate = [], []
    for _ in range(ROUNDS):
        before, mine, after = run(field.raw.start), run(start), run(field.raw.start)
        cpu.append(mine["cpu_us"] / statistics.mean((before["cpu_us"], after["cpu_us"])))
        rate.append(mine["rate"])
    low, middle, high = report.quartiles(cpu)
    return f"{middle:.2f} ({low:.2f}-{high:.2f})", statistics.median(rate)


def workers(field, seconds):
    rows = []
    for count in (1, 2):
        say(f"{count} workers")
        ratio, rate = paired(field, field.sundown.start, seconds, workers=count)
        rows.append([count, ratio, f"{rate:,.0f}"])
    return report.table(["workers", "CPU per request, raw epoll = 1", "requests/s"], rows)


def connections(field, seconds):
    rows = []
    for wanted in (10, 100, 1000, 10000):
        count = measure.allow_connections(wanted)
        say(f"{count} connections")
        ratio, rate = paired(field, field.sundown.start, seconds, connections=count)
        rows.append([count, ratio, f"{rate:,.0f}", f"{measure.idle_memory(field.sundown, count)['per_connection']:,.0f}"])
    return report.table(["connections", "CPU per request, raw epoll = 1", "requests/s", "bytes each when idle"], rows)


def routes(field):
    rows = []
    for count in (1, 10, 100, 1000):
        say(f"{count} routes")
        begin = field.bare_with(count)
        each = [round(sum(instructions.difference(lambda wrap, _: begin(wrap, 1), asking.Http1(path)).values()))
                for path in ("/hello", "/items/42")]
        rows.append([count, *(f"{n:,}" for n in each)])
    return report.table(["paths of each kind", "instructions, GET /hello", "instructions, GET /items/{id}"], rows)


def bodies(field):
    rows = []
    for size in (1_000, 64_000, 1_000_000, 64_000_000):
        say(f"{size:,} bytes")
        times = min(3000, max(3, 256_000_000 // size))   # enough of the small ones for the clock's ticks
        row = [f"{size:,}"]
        for what, path in ((measure.download, f"/demo/bytes?n={size}"), (measure.upload, "/demo/upload")):
            with field.demo.start() as server:
                run = measure.transfer(server, what, path, size, times)
            row += [f"{run['cpu_s_per_gb'] * size / 1000:,.0f}", f"{run['peak_memory'] / 1e6:.1f}"]
        rows.append(row)
    return report.table(["bytes", "CPU µs, down", "most memory, MB", "CPU µs, up with SHA-256", "most memory, MB"], rows)


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--tree", type=pathlib.Path, default=pathlib.Path("build/release"), help="the release build")
    parse.add_argument("--seconds", type=int, default=2, help="of each run")
    parse.add_argument("--only", choices=("workers", "connections", "routes", "bodies"))
    given = parse.parse_args()
    with tempfile.TemporaryDirectory(prefix="sundown-bench-") as work:
        field = contenders.Field(given.tree.resolve(), work, 2)
        parts = {"workers": lambda: workers(field, given.seconds), "connections": lambda: connections(field, given.seconds),
                 "routes": lambda: routes(field), "bodies": lambda: bodies(field)}
        for name, part in parts.items():
            if given.only in (None, name):
                print(f"### {name}\n\n{part()}", flush=True)


if __name__ == "__main__":
    main()
