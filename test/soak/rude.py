"""Clients that no service can please: nobody is owed an answer, and nothing may come of them for the others."""

import contextlib
import socket

import http1
import stage


class Rude(stage.Client):
    polite = False


class Aborted(Rude):
    """Ends its connection by RST, in the middle of a request, of its handler, or of the answer."""

    def act(self):
        moment = self.dice.choice(("body", "handler", "answer"))
        if moment == "body":
            entry = self.begin("/demo/upload", "POST")
            text = http1.request(entry, b"x" * 200_000)[:self.dice.randint(500, 150_000)]
        else:
            entry = self.begin("/demo/bytes?n=5000000" if moment == "answer" else "/demo/sleep?ms=500")
            text = http1.request(entry)
        with self.connect(entry) as peer:
            with contextlib.suppress(OSError):
                peer.socket.sendall(text)
                if moment == "answer":
                    peer.socket.recv(self.dice.randint(1, 100_000))
                else:
                    self.pause(0.1)
            peer.reset()
        self.pause(0.1)


class HalfHead(Rude):
    """Begins a request, and never ends it."""

    def act(self):
        entry = self.begin("/hello")
        with self.connect(entry) as peer:
            with contextlib.suppress(OSError):
                peer.socket.sendall(http1.request(entry)[:-self.dice.randint(1, 40)])
            self.hold(limit=self.dice.uniform(0.5, 20))
        self.pause(0.5)


class Unread(Rude):
    """Asks for much, and reads none of it."""

    def act(self):
        entry = self.begin("/demo/bytes?n=64000000")
        with self.connect(entry) as peer:
            with contextlib.suppress(OSError):
                peer.socket.sendall(http1.request(entry))
            self.hold(limit=self.dice.uniform(0.5, 20))
            peer.reset()
        self.pause(0.5)


class Flood(Rude):
    """A burst of connections that say nothing, or no HTTP."""

    def act(self):
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                for _ in range(self.dice.randint(20, 150)):
                    peer = stack.enter_context(socket.create_connection(self.address, timeout=http1.PATIENCE))
                    if self.dice.random() < 0.3:
                        peer.sendall(self.dice.randbytes(20) + b"\r\n\r\n")
            self.pause(1)
        if self.gone():
            raise http1.Lost
        self.pause(1)
