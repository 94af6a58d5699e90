"""SIGKILL in mid-map, in mid-cleanup, in a failure's handler, and in a step that must not run twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowforge.orchestrator.run import cancel_run

ITEMS = 400


def thorough(*values: str) -> list[Any]:
    return [pytest.param(value, marks=pytest.mark.thorough) for value in values]


@pytest.mark.parametrize(
    "crash",
    ["checkpoint.after_commit:200", *thorough("checkpoint.before_commit:200", "checkpoint.sent_unread:15", "body.after:203")],
)
async def test_a_kill_in_mid_map_runs_no_finished_item_again(crash, crashes):
    first = crashes.spawn(crash)
    await asyncio.sleep(0.1)
    (run_id,) = await crashes.send("crash/map", {"items": ITEMS})
    await crashes.died(first)
    stored = await crashes.checkpointed()
    assert 20 < len(stored) < ITEMS, "it did not die in the middle"
    second = crashes.spawn()
    run = await crashes.end_of(run_id)
    assert (run.state, run.output) == ("completed", sum(n * n for n in range(ITEMS))), run.error
    again = crashes.begun(second.pid)
    assert not {(run_hex, key) for run_hex, key, _ in again} & stored, "a finished item ran again"
    repeated = [attempt for attempt, n in crashes.begun().items() if n > 1]
    assert len(repeated) <= 10, "more items were repeated than were in flight"
    assert len(crashes.begun()) == ITEMS


CLEANUP = ["cancel room", "cancel flight", "(on_cancel)/tidy", "(on_cancel)/report"]


POINTS = [
    f"{point}:{nth}"
    for point in ("body.after", "checkpoint.before_commit", "checkpoint.sent_unread", "checkpoint.after_commit")
    for nth in (1, 2, 3, 4)
]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "crash",
    ["checkpoint.after_commit:3", *(pytest.param(point, marks=pytest.mark.long if n % 3 else ()) for n, point in enumerate(POINTS))],
)
async def test_a_kill_in_mid_cleanup_goes_on_with_the_cleanup(crash, crashes):
    first = crashes.spawn()
    (run_id,) = await crashes.send("crash/trip", {})
    await until_state(crashes, run_id, "sleeping")
    first.kill()
    first.wait()
    await crashes.settled()
    before = crashes.begun()
    await cancel_run(crashes.database, crashes.tenant_id, run_id, by="mira")
    second = crashes.spawn(crash)
    await crashes.died(second)
    stored = await crashes.checkpointed()
    third = crashes.spawn()
    run = await crashes.end_of(run_id)
    assert (run.state, run.error) == ("cancelled", {"type": "Cancelled", "message": "cancelled by mira"})
    begun = crashes.begun() - before
    assert {key for _, key, _ in begun} == set(CLEANUP)
    assert not {(run_hex, key) for run_hex, key, _ in crashes.begun(third.pid)} & stored, "a completed step ran again"
    assert sum(n - 1 for n in begun.values()) <= 1, "more was repeated than was in flight"
    steps = await crashes.steps(run_id)
    assert [steps[key].output for key in CLEANUP] == ["no room", "no flight", "tidied", "reported"]
    assert "never" not in steps and await crashes.database.pool.fetchval("select count(*) from flowforge.owner") == 0


@pytest.mark.parametrize("crash", thorough("checkpoint.after_commit:3", "checkpoint.after_commit:2", "checkpoint.before_commit:3"))
async def test_a_kill_in_a_failures_handler_goes_on_with_the_handler(crash, crashes):
    first = crashes.spawn(crash)
    await asyncio.sleep(0.1)
    (run_id,) = await crashes.send("crash/fails", {})
    await crashes.died(first)
    crashes.spawn()
    run = await crashes.end_of(run_id)
    assert (run.state, run.error["step"]) == ("failed", "refuse")
    begun = crashes.begun()
    assert begun[run_id.hex, "refuse", "1"] == 1, "the function ran again after it had failed"
    steps = await crashes.steps(run_id)
    assert steps["(on_failure)/apologize"].output == "sorry: no" and steps["(on_failure)/report"].output == "reported"


async def test_a_step_that_must_not_run_twice_fails_after_a_kill(crashes):
    first = crashes.spawn(CRASH_BODY_SECONDS="60")
    (run_id,) = await crashes.send("crash/once", {})
    async with asyncio.timeout(20):
        while not crashes.begun(first.pid):
            await asyncio.sleep(0.01)
    first.kill()
    first.wait()
    await crashes.settled()
    crashes.spawn()
    run = await crashes.end_of(run_id)
    assert (run.state, run.error["error_type"]) == ("failed", "StepUncertain")
    assert sum(crashes.begun().values()) == 1


async def until_state(crashes, run_id, state) -> None:
    async with asyncio.timeout(20):
        while (await crashes.run(run_id)).state != state:
            await asyncio.sleep(0.01)
