"""The long form: storms over all crash points, one after the other, and every other fault once in between.

    python -m tests.chaos --minutes 30 --kills 1000

It ends when both are reached (or with --kills 0 after the minutes), prints what was done and what the checker says, and exits with 1
if there was a violation, a point that was never reached, or a fault that could not be held. Recordings of trials with violations are kept.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.storm import CELLS, Cell, hold_storm
from tests.chaos.trial import Missing, Site, Verdict

PASSES = 4  # over all crash points, in one storm


@dataclass
class Report:
    """What came of all trials together."""

    started: float = field(default_factory=time.monotonic)
    died_at: Counter[Cell] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    repeats: list[int] = field(default_factory=list)
    trials: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.counts["killed"] + self.counts["postmaster killed"]

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self.started) / 60

    def take(self, verdict: Verdict) -> None:
        self.trials[verdict.trial] += 1
        self.counts.update(verdict.counts)
        self.repeats.extend(verdict.repeats)
        self.violations.extend(f"{verdict.trial}: {violation}" for violation in verdict.violations)
        done = f"kills {self.kills:5}  runs {verdict.counts['runs']:5}  violations {len(verdict.violations)}"
        print(f"{self.minutes:6.1f} min  {verdict.trial:20} {done}", flush=True)

    def broke_off(self, name: str, error: Exception, kept: Path) -> None:
        """A trial that could not be held to its end proves nothing."""
        self.trials[name] += 1
        self.violations.append(f"{name} broke off: {error!r}")
        print(f"{self.minutes:6.1f} min  {name:20} broke off: {error!r}; the recording is in {kept}", flush=True)

    def show(self) -> None:
        counts, caused = self.counts, [n for n in self.repeats if n]
        print(f"\n{sum(self.trials.values())} trials in {self.minutes:.1f} minutes: {dict(self.trials)}")
        print(f"kills: {self.kills}, of them {sum(self.died_at.values())} at crash points, {counts['postmaster killed']} of PostgreSQL")
        print(f"runs: {counts['runs']}; bodies begun: {counts['begin']}; sends: {counts['send']}, of them")
        print(f"  accepted {counts['accepted']} (duplicates {counts['duplicates']}), of unknown outcome {counts['unknown']}")
        print(
            f"repeats of bodies: {sum(self.repeats)}, {sum(self.repeats) / max(1, self.kills):.3f} a kill; never more than were in flight;"
        )
        print(f"  {len(caused)} kills caused any, the worst {max(self.repeats, default=0)} (a worker has 8 to 16 slots)")
        if self.died_at:
            print("deaths at each crash point, first and second time:")
        for cell in CELLS if self.died_at else ():
            print(f"  {self.died_at[cell]:5}  {cell}")
        if self.missing:
            print("not held, because the machine lacks something:", "; ".join(self.missing))
        print(f"violations: {len(self.violations)}")
        for violation in self.violations[:50]:
            print(f"  {violation}")

    @property
    def good(self) -> bool:
        return not self.violations and not self.missing and all(self.died_at[cell] for cell in CELLS)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.split("\n")[0])
    options.add_argument("--minutes", type=float, default=30, help="go on at least so long")
    options.add_argument("--kills", type=int, default=1000, help="and until so many processes have been killed")
    options.add_argument("--seed", type=int, default=1, help="of what chance decides")
    options.add_argument("--only", choices=["storm", *FAULTS], help="hold this trial alone, once")
    asked = options.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # a server that is away is what this is about
    report, chance = Report(), random.Random(asked.seed)
    if asked.only not in (None, "storm"):
        hold(asked.only, report)
        report.show()
        return int(bool(report.violations or report.missing))
    waiting = [] if asked.only else list(FAULTS)
    while not report.trials or (asked.only is None and (waiting or report.minutes < asked.minutes or report.kills < asked.kills)):
        storm(random.Random(chance.random()), report)
        for _ in range(min(3, len(waiting))):
            hold(waiting.pop(0), report)
    report.show()
    return 0 if report.good else 1


def storm(chance: random.Random, report: Report) -> None:
    """Some passes over all crash points."""
    kept = kept_place()
    try:
        with Site(keep=kept) as site:
            several = {"cells": CELLS * PASSES, "lanes": 5, "arbitrary": 12 * PASSES, "postmaster_kills": PASSES}
            blown, verdict = asyncio.run(hold_storm(site, chance, **several))
    except Exception as error:
        report.broke_off("storm", error, kept)
        return
    report.died_at.update(blown.died_at)
    report.take(verdict)
    throw_away(kept, verdict)


def hold(name: str, report: Report) -> None:
    """One of the other faults."""
    fault = FAULTS[name]
    kept = kept_place()
    try:
        with Site(keep=kept, **fault.settings) as site:
            verdict = asyncio.run(fault.hold(site))
    except Missing as missing:
        report.missing.append(f"{name} ({missing})")
    except Exception as error:
        report.broke_off(name, error, kept)
    else:
        report.take(verdict)
        throw_away(kept, verdict)


def kept_place() -> Path:
    return Path(tempfile.mkdtemp(prefix="flowforge-chaos-kept-"))


def throw_away(kept: Path, verdict: Verdict) -> None:
    if verdict.violations:
        print(f"  the recording is in {kept}")
        for violation in verdict.violations[:5]:
            print(f"  {violation}", flush=True)
        return
    for part in kept.iterdir():
        part.unlink()
    kept.rmdir()


if __name__ == "__main__":
    os.environ.pop("FLOWFORGE_CRASH", None)
    sys.exit(main())
