#!/usr/bin/env python3
"""Compares Sundown with a raw epoll loop, with nginx and others, on this machine.

A machine's speed drifts by more than servers differ. So servers take turns on the same load, the raw loop runs just before
and after each, and what counts is the ratio to the mean of these two. `make bench` builds and runs all of it (about
half an hour), `make bench-quick` what fits into two minutes.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import asking
import contenders
import fairness
import instructions
import measure
import notes
import overload
import report
from turns import FAILURES, Http2Load, Load, duel, in_turn


class Progress:
    """One line that is rewritten on a terminal, plain lines elsewhere."""

    def __init__(self):
        self.began = time.monotonic()
        self._tty = sys.stderr.isatty()

    def step(self, text):
        stamp = f"[{time.monotonic() - self.began:5.0f} s] {text}"
        print(f"\r\033[K{stamp[:110]}" if self._tty else stamp, end="" if self._tty else "\n", file=sys.stderr, flush=True)

    def say(self, text):
        print(f"\r\033[K{text}" if self._tty else text, file=sys.stderr, flush=True)


def loads(field, quick):
    if quick:
        who = [one for one in (field.sundown, field.beast, field.nginx) if one]
        return [Load("64 connections", who=who), Load("pipelined 16", options=["depth=16"], who=who),
                Load("10 headers", options=["headers=ten"], who=who)]
    return [
        Load("64 connections"),
        Load("512 connections", connections=512),
        Load("1 connection", connections=1),
        Load("pipelined 16", options=["depth=16"]),
        Load("10 headers", options=["headers=ten"]),
        Load("POST 1 KiB JSON", options=["body=1024"], who=[field.bare, *field.rivals]),   # the shipped program has no POST /hello
        Load("a connection per request", options=["close=1"], raw=field.raw_close),
    ]


def against_nginx(field, quick, progress):
    """These two are too close to each other for a few rounds."""
    found = {}
    for load in loads(field, quick):
        if load.name not in ("64 connections", "512 connections", "10 headers", "a connection per request"):
            continue
        try:
            found[load.name] = duel(load, field.sundown, field.nginx, 6 if quick else 40, progress)
        except FAILURES as why:
            progress.say(f"{load.name}: against nginx: {why}")
    return found


def protocols(field, quick, progress):
    """HTTP/2 and TLS: nginx is who is known for them."""
    nine = asking.TEN_HEADERS
    found = {}
    for load in (Http2Load("HTTP/2, 1 stream", 1), Http2Load("HTTP/2, 10 streams", 10),
                 Http2Load("HTTP/2, 10 streams, 9 more fields", 10, [one for one in nine if one[0] != "Connection"]),
                 Load("TLS 1.3, HTTP/1.1", over_tls=True), Load("TLS, a handshake per request", over_tls=True, options=["close=1"]),
                 Http2Load("TLS 1.3, HTTP/2, 10 streams", 10, over_tls=True)):
        try:
            found[load.name] = duel(load, field.sundown_tls, field.nginx, 6 if quick else 20, progress)
        except FAILURES as why:
            progress.say(f"{load.name}: against nginx: {why}")
    return found


def held(field, quick, progress):
    """Bytes for each idle connection of the newer protocols."""
    count = measure.allow_connections(300 if quick else 1500)
    found = {}
    for name, client in (("HTTP/2", asking.Http2("/hello")), ("HTTP/1.1, TLS", asking.Http1("/hello", over_tls=True)),
                         ("HTTP/2, TLS", asking.Http2("/hello", over_tls=True))):
        for one in filter(None, (field.sundown_tls, field.nginx)):
            progress.step(f"{count} idle connections, {name}: {one.name}")
            found.setdefault(one.name, {})[name] = measure.held_memory(one, client, count)
    return found


def count_instructions(field, quick, progress):
    found = {}
    who = [field.sundown] if quick else [field.raw, field.bare, field.sundown, field.beast, field.nginx]
    for one in filter(None, who):
        found[one.name] = {}
        for case in ("hello", "hello, 10 headers"):
            progress.step(f"instructions: {one.name}, {case}")
            try:
                each = instructions.difference(lambda wrap, work, one=one: one.start(wrap, 1, work), instructions.CASES[case][0])
                found[one.name][case] = round(sum(each.values()))
            except FAILURES as why:
                progress.say(f"instructions: {one.name}: {why}")
    return found


def at_rest(field, quick, progress):
    count = measure.allow_connections(1000 if quick else 10000)
    found = {}
    for one in [field.raw, field.sundown, *((field.nginx,) if quick and field.nginx else () if quick else field.rivals)]:
        progress.step(f"{count} idle connections: {one.name}")
        found[one.name] = {**measure.idle_memory(one, count), "connections": count, "startup": measure.startup(one, 3 if quick else 5)}
    return found


def stops(field, quick, progress):
    """Of those that have a stop which loses nothing."""
    found = {}
    for one in filter(None, (field.sundown, field.nginx)):
        found[one.name] = []
        for wanted in (0, 1000) if quick else (0, 1000, 10000):
            count = measure.allow_connections(wanted)
            progress.step(f"stop with {count} idle connections: {one.name}")
            found[one.name].append({"connections": count, **measure.stop_time(one, count)})
    return found


def latencies(field, rates, quick, progress):
    """The run with the median p99. `rates`: the most that each did with 64 connections."""
    found = {}
    for one in (field.raw, *field.everybody()):
        if one.name not in rates or quick and one not in (field.sundown, field.nginx):
            continue
        rate = 0.7 * rates[one.name]
        progress.step(f"latency at {rate:,.0f} requests/s: {one.name}")
        with one.start() as server:
            if one.warm:
                measure.wrk(server, 64, 1)
            try:
                runs = [measure.latency(server, field.programs / "load", rate, 2 if quick else 4) for _ in range(1 if quick else 5)]
                found[one.name] = sorted(runs, key=lambda run: run["p99_us"])[len(runs) // 2]
            except RuntimeError as why:
                progress.say(f"latency: {one.name}: {why}")
    return found


def access_log(field, progress):
    """The log to a file and to a pipe that somebody reads, against none."""
    env = {"SUNDOWN_LOG__FORMAT": "json"}
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL))
        stack.callback(reader.stdin.close)
        who = [contenders.Contender("a file", field.shipped(True, env)),
               contenders.Contender("a pipe", field.shipped(True, env, stdout=reader.stdin))]
        return {one.name: duel(Load("access log"), one, field.sundown, 20, progress) for one in who}


def read_notes(field, rounds, seconds, progress):
    def by_turns(paths, who):
        load = Load("a note", options=[f"paths={paths}"])
        return in_turn(load, who, field.raw, rounds, 2 * seconds, progress)["contenders"]
    return notes.compare(field, by_turns, progress)


def transfers(field, rounds, progress):
    found = {}
    size = contenders.DOWNLOAD

    def add(name, contender, what, path):
        progress.step(f"1 GiB: {name}")
        with contender.start() as server:
            found.setdefault(name, []).append(measure.transfer(server, what, path, size))
    for _ in range(rounds):
        add("Sundown, download", field.demo, measure.download, f"/demo/bytes?n={size}")
        if field.nginx:
            add("nginx, download", field.nginx, measure.download, "/download")
        add("Sundown, upload with SHA-256", field.demo, measure.upload, "/demo/upload")
    return found


def machine():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} × {model}, Linux {platform.release().partition('-')[0]}"


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--quick", action="store_true", help="what fits into two minutes")
    parse.add_argument("--tree", type=pathlib.Path, default=pathlib.Path("build/release"), help="the release build")
    parse.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench"), help="where the results go")
    parse.add_argument("--rounds", type=int, help="runs of each server on each load (5; quick: 3)")
    parse.add_argument("--seconds", type=int, help="of each run (2; quick: 1)")
    given = parse.parse_args()
    rounds = given.rounds or (3 if given.quick else 5)
    seconds = given.seconds or (1 if given.quick else 2)
    progress = Progress()
    if missing := [name for name in ("wrk", "h2load", "valgrind") if not contenders.shutil.which(name)]:
        parse.exit(1, f"the bench needs {' and '.join(missing)}: scripts/bootstrap --bench\n")
    busy = os.getloadavg()[0]
    if busy > 0.5:
        progress.say(f"warning: this machine is busy (load {busy:.1f}); the ratios are paired, but wider for it")
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sundown-bench-") as work:
        field = contenders.Field(given.tree.resolve(), work, os.cpu_count())
        for one in field.missing:
            progress.say(f"not compared: {one}")
        result = {"when": time.strftime("%Y-%m-%d"), "machine": machine(), "load_average": busy, "rounds": rounds,
                  "seconds": seconds, "command": "make bench-quick" if given.quick else "make bench", "loads": []}
        for load in loads(field, given.quick):
            result["loads"].append(in_turn(load, load.who or field.everybody(), load.raw or field.raw, rounds, seconds, progress))
        result["against_nginx"] = against_nginx(field, given.quick, progress) if field.nginx else {}
        result["protocols"] = protocols(field, given.quick, progress) if field.nginx else {}
        result["held"] = held(field, given.quick, progress)
        first = result["loads"][0]
        most = {name: statistics.median(one["rate"]) for name, one in first["contenders"].items() if one["rate"]}
        if first["reference"]:
            most[field.raw.name] = statistics.median(run["rate"] for run in first["reference"])
        result["instructions"] = count_instructions(field, given.quick, progress)
        result["resting"] = at_rest(field, given.quick, progress)
        result["stops"] = stops(field, given.quick, progress)
        result["fairness"] = fairness.compare(field.binary, work, 2 if given.quick else 10, progress.step)
        result["overload"] = overload.compare(given.tree.resolve(), 4 if given.quick else 10, 1 if given.quick else 3, progress.step)
        result["latency"] = latencies(field, most, given.quick, progress)
        result["access_log"] = {} if given.quick else access_log(field, progress)
        skips_notes = given.quick or not (pathlib.Path(__file__).parents[2] / "src/app/notes").exists()
        result["notes"] = {} if skips_notes else read_notes(field, rounds, seconds, progress)
        result["transfers"] = {} if given.quick else transfers(field, 3, progress)
        colours = {one.name: one.colour for one in field.everybody()}
    progress.say(f"took {time.monotonic() - progress.began:.0f} s")
    (given.out / "overload.svg").write_text(overload.chart(result["overload"], 4 if given.quick else 10, result["machine"]))
    for each in result["overload"].values():
        for one in each.values():
            del one["rows"]  # thousands
    (given.out / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    (given.out / "bench.svg").write_text(report.chart(result, colours))
    text = f"measured with `{result['command']}` on {result['when']}: {result['machine']}\n\n{report.tables(result)}"
    if any("failed" in one for load in result["loads"] for one in load["contenders"].values()):
        text += "\n`*`: some of its runs have failed (bench.json says why).\n"
    (given.out / "bench.md").write_text(text)
    print(text)
    print(f"also in {given.out}: bench.md, bench.json, bench.svg, overload.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
