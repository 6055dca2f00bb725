"""What must hold after a life, whatever happened in it. Each yields a text for each breach."""

import collections
import datetime

import books
import service

SHARE = 0.6  # of idle_grace: who is this quick is served, though its bytes and the service's timers took a while
DESCRIPTORS = 4  # more than at the begin: connections to Redis come and go
ABRUPT = ("kill", "fast", "interrupt_twice")  # ends that owe clients nothing
POLITE = {200, 201, 204, 101}
GAP = "stop: the process did not run for a while; it goes on with a moment"


def wall(line):
    return datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()


class Judgement:
    """A life's own word, read once: its lines, reports, access lines by id."""

    def __init__(self, life):
        self.life, self.plan, self.service = life, life.plan, life.service
        late, self.texts = self.service.late_lines()
        self.lines = self.service.lines() + late
        self.stops = [wall(line) for line in self.lines if line["message"] == "stop: begins"]
        self.reports = [line for line in self.lines if line["message"] == "shutdown report"]
        self.limits = list(self._limits())
        self.cut = [each for report in self.reports for each in report["cut"]]
        self.access = collections.defaultdict(list)
        for line in self.lines:
            if line["message"] == "access":
                self.access[line["id"]].append(line)
        self.abrupt_at = self.service.told_to_end if self.plan.end in ABRUPT else None

    def _limits(self):
        """Seconds that each stop has: its total, or what it got in its place when the process had not run for a while."""
        begun, extended = None, 0
        for line in self.lines:
            if line["message"] == "stop: begins":
                begun = wall(line)
            elif line["message"] == GAP:
                extended = wall(line) + line["seconds_left"]
            elif line["message"] == "shutdown report":
                yield max(self.plan.total, extended - begun if begun else 0)
                begun, extended = None, 0

    def abrupt(self, entry):
        return self.abrupt_at is not None and entry.ended >= self.abrupt_at

    def stopping(self, entry):
        return any(begun <= entry.ended for begun in self.stops)

    def named(self, entry):
        """Whether a report says that it was cut."""
        return any(f"{entry.method} {entry.route}" in each["what"] for each in self.cut)


def lost(case):
    """Who is polite has its whole answer, unless the report says otherwise, or it came later than it is waited for."""
    grace = SHARE * case.service.idle_grace
    for entry in case.life.books.entries:
        if not entry.polite or entry.outcome in (books.WHOLE, books.LEFT) or case.abrupt(entry):
            continue
        if entry.outcome == books.REFUSED:
            excused = case.service.told_to_end is not None and entry.ended >= case.service.told_to_end
        elif entry.outcome in (books.TORN, books.SILENT):
            excused = case.named(entry)
        elif entry.first:
            excused = case.stopping(entry) and entry.told - entry.connected > grace
        else:
            excused = not entry.owed and any(begun + grace < entry.told for begun in case.stops)
        if not excused and not case.named(entry):
            yield str(entry)


def answers(case):
    """No answer of a fault; 503 only in a stop, whose report names it, or for a WebSocket that comes too late."""
    for entry in case.life.books.entries:
        if not entry.polite or entry.outcome != books.WHOLE or entry.status in POLITE:
            continue
        if entry.status == 404 and entry.who == "verify":
            continue
        too_late = case.stopping(entry) and (case.named(entry) or entry.target == "/demo/echo")
        if entry.status != 503 or not (too_late or case.abrupt(entry)):
            yield f"{entry.status}: {entry}"
    yield from case.life.books.faults


def access(case):
    """One line for each request that was answered, with the status that its client saw; for none more."""
    for entry in case.life.books.entries:
        found = case.access[entry.id]
        # A log is written a moment later: SIGKILL leaves that unwritten.
        unwritten = case.plan.end == "kill" and entry.ended > case.service.told_to_end - 1
        owed = entry.polite and entry.outcome in (books.WHOLE, books.TORN) and not unwritten
        if len(found) > 1 or (owed and not found):
            yield f"{len(found)} lines for {entry}"
        elif owed and entry.outcome == books.WHOLE and found[0]["status"] != entry.status:
            yield f"status {found[0]['status']} for {entry}"
    for target, asked, answered in case.life.books.loads:
        found = sum(line["message"] == "access" and line["target"] == target for line in case.lines)
        if answered != asked or found != asked:
            yield f"h2load {target}: asked {asked}, answered {answered}, {found} lines"


def exit_code(case):
    """It says what the report says, and that is what was cut or left."""
    reports = list(zip(case.reports, case.limits))
    for pid in case.service.pids:
        code, killed = case.service.ends.get(pid), case.plan.end == "kill" and pid == case.service.pid
        if killed:
            if code != -9:
                yield f"process {pid}: {code} after SIGKILL"
            continue
        if not reports:
            yield f"process {pid} ended with {code} and no report"
            continue
        report, limit = reports.pop(0)
        left = [each["name"] for each in report["closers"] if each["result"] != "closed"]
        right = {3} if report["cut"] or report["background_left"] or left else {0}
        if case.plan.end == "interrupt_twice" and pid == case.service.pid:
            right.add(130)
        if code != report["exit_code"] or code not in right:
            yield f"process {pid}: {code}, by what its report says {right}: {report}"
        if report["seconds"] > limit:
            yield f"process {pid}: its stop took {report['seconds']} s of {limit:.3g}"


def rest(case):
    """Without clients it has what it had before them."""
    begun, rested, first = case.life.begun, case.life.rested, case.life.run.first
    if not rested:
        return  # told already
    if rested.descriptors > begun.descriptors + DESCRIPTORS:
        yield f"{rested.descriptors} descriptors, {begun.descriptors} before its clients came"
    if first and rested.memory > first.memory + case.life.run.memory:
        yield f"{rested.memory >> 20} MiB of memory, {first.memory >> 20} in the first life"


# Errors, and what brings them: one of these things has happened, or is the life's end.
EXPLAINED = {
    "certificate not renewed: the one before stays": {"renew", "spoil"},
    service.UPGRADE_FAILED: {"spoil"},
    "note events not published": {"freeze_redis", "kill_redis"},
    "stop: could not close redis": {"freeze_redis", "kill_redis"},
    "stop: forced exit": {"interrupt_twice"},
}


def log(case):
    """No error but those that are asked for, no line that is none."""
    happened = case.plan.happens() | {case.plan.end}
    for line in case.lines:
        explained = happened & EXPLAINED.get(line["message"], set())
        if line["message"] is None or (line.get("level") == "error" and not explained):
            yield str(line)


def stderr(case):
    """Nothing is said there: by no sanitizer, no assertion, no runtime."""
    for text in case.texts:
        # An upgrade with half a pair on disk.
        if not ("does not belong to the certificate" in text and {"spoil", "upgrade"} <= case.plan.happens()):
            yield text


def breaches(life):
    """(name, text) of each, those that were seen on the way first."""
    case = Judgement(life)
    yield from life.faults
    for each in (lost, answers, access, exit_code, rest, log, stderr):
        for text in each(case):
            yield each.__name__, text
