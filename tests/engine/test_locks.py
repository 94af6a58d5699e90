"""One lock order, and nobody waits for what somebody else may skip (ENGINE.md, rules 3, 11, 15).

Deadlocks are not waited for here: a row is held, whoever wants two rows is let run against it, and the other row shows in which
order it goes about them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from flowforge import ids
from flowforge.db.queries import load_queries
from flowforge.orchestrator.change import COMPLETED, WAITING, Change, End, EventWait, FrameRow, Lease, StepRow
from flowforge.orchestrator.event import NewEvent, dispatch_pending, send_events, store_events
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import cancel_run, start_run
from flowforge.orchestrator.stream import append_frame, open_stream
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.flush import Flush

sql = load_queries("flowforge.orchestrator")


@dataclass
class Two:
    """Two leased runs of one generation, in key order, and connections to go about them with."""

    engine: Any
    worker_id: UUID
    leases: list[Lease]
    mine: asyncpg.Connection
    other: asyncpg.Connection

    async def in_order(self, first: tuple[str, ...], second: tuple[str, ...], act: Callable[[], Awaitable[Any]]) -> None:
        """While `first` is held elsewhere, `act` waits for it, and has not taken `second`, which it wants as well."""
        async with self.other.transaction():
            await self.other.execute(*first)
            acting = asyncio.create_task(act())
            await self.until_blocked()
            async with self.engine.database.pool.acquire() as connection, connection.transaction():
                await connection.execute("set local lock_timeout = '500ms'")
                await connection.execute(*second)  # raises LockNotAvailable if it is taken
        await acting

    async def until_blocked(self, by: int = 1) -> None:
        """Until so many wait for a lock: for `other`, or in line behind who does."""
        blocked = "select count(*) from pg_stat_activity where datname = current_database() and pg_blocking_pids(pid) <> '{}'"
        async with asyncio.timeout(5):
            while await self.engine.fetchval(blocked) < by:
                await asyncio.sleep(0.005)

    def owner(self, place: int) -> tuple[str, UUID]:
        return "select from flowforge.owner where run_id = $1 for update", self.leases[place].run_id

    async def flush(self, changes: list[Change]) -> list[Any]:
        flush = Flush(self.worker_id, changes)
        return await self.mine.fetch(flush.query.text, *flush.arguments)


@pytest.fixture
async def two(engine):
    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    mine, other = await engine.database.connect("mine"), await engine.database.connect("other")
    await other.execute("set idle_in_transaction_session_timeout = 0")
    worker_id = await engine.generation("f")
    for _ in range(2):
        await engine.start("f")
    leases = sorted((run.lease for run in await claim(mine, worker_id, ["f"], 10, 0)), key=lambda lease: lease.run_id)
    yield Two(engine, worker_id, leases, mine, other)
    mine.terminate(), other.terminate()


def step_of(lease: Lease, key: str = "s", **options: Any) -> Change:
    return Change(lease, print, StepRow(key, key, "run", COMPLETED, 4, output="1", **options))


def backwards(two: Two, what: str) -> list[Change]:
    """A flush of both runs, the later one first."""
    if what == "ends":
        ends = [Change(lease, print, end=End("failed", None, "{}", 5, False, 1, None)) for lease in two.leases]
        return ends[::-1]
    return [step_of(lease, ref=ids.new_id() if what == "everything" else None) for lease in reversed(two.leases)]


@pytest.mark.parametrize("what", ["steps", "ends", "everything"])
async def test_a_flush_locks_its_runs_in_the_order_of_their_keys(two, what):
    await two.in_order(two.owner(0), two.owner(1), lambda: two.flush(backwards(two, what)))


@pytest.mark.parametrize("what", ["step", "steps", "ends", "everything"])
async def test_a_flush_locks_its_generation_before_its_runs(two, what):
    changes = [step_of(two.leases[0])] if what == "step" else backwards(two, what)
    generation = "update flowforge.worker set name = name where worker_id = $1", two.worker_id
    await two.in_order(generation, two.owner(0), lambda: two.flush(changes))


async def test_who_wakes_runs_with_events_locks_them_in_the_order_of_their_keys(two):
    waits = [
        Change(lease, print, StepRow("w", "w", "wait_for_event", WAITING, 4), waits=[EventWait("w", f"e{place}", "", "", await now(two))])
        for place, lease in enumerate(two.leases)
    ]
    await two.flush(waits)
    new = [NewEvent("e1", 1), NewEvent("e0", 0)]  # the later run's event first
    await two.in_order(two.owner(0), two.owner(1), lambda: send_events(two.engine.database, two.engine.tenant_id, new))
    assert await two.engine.fetchval("select count(*) from flowforge.owner where wake") == 2


async def test_who_wakes_parents_locks_them_in_the_order_of_their_keys(two):
    children = []
    for lease in reversed(two.leases):  # the later parent's child first
        children.append(await start_run(two.engine.database, two.engine.tenant_id, "f", "null"))
        await two.mine.execute("update flowforge.run set parent_run_id = $1 where run_id = $2", lease.run_id, children[-1])

    async def wake() -> None:
        await sql.wake_parents.execute(two.mine, tenant_ids=[two.engine.tenant_id] * 2, run_ids=children)

    await two.in_order(two.owner(0), two.owner(1), wake)
    assert await two.engine.fetchval("select count(*) from flowforge.owner where wake") == 2


async def test_a_worker_goes_about_its_leases_in_the_order_of_their_keys(two):
    runs = {"tenant_ids": [two.engine.tenant_id] * 2, "run_ids": [lease.run_id for lease in reversed(two.leases)]}
    await two.in_order(two.owner(0), two.owner(1), lambda: sql.clear_wakes.execute(two.mine, worker_id=two.worker_id, **runs))
    release = {"worker_id": two.worker_id, "except": []}
    await two.in_order(two.owner(0), two.owner(1), lambda: sql.release_leases.execute(two.mine, **release))
    assert await two.engine.fetchval("select count(*) from flowforge.owner where state = 'r'") == 2


async def test_dispatchers_take_events_in_the_order_of_their_ids(two):
    stored = sorted(await store_events(two.mine, two.engine.tenant_id, [NewEvent("x", n) for n in range(2)]))
    row = "select from flowforge.dispatch where subject_id = $1 for update"
    dispatching = dispatch_pending(two.engine.database, two.engine.tenant_id, stored[::-1])
    await two.in_order((row, stored[0]), (row, stored[1]), lambda: dispatching)


async def test_who_publishes_locks_functions_in_the_order_of_their_ids(two):
    both, later = Registry(), Registry()
    for registry, names in ((both, ("a", "z")), (later, ("z",))):
        for name in names:
            registry.function(id=name, trigger=name)(nothing)
    await publish_functions(two.mine, both, app="shop")
    row = "select from flowforge.function where function_id = $1 for update"
    await two.in_order((row, "a"), (row, "z"), lambda: publish_functions(two.mine, later, app="shop"))
    assert await two.engine.fetchval("select array_agg(function_id) from flowforge.function where app = 'shop'") == ["z"]


async def nothing(ctx): ...


async def test_who_publishes_what_another_is_just_publishing_goes_about_its_functions_first(two):
    """It does not see the other's rows, so that it cannot lock them beforehand: it meets them where it inserts its own."""
    registry = Registry()

    registry.function(id="pub.new", trigger="pub/new")(nothing)
    (trigger,) = next(iter(registry)).triggers
    function = "insert into flowforge.function (function_id, app, retries, controlled) values ($1, 'app', 3, false)"
    its_trigger = (
        "insert into flowforge.trigger (function_id, trigger_id, ordinal, source, pattern, words) values ($1, $2, 0, 'e', 'pub/new', 'x')"
    )
    await two.in_order(
        (function, "pub.new"),
        (its_trigger, "pub.new", trigger.of("pub.new").trigger_id),
        lambda: publish_functions(two.mine, registry, app="app"),
    )


async def test_senders_insert_their_keys_in_order(two):
    key = "insert into flowforge.event_key (tenant_id, key, event_id, received_at) values ($1, $2, $3, now())"
    new = [NewEvent("x", 2, key="b"), NewEvent("x", 1, key="a")]
    first, second = (key, two.engine.tenant_id, "a", ids.new_id()), (key, two.engine.tenant_id, "b", ids.new_id())
    await two.in_order(first, second, lambda: store_events(two.mine, two.engine.tenant_id, new))


@pytest.mark.parametrize("who", ["a flush", "a writer outside of runs"])
async def test_who_numbers_frames_locks_the_streams_in_the_order_of_their_ids(two, who):
    first, second = sorted((ids.new_id(), ids.new_id()))
    for stream_id in (first, second):
        await open_stream(two.mine, two.engine.tenant_id, stream_id)
    row = "select from flowforge.stream where stream_id = $1 for update"
    streams = {"agent_id": second, "task_id": first}
    lease = Lease(two.engine.tenant_id, two.leases[0].run_id, 1, "f", **streams)
    frames = [Change(lease, print, frames=[FrameRow(9, "log", "{}")])]

    async def act() -> None:
        if who == "a flush":
            assert len(await two.flush(frames)) == 1
        else:
            await append_frame(two.mine, two.engine.tenant_id, name="log", data={}, **streams)

    await two.in_order((row, first), (row, second), act)


async def test_two_dispatchers_of_one_event_make_its_runs_once(two):
    stored = await store_events(two.mine, two.engine.tenant_id, [NewEvent("f", 1)])
    async with two.other.transaction():
        await two.other.execute("select from flowforge.dispatch for update")
        dispatchers = [asyncio.create_task(dispatch_pending(two.engine.database, two.engine.tenant_id, stored)) for _ in range(2)]
        await two.until_blocked(by=2)
    assert sorted(len(made) for made in await asyncio.gather(*dispatchers)) == [0, 1]
    assert await two.engine.fetchval("select count(*) from flowforge.run where event_id = $1", stored[0]) == 1


async def test_a_flush_that_is_sent_again_while_its_first_copy_still_runs_is_written_once(two):
    """Its connection was cut, the statement goes on in PostgreSQL, and the second copy has not seen what the first one wrote."""
    lease, done = two.leases[0], StepRow("s", "s", "run", COMPLETED, 4, output="1", announced=True)
    changes = [Change(lease, print, done, frames=[FrameRow(9, "log", "{}")])]
    first = Flush(two.worker_id, changes)
    async with two.other.transaction():
        await two.other.fetch(first.query.text, *first.arguments)
        again = asyncio.create_task(two.flush(changes))
        await two.until_blocked()
    assert len(await again) == 1
    assert await two.engine.fetchval("select count(*) from flowforge.frame where stream_id = $1", lease.run_id) == 1


async def test_a_cancel_that_waits_for_a_suspension_ends_the_run(two):
    run_id = two.leases[0].run_id
    async with two.other.transaction():
        await two.other.execute("update flowforge.owner set state = 'p', parked_for = 'w', worker_id = null where run_id = $1", run_id)
        cancelling = asyncio.create_task(cancel_run(two.engine.database, two.engine.tenant_id, run_id, by="operator"))
        await two.until_blocked()
    assert await cancelling
    assert (await two.engine.run(run_id)).state == "cancelled"


async def test_what_somebody_holds_is_skipped_by_claims_timers_and_rescues(two):
    ready = [await two.engine.start("f") for _ in range(2)]
    asleep = [await two.engine.start("f") for _ in range(2)]
    await two.mine.execute("update flowforge.owner set state = 'p', parked_for = 's', due = now() where run_id = any($1)", asleep)
    dead = "update flowforge.worker set alive = false"
    async with asyncio.timeout(3), two.other.transaction():
        held = [ready[0], asleep[0], two.leases[0].run_id]
        await two.other.execute("select from flowforge.owner where run_id = any($1) for update", held)
        assert [row["run_id"] for row in await sql.fire_timers.fetch(two.mine)] == [asleep[1]]
        claimed = await claim(two.mine, two.worker_id, ["f"], 10, 0)
        assert {run.lease.run_id for run in claimed} == {ready[1], asleep[1]}
        await two.mine.execute(dead)
        taken = {row["run_id"] for row in await sql.take_leases.fetch(two.mine, limit=5)}
        assert taken == {two.leases[1].run_id, ready[1], asleep[1]}


async def test_the_tables_that_are_updated_by_place_or_deduplicate_are_not_partitioned(database):
    kinds = "select distinct relkind::text from pg_class where relnamespace = 'flowforge'::regnamespace and relname = any($1)"
    tables = ["owner", "dispatch", "event_key", "step", "wait", "run"]
    assert [row[0] for row in await database.pool.fetch(kinds, tables)] == ["r"]


async def now(two: Two) -> Any:
    return await two.engine.fetchval("select now()")
