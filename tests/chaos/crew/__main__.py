"""`python -m tests.chaos.crew --minutes 10`: one board after the other, each with other deaths; 1 when one was not as it should be."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.chaos.crew.trial import HOUSEHOLD, Fire, hold_board
from tests.chaos.trial import Site


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.chaos.crew", description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--every", type=float, default=3.0, help="seconds between two deaths of workers, on average")
    asked = options.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    began, chance, boards, counts, violations = time.monotonic(), random.Random(asked.seed), 0, Counter[str](), list[str]()
    fire = Fire((asked.every * 0.5, asked.every * 1.5))
    while not boards or time.monotonic() - began < asked.minutes * 60:
        with Site(household=HOUSEHOLD) as site:
            verdict = asyncio.run(hold_board(site, chance, fire))
            boards += 1
            counts.update(verdict.counts)
            violations += [f"board {boards}: {found}" for found in verdict.violations]
            print(f"board {boards}: {verdict.seconds:.1f} s, {len(verdict.violations)} violations", flush=True)
            for found in verdict.violations[:20]:
                print(f"  {found}", flush=True)
            if verdict.violations:
                kept = Path(tempfile.mkdtemp(prefix="flowforge-crew-kept-"))
                for part in (one for one in site.directory.glob("crew_*") if one.is_file()):
                    shutil.copy(part, kept)
                print(f"  recording and log: {kept}", flush=True)
    print(f"\n{boards} boards in {(time.monotonic() - began) / 60:.1f} minutes")
    for what, n in sorted(counts.items()):
        print(f"  {n:7} {what}")
    print(f"violations: {len(violations)}")
    return int(bool(violations))


if __name__ == "__main__":
    sys.exit(main())
