"""One client on a socket of its own, and what it has seen: nothing here is the kit's."""

import http.client
import select
import socket
import struct


class Torn(Exception):
    """The answer is not whole."""


class Answer:
    """The next answer of a connection, read to its end."""

    def __init__(self, file, body=True, interim=False):
        skipped = () if interim else range(100, 200)  # RFC 9110, section 15.2
        self.status = None
        while self.status is None or self.status in skipped:
            line = file.readline()
            if not line:
                raise Torn("no answer")
            self.status = int(line.split()[1])
            self.head = http.client.parse_headers(file)
        self.says_close = "close" in self.head.get("Connection", "").lower()
        if body and self.status >= 200:
            self.read_body(file)

    def read_body(self, file):
        if "chunked" in self.head.get("Transfer-Encoding", "").lower():
            while size := int(file.readline().strip() or b"x", 16):
                self.exactly(file, size + 2)
            file.readline()
        elif "Content-Length" in self.head:
            self.exactly(file, int(self.head["Content-Length"]))
        else:
            file.read()

    @staticmethod
    def exactly(file, size):
        if len(file.read(size)) < size:
            raise Torn("torn")


class Client:
    """Requests are `owed` until they are answered, cut, refused or lost."""

    def __init__(self, run):
        self.run = run
        self.owed = self.answered = self.cut = self.refused = 0
        self.lost, self.faults = [], []
        self.told = False  # after the signal
        self.sock = self.file = None

    def connect(self, receive_buffer=None):
        """False: nobody listens any more."""
        self.close()
        self.sock = socket.socket()
        self.sock.settimeout(self.run.patience)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            self.sock.connect(("127.0.0.1", self.run.port))
        except ConnectionRefusedError:
            if not self.run.signalled.is_set():
                raise
            self.refused += 1
            return False
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile("rb")
        return True

    def close(self):
        if self.sock:
            self.sock.close()
        if self.file:
            self.file.close()
        self.sock = self.file = None

    def send(self, data, requests=1):
        self.owed += requests
        self.sock.sendall(data)

    def get(self, path):
        self.send(f"GET {path} HTTP/1.1\r\nHost: world\r\n\r\n".encode())

    def answer(self):
        answer = Answer(self.file)
        if answer.status != 200:
            raise Torn(f"status {answer.status}")
        self.answered += 1
        self.owed -= 1
        self.told |= answer.says_close and self.run.signalled.is_set()
        return answer

    def ask(self, path):
        self.get(path)
        return self.answer()

    def end(self):
        """The server closes in order, by a FIN."""
        try:
            while self.file.read(65536):
                pass
        except ConnectionResetError:
            self.faults.append("reset after its answer")
        except TimeoutError:
            self.faults.append("never closed")

    def closed(self):
        """Already: nothing needs be asked any more."""
        if not select.select([self.sock], [], [], 0)[0]:
            return False
        try:
            return not self.sock.recv(1, socket.MSG_PEEK)
        except ConnectionResetError:
            self.faults.append("reset while idle")
            return True

    def unread(self):
        """Bytes that came and were not read are no part of a client's story: it leaves by a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
