"""A write with an old fence changes nothing, whatever it waited for (ENGINE.md, rules 3, 4, 15)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.db.queries import load_queries
from flowforge.orchestrator.change import COMPLETED, Change, End, Lease, Settlement, StepRow
from flowforge.orchestrator.run import cancel_run, start_run
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.flush import Flush

sql = load_queries("flowforge.orchestrator")


async def generation(connection) -> UUID:
    worker_id = ids.new_id()
    await sql.begin_generation.execute(connection, worker_id=worker_id, name="test", functions=["f"])
    return worker_id


async def leased(engine, worker_id: UUID, connection) -> Lease:
    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    run_id = await engine.start("f")
    (run,) = await claim(connection, worker_id, ["f"], 10, 0)
    assert run.lease.run_id == run_id
    return run.lease


def finish(lease: Lease, now) -> list[Change]:
    step = StepRow("s", "s", "run", COMPLETED, 4, output="1")
    return [Change(lease, print, step), Change(lease, print, end=End("completed", "1", None, 5, False, 1, now))]


async def flush(connection, worker_id: UUID, changes: list[Change]) -> int:
    made = Flush(worker_id, changes)
    return len(await connection.fetch(made.query.text, *made.arguments))


def plain(lease: Lease, *keys: str, **options) -> list[Change]:
    return [Change(lease, print, StepRow(key, key, "run", COMPLETED, 4, output="1", **options)) for key in keys]


WRITES = {  # what makes each of the statements that a flush can be
    "flush_step": lambda lease, now: plain(lease, "s"),
    "flush_steps": lambda lease, now: plain(lease, "s", "t"),
    "flush_ends": finish,
    "flush": lambda lease, now: [*plain(lease, "s", ref=ids.new_id()), *finish(lease, now)[1:]],
    "flush_calls": lambda lease, now: [replace(one, settlements=(Settlement(ids.new_id()),)) for one in plain(lease, "s")],
}
TAKEN = {
    "cancelled": "delete from flowforge.owner",
    "reassigned": "update flowforge.owner set fence = fence + 1, worker_id = gen_random_uuid()",
    "handed back": "update flowforge.owner set state = 'r', worker_id = null",
    "leased again": "update flowforge.owner set fence = fence + 1",
    "declared dead": "update flowforge.worker set alive = false",
}


@pytest.mark.parametrize(
    ("how", "blocked_on"),  # who declares a worker dead locks its row first: generation before owner (rule 11)
    [("declared dead", "worker"), *((how, on) for how in TAKEN if how != "declared dead" for on in ("owner", "worker"))],
)
@pytest.mark.parametrize("statement", list(WRITES))
async def test_a_flush_that_waited_for_a_lock_sees_that_its_run_was(engine, how, blocked_on, statement):
    flusher, other = await engine.database.connect("a"), await engine.database.connect("b")
    worker_id = await generation(flusher)
    lease = await leased(engine, worker_id, flusher)
    now = await engine.fetchval("select now()")
    locked = {"owner": "select from flowforge.owner for update", "worker": "update flowforge.worker set name = name"}
    async with other.transaction():
        await other.execute(locked[blocked_on])
        changes = WRITES[statement](lease, now)
        assert Flush(worker_id, changes).query.name == statement
        waiting = asyncio.create_task(flush(flusher, worker_id, changes))
        await until_blocked(other)
        await other.execute(TAKEN[how])
    assert await waiting == 0, "a stale flush was accepted"
    assert await engine.fetchval("select count(*) from flowforge.step") == 0
    assert await engine.fetchval("select state from flowforge.run") == "open"
    flusher.terminate(), other.terminate()


def test_every_statement_that_a_flush_can_be_is_tried():
    assert set(WRITES) == {query.name for query in sql if query.name.startswith("flush")}


async def until_blocked(connection) -> None:
    """Until somebody waits for a lock that this connection holds."""
    async with asyncio.timeout(5):
        while not await connection.fetchval(
            "select exists (select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid)))"
        ):
            await asyncio.sleep(0.005)


async def test_a_rescue_that_waits_for_a_finishing_flush_resurrects_nothing(engine):
    flusher, rescuer = await engine.database.connect("a"), await engine.database.connect("b")
    worker_id = await generation(flusher)
    lease = await leased(engine, worker_id, flusher)
    now = await engine.fetchval("select now()")
    async with flusher.transaction():
        assert await flush(flusher, worker_id, finish(lease, now)) == 1
        marking = asyncio.create_task(sql.mark_dead.fetchval(rescuer, worker_id=worker_id, beat=0))
        await until_blocked(flusher)
    assert await marking == worker_id
    assert await sql.take_leases.fetch(rescuer, limit=5) == []
    assert await engine.fetchval("select state from flowforge.run") == "completed"
    flusher.terminate(), rescuer.terminate()


async def test_a_dead_generation_claims_nothing(engine):
    connection = await engine.database.connect("a")
    worker_id = await generation(connection)

    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    await engine.start("f")
    await sql.end_generation.execute(connection, worker_id=worker_id)
    assert await claim(connection, worker_id, ["f"], 10, 0) == []
    connection.terminate()


async def test_a_claim_that_waits_for_the_death_of_its_generation_claims_nothing(engine):
    connection, other = await engine.database.connect("a"), await engine.database.connect("b")
    worker_id = await generation(connection)

    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    await engine.start("f")
    async with other.transaction():
        await sql.mark_dead.fetchval(other, worker_id=worker_id, beat=0)
        claiming = asyncio.create_task(claim(connection, worker_id, ["f"], 10, 0))
        await until_blocked(other)
    assert await claiming == []
    connection.terminate(), other.terminate()


async def test_a_force_cancel_of_a_parked_run_is_final(engine):
    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    run_id = await engine.start("f")
    assert await cancel_run(engine.database, engine.tenant_id, run_id, by="operator")
    assert not await cancel_run(engine.database, engine.tenant_id, run_id, by="operator")
    run = await engine.run(run_id)
    assert run.state == "cancelled" and run.error["message"] == "cancelled by operator"


async def test_concurrent_claims_never_share_a_run(engine):
    @engine.function(id="f")
    async def f(ctx): ...

    await engine.send("nothing")
    for _ in range(300):
        await start_run(engine.database, engine.tenant_id, "f", "null")
    connections = [await engine.database.connect(f"c{i}") for i in range(3)]
    workers = [await generation(connection) for connection in connections]
    seen: list[UUID] = []

    async def claimer(connection, worker_id) -> None:
        while runs := await claim(connection, worker_id, ["f"], 7, 0):
            seen.extend(run.lease.run_id for run in runs)

    async def churn() -> None:
        for _ in range(20):
            await engine.database.pool.execute("update flowforge.owner set vt = vt + 1 where state = 'r'")

    await asyncio.gather(churn(), *(claimer(c, w) for c, w in zip(connections, workers, strict=True)))
    for connection, worker_id in zip(connections, workers, strict=True):
        await claimer(connection, worker_id)
    assert len(seen) == len(set(seen)) == 300
    for connection in connections:
        connection.terminate()
