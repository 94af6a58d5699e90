"""SIGKILL at every crash point that a worker can reach, once each: the run ends right and no completed step runs again."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any

import pytest

from flowforge.crash import POINTS

NOT_OF_A_WORKER_ALONE = {"approval.asked", "queue.stored", "cron.fired", "alert.sent", "webhook.sent"}  # proved with what has them
OF_FLOW_CONTROL = {"gate.before_commit", "gate.after_commit", "dispatch.before_commit"}  # proved in test_flow_control.py
OF_A_MODEL = {"model.reserved", "model.answered"}  # proved in test_model_call.py
OF_A_MODEL |= {"snapshot.before", "snapshot.after", "messages.taken"}  # of a conversation, proved in test_long_agent.py
NOT_OF_A_RUN = {
    "answer.unsent",
    "audit.appended",
    "audit.merged",
    "bulk.batch",
    "erasure.batch",
    "replay.before_commit",
    "retention.batch",
}  # proved with the acts of operators and housekeepers
TIMES = {"checkpoint.before_commit": 4, "checkpoint.sent_unread": 3, "checkpoint.after_commit": 4, "body.before": 3, "body.after": 2}
WANTED = {
    "checked": "ORD-1",
    "tried": "third time",
    "legs": [["a1", "a2"], ["b1", "b2"]],
    "paid": 420,
    "label": "label ORD-1",
    "told": 0,
}


# In every run of the tests; a kill takes five seconds, so the others are thorough.
ALWAYS = {"checkpoint.before_commit", "checkpoint.sent_unread", "run.before_seal"}


def kills() -> list[Any]:
    points = sorted(POINTS - NOT_OF_A_WORKER_ALONE - OF_FLOW_CONTROL - OF_A_MODEL - NOT_OF_A_RUN)
    return [pytest.param(point, marks=() if point in ALWAYS else pytest.mark.thorough) for point in points]


@pytest.mark.parametrize("point", kills())
async def test_a_run_survives_a_kill_at(point, crashes):
    patient = "4s" if point == "timer.fired" else "1s"  # however slow the machine is, the run must leave before its timer is near
    first = crashes.spawn(f"{point}:{TIMES.get(point, 1)}", CRASH_SLEEP=patient)
    await asyncio.sleep(0.1)
    run_ids = await crashes.send("crash/order", {"order": "ORD-1"})
    paying = asyncio.create_task(pay_when_asked(crashes))
    await crashes.died(first)
    stored = await crashes.checkpointed()
    second = crashes.spawn()
    run = await crashes.end_of(run_ids[0])
    await paying
    assert (run.state, run.output) == ("completed", WANTED), run.error
    again = crashes.begun(second.pid)
    assert not {(run_hex, key) for run_hex, key, _ in again} & stored, "a completed step ran again"
    repeated = {attempt: n for attempt, n in crashes.begun().items() if n > 1}
    assert all(n == 2 for n in repeated.values()), "a body was repeated more than once for one kill"
    assert len(repeated) <= 2, "more bodies were repeated than were in flight"
    assert await crashes.database.pool.fetchval("select count(*) from flowforge.owner") == 0
    assert await crashes.database.pool.fetchval("select count(*) from flowforge.event where name = 'crash/shipped'") == 1
    assert await crashes.database.pool.fetchval("select count(*) from flowforge.run where function_id = 'crash.label'") == 1


async def pay_when_asked(crashes) -> None:
    while not await crashes.database.pool.fetchval("select exists (select from flowforge.step where key = 'payment')"):
        await asyncio.sleep(0.02)
    await crashes.send("crash/paid", {"order": "ORD-1", "amount": 420})


@pytest.mark.thorough
async def test_another_worker_takes_over_within_five_seconds(crashes):
    first = crashes.spawn(CRASH_BODY_SECONDS="60", CRASH_VANISHED_SECONDS="3")  # three seconds are the default
    (run_id,) = await crashes.send("crash/slow", {})
    while not crashes.begun(first.pid):
        await asyncio.sleep(0.01)
    second = crashes.spawn(CRASH_VANISHED_SECONDS="3")
    await asyncio.sleep(1.5)
    first.kill()
    killed = time.monotonic()
    while not crashes.begun(second.pid):
        assert time.monotonic() - killed < 5, "the takeover took longer than five seconds"
        await asyncio.sleep(0.01)
    run = await crashes.end_of(run_id)
    assert (run.output, run.attempt) == ("done", 2)


@pytest.mark.thorough
async def test_a_frozen_worker_that_wakes_up_changes_nothing(crashes):
    first = crashes.spawn("", CRASH_VANISHED_SECONDS="0.3")
    (run_id,) = await crashes.send("crash/order", {"order": "ORD-1"})
    while not crashes.begun():
        await asyncio.sleep(0.005)
    first.send_signal(signal.SIGSTOP)
    pids = await crashes.database.pool.fetch(
        "select pid from pg_stat_activity where datname = current_database() and application_name like 'ff:%'"
        " and application_name not in ('ff:listen', 'ff:commit')"
    )
    await crashes.database.pool.fetch("select pg_terminate_backend(pid) from unnest($1::int[]) pid", [row["pid"] for row in pids])
    second = crashes.spawn()
    paying = asyncio.create_task(pay_when_asked(crashes))
    run = await crashes.end_of(run_id)
    await paying
    before = await crashes.steps(run_id)
    begun = crashes.begun()
    first.send_signal(signal.SIGCONT)
    alive = "select count(*) from flowforge.worker where alive"
    async with asyncio.timeout(20):  # it finds itself dead and begins anew
        while await crashes.database.pool.fetchval(alive) < 2:
            await asyncio.sleep(0.05)
    assert run.output == WANTED and await crashes.run(run_id) == run
    assert await crashes.steps(run_id) == before
    assert crashes.begun(second.pid) <= begun
    (another,) = await crashes.send("crash/order", {"order": "ORD-1"})
    paying = asyncio.create_task(pay_when_asked(crashes))
    assert (await crashes.end_of(another)).output == WANTED
    await paying


@pytest.mark.thorough
async def test_sigterm_drains_and_hands_the_leases_back_at_once(crashes):
    first = crashes.spawn()
    (run_id,) = await crashes.send("crash/order", {"order": "ORD-1"})
    while not crashes.begun():
        await asyncio.sleep(0.002)
    first.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        while first.poll() is None:
            await asyncio.sleep(0.01)
    assert first.returncode == 0
    assert await crashes.database.pool.fetchval("select count(*) from flowforge.owner where state = 'l'") == 0
    crashes.spawn()
    paying = asyncio.create_task(pay_when_asked(crashes))
    assert (await crashes.end_of(run_id)).output == WANTED
    await paying
    assert max(crashes.begun().values()) == 1, "a body that ended within the grace time was repeated"
