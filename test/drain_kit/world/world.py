"""The world's stops, measured by the drain kit: the table of docs/drain-kit.md (`make world`).

    world.py KIT SUNDOWN [--runs N] [--at-once N] [--out FOLDER] [--h2] [--again] [SERVER ...]
    world.py KIT SUNDOWN --page docs/drain-kit.md

Each server is started by `start`, with its graceful stop configured as its manual says. Who isn't installed is left out,
and said to be. Runs are played a few at a time, all servers in turn, and kept in FOLDER/SERVER.json after each time: an
interrupted measurement goes on where it was, and a table has the same number of runs for all of them soon.
"""

import argparse
import concurrent.futures
import contextlib
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import figures
import report
from servers import servers
from tools import HERE, TOOLS, Missing

MARKS = {False: "world", True: "world-h2"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def backend():
    """What the proxies stand before; nobody stops it."""
    port = free_port()
    process = subprocess.Popen([TOOLS / "go_server", str(port)])
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


class World:
    """The servers of this machine that were asked for, and their figures."""

    def __init__(self, given):
        self.given = given
        self.all = servers(given.sundown.resolve())
        self.titles = {}
        self.backend = None
        self.said = threading.Lock()
        given.out.mkdir(parents=True, exist_ok=True)

    def say(self, text):
        with self.said:
            print(text, file=sys.stderr, flush=True)

    def file(self, name):
        return self.given.out / f"{name}{'-h2' if self.given.h2 else ''}.json"

    def prepare(self):
        unknown = [name for name in self.given.servers if name not in self.all]
        if unknown:
            sys.exit(f"world: no server {', '.join(unknown)}; there are {', '.join(self.all)}")
        TOOLS.mkdir(parents=True, exist_ok=True)
        self.all["go"].prepare()
        for name in self.given.servers or self.all:
            server = self.all[name]
            try:
                if self.given.h2 and not server.http2:
                    raise Missing("no HTTP/2 in the clear")
                self.titles[name] = f"{server.title} {server.prepare()}"
            except Missing as why:
                self.say(f"left out: {server.title}: {why}")
            if self.given.again:
                self.file(name).unlink(missing_ok=True)

    def runs(self, name):
        kept = figures.load(self.file(name))
        return kept["runs"] if kept and kept["title"] == self.titles[name] else 0

    def start(self, name):
        if name == "sundown":
            return str(self.given.sundown.resolve())
        return f"{HERE}/start {name} {{port}} {{dir}} {self.backend}{' h2' if self.given.h2 else ''}"

    def chosen(self, server):
        """The scenarios that are played; none: all that the server can."""
        if self.given.only or not server.proxy:
            return self.given.only
        listed = subprocess.run([self.given.kit, "--list"], capture_output=True, text=True, check=True).stdout
        names = [line.split()[0] for line in listed.splitlines() if line and not line.startswith(" ")]
        return [name for name in names if name != "pid-1"]

    def play(self, name, wanted):
        """Plays what is missing of the runs that are wanted."""
        begun, before = time.monotonic(), self.runs(name)
        if before >= wanted:
            return
        server, out = self.all[name], self.file(name)
        played = out.with_suffix(".play")
        command = [str(self.given.kit.resolve()), "--start", self.start(name), "--profile", server.profile, "--runs",
                   str(wanted - before), "--seed", str(before + 1), "--json", str(played), "--html",
                   str(out.with_suffix(".html")), "--margin", "1", "--start-timeout", "60"]
        command += (["--signal", server.signal] if server.signal else []) + (["--h2"] if self.given.h2 else [])
        command += [word for each in self.chosen(server) for word in ("--only", each)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode not in (0, 1):
            why = result.stderr.strip() or re.findall("^could not run: (.*)", result.stdout, re.MULTILINE)
            return self.say(f"could not run: {server.title}: {why}")
        out.with_suffix(".txt").write_text(result.stdout)
        more = {**json.loads(played.read_text()), "title": self.titles[name]}
        played.unlink()
        figures.save(out, figures.added(figures.load(out) if before else None, more))
        self.say(f"{self.titles[name]}: {wanted} runs, {time.monotonic() - begun:.0f} s for {wanted - before}")

    def measure(self):
        self.prepare()
        with backend() as self.backend:
            for wanted in [*range(self.given.step, self.given.runs, self.given.step), self.given.runs]:
                with concurrent.futures.ThreadPoolExecutor(self.given.at_once) as pool:
                    for each in [pool.submit(self.play, name, wanted) for name in self.titles]:
                        each.result()

    def columns(self):
        kept = (figures.load(self.file(name)) for name in self.given.servers or self.all)
        return [each for each in kept if each]

    def write_page(self):
        """The tables of both protocols, and the chart beside the page."""
        page = self.given.page
        text = page.read_text()
        for self.given.h2, mark in MARKS.items():
            columns = self.columns()
            if columns:
                text = report.between(text, mark, report.table(columns))
            if columns and not self.given.h2:
                (page.parent / "world-stops.svg").write_text("\n".join(report.chart(columns)) + "\n")
        page.write_text(text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("kit", type=pathlib.Path)
    arguments.add_argument("sundown", type=pathlib.Path)
    arguments.add_argument("servers", nargs="*", metavar="SERVER", help=", ".join(servers(None)))
    arguments.add_argument("--runs", type=int, default=20)
    arguments.add_argument("--step", type=int, default=5, metavar="N", help="runs of a server before the next one's turn [5]")
    arguments.add_argument("--at-once", type=int, default=1, metavar="N", help="servers measured at a time [1]")
    arguments.add_argument("--only", action="append", default=[], metavar="SCENARIO")
    arguments.add_argument("--out", type=pathlib.Path, default=TOOLS / "stops")
    arguments.add_argument("--h2", action="store_true", help="HTTP/2 in the clear, of those that speak it")
    arguments.add_argument("--again", action="store_true", help="forget what has been measured")
    arguments.add_argument("--page", type=pathlib.Path, help="write tables and chart of what has been measured to this page")
    world = World(arguments.parse_intermixed_args())
    if world.given.page:
        world.write_page()
    else:
        world.measure()
        print("\n".join(report.table(world.columns())))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
