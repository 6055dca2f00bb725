"""What befalls a service, at the moments that its plan says."""

import signal
import threading
import time

import service


class Chaos:
    """On a thread of its own. What was broken is mended by the end of its phase, unless the phase ends with the stop."""

    def __init__(self, life, phase):
        self._life, self._phase = life, phase
        self._over = threading.Event()
        self._mend = {}  # by what is broken
        self.faults = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        begin = time.monotonic()
        for when, what in self._phase.chaos:
            if self._over.wait(max(0.0, begin + when - time.monotonic())):
                break
            try:
                getattr(self, "_" + what)()
            except (service.Broken, ProcessLookupError) as why:
                self.faults.append(f"{what}: {why}")

    def end(self, mend=True):
        self._over.set()
        self._thread.join()
        if mend:
            for each in self._mend.values():
                each()

    def _once(self, name, broken, mended):
        """Breaks it, or mends what is broken already."""
        if name in self._mend:
            self._mend.pop(name)()
        else:
            broken()
            self._mend[name] = mended

    def _hup(self):
        self._life.service.signal(signal.SIGHUP)

    def _upgrade(self):
        if "pair" in self._mend:  # with which no process starts
            self._life.service.upgrade_in_vain()
        else:
            self._life.service.upgrade()

    def _renew(self):
        if "pair" not in self._mend:
            self._life.pair.renew()

    def _spoil(self):
        self._once("pair", self._life.pair.spoil, self._life.pair.mend)

    def _freeze_redis(self):
        if "killed" not in self._mend:
            self._once("frozen", self._life.redis.freeze, self._life.redis.thaw)

    def _kill_redis(self):
        if "frozen" not in self._mend:
            self._once("killed", self._life.redis.kill, self._life.redis.start)
