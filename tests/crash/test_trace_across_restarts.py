"""A run that three workers had a part in, two of which were killed, is one trace in which every span stands once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from flowforge import ids

SCRIPT = Path(__file__).parent / "traced_process.py"


async def test_a_run_across_two_kills_is_one_trace_with_every_span_once(crashes, tmp_path):
    spans = tmp_path / "spans"

    def spawn(crash: str = "") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), crashes.url, str(crashes.log), str(spans)],
            env={**os.environ, "FLOWFORGE_CRASH": crash, "CRASH_SLEEP": "0.1s", "PYTHONPATH": str(SCRIPT.parents[2])},
            stdout=subprocess.PIPE,
        )
        crashes.processes.append(process)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        return process

    first = spawn("body.before:2")
    (run,) = await crashes.send("crash/order", {"order": 7})
    await crashes.died(first)
    second = spawn()
    async with asyncio.timeout(30):
        while (await crashes.run(run)).state != "waiting":
            await asyncio.sleep(0.02)
    second.kill()
    await crashes.died(second)
    third = spawn()
    await crashes.send("crash/paid", {"order": 7, "amount": 42})
    assert (await crashes.end_of(run)).state == "completed"
    third.terminate()
    assert third.wait(20) == 0

    made = [line.split("\t") for line in spans.read_text().splitlines()]
    assert {trace for trace, *_ in made} == {f"{ids.trace_id(run):032x}"}
    assert {int(pid) for *_, pid in made} == {process.pid for process in (first, second, third)}
    assert Counter(name for _, _, _, name, _ in made) == {
        "run validate": 1, "run flaky": 3, "run pick": 2, "run pack": 2, "wait_for_event payment": 1, "sleep cool-down": 1,
        "invoke label": 1, "run print": 1, "send_event tell": 1, "run crash.label": 1, "run crash.order": 1,
    }  # fmt: skip
    own = [span for _, span, *_ in made]
    assert len(own) == len(set(own))
    assert [name for _, _, above, name, _ in made if above != "-" and above not in own] == [], "each hangs below another"
    assert [name for _, _, above, name, _ in made if above == "-"] == ["run crash.order"]
