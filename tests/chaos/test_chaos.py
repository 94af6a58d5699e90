"""The short form: one storm over all crash points, and every other fault once (about two minutes on two processors).

The long form is `python -m tests.chaos`.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.storm import CELLS, hold_storm
from tests.chaos.trial import Missing, Site, Verdict

TAKES_LONG = {
    "an outage",
    "skewed clocks",
    "lost answers",
    "full disk",
    "broken connections",
    "no connections",
    "zombies",
    "deploy",
    "sigterm",
    "lost hints",
    "a pooler",
}

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]


LONG_FORM = {"full wal", "hung connections"}  # whether these come true in the time of a trial depends on the machine


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in TAKES_LONG else ()) for name in FAULTS if name not in LONG_FORM]
)
def test_nothing_is_lost_or_repeated_by(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    with Site(keep=tmp_path, **fault.settings) as site:
        try:
            verdict = asyncio.run(fault.hold(site))
        except Missing as missing:
            if os.environ.get("FLOWFORGE_CI") == "1":
                raise
            pytest.skip(f"this machine lacks {missing}")
    accept(verdict, tmp_path)


def test_nothing_is_lost_or_repeated_by_a_kill_at_any_crash_point(tmp_path: Path) -> None:
    with Site(keep=tmp_path) as site:
        storm, verdict = asyncio.run(hold_storm(site, random.Random(3)))
    accept(verdict, tmp_path)
    assert storm.not_reached == [], "nobody died there"
    assert storm.died_at.keys() == set(CELLS)
    assert verdict.counts["killed"] >= len(CELLS)
    assert verdict.counts["postmaster killed"]
    assert verdict.counts["duplicates"]
    assert verdict.counts["unknown"]


def accept(verdict: Verdict, kept: Path) -> None:
    assert verdict.violations == [], f"{verdict.counts}; the recording is in {kept}"
