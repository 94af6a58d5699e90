"""SIGKILL where runs pass gates and events join batches: no slot is lost, no limit is passed, no event is lost or counted twice."""

import asyncio
from collections import Counter

import pytest

FIRST = ["gate.after_commit:1"]
LATER = ["gate.before_commit:1", "dispatch.before_commit:1", "gate.before_commit:2", "gate.after_commit:2", "dispatch.before_commit:3"]
POINTS = [*FIRST, *(pytest.param(point, marks=pytest.mark.thorough) for point in LATER)]


@pytest.mark.thorough
@pytest.mark.parametrize("point", POINTS)
async def test_limits_and_batches_survive_a_kill_at(point, crashes):
    first = crashes.spawn(point)
    run_ids = [run_id for n in range(3) for run_id in await crashes.send("crash/limited", {"n": n})]
    await crashes.died(first)
    stored = await crashes.checkpointed()
    second = crashes.spawn()
    for n, run_id in enumerate(run_ids):
        run = await crashes.end_of(run_id)
        assert (run.state, run.output) == ("completed", n), run.error
    batches = await until_gathered(crashes)
    assert batches == ["[0,1,2]"]
    again = crashes.begun(second.pid)
    assert not {(run_hex, key) for run_hex, key, _ in again} & stored, "a completed step ran again"
    assert all(n <= 2 for n in crashes.begun().values())
    assert one_at_a_time(crashes.log.read_text().splitlines(), {run_id.hex for run_id in run_ids})
    assert await crashes.database.pool.fetchval("select count(*) from flowforge.owner") == 0


async def until_gathered(crashes) -> list[str]:
    query = "select output from flowforge.run where function_id = 'crash.gathers' and state = 'completed'"
    async with asyncio.timeout(20):
        while not (rows := await crashes.database.pool.fetch(query)):
            await asyncio.sleep(0.02)
    return [row["output"].replace(" ", "") for row in rows]


def one_at_a_time(lines: list[str], runs: set[str]) -> bool:
    """Never two bodies of different runs at once; the one that was killed in mid-body never ended."""
    open_ones: Counter[str] = Counter()
    for line in lines:
        what, run, _, _, pid = line.split("\t")
        if run not in runs:
            continue
        open_ones = Counter({key: n for key, n in open_ones.items() if key.endswith(pid)})  # the dead do not go on
        open_ones[f"{run} {pid}"] += 1 if what == "begin" else -1
        if sum(n > 0 for n in open_ones.values()) > 1:
            return False
    return True
