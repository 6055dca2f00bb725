"""How long others wait beside clients that never let the server wait: one worker, one such client of each kind."""

import contextlib
import multiprocessing
import socket
import threading
import time

import servers

WANTED_MS = 20.0  # p99, of /hello on that worker and of /live on the admin listener
HANDSHAKE = (b"GET /demo/echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
MESSAGE = b"\x82\xfe\x04\x00\x00\x00\x00\x00" + b"m" * 1024  # masked with zeros


def request(path, method="GET", fields=""):
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


# What each sends first, and then for ever; all that comes back is read.
HOGS = {
    "upload": (request("/demo/upload", "POST", f"Content-Length: {60 << 30}\r\n"), bytes(1 << 20)),
    "download": (request(f"/demo/bytes?n={60 << 30}"), b""),
    "WebSocket": (HANDSHAKE, MESSAGE * 64),
    "pipeline": (b"", request("/hello") * 1000),
    "admin flood": (b"", request("/metrics") * 1000),
}


def saturate(port, first, then):
    with socket.create_connection(("127.0.0.1", port), timeout=servers.PATIENCE) as peer:
        def send():
            with contextlib.suppress(OSError):
                peer.sendall(first)
                while then:
                    peer.sendall(then)
        threading.Thread(target=send, daemon=True).start()
        block = bytearray(1 << 20)
        with contextlib.suppress(OSError):
            while peer.recv_into(block):
                pass


def wait_for_answer(port, path):
    """Seconds for one request on a connection of its own."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=servers.PATIENCE) as peer:
        peer.sendall(request(path))
        if not peer.recv(4096).startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path} was not answered 200")
    return time.monotonic() - began


def waits(port, admin, seconds):
    """Of /hello and of /live: the median, the 99th percentile and the longest, in milliseconds."""
    found = {"/hello": [], "/live": []}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path, where in (("/hello", port), ("/live", admin)):
            found[path].append(1000 * wait_for_answer(where, path))
            time.sleep(0.005)
    result = {}
    for path, each in found.items():
        each.sort()
        result[path] = {"requests": len(each), "p50_ms": each[len(each) // 2], "p99_ms": each[int(0.99 * (len(each) - 1))],
                        "max_ms": each[-1]}
    return result


@contextlib.contextmanager
def hogs(ports):
    # Not forked threads: each has an interpreter of its own to be fast in.
    running = [multiprocessing.Process(target=saturate, args=(ports[name], *HOGS[name]), daemon=True) for name in ports]
    for one in running:
        one.start()
    try:
        yield
        if not all(one.is_alive() for one in running):
            raise RuntimeError("a saturating client was turned away")
    finally:
        for one in running:
            one.kill()
            one.join()


def compare(binary, work, seconds, progress=lambda text: None):
    """What /hello and /live wait for beside nobody, beside each kind, and beside all five at once."""
    admin = servers.free_port()
    env = {"SUNDOWN_ADMIN__PORT": str(admin), "SUNDOWN_DEMO__ENABLED": "true"}
    found = {}
    for name, who in {"nobody": (), **{one: (one,) for one in HOGS}, "all five": tuple(HOGS)}.items():
        progress(f"fairness: beside {name}")
        with servers.sundown(binary, work, workers=1, env=env) as server:
            with hogs({one: admin if one == "admin flood" else server.port for one in who}):
                if who:
                    time.sleep(0.5)  # the kernel's buffers fill up
                found[name] = waits(server.port, admin, seconds)
    return found


def rows(found):
    """Of a table: who is beside, then p50, p99 and longest wait of /hello and of /live."""
    return [[name, *(f"{one[path][key]:.1f}" for path in ("/hello", "/live") for key in ("p50_ms", "p99_ms", "max_ms"))]
            for name, one in found.items()]
