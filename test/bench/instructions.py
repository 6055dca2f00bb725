#!/usr/bin/env python3
"""Instructions per request of the release build, counted by valgrind's callgrind, against committed figures.

Times depend on who else uses the machine; instructions repeat within 1 %. Each figure is the difference of two runs that
differ only in the number of requests, so that start and stop cancel out.

    instructions.py BINARY                  counts, compares, fails on growth over the tolerance or over a bound
    instructions.py BINARY --update         writes the figures into instructions.json
    instructions.py BINARY --profile NAME   the functions that one of the requests spends its instructions in
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import asking
import servers

HERE = pathlib.Path(__file__).resolve().parent
FEW, MANY = 200, 1200
TOLERANCE = 0.05

# name: who asks, whether each is logged, and the bound. None: shown but not judged, because how often the log's thread is
# woken depends on the scheduler (+-5 %), and a gate must not fail by chance.
CASES = {
    "hello": (asking.Http1("/hello"), False, 6000),
    "hello, 10 headers": (asking.Http1("/hello", asking.TEN_HEADERS), False, 13000),
    "hello, access log": (asking.Http1("/hello"), True, None),
    "hello, TLS": (asking.Http1("/hello", over_tls=True), False, 25000),
    "hello, HTTP/2": (asking.Http2("/hello"), False, 19000),
    "hello, HTTP/2, 10 headers": (asking.Http2("/hello", asking.TEN_HEADERS), False, 30000),
    "hello, HTTP/2, 10 streams": (asking.Http2("/hello", streams=10), False, 17000),
    "hello, not sampled": (asking.Http1("/hello"), False, 6300),
    "hello, traced": (asking.Http1("/hello"), False, 9000),
}
# Of the traced ones: the part of the traces that is sampled. Which ones a sampler takes is chance, and one in 100 of a
# thousand requests is 10 +- 3, each of which costs as much as a request: so the gate counts all and practically none.
TRACED = {"hello, not sampled": 1e-9, "hello, traced": 1}
# Instructions more than "hello", the exporter's thread included, by the part that is sampled; between the two, the cost
# is on a straight line. A tenth over 300 and 3,000, for how often threads are woken.
MOST_MORE = {0.01: 330, 1: 3300}


def functions(profile):
    """Instructions of each function itself, by name. The file of --dump-instr=no, one position per line."""
    names, cost, current, calls = {}, {}, None, False
    with open(profile, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(("fn=", "cfn=")):
                number, _, name = line.partition("=")[2].strip().partition(" ")
                if name:
                    names[number] = name
                if line.startswith("fn="):
                    current = names[number]
            elif line.startswith("calls="):
                calls = True  # the next line is the callee's, counted there
            elif line[:1].isdigit() or line[:1] in "+-*":
                if not calls and current:
                    cost[current] = cost.get(current, 0) + int(line.split()[1])
                calls = False
    return cost


def count(start, client, times, work):
    """Instructions by function of one run with so many requests. `start` begins the server behind a command."""
    out = pathlib.Path(work) / "callgrind.out"
    with start(("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}")) as one:
        client.ask(one, times)
        one.stop()
    return functions(out)


def difference(start, client):
    """Instructions per request by function. `start` takes valgrind's command and an empty directory: each run has one of
    its own, for a start that finds the files of the run before does other work, and would not cancel out."""
    def run(times):
        with tempfile.TemporaryDirectory(prefix="sundown-bench-") as work:
            return count(lambda wrap: start(wrap, work), client, times, work)
    few, many = run(FEW), run(MANY)
    each = {f: (many.get(f, 0) - few.get(f, 0)) / (MANY - FEW) for f in many.keys() | few.keys()}
    return {f: n for f, n in each.items() if abs(n) >= 0.5}


def per_request(binary, name):
    """The same of one case, for the shipped program."""
    client, logged, _ = CASES[name]

    def start(wrap, work, env=None):
        return servers.sundown(binary, work, workers=1, access_log=logged, wrap=wrap, with_tls=client.over_tls, env=env)
    if name not in TRACED:
        return difference(start, client)
    with servers.Collector() as collector:
        return difference(lambda wrap, work: start(wrap, work, collector.env(TRACED[name])), client)


def compiler_of(binary):
    """The compiler's name and major version, from the note it leaves in the program."""
    note = subprocess.run(["readelf", "-p", ".comment", binary], capture_output=True, text=True, check=True).stdout
    found = re.search(r"GCC: \(.*?\) (\d+)", note)
    if found:
        return "gcc " + found[1]
    found = re.search(r"clang version (\d+)", note)
    return "clang " + found[1] if found else "unknown"


def short(function):
    """Without the arguments and the templates' arguments, which fill the screen."""
    text = re.sub(r"'\d+$", "", function)
    while (plain := re.sub(r"<[^<>]*>", "", text)) != text:
        text = plain
    return re.sub(r"\([^()]*\)( const)?$", "", text)[:100]


def grown(now, before, most=10):
    change = {f: now.get(f, 0) - before.get(f, 0) for f in now.keys() | before.keys()}
    return [(f, n) for f, n in sorted(change.items(), key=lambda row: -row[1])[:most] if n >= 5]


def summed(each):
    """Functions by their short names: instances of one template together."""
    by_name = {}
    for function, n in each.items():
        by_name[short(function)] = by_name.get(short(function), 0) + n
    return by_name


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("binary")
    parse.add_argument("--update", action="store_true")
    parse.add_argument("--profile", metavar="NAME", choices=CASES)
    parse.add_argument("--figures", type=pathlib.Path, default=HERE / "instructions.json")
    parse.add_argument("--json", type=pathlib.Path, help="writes the counts there")
    given = parse.parse_args()

    if not shutil.which("valgrind"):
        print("skipped: no valgrind; get it with scripts/bootstrap --test")
        return 77
    if given.profile:
        each = summed(per_request(given.binary, given.profile))
        print(f"{sum(each.values()):8.0f}  all")
        for function, n in sorted(each.items(), key=lambda row: -row[1])[:60]:
            print(f"{n:8.1f}  {function}")
        return 0

    compiler = compiler_of(given.binary)
    committed = json.loads(given.figures.read_text()) if given.figures.exists() else {}
    known = committed.get(compiler, {})
    if not known and not given.update:
        print(f"no figures for {compiler}: only the bounds are checked; instructions.py BINARY --update adds them")
    failed, now = [], {}
    print(f"{'instructions per request, ' + compiler:36}{'now':>8}{'committed':>11}{'change':>9}{'bound':>8}")
    for name, (_, _, bound) in CASES.items():
        each = summed(per_request(given.binary, name))
        total = round(sum(each.values()))
        now[name] = {"total": total, "functions": {f: round(n, 1) for f, n in sorted(each.items()) if n >= 5}}
        old = known.get(name)
        change = total / old["total"] - 1 if old else 0.0
        print(f"{name:36}{total:8}{old['total'] if old else '-':>11}{change:>+9.1%}{bound or '-':>8}", flush=True)
        if bound and total > bound:
            failed.append(f"{name}: {total} instructions, over the bound of {bound}")
        if old and bound and change > TOLERANCE:
            failed.append(f"{name}: {change:+.1%} against the committed {old['total']}; what grew:")
            failed += [f"  {n:+8.0f}  {f}" for f, n in grown(each, old["functions"])]
    none, every = (now[name]["total"] - now["hello"]["total"] for name in TRACED)
    for part, most in MOST_MORE.items():
        more = round(none + part * (every - none))
        print(f"{f'{part:.0%} of the traces sampled':36}{more:>+8}{'':20}{most:>+8}")
        if more > most:
            failed.append(f"{part:.0%} of the traces sampled: {more} instructions more than hello, over the bound of {most}")
    if given.json:
        given.json.write_text(json.dumps({compiler: now}, indent=1) + "\n")
    if given.update:
        given.figures.write_text(json.dumps({**committed, compiler: now}, indent=1) + "\n")
        return 0
    for line in failed:
        print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
