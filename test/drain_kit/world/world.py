"""The world's stops, measured by the drain kit: the table of docs/drain-kit.md (`make world`).

    world.py KIT SUNDOWN [--runs N] [--out FOLDER] [--h2] [--table] [SERVER ...]

Each server is started by `start`, with its graceful stop configured as its manual says. Who isn't installed is left out,
and said to be. The Go server is built and what Python needs installed below build/world at the first use.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TOOLS = ROOT / "build/world"

# Of each: its name, the profile, the signal of its graceful stop, the command that tells its version, whether it speaks
# HTTP/2 in the clear.
SERVERS = {
    "sundown": ("Sundown", "sundown", None, ["SUNDOWN", "--version"], True),
    "go": ("Go net/http", "go", None, ["go", "version"], True),
    "nginx": ("nginx", "nginx", None, ["/usr/sbin/nginx", "-v"], True),
    "haproxy": ("HAProxy", "haproxy", None, ["/usr/sbin/haproxy", "-v"], True),
    "node": ("Node http", "node", None, ["node", "--version"], True),
    "apache": ("Apache httpd", "go", "WINCH", ["/usr/sbin/apache2", "-v"], False),
    "caddy": ("Caddy", "go", None, ["caddy", "version"], False),
    "uvicorn": ("uvicorn", "go", None, [TOOLS / "venv/bin/uvicorn", "--version"], False),
    "hypercorn": ("hypercorn", "go", None, [TOOLS / "venv/bin/pip", "show", "hypercorn"], False),
    "gunicorn": ("gunicorn", "go", None, [TOOLS / "venv/bin/gunicorn", "--version"], False),
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_tools():
    TOOLS.mkdir(parents=True, exist_ok=True)
    go = shutil.which("go") or "/usr/local/go/bin/go"
    subprocess.run([go, "build", "-o", TOOLS / "go_server", HERE / "main.go"], check=True,
                   env={**os.environ, "CGO_ENABLED": "0"})
    if not (TOOLS / "venv/bin/gunicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", TOOLS / "venv"], check=True)
        subprocess.run([TOOLS / "venv/bin/pip", "install", "-q", "uvicorn", "gunicorn", "hypercorn"], check=True)


def version_of(command, sundown):
    command = [str(sundown) if each == "SUNDOWN" else str(each) for each in command]
    command[0] = shutil.which(command[0]) or {"go": "/usr/local/go/bin/go"}.get(command[0], command[0])
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    found = re.search(r"\d+(\.\d+)+", result.stdout + result.stderr)
    return found.group(0) if found else "?"


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


def figures_of(given, name):
    return given.out / f"{name}{'-h2' if given.h2 else ''}.json"


def measured(kit, sundown, name, port, given):
    """The kit's figures of one server."""
    _, profile, stop, _, _ = SERVERS[name]
    out = figures_of(given, name)
    out.unlink(missing_ok=True)
    start = str(sundown) if name == "sundown" else f"{HERE}/start {name} {{port}} {{dir}} {port}{' h2' if given.h2 else ''}"
    command = [str(kit), "--start", start, "--profile", profile, "--runs", str(given.runs), "--json", str(out),
               "--html", str(out.with_suffix(".html")), "--margin", "1"]
    command += (["--signal", stop] if stop else []) + (["--h2"] if given.h2 else [])
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode not in (0, 1):
        raise RuntimeError(f"{name}: {result.stderr}")
    out.with_suffix(".txt").write_text(result.stdout)
    return json.loads(out.read_text())


def cell(scenario, runs):
    """What was lost in a run on average, or the verdict."""
    lost = scenario["sum"]["lost"]
    if lost:
        return f"**{lost / runs:.1f}** ({scenario['runs_with_losses']}/{runs})"
    return {"LOST": "**no start**", "LATE": "**late**"}.get(scenario["verdict"], scenario["verdict"])


def chosen(given, sundown):
    """Of the servers asked for, those that can be measured here: name and title with version."""
    for name in given.servers or SERVERS:
        title, _, _, version, speaks_h2 = SERVERS[name]
        found = version_of(version, sundown)
        why = "not installed" if found is None else "no HTTP/2 in the clear" if given.h2 and not speaks_h2 else None
        if why:
            print(f"left out: {title}: {why}", file=sys.stderr)
        else:
            yield name, f"{title} {found}"


def table(columns):
    """A row for each scenario, a column for each server: its title and its figures."""
    yield f"| scenario | {' | '.join(title for title, _ in columns)} |"
    yield "|" + "---|" * (len(columns) + 1)
    figures = [{each["name"]: cell(each, column["runs"]) for each in column["scenarios"]} for _, column in columns]
    for scenario in dict.fromkeys(name for column in figures for name in column):
        yield f"| {scenario} | {' | '.join(column.get(scenario, '-') for column in figures)} |"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("kit", type=pathlib.Path)
    arguments.add_argument("sundown", type=pathlib.Path)
    arguments.add_argument("servers", nargs="*", metavar="SERVER", help=", ".join(SERVERS))
    arguments.add_argument("--runs", type=int, default=20)
    arguments.add_argument("--out", type=pathlib.Path, default=TOOLS / "stops")
    arguments.add_argument("--h2", action="store_true", help="HTTP/2 in the clear, of those that speak it")
    arguments.add_argument("--table", action="store_true", help="only the table of what has been measured already")
    given = arguments.parse_intermixed_args()
    given.out.mkdir(parents=True, exist_ok=True)
    kit, sundown = given.kit.resolve(), given.sundown.resolve()
    columns = []
    if given.table:
        for name, title in chosen(given, sundown):
            if figures_of(given, name).exists():
                columns.append((title, json.loads(figures_of(given, name).read_text())))
    else:
        make_tools()
        with backend() as port:
            for name, title in chosen(given, sundown):
                try:
                    columns.append((title, measured(kit, sundown, name, port, given)))
                    print(f"measured: {title}", file=sys.stderr, flush=True)
                except RuntimeError as fault:
                    print(f"left out: {title}: {fault}", file=sys.stderr, flush=True)
    print("\n".join(table(columns)))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
