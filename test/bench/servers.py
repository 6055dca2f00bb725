"""Servers under measurement: started on a free port of 127.0.0.1, looked at through /proc, and always ended."""

import contextlib
import http.client
import http.server
import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 120.0  # seconds to answer, or to end: under valgrind beside busy neighbours a start of 1 s was seen to take 22 s
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    """Below the range that the kernel takes the ports of clients from: other programs' connections use these meanwhile, and
    whoever polls one of them until somebody listens may be given that very port and be connected to itself."""
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        with socket.socket() as one, contextlib.suppress(OSError):
            port = random.randrange(min(10000, first // 2), first)
            one.bind(("127.0.0.1", port))
            return port


def process_tree(root):
    """The process and all that descend from it."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    tree = [root]
    for pid in tree:
        tree.extend(child for child, parent in parents.items() if parent == pid)
    return tree


class Server:
    """A process that serves HTTP. Use it as a context: leaving it ends the process."""

    def __init__(self, command, port, env=None, cwd=None, stdout=subprocess.DEVNULL, ready="/hello", h2_port=None, tls=None):
        """`h2_port`: where it speaks HTTP/2 in the clear, if not on `port`. `tls`: the port and the certificate."""
        self.port, self.h2_port = port, h2_port or port
        self.tls_port, self.certificate = tls or (None, None)
        began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL,
                                        env={**os.environ, **(env or {})}, cwd=cwd)
        try:
            self._await(ready)
        except BaseException:
            self.kill()
            raise
        self.startup = time.monotonic() - began  # until the first answer

    def _await(self, path):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if self.get(path, timeout=end - time.monotonic())[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.process.args[0]} ended at once with code {self.process.returncode}")
            if time.monotonic() > end:
                raise RuntimeError(f"{self.process.args[0]} does not answer on port {self.port}")
            time.sleep(0.001)

    def get(self, path, timeout=PATIENCE):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=max(timeout, 0.1))) as peer:
            peer.request("GET", path)
            answer = peer.getresponse()
            return answer.status, answer.read()

    def cpu(self):
        """Seconds of user and system time, of all its processes."""
        total = 0
        for pid in process_tree(self.process.pid):
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self, key="VmRSS"):
        """Bytes of resident memory, of all its processes; VmHWM: the most there ever was."""
        total = 0
        for pid in process_tree(self.process.pid):
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith(key + ":"):
                        total += int(line.split()[1]) * 1024
        return total

    def stop(self, how=signal.SIGTERM):
        """Stops it in its own way; the seconds that took and the exit code."""
        with contextlib.ExitStack() as stack:
            ended = os.pidfd_open(self.process.pid)   # Popen.wait() with a limit looks every 50 ms only
            stack.callback(os.close, ended)
            poll = select.poll()
            poll.register(ended, select.POLLIN)
            began = time.monotonic()
            self.process.send_signal(how)
            while not poll.poll(1000):
                if time.monotonic() - began > PATIENCE:
                    raise RuntimeError(f"{self.process.args[0]} does not stop")
                # nginx without a master sees a signal that comes just before its epoll_wait() only when something happens.
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
            return time.monotonic() - began, self.process.wait()

    def kill(self):
        for pid in process_tree(self.process.pid):  # the parent first: nginx's would start its workers anew
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


def certificate(folder):
    """For localhost, made in that folder; it and its key, of an elliptic curve."""
    made = pathlib.Path(folder) / "localhost.crt"
    key = made.with_suffix(".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                    "-out", made], check=True, capture_output=True)
    return str(made), str(key)


class Collector:
    """Takes what is exported to it over HTTP, and throws it away. Use it as a context."""

    class _Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # noqa: N802, the base class calls it
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._Answer)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def env(self, part):
        """Of a service that exports that part of its traces, 0 to 1. Batches leave by their size, never by the clock."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self._server.server_address[1]}",
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": str(part),
                "OTEL_BSP_MAX_QUEUE_SIZE": "100000", "OTEL_BSP_SCHEDULE_DELAY": "600000"}


def sundown(binary, work, *, workers, access_log=False, port=None, wrap=(), env=None, stdout=subprocess.DEVNULL,
            ready="/hello", with_tls=False):
    """The shipped program, with what it keeps in the folder `work`. `wrap`: a command that runs it, such as valgrind's.
    `with_tls`: it has a second port."""
    port = port or free_port()
    given = {"SUNDOWN_HTTP__PORT": str(port), "SUNDOWN_ADMIN__PORT": "0", "SUNDOWN_HTTP__WORKERS": str(workers),
             "SUNDOWN_LOG__ACCESS": "true" if access_log else "false", **(env or {})}
    tls = None
    if with_tls:
        made, key = certificate(work)
        tls = (free_port(), made)
        given |= {"SUNDOWN_HTTP__TLS__PORT": str(tls[0]), "SUNDOWN_HTTP__TLS__CERTIFICATE": made, "SUNDOWN_HTTP__TLS__KEY": key}
    return Server([*wrap, str(pathlib.Path(binary).resolve())], port, env=given, cwd=work, stdout=stdout, ready=ready, tls=tls)
