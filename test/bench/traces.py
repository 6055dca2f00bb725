"""What the state of a trace collector costs the service: CPU time and rate of requests, in turns.

Usage: traces.py SERVICE [COLLECTOR], the service of the library's tests (build/release/test/service/sundown). Prints a
table; the first row, where tracing is off, is 1."""

import contextlib
import http.server
import json
import os
import pathlib
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import measure  # noqa: E402
from running import program  # noqa: E402

ROUNDS, SECONDS, CONNECTIONS = 5, 3, 32
RATIO = os.environ.get("OTEL_TRACES_SAMPLER_ARG", "0.01")


class answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    status, delay = 200, 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.delay)
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # the service has stopped
            self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def scripted(status, delay):
    handler = type("handler", (answering,), {"status": status, "delay": delay})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def silent(accepts):
    """A port that takes connections and answers nothing, or one on which nobody listens."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    if not accepts:
        listener.close()
    return port, listener


def real(collector, work):
    port, _ = silent(accepts=False)
    config = pathlib.Path(work) / "collector.yaml"
    config.write_text(json.dumps({
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"file": {"path": f"{work}/traces.json"}},
        "service": {"telemetry": {"metrics": {"level": "none"}},
                    "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["file"]}}},
    }))
    return port, program([collector, "--config", f"file:{config}"], f"{work}/collector.log")


class server(program):
    def __init__(self, binary, work):
        super().__init__([binary], f"{work}/service.log", {"HTTP__PORT": 0, "ADMIN__PORT": 0, "LOG__ACCESS": "false"})
        self.pid, self.port = self.process.pid, self.address(r" http=127.0.0.1:(\d+)")

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(binary, port, work):
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"):
        os.environ.pop(name, None)
    if port:
        os.environ.update(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}", OTEL_TRACES_SAMPLER_ARG=RATIO,
                          OTEL_TRACES_SAMPLER="parentbased_traceidratio")
    with server(binary, work) as running:
        return measure.wrk(running, CONNECTIONS, SECONDS)


def main():
    with tempfile.TemporaryDirectory() as work:
        frozen, held = silent(accepts=True)
        states = {"off": None, "answers": scripted(200, 0), "answers after 2 s": scripted(200, 2), "is frozen": frozen,
                  "is not there": silent(accepts=False)[0], "says 503": scripted(503, 0)}
        collector = None
        if len(sys.argv) > 2:
            states["is the real one"], collector = real(sys.argv[2], work)
        figures = {name: [] for name in states}
        for _ in range(ROUNDS):
            for name, port in states.items():
                figures[name].append(run(sys.argv[1], port, work))
        if collector:
            collector.process.terminate()
        held.close()
    print(f"sampled: {RATIO} of the traces; medians of {ROUNDS} ratios\n| the collector | CPU per request | rate |\n|---|---|---|")
    for name, runs in figures.items():
        ratio = {key: statistics.median(each[key] / off[key] for each, off in zip(runs, figures["off"]))
                 for key in ("cpu_us", "rate")}
        print(f"| {name} | {ratio['cpu_us']:.2f} | {ratio['rate']:.2f} |")


main()
