"""Lives of the real service under clients of all kinds and under what befalls it, judged one by one; see docs/testing.md.

Each life is decided by its seed, which is one more than that of the life before.
"""

import argparse
import collections
import pathlib
import random
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))

import certificates  # noqa: E402
import invariants  # noqa: E402
import ledger  # noqa: E402
import life  # noqa: E402
import plan  # noqa: E402
import redis  # noqa: E402
import service  # noqa: E402

SHOWN = 5  # breaches of an invariant


class Run:
    """What outlives a life."""

    def __init__(self, folder, memory):
        """`memory`: bytes that a life may keep more than the first one."""
        self.folder, self.memory = folder, memory
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.ledger, self.store = ledger.Ledger(), folder / "notes.db"
        self.certificates = certificates.Certificates(folder / "certificates")
        self.first = None  # figures
        self.requests = collections.Counter()
        self.ends = collections.Counter()
        self.failed = []  # seeds

    def begin(self, binary, decided, name="life"):
        folder = self.folder / f"{name}-{decided.seed}"
        folder.mkdir()
        return life.Life(binary, decided, self, folder)

    def tell(self, one, seconds):
        """That it has ended."""
        self.first = self.first or one.rested
        code = one.service.ends.get(one.service.pid)
        self.ends[str(code)] += 1
        print(f"seed {one.plan.seed}: {seconds:4.1f} s, {len(one.books.entries)} requests, exit {code} after {one.took or 0:.2f} s: "
              f"{one.plan}", flush=True)

    def judge(self, one, breaches):
        """Tells what is broken; the life's folder goes unless something is."""
        self.requests.update(entry.outcome for entry in one.books.entries)
        told = collections.defaultdict(list)
        for name, text in breaches:
            told[name].append(text)
        if not told:
            shutil.rmtree(one.folder)
            return
        self.failed.append(one.plan.seed)
        for file in self.folder.glob("notes.db*"):
            shutil.copy(file, one.folder)
        (one.folder / "breaches").write_text("".join(f"{name}: {text}\n" for name, texts in told.items() for text in texts))
        (one.folder / "books").write_text("".join(f"{entry}\n" for entry in one.books.entries))
        for name, texts in told.items():
            for text in texts[:SHOWN]:
                print(f"BROKEN {name}, seed {one.plan.seed}: {text}")
            if len(texts) > SHOWN:
                print(f"  and {len(texts) - SHOWN} more of {name}")
        print(f"  again: make soak SEED={one.plan.seed} LIVES=1; kept: {one.folder}", flush=True)


def seeds(first, lives, minutes):
    end = time.monotonic() + 60 * minutes
    number = first
    while (number - first < lives) if lives else (time.monotonic() < end):
        yield number
        number += 1


def soak(binary, run, numbers):
    """Each life verifies what the one before has stored; the last one's is verified by a life in which nothing happens."""
    before = None  # the life that is not verified yet, and what is broken in it

    def verified(wrong):
        nonlocal before
        (finished, breaches), before = before, None
        run.judge(finished, breaches + [("acknowledged", text) for text in wrong])

    try:
        for seed in numbers:
            with run.begin(binary, plan.make(seed)) as one:
                wrong = one.verify()
                if before:
                    verified(wrong)
                began = time.monotonic()
                one.live()
            before = one, list(invariants.breaches(one))
            run.tell(one, time.monotonic() - began)
        if before:
            with run.begin(binary, plan.quiet(before[0].plan.seed), "verification") as one:
                wrong = one.verify()
            verified(wrong)
            shutil.rmtree(one.folder)
    finally:
        if before:
            run.judge(*before)


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("service", type=pathlib.Path, help="the sample's program")
    parse.add_argument("--minutes", type=float, default=10)
    parse.add_argument("--lives", type=int, default=0, help="so many instead of minutes")
    parse.add_argument("--seed", type=int, default=0, help="of the first life; 0: any")
    parse.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("build/soak"), help="made anew")
    parse.add_argument("--memory", type=int, default=64, help="MiB that a life may keep more than the first one")
    given = parse.parse_args()

    first = given.seed or random.SystemRandom().randrange(1, 10**6)
    if not redis.PROGRAM:
        print("soak: without Redis, whose server is not installed: run scripts/bootstrap --test")
    service.adopt_orphans()
    run = Run(given.folder.resolve(), given.memory << 20)
    began = time.monotonic()
    try:
        soak(given.service.resolve(), run, seeds(first, given.lives, given.minutes))
    finally:
        left = service.children()
    lives = sum(run.ends.values())
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in run.requests.most_common())
    codes = ", ".join(f"{count} with {code}" for code, count in sorted(run.ends.items()))
    print(f"soak: {lives} lives in {(time.monotonic() - began) / 60:.1f} minutes from seed {first}; exits: {codes}; requests: {outcomes}")
    if left:
        sys.exit(f"soak: processes are left: {left}")
    if run.failed:
        sys.exit(f"soak: broken with the seeds {' '.join(map(str, run.failed))}")


if __name__ == "__main__":
    main()
