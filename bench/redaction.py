"""What it costs to look for opened values in what is stored: `python bench/redaction.py`. Each text is searched once when it is stored."""

from __future__ import annotations

import json
import os
import time
from uuid import uuid4

from flowforge.secrets.opened import Opened

SIZES = (200, 1_024, 10_240, 102_400)
ROUNDS = 5


def microseconds(values: int, size: int) -> float:
    """The median of some rounds, for a text of that many characters in which no value stands."""
    opened, tenant = Opened(), uuid4()
    for _ in range(values):
        opened.note(tenant, os.urandom(24).hex().encode())
    text = json.dumps([{"id": number, "name": f"order {number}", "total": number * 1.5} for number in range(4_000)])[:size]
    times = max(3, 400_000 // size // max(1, values // 10))
    rounds = []
    for _ in range(ROUNDS):
        begun = time.thread_time()
        for _ in range(times):
            opened.is_in(text, tenant)
        rounds.append((time.thread_time() - begun) / times * 1e6)
    return sorted(rounds)[ROUNDS // 2]


if __name__ == "__main__":
    for values in (0, 1, 5, 20, 100, 1_000):
        told = "   ".join(f"{size:>7,} characters {microseconds(values, size):>8,.1f} µs" for size in SIZES)
        print(f"{values:>5} values   {told}")
