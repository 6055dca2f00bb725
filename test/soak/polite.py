"""Clients that read all of each answer, and stay until they have it."""

import hashlib
import json

import http1
import stage


class KeepAlive(stage.Client):
    """Request after request on a connection, for as long as its answers allow."""

    def some_target(self):
        size, interval = self.dice.choice((0, 1, 1000, 70_000, 500_000)), self.dice.choice((0, 20))
        return self.dice.choice(("/hello", "/hello", "/", "/v1/notes?limit=3", f"/demo/bytes?n={size}",
                                 f"/demo/chunks?n=3&interval_ms={interval}", f"/demo/sleep?ms={self.dice.randint(0, 150)}"))

    def act(self):
        target = self.some_target()
        entry = self.begin(target)
        with self.connect(entry) as peer:
            for _ in range(self.dice.randint(1, 200)):
                answer = peer.ask(entry)
                self.judge(entry, answer)
                if answer.closes or self.over:
                    return
                self.pause(0.05)
                entry = self.begin(self.some_target())

    def judge(self, entry, answer):
        name, _, size = entry.target.partition("?n=")
        if name == "/demo/bytes" and answer.status == 200:
            self.check(len(answer.body) == int(size), entry, "a body of another length")


class PerRequest(KeepAlive):
    def act(self):
        entry = self.begin(self.some_target())
        with self.connect(entry) as peer:
            self.judge(entry, peer.ask(entry, fields=("Connection: close",) if self.dice.random() < 0.5 else ()))
        self.pause(0.03)


class Pipelined(KeepAlive):
    def act(self):
        entry = self.begin("/hello")
        with self.connect(entry) as peer:
            for _ in range(self.dice.randint(1, 10)):
                entries = [entry] + [self.begin(self.some_target()) for _ in range(self.dice.randint(0, 9))]
                peer.send([(each, http1.request(each)) for each in entries])
                answer = peer.answer(entry)
                for each in entries[1:]:
                    each.owed = True
                for each in entries[1:]:
                    answer = peer.answer(each)
                    self.judge(each, answer)
                if answer.closes or self.over:
                    return
                self.pause(0.1)
                entry = self.begin("/hello")


class Notes(stage.Client):
    """Creates, replaces and deletes notes, and keeps account of what was acknowledged."""

    JSON = ("Content-Type: application/json",)

    def act(self):
        mine = []
        entry, write = self.next_write(mine)
        with self.connect(entry) as peer:
            for _ in range(self.dice.randint(1, 50)):
                if write(peer, entry).closes or self.over:
                    return
                self.pause(0.05)
                entry, write = self.next_write(mine)

    def next_write(self, mine):
        what = self.dice.choice(("create", "replace", "delete")) if mine else "create"
        if what == "create":
            return self.begin("/v1/notes", "POST"), lambda peer, entry: self.create(peer, entry, mine)
        note = self.dice.choice(mine)
        target = f"/v1/notes/{note.id}"
        if what == "replace":
            return self.begin(target, "PUT"), lambda peer, entry: self.replace(peer, entry, note)
        mine.remove(note)
        return self.begin(target, "DELETE"), lambda peer, entry: self.delete(peer, entry, note)

    def draft(self, entry):
        """What is sent, and the value that the ledger has of it."""
        size = self.dice.choice((0, 10, 1000, 100_000))
        return json.dumps({"title": entry.id, "body": "b" * size}).encode(), (entry.id, size)

    def create(self, peer, entry, mine):
        text, value = self.draft(entry)
        answer = peer.ask(entry, text, self.JSON)
        self.accept(entry, answer, 201)
        if answer.status == 201:
            mine.append(self.stage.ledger.created(json.loads(answer.body)["id"], value))
        return answer

    def replace(self, peer, entry, note):
        text, value = self.draft(entry)
        note.perhaps(value)
        answer = peer.ask(entry, text, self.JSON)
        self.accept(entry, answer, 200)
        if answer.status == 200:
            note.acknowledged(value)
        return answer

    def delete(self, peer, entry, note):
        note.perhaps(None)
        answer = peer.ask(entry)
        self.accept(entry, answer, 204)
        if answer.status == 204:
            note.acknowledged(None)
        return answer

    def accept(self, entry, answer, status):
        self.check(answer.status in (status, 503), entry, f"{answer.status} instead of {status}")


class Upload(stage.Client):
    """Bodies of some MiB, whose digest is the answer."""

    def act(self):
        size = self.dice.choice((1, 100_000, 3_000_000))
        body = self.dice.randbytes(1000) * (size // 1000) or b"x"
        entry = self.begin("/demo/upload", "POST")
        with self.connect(entry) as peer:
            answer = peer.ask(entry, body, chunked=self.dice.random() < 0.5)
        if answer.status == 200:
            right = json.loads(answer.body)["sha256"] == hashlib.sha256(body).hexdigest()
            self.check(right, entry, "another digest than that of what was sent")
        self.pause(0.2)


class Sleeper(stage.Client):
    """Answers that take their time, a stop's perhaps."""

    def act(self):
        entry = self.begin(f"/demo/sleep?ms={self.dice.choice((300, 1500, 6000) if self.stage.last else (100, 400))}")
        with self.connect(entry) as peer:
            peer.ask(entry)
