"""What the store owes: each note that was acknowledged, over all lives, and what it may be by now."""

import random
import threading

GONE = None


class Note:
    """Written by one client at a time, so that the order of its writes is known."""

    def __init__(self, id, value):
        self.id, self.may_be = id, {value}  # a value: the title and body's length, or GONE
        self.written = True  # in this life

    def acknowledged(self, value):
        self.may_be = {value}

    def perhaps(self, value):
        """Sent, and not told of: stored or not."""
        self.may_be.add(value)


class Ledger:
    SAMPLE = 100  # of notes that the last life didn't write

    def __init__(self):
        self._notes, self._lock = {}, threading.Lock()

    def created(self, id, value):
        with self._lock:
            note = self._notes[id] = Note(id, value)
        return note

    def due(self, seed):
        """Those to look at: all that were written since they were last looked at, and some others."""
        written = [note for note in self._notes.values() if note.written]
        others = [note for note in self._notes.values() if not note.written]
        return written + random.Random(seed).sample(others, min(len(others), self.SAMPLE))

    def found(self, note, value):
        """What is there; a text if that is not what was acknowledged."""
        wrong = value not in note.may_be
        text = f"note {note.id} is {value}, acknowledged was {sorted(map(str, note.may_be))}" if wrong else ""
        note.may_be, note.written = {value}, False
        return text
