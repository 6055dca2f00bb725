"""A client's connection of HTTP/1.1, which says of each request how it ended."""

import contextlib
import re
import socket
import struct
import time

import books

PATIENCE = 60.0  # seconds; over it the service is silent


class Lost(Exception):
    """The request has no whole answer. Its entry says so, and the connection is of no use any more."""


class Answer:
    def __init__(self, status, fields, body, closes):
        self.status, self.fields, self.body, self.closes = status, fields, body, closes


def request(entry, body=None, fields=(), chunked=False):
    lines = [f"{entry.method} {entry.target} HTTP/1.1", "Host: localhost", f"X-Request-Id: {entry.id}", *fields]
    if body is None:
        return ("\r\n".join(lines) + "\r\n\r\n").encode()
    lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode()
    return head + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body)


class Connection:
    """Use it as a context: leaving it closes."""

    def __init__(self, entry, address, tls=None):
        """`entry` is the request that it is made for, and hears if nobody listens; `tls`: a context, or None."""
        self.connected, self.asked, self.data = time.time(), 0, b""
        entry.connected = self.connected
        try:
            self.socket = socket.create_connection(address, timeout=PATIENCE)
        except OSError:
            entry.end(books.REFUSED)
            raise Lost from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not tls:
            return
        try:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        except OSError as why:  # ssl.SSLError is one
            self.socket.close()
            entry.end(books.SILENT if isinstance(why, TimeoutError) else books.UNANSWERED)
            raise Lost from None

    def ask(self, entry, *parts, **given):
        """One request; its whole answer, or Lost."""
        self.send([(entry, request(entry, *parts, **given))])
        return self.answer(entry)

    def send(self, requests):
        """All in one piece. What can't be sent is no fault yet: the answer may be there already."""
        for entry, _ in requests:
            entry.connected, entry.first = self.connected, self.asked == 0
            self.asked += 1
        with contextlib.suppress(OSError):
            self.socket.sendall(b"".join(text for _, text in requests))
        for entry, _ in requests:
            entry.told = time.time()

    def answer(self, entry):
        begun = False
        try:
            while True:
                head = self.until(b"\r\n\r\n")
                status, fields = self._parsed(head)
                if status != 100:
                    break
            begun, entry.status = True, status
            body = self._body(entry, status, fields)
        except (OSError, EOFError) as why:
            begun = begun or bool(self.data)
            entry.end(books.SILENT if isinstance(why, TimeoutError) else books.TORN if begun else books.UNANSWERED)
            raise Lost from None
        entry.end(books.WHOLE, status)
        return Answer(status, fields, body, "close" in fields.get("connection", ""))

    @staticmethod
    def _parsed(head):
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", first).group(1)), fields

    def _body(self, entry, status, fields):
        if status in (101, 204, 304) or entry.method == "HEAD":
            return b""
        if fields.get("transfer-encoding") != "chunked":
            return self.take(int(fields["content-length"]))
        body = b""
        while chunk := self.chunk():
            body += chunk
        return body

    def chunk(self):
        """The next one; empty at the proper end."""
        size = int(self.until(b"\r\n"), 16)
        chunk = self.take(size)
        self.take(2)
        return chunk

    def take(self, size):
        while len(self.data) < size:
            self.more()
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def until(self, mark):
        while mark not in self.data:
            self.more()
        taken, _, self.data = self.data.partition(mark)
        return taken

    def more(self):
        got = self.socket.recv(65536)
        if not got:
            raise EOFError
        self.data += got

    def reset(self):
        """Ends it by RST, whatever is under way."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
