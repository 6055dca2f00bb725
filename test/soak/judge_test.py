"""The judge of the soak has no breach to tell of a sound life, and tells each that is put into one."""

import datetime
import json
import pathlib
import sys
import tempfile
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))

import books  # noqa: E402
import invariants  # noqa: E402
import ledger  # noqa: E402
import life  # noqa: E402
import plan  # noqa: E402
import service  # noqa: E402

BEGUN = 1_800_000_000.0  # the stop, by the wall clock


def line(message, at=BEGUN, **fields):
    time = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    return {"time": time, "level": "info", "message": message, **fields}


class Case(unittest.TestCase):
    """A life with a request before the stop and one in it; all is well."""

    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = pathlib.Path(kept.name)
        self.books = books.Books(1)
        self.early, self.late = self.entry(BEGUN - 2), self.entry(BEGUN + 0.1)
        self.report = {"message": "shutdown report", "exit_code": 0, "seconds": 0.5, "cut": [], "background_left": [],
                       "closers": []}
        told = [line("access", id=each.id, status=200, target=each.target) for each in self.books.entries]
        self.lines = [line("stop: begins"), *told, self.report]
        self.stderr, self.ends, self.decided = "", {7: 0}, plan.quiet(1)
        self.rested = life.Figures(descriptors=30, memory=20 << 20)

    def entry(self, ended, outcome=books.WHOLE, status=200):
        entry = self.books.begin("somebody", "GET", "/hello")
        entry.outcome, entry.status, entry.ended = outcome, status, ended
        entry.told, entry.connected = ended - 0.01, ended - 0.02
        return entry

    def broken(self):
        """Names of what is."""
        texts = [each if isinstance(each, str) else json.dumps(each) for each in self.lines]
        (self.folder / "log").write_text("".join(text + "\n" for text in texts))
        (self.folder / "stderr").write_text(self.stderr)
        told = service.Service.__new__(service.Service)
        told.folder, told.pids, told.ends, told.told_to_end, told.idle_grace = self.folder, [7], self.ends, BEGUN, 0.5
        run = types.SimpleNamespace(first=life.Figures(30, 20 << 20), memory=64 << 20)
        one = types.SimpleNamespace(plan=self.decided, service=told, books=self.books, folder=self.folder, run=run, faults=[],
                                    begun=life.Figures(30, 15 << 20), rested=self.rested)
        return {name for name, _ in invariants.breaches(one)}

    def cut(self, what, why="drain"):
        self.report.update(cut=[{"what": what, "seconds": 1, "why": why}], exit_code=3)
        self.ends[7] = 3

    def test_a_sound_life(self):
        self.assertEqual(self.broken(), set())

    def test_torn(self):
        self.late.outcome = books.TORN
        self.assertEqual(self.broken(), {"lost"})
        self.cut("GET /hello")
        self.assertEqual(self.broken(), set())

    def test_unanswered_in_time(self):
        self.late.outcome, self.late.first = books.UNANSWERED, False
        self.assertEqual(self.broken(), {"lost"})

    def test_unanswered_late_on_an_idle_connection(self):
        self.late.outcome, self.late.first, self.late.told = books.UNANSWERED, False, BEGUN + 1
        self.assertEqual(self.broken(), set())
        self.late.owed = True
        self.assertEqual(self.broken(), {"lost"})

    def test_unanswered_on_a_new_connection(self):
        self.late.outcome = books.UNANSWERED
        self.assertEqual(self.broken(), {"lost"})
        self.late.connected = self.late.told - 0.6  # longer than it is waited for
        self.assertEqual(self.broken(), set())

    def test_refused(self):
        self.entry(BEGUN + 1, books.REFUSED)
        self.assertEqual(self.broken(), set())
        self.entry(BEGUN - 1, books.REFUSED)
        self.assertEqual(self.broken(), {"lost"})

    def test_503_that_no_report_names(self):
        self.late.status = self.lines[2]["status"] = 503
        self.assertEqual(self.broken(), {"answers"})
        self.cut("GET /hello", "hard_cancel")
        self.assertEqual(self.broken(), set())
        self.early.status = self.lines[1]["status"] = 500
        self.assertEqual(self.broken(), {"answers"})

    def test_what_a_client_saw(self):
        self.books.fault("another digest")
        self.assertEqual(self.broken(), {"answers"})

    def test_access_lines(self):
        gone = self.lines.pop(1)
        self.assertEqual(self.broken(), {"access"})
        self.lines += [gone, gone]
        self.assertEqual(self.broken(), {"access"})

    def test_another_status(self):
        self.lines[1]["status"] = 404
        self.assertEqual(self.broken(), {"access"})

    def test_h2load(self):
        self.books.loads.append(("/hello?h2load", 1, 1))
        self.assertEqual(self.broken(), {"access"})
        self.lines.append(line("access", id="its own", status=200, target="/hello?h2load"))
        self.assertEqual(self.broken(), set())

    def test_exit_codes(self):
        for code in (1, 3, -6, None):
            self.ends[7] = code
            self.assertEqual(self.broken(), {"exit_code"})

    def test_zero_though_work_was_cut(self):
        self.cut("GET /hello")
        self.report["exit_code"] = self.ends[7] = 0
        self.assertEqual(self.broken(), {"exit_code"})

    def test_a_stop_that_is_too_long(self):
        self.report["seconds"] = 8.1
        self.assertEqual(self.broken(), {"exit_code"})

    def test_a_stop_that_got_a_moment(self):
        """For the time in which the process did not run."""
        self.report["seconds"] = 8.7
        self.lines.insert(1, line(invariants.GAP, at=BEGUN + 8, seconds_left=0.8))
        self.assertEqual(self.broken(), set())
        self.report["seconds"] = 8.9
        self.assertEqual(self.broken(), {"exit_code"})

    def test_no_report(self):
        self.lines.remove(self.report)
        self.assertEqual(self.broken(), {"exit_code"})

    def test_descriptors_and_memory(self):
        self.rested = life.Figures(40, 20 << 20)
        self.assertEqual(self.broken(), {"rest"})
        self.rested = life.Figures(30, 200 << 20)
        self.assertEqual(self.broken(), {"rest"})

    def test_errors_in_the_log(self):
        self.lines.append({**line("note events not published"), "level": "error"})
        self.assertEqual(self.broken(), {"log"})
        self.decided.last.chaos.append((0, "kill_redis"))
        self.assertEqual(self.broken(), set())
        self.lines.append("half a li")
        self.assertEqual(self.broken(), {"log"})

    def test_stderr(self):
        self.stderr = "==7==ERROR: AddressSanitizer: heap-use-after-free\n"
        self.assertEqual(self.broken(), {"stderr"})

    def test_the_store(self):
        owed = ledger.Ledger()
        note = owed.created("id", "old")
        note.perhaps("new")
        self.assertEqual(owed.found(note, "new"), "")
        self.assertNotEqual(owed.found(note, "old"), "")
        note.acknowledged(ledger.GONE)
        self.assertEqual(owed.found(note, ledger.GONE), "")
        self.assertNotEqual(owed.found(note, "new"), "")


if __name__ == "__main__":
    unittest.main()
