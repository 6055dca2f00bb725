"""What clients of other servers lose at their stop, by the drain kit; the table of docs/drain-kit.md.

    python3 -B test/drain_kit/rivals/measure.py build/release/drain-kit build/release/sundown [SERVER or PROTOCOL ...]

Each server has 8 s for its stop, as ours by default. Each is started twice for each protocol: once for clients of all
kinds, once for idle ones alone. Who isn't installed is left out.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "bench"))
from servers import free_port  # noqa: E402

PROTOCOLS = {"HTTP/1.1": [], "HTTP/1.1, TLS": ["tls"], "HTTP/2": ["h2"], "HTTP/2, TLS": ["h2", "tls"]}
KINDS = ["busy", "new-connections", "late-request", "in-flight"]


class Place:
    """Ports, a certificate, a folder; what a configuration is filled in with."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.work.chmod(0o755)
        self.certificate, self.key, self.pair = (self.work / name for name in ("tls.crt", "tls.key", "pair.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                        self.key, "-out", self.certificate], check=True, stderr=subprocess.DEVNULL)
        self.pair.write_text(self.certificate.read_text() + self.key.read_text())
        self.clear, self.tls, self.backend = free_port(), free_port(), free_port()

    def filled(self, name, **more):
        text = (HERE / name).read_text()
        values = {"WORK": self.work, "CLEAR": self.clear, "TLS": self.tls, "BACKEND": self.backend, "PAIR": self.pair,
                  "CERTIFICATE": self.certificate, "KEY": self.key, **more}
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        (self.work / name).write_text(text)
        return self.work / name


@contextlib.contextmanager
def running(command, port, env=None, cwd=None):
    process = subprocess.Popen([str(each) for each in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})}, cwd=cwd)
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} doesn't listen")
            time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def go_server(work):
    program = pathlib.Path(work) / "go_server"
    subprocess.run([shutil.which("go") or "/usr/local/go/bin/go", "build", "-o", program, HERE / "main.go"], check=True)
    return program


def commands(sundown, place, go, http2):
    """Of each server: its command, its environment, the signal by which it stops in order."""
    yield "Sundown", [sundown], {
        "SUNDOWN_HTTP__PORT": place.clear, "SUNDOWN_ADMIN__PORT": 0, "SUNDOWN_HTTP__WORKERS": 2, "SUNDOWN_LOG__ACCESS":
        "false", "SUNDOWN_DEMO__ENABLED": "true", "SUNDOWN_HTTP__TLS__CERTIFICATE": place.certificate,
        "SUNDOWN_HTTP__TLS__KEY": place.key, "SUNDOWN_HTTP__TLS__PORT": place.tls}, "TERM"
    yield "Go", [go, place.clear, place.tls, place.certificate, place.key], {}, "TERM"
    if shutil.which("nginx", path="/usr/sbin:/usr/bin"):
        configuration = place.filled("nginx.conf", H2="http2" if http2 else "")
        yield "nginx", ["/usr/sbin/nginx", "-p", place.work, "-c", configuration], {}, "QUIT"
    if shutil.which("node"):
        yield "Node", ["node", HERE / "server.mjs", place.clear, place.tls, place.certificate, place.key,
                       "h2" if http2 else "http/1.1"], {}, "TERM"
    if shutil.which("haproxy", path="/usr/sbin:/usr/bin"):
        configuration = place.filled("haproxy.cfg", PROTO="proto h2" if http2 else "", ALPN="h2" if http2 else "http/1.1")
        yield "HAProxy", ["/usr/sbin/haproxy", "-f", configuration], {}, "USR1"


def kit_run(kit, place, name, command, env, stop, how, more):
    """The kit's figures; the server listens until its stop."""
    port = place.tls if "tls" in how else place.clear
    with running(command, place.clear, {key: str(value) for key, value in env.items()}, place.work) as process:
        url = f"{'https' if 'tls' in how else 'http'}://127.0.0.1:{port}"
        arguments = [kit, "--target", url, "--pid", process.pid, "--signal", stop, "--limit", 12,
                     "--slow-path", "/demo/sleep?ms=800" if name == "Sundown" else "/slow",
                     "--json", place.work / "figures.json", *more]
        if "h2" in how:
            arguments.append("--h2")
        if "tls" in how:
            arguments += ["--ca", place.certificate]
        result = subprocess.run([str(each) for each in arguments], capture_output=True, text=True)
        if result.returncode not in (0, 1):
            raise RuntimeError(result.stderr)
        code = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(1)
        return json.loads((place.work / "figures.json").read_text())[0], code


def cell(kind):
    parts = [f"{kind[key]} {text}" for key, text in (("lost", "lost"), ("refused_streams", "refused")) if kind[key]]
    return ", ".join(parts) or "0"


def main():
    kit, sundown, only = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
    protocols = {each: PROTOCOLS[each] for each in only if each in PROTOCOLS} or PROTOCOLS
    names = [each for each in only if each not in PROTOCOLS]
    print("| server | protocol |", " | ".join(KINDS), "| idle alone: end |")
    print("|" + "---|" * (len(KINDS) + 3))
    with tempfile.TemporaryDirectory() as work:
        go = go_server(work)
        for protocol, how in protocols.items():
            place = Place(tempfile.mkdtemp(dir=work))
            backend = [go, place.backend, free_port(), place.certificate, place.key]
            for name, command, env, stop in commands(sundown, place, go, "h2" in how):
                if names and name not in names:
                    continue
                with running(backend, place.backend):
                    every, _ = kit_run(kit, place, name, command, env, stop, how, [])
                    idle, code = kit_run(kit, place, name, command, env, stop, how, ["--only", "idle"])
                kinds = {each["name"]: each for each in every["clients"]}
                end = f"{idle['seconds']:.2f} s, code {code}" if idle["ended"] else "not in 12 s"
                cells = [cell(kinds[kind]) if kind in kinds else "-" for kind in KINDS]
                print(f"| {name} | {protocol} |", " | ".join(cells), f"| {end} |", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
