"""Clients that ask a server for the same so many times, and wait for each answer: for figures that count what one costs."""

import socket
import ssl

import servers

TEN_HEADERS = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"), ("Accept-Encoding", "gzip, deflate, br"), ("DNT", "1"),
    ("Connection", "keep-alive"), ("Cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"),
    ("Upgrade-Insecure-Requests", "1"), ("Cache-Control", "max-age=0"))


class Client:
    """One connection at a time: `talk(peer, times)` asks so many times on it, each after the answer to the one before."""

    protocol = ""

    def __init__(self, over_tls):
        self.over_tls = over_tls

    def ask(self, server, times):
        with self._connect(server) as peer:
            self.talk(peer, times)

    def hold(self, server):
        """A connection that has had one answer."""
        peer = self._connect(server)
        self.talk(peer, 1)
        return peer

    def _connect(self, server):
        port = server.tls_port if self.over_tls else server.port if self.protocol == "http/1.1" else server.h2_port
        peer = socket.create_connection(("127.0.0.1", port), timeout=servers.PATIENCE)
        if not self.over_tls:
            return peer
        context = ssl.create_default_context(cafile=server.certificate)
        context.set_alpn_protocols([self.protocol])
        return context.wrap_socket(peer, server_hostname="localhost")


class Http1(Client):
    protocol = "http/1.1"

    def __init__(self, path, fields=(), over_tls=False):
        super().__init__(over_tls)
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
        self._request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()

    def talk(self, peer, times):
        answer = None
        for _ in range(times):
            peer.sendall(self._request)
            got = peer.recv(65536)
            while answer and len(got) < len(answer):
                got += peer.recv(65536)
            if not got.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"unexpected answer: {got[:80]!r}")
            answer = got


class Http2(Client):
    """So many streams at once, and the next as many after the last one's answer."""

    protocol = "h2"
    HEADERS, SETTINGS, PING, GOAWAY = 0x1, 0x4, 0x6, 0x7
    END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4

    def __init__(self, path, fields=(), streams=1, over_tls=False):
        super().__init__(over_tls)
        own = [(b":authority", b"localhost"), (b":path", path.encode()),
               *((name.lower().encode(), value.encode()) for name, value in fields if name != "Connection")]
        fixed = bytes((0x82, 0x86))  # :method GET, :scheme http, of HPACK's static table
        self._first = fixed + b"".join(b"\x40" + self._text(name) + self._text(value) for name, value in own)
        # Each new entry is the dynamic table's first, 62: the last is the first one that was put there.
        self._next = fixed + bytes(0x80 | 62 + len(own) - 1 - at for at in range(len(own)))
        self._streams = streams

    @staticmethod
    def _text(value):
        """A string of HPACK, as it is; a length from 127 on goes on in a second byte."""
        size = len(value)
        return (bytes((size,)) if size < 127 else bytes((127, size - 127))) + value

    @staticmethod
    def _frame(kind, flags, stream, payload=b""):
        return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload

    def talk(self, peer, times):
        peer.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self._frame(self.SETTINGS, 0, 0))
        frames = self._frames(peer)
        block, stream = self._first, 1
        while times > 0:
            wanted = min(self._streams, times)
            requests = b""
            for _ in range(wanted):
                requests += self._frame(self.HEADERS, self.END_STREAM | self.END_HEADERS, stream, block)
                block, stream = self._next, stream + 2
            peer.sendall(requests)
            times -= wanted
            while wanted > 0:
                wanted -= self._heed(peer, *next(frames))

    def _heed(self, peer, kind, flags, payload):
        """How many answers end with this frame."""
        if kind in (self.SETTINGS, self.PING) and not flags & self.ACK:
            peer.sendall(self._frame(kind, self.ACK, 0, payload if kind == self.PING else b""))
        if kind == self.HEADERS and 0x88 not in payload[:4]:  # :status 200 of the static table, perhaps behind a table's new size
            raise RuntimeError(f"unexpected answer: {payload[:40]!r}")
        if kind == self.GOAWAY:
            raise RuntimeError(f"the server ends: {payload!r}")
        return 1 if kind in (0x0, self.HEADERS) and flags & self.END_STREAM else 0

    @staticmethod
    def _frames(peer):
        data = b""
        while True:
            while len(data) < 9 or len(data) < 9 + int.from_bytes(data[:3], "big"):
                got = peer.recv(65536)
                if not got:
                    raise RuntimeError("the server has closed")
                data += got
            size = int.from_bytes(data[:3], "big")
            yield data[3], data[4], data[9:9 + size]
            data = data[9 + size:]
