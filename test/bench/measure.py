"""The measurements: one server, one load, one figure. Nothing here compares."""

import contextlib
import json
import pathlib
import re
import resource
import select
import socket
import subprocess
import threading
import time

import servers

HERE = pathlib.Path(__file__).resolve().parent
REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
LEAST_TICKS = 10  # the kernel counts a process's time in ticks of 10 ms: with fewer, a ratio is the clock's and not the server's


class TooLittle(RuntimeError):
    """The server had no turn: something else uses the machine."""


FIGURES = ("rate", "cpu_us", "p50_us", "p99_us")  # of a run; the latencies are those of clients that wait for each answer


def url(server, path, over_tls, port):
    return f"https://127.0.0.1:{server.tls_port}{path}" if over_tls else f"http://127.0.0.1:{port}{path}"


def wrk(server, connections, seconds, path="/hello", options=(), over_tls=False):
    """Requests, seconds, and the CPU seconds that the server took for them."""
    threads = 1 if connections == 1 else 2
    command = ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s",
               "-s", str(HERE / "load.lua"), url(server, path, over_tls, server.port), "--", *options]
    before = server.cpu()
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    cpu = server.cpu() - before
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if not line:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    result = json.loads(line[7:])
    if result["errors"] > result["requests"] / 1000:
        raise RuntimeError(f"{result['errors']} errors in {result['requests']} requests")
    if cpu < LEAST_TICKS / servers.TICKS or result["requests"] < 1000:
        raise TooLittle(f"{result['requests']} requests in {cpu:.2f} s of CPU are too little to measure")
    return {"rate": result["requests"] / result["seconds"], "cpu_us": cpu * 1e6 / result["requests"],
            "p50_us": result["p50"], "p99_us": result["p99"]}


def h2load(server, streams, seconds, fields=(), over_tls=False, connections=64):
    """The same over HTTP/2, with so many streams of each connection at a time."""
    command = ["h2load", "-t", "1", "-c", str(connections), "-m", str(streams), "-D", str(seconds),
               *(part for name, value in fields for part in ("-H", f"{name}: {value}")),
               url(server, "/hello", over_tls, server.h2_port)]
    before = server.cpu()
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    cpu = server.cpu() - before
    counts = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", done.stdout)
    if not counts:
        raise RuntimeError(f"h2load failed: {done.stdout}{done.stderr}")
    answered, failed = int(counts[2]), int(counts[3]) + int(counts[4])
    if failed > answered / 1000:
        raise RuntimeError(f"{failed} errors in {answered} requests")
    if cpu < LEAST_TICKS / servers.TICKS or answered < 1000:
        raise TooLittle(f"{answered} requests in {cpu:.2f} s of CPU are too little to measure")
    return {"rate": answered / seconds, "cpu_us": cpu * 1e6 / answered}


def latency(server, load, rate, seconds, connections=64):
    done = subprocess.run([str(load), str(server.port), str(connections), str(rate), str(seconds), "/hello"],
                          capture_output=True, text=True, timeout=seconds + 60)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return {"rate": rate, **json.loads(done.stdout)}


def allow_connections(count):
    """Room for so many descriptors here and in the servers started from here; how many there can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 200
    if soft < wanted:
        with contextlib.suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    return min(count, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)


class IdleClients:
    """Connections that have had one answer each, and that close when the server does."""

    def __init__(self, port, count):
        self.sockets = {}
        self._poll = select.epoll()
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", port), timeout=servers.PATIENCE)
            self.sockets[one.fileno()] = one
            one.sendall(REQUEST)
        for one in self.sockets.values():
            if not one.recv(4096).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("an idle connection was not served")
            self._poll.register(one, select.EPOLLIN | select.EPOLLRDHUP)
        self.resets = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._close_after_server, daemon=True)
        self._thread.start()

    def _close_after_server(self):
        while self.sockets and not self._done.is_set():
            for fd, what in self._poll.poll(0.1):
                one = self.sockets.pop(fd)
                self._poll.unregister(fd)
                try:
                    one.recv(1)
                except OSError:
                    self.resets += 1
                one.close()

    def close(self):
        self._done.set()
        self._thread.join()
        for one in self.sockets.values():
            one.close()
        self._poll.close()


def idle_memory(contender, count):
    """Resident bytes per idle connection, and at rest. The workspaces that a burst needs are counted in."""
    with contender.start() as server:
        for _ in range(20):
            server.get("/hello")
        before = server.memory()
        clients = IdleClients(server.port, count)
        with contextlib.closing(clients):
            time.sleep(0.2)
            after = server.memory()
    return {"per_connection": (after - before) / count, "at_rest": before}


def held_memory(contender, client, count):
    """The same of a client that has a protocol of its own (asking.py), 2.5 s after the last answer."""
    with contender.start() as server, contextlib.ExitStack() as held:
        for _ in range(20):
            client.hold(server).close()
        before = server.memory()
        for _ in range(count):
            held.enter_context(client.hold(server))
        time.sleep(2.5)
        return (server.memory() - before) / count


def stop_time(contender, count):
    """Seconds from the signal to the exit with so many idle connections, the exit code, and how many saw a reset."""
    with contender.start() as server:
        clients = IdleClients(server.port, count)
        with contextlib.closing(clients):
            seconds, code = server.stop(contender.stop_signal)
    return {"seconds": seconds, "code": code, "resets": clients.resets}


def startup(contender, times):
    seconds = []
    for _ in range(times):
        with contender.start() as server:
            seconds.append(server.startup)
    return sorted(seconds)[len(seconds) // 2]


def download(port, path, size):
    with socket.create_connection(("127.0.0.1", port), timeout=servers.PATIENCE) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        block, got = bytearray(1 << 20), 0
        while n := peer.recv_into(block):
            got += n
    if got < size:
        raise RuntimeError(f"{path}: only {got} bytes of {size}")


def upload(port, path, size):
    with socket.create_connection(("127.0.0.1", port), timeout=servers.PATIENCE) as peer:
        peer.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n".encode())
        block = bytes(min(size, 1 << 20))
        for at in range(0, size, len(block)):
            peer.sendall(block[:size - at])
        answer = b""
        while got := peer.recv(65536):
            answer += got
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path}: {answer[:80]!r}")


def transfer(server, what, path, size, times=1):
    """Megabytes per second, CPU seconds per gigabyte, and the most memory that the server ever had."""
    before, began = server.cpu(), time.monotonic()
    for _ in range(times):
        what(server.port, path, size)
    seconds, cpu = time.monotonic() - began, server.cpu() - before
    return {"mb_per_s": times * size / 1e6 / seconds, "cpu_s_per_gb": cpu * 1e9 / (times * size),
            "peak_memory": server.memory("VmHWM")}
