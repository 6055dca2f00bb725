"""Clients of what has no end of its own: Server-Sent Events, and WebSockets."""

import os
import select
import struct

import books
import http1
import stage


def readable(peer, seconds):
    """Whether there is something to read, or an end."""
    pending = getattr(peer.socket, "pending", lambda: 0)()
    return bool(peer.data or pending or select.select([peer.socket], [], [], seconds)[0])


class Events(stage.Client):
    """Listens until it has had enough, or the service says bye and ends the stream properly."""

    def act(self):
        entry = self.begin("/demo/events")
        with self.connect(entry) as peer:
            try:
                peer.send([(entry, http1.request(entry))])
                head = peer.until(b"\r\n\r\n")
                entry.status = int(head.split()[1])
                if entry.status != 200:
                    entry.end(books.WHOLE)
                    return
                events = b""
                while not self.over or self.gone():
                    if not readable(peer, 0.1):
                        continue
                    chunk = peer.chunk()
                    if not chunk:
                        self.check(b"event: bye" in events, entry, "an end without a bye")
                        entry.end(books.WHOLE)
                        return
                    events = (events + chunk)[-1000:]
                entry.end(books.LEFT)
            except (OSError, EOFError):
                entry.end(books.TORN if entry.status else books.UNANSWERED)
                raise http1.Lost from None


class WebSocket(stage.Client):
    """Sends texts, has them echoed, and takes part in the close."""

    TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
    UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
               "Sec-WebSocket-Key: c29ha3NvYWtzb2Frc29hIQ==")

    def act(self):
        entry = self.begin("/demo/echo")
        with self.connect(entry) as peer:
            if peer.ask(entry, fields=self.UPGRADE).status != 101:
                return
            entry.end(books.LEFT)
            try:
                self.talk(peer, entry)
            except (OSError, EOFError):
                entry.end(books.TORN)
                raise http1.Lost from None

    def talk(self, peer, entry):
        while not self.over or self.gone():
            text = b"%d" % self.dice.randrange(10**9)
            self.send(peer, self.TEXT, text)
            kind, echoed = self.frame(peer)
            if kind == self.CLOSE:
                return self.closed_by_it(peer, entry, echoed)
            self.check(echoed == text, entry, f"{echoed!r} instead of {text!r}")
            for _ in range(self.dice.randint(1, 10)):  # for a close that comes meanwhile
                if readable(peer, 0.05):
                    break
        self.send(peer, self.CLOSE, struct.pack(">H", 1000))
        entry.end(books.LEFT)

    def closed_by_it(self, peer, entry, reason):
        self.check(reason[:2] == struct.pack(">H", 1001), entry, f"a close with {reason[:2]!r}")
        self.send(peer, self.CLOSE, reason[:2])
        entry.end(books.WHOLE)

    @staticmethod
    def send(peer, kind, payload):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        peer.socket.sendall(bytes((0x80 | kind, 0x80 | len(payload))) + mask + masked)

    def frame(self, peer):
        """The next one; pings are answered."""
        while True:
            first, size = peer.take(2)
            payload = peer.take(size if size < 126 else int.from_bytes(peer.take(2), "big"))
            if first & 0xF != self.PING:
                return first & 0xF, payload
            self.send(peer, self.PONG, payload)
