"""Flow control where it meets what else happens to runs: pauses, deletions, absent workers, events that cannot be read."""

import asyncio
import json
import random
import uuid
from contextlib import suppress
from datetime import timedelta

import asyncpg
import pytest

from flowforge import ids, step
from flowforge.access.principal import Principal
from flowforge.db.queries import load_queries
from flowforge.errors import Conflict
from flowforge.orchestrator import dispatch as dispatch_module
from flowforge.orchestrator.books import examine
from flowforge.orchestrator.deletion import delete_run
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.event import NewEvent, dispatch_pending, send_events, store_events
from flowforge.orchestrator.flow.control import Batch, CancelOn, Concurrency, Debounce, Idempotency, Limit, Rate, Singleton
from flowforge.orchestrator.pause import pause, resume
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.queue import queue_of
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retention import sweep
from flowforge.orchestrator.run import cancel_run, start_in
from flowforge.orchestrator.run_pause import pause_run, resume_run
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.gates import Place, pass_gates

sql = load_queries("flowforge.orchestrator")


@pytest.fixture
def operator(tenant_id):
    return Principal(tenant_id, "person", "mira")


async def count(engine, table, where="true"):
    return await engine.fetchval(f"select count(*)::int from flowforge.{table} where {where}")


POISON = {"deep": "[" * 5000 + "]" * 5000, "number": "1" * 5000, "half": '{"k": "\\ud800"}', "nan": "NaN"}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
async def test_the_outbox_refuses_what_nobody_could_read(engine, poison):
    with pytest.raises((asyncpg.PostgresError, asyncpg.DataError)):
        await engine.fetchval("select flowforge.send('e', $1::text::json)", poison)
    assert await count(engine, "event") == 0


async def test_the_outbox_takes_what_can_be_read(engine):
    for data in ('{"k": "\\u0000", "n": 1e308}', "[" * 190 + "1" + "]" * 190, '"\\\\u0000"', "-5", "null"):
        await engine.fetchval("select flowforge.send('e', $1::text::json)", data)
    stored = await engine.database.pool.fetch("select data from flowforge.event order by event_id")
    assert '{"k": "\\u0000", "n": 1e308}' in [row["data"] for row in stored] and len(stored) == 5


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
async def test_an_event_that_cannot_be_read_stops_no_other(engine, poison, tenant_id):
    """It lies there since an older version, say, before all others."""

    @engine.function(id="f", trigger="e", singleton=Singleton(key="event.data.k"), cancel_on=CancelOn("stop", match="data.k"))
    async def function(ctx):
        return await step.run("s", lambda: 1)

    @engine.function(id="waits", trigger="w")
    async def waits(ctx):
        return (await step.wait_for_event("e", event="e", match="data.k")).data

    waiting = await engine.send("w", {"k": "good"})
    worker = await engine.worker()
    await engine.state(waiting.run_ids[0], "waiting")
    event_id = ids.new_id()
    async with engine.database.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into flowforge.event (tenant_id, event_id, name, data, received_at) values ($1, $2, 'e', $3, now())",
            tenant_id, event_id, poison,
        )  # fmt: skip
        await connection.execute(
            "insert into flowforge.dispatch (tenant_id, kind, subject_id, created_at) values ($1, 'e', $2, '2020-01-01')",
            tenant_id,
            event_id,
        )
    await engine.fetchval("select flowforge.send('e', '{\"k\": \"good\"}')")
    worker.sweeper.hurry()
    assert (await engine.end_of(waiting.run_ids[0], 6)).output == {"k": "good"}
    async with asyncio.timeout(6):
        while await count(engine, "run", "function_id = 'f' and state = 'completed'") < 1:
            await asyncio.sleep(0.02)


# ── gates ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def gates_looked_at(engine, worker_id, *functions, room=10, looks=1, **options):
    leased = []
    async with asyncio.timeout(20):
        connection = await engine.database.connect()
        try:
            for _ in range(looks):
                leased += await pass_gates(connection, worker_id, list(functions), room, **options)
        finally:
            await connection.close()
    return leased


async def to_the_gates(engine, worker_id, *functions):
    connection = await engine.database.connect()
    try:
        found = await claim(connection, worker_id, list(functions), 1000, 0)
    finally:
        await connection.close()
    return found


async def test_marks_of_a_limit_that_an_absent_worker_shares_do_not_pile_up(engine):
    shared = Limit(name="stripe", concurrency=2)

    @engine.function(id="here", trigger="here", concurrency=shared)
    async def here(ctx):
        return 1

    @engine.function(id="absent", trigger="absent", concurrency=shared)
    async def absent(ctx): ...

    await engine.send("absent")
    worker_id = await engine.generation("absent", "here")
    await to_the_gates(engine, worker_id, "absent")
    registry = Registry()
    registry.add(engine.registry.get("here"))
    await engine.worker(registry=registry)
    for n in range(40):
        await engine.send("here", n)
    async with asyncio.timeout(10):
        while await count(engine, "run", "state = 'completed'") < 40:
            await asyncio.sleep(0.02)
    assert await count(engine, "mark") <= 4


async def test_gates_of_absent_workers_do_not_keep_others_from_being_looked_at(engine):
    for name in ("absent", "here"):

        @engine.function(id=name, trigger=name, concurrency=Concurrency(limit=1, key="event.data"))
        async def function(ctx): ...

    await engine.send("absent", 0)
    await send_events(engine.database, engine.tenant_id, [NewEvent("absent", n) for n in range(1, 1200)])
    worker_id = await engine.generation("absent", "here")
    assert (await to_the_gates(engine, worker_id, "absent")).gated + (await to_the_gates(engine, worker_id, "absent")).gated == 1200
    await engine.send("here", 1)
    await to_the_gates(engine, worker_id, "here")
    place = Place()
    assert len(await gates_looked_at(engine, worker_id, "here", looks=4, place=place)) == 1


async def test_a_run_behind_a_thousand_of_an_absent_worker_is_let_through(engine):
    shared = Limit(name="stripe", concurrency=2)
    for name in ("absent", "here"):

        @engine.function(id=name, trigger=name, concurrency=shared)
        async def function(ctx): ...

    await engine.send("absent", 0)
    await send_events(engine.database, engine.tenant_id, [NewEvent("absent", n) for n in range(1, 1200)])
    await engine.send("here", 1)
    worker_id = await engine.generation("absent", "here")
    for _ in range(2):
        await to_the_gates(engine, worker_id, "absent", "here")
    assert len(await gates_looked_at(engine, worker_id, "here", looks=2)) == 1


async def test_every_gate_without_a_mark_gets_one_however_many_there_are(engine):
    @engine.function(id="f", trigger="f", concurrency=Concurrency(limit=1, key="event.data"))
    async def function(ctx): ...

    await engine.send("f", 0)
    await send_events(engine.database, engine.tenant_id, [NewEvent("f", n) for n in range(1, 1500)])
    worker_id = await engine.generation("f")
    for _ in range(2):
        await to_the_gates(engine, worker_id, "f")
    await engine.database.pool.execute("delete from flowforge.mark")
    for _ in range(2):
        await sql.relight_gates.fetch(engine.database.pool)
    assert await count(engine, "mark") == 1500


async def test_who_goes_first_by_priority_is_let_in_at_the_next_look_when_its_limits_were_not_locked(engine):
    @engine.function(id="f", trigger="f", priority="event.data.p", concurrency=[Concurrency(limit=1, key="event.data.k"), 1], retries=0)
    async def function(ctx): ...

    await engine.send("f", {"p": 0, "k": "first"})
    worker_id = await engine.generation("f")
    await to_the_gates(engine, worker_id, "f")
    (holder,) = await gates_looked_at(engine, worker_id, "f")  # it holds the function's limit
    for n in range(3):
        await engine.send("f", {"p": n, "k": f"k{n}"})
        await to_the_gates(engine, worker_id, "f")
    await gates_looked_at(engine, worker_id, "f", looks=3)  # they all stand at the function's gate now
    assert await engine.fetchval("select count(distinct gate) from flowforge.owner where state = 'g'") == 1
    await cancel_run(engine.database, engine.tenant_id, holder.lease.run_id, by="test", force=True)
    leased = await gates_looked_at(engine, worker_id, "f", room=1, looks=3)
    assert [run.row["input"] for run in leased] == ['{"p":2,"k":"k2"}']


# ── runs that wait for flow control, pauses, deletions ───────────────────────────────────────────────────────────────────


async def a_call_not_yet_shaped(engine, data="1"):
    await publish_functions(engine.database.pool, engine.registry, app="app")
    run_id = ids.new_id()
    await start_in(engine.database.pool, engine.tenant_id, "f", data, run_id)
    return run_id


async def test_a_run_that_is_paused_before_flow_control_was_applied_counts_against_its_limits(engine, operator):
    @engine.function(id="f", concurrency=1)
    async def f(ctx): ...

    paused, resumed = await a_call_not_yet_shaped(engine), await a_call_not_yet_shaped(engine)
    for run_id in (paused, resumed):
        await pause_run(engine.database, operator, run_id)
    await resume_run(engine.database, operator, resumed)
    assert await count(engine, "owner", "state = 'r'") == 0
    await shape_new_runs(engine.database, age_seconds=-1)
    await resume_run(engine.database, operator, paused)
    assert await count(engine, "owner", "state = 'r' and cardinality(limits) = 1") == 2


async def test_a_run_that_ends_before_flow_control_was_applied_leaves_nothing_behind(engine, operator):
    @engine.function(id="f", singleton="cancel", cancel_on=CancelOn("stop"))
    async def f(ctx): ...

    older = await a_call_not_yet_shaped(engine)
    await shape_new_runs(engine.database, age_seconds=-1)
    cancelled, deleted = await a_call_not_yet_shaped(engine), await a_call_not_yet_shaped(engine)
    await cancel_run(engine.database, engine.tenant_id, cancelled, by="test")
    await sql.seal_unbegun.fetch(engine.database.pool)
    await delete_run(engine.database, operator, deleted, force=True)
    await shape_new_runs(engine.database, age_seconds=-1)
    assert await count(engine, "dispatch") == 0
    assert [row["run_id"] for row in await engine.database.pool.fetch("select run_id from flowforge.wait")] == [older]
    assert not await engine.fetchval("select cancel from flowforge.owner")


async def test_a_run_that_is_deleted_gives_its_slot_back_at_once(engine, operator):
    @engine.function(id="f", trigger="e", concurrency=1)
    async def f(ctx): ...

    await engine.send("e", 1)
    worker_id = await engine.generation("f")
    await to_the_gates(engine, worker_id, "f")
    (holder,) = await gates_looked_at(engine, worker_id, "f")
    await engine.send("e", 2)
    await to_the_gates(engine, worker_id, "f")
    assert await gates_looked_at(engine, worker_id, "f") == []
    await delete_run(engine.database, operator, holder.lease.run_id, force=True)
    assert len(await gates_looked_at(engine, worker_id, "f")) == 1


async def test_a_dispatch_that_meets_a_deadlock_is_made_again(engine, instead, monkeypatch):
    @engine.function(id="f", trigger="e", batch=Batch(size=2, timeout="1h"))
    async def f(ctx): ...

    met = []

    class Deadlocked:
        async def fetch(self, connection, **values):
            if not met:
                met.append(1)
                raise asyncpg.DeadlockDetectedError("deadlock detected")
            return await sql.dispatch_events.fetch(connection, **values)

    monkeypatch.setattr(dispatch_module, "sql", instead(dispatch_events=Deadlocked()))
    accepted = await engine.send("e", 1)
    assert met and len(accepted.run_ids) == 1
    assert await count(engine, "keyed", "count = 1") == 1


async def test_who_looks_at_the_queue_sees_nothing_of_other_tenants(engine):
    """The limit is for all tenants; how many of them hold it is nobody's business."""

    @engine.function(id="f", trigger="e", concurrency=1)
    async def f(ctx): ...

    other = ids.new_id()
    await publish_functions(engine.database.pool, engine.registry, app="app")
    await engine.database.pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, 'other')", other)
    worker_id = await engine.generation("f")
    await send_events(engine.database, other, [NewEvent("e", 1)])
    await to_the_gates(engine, worker_id, "f")
    assert len(await gates_looked_at(engine, worker_id, "f")) == 1
    await engine.send("e", 2)
    await to_the_gates(engine, worker_id, "f")
    (queue,) = await queue_of(engine.database.pool, engine.tenant_id)
    assert (queue.running, queue.gates[0].waiting, queue.gates[0].used) == (0, 1, 0)
    (theirs,) = await queue_of(engine.database.pool, other)
    assert (theirs.running, theirs.gates) == (1, ())


# ── what is forgotten ────────────────────────────────────────────────────────────────────────────────────────────────────


async def swept(engine):
    while await sweep(engine.database, every=timedelta(0)):
        pass


async def test_what_flow_control_remembers_is_forgotten_once_it_says_nothing_any_more(engine):
    @engine.function(
        id="f", trigger="e", concurrency=Concurrency(limit=1, key="event.data.k"), rate=Rate(limit=1, period="1m", key="event.data.k"),
        idempotency=Idempotency(key="event.data.id", window="3h"), singleton=Singleton(key="event.data.k"),
    )  # fmt: skip
    async def f(ctx):
        if ctx.event.data["k"] == "open":
            await step.wait_for_signal("go", signal="go")
        await step.run("big", lambda: 1)

    await engine.worker()
    for n in range(5):
        await engine.send("e", {"k": f"k{n}", "id": n})
    waiting = await engine.start("e", {"k": "open", "id": "open"})
    await engine.state(waiting, "waiting")
    async with asyncio.timeout(10):
        while await count(engine, "run", "state = 'completed'") < 5:
            await asyncio.sleep(0.02)
    await send_events(engine.database, engine.tenant_id, [NewEvent("e", {"k": "x", "id": 1})])  # a duplicate, with a fate
    await swept(engine)
    assert await count(engine, "keyed", "purpose = 'i'") == 6 and await count(engine, "keyed", "purpose = 's'") == 1
    assert await count(engine, "keyed", "purpose = 'r'") == 6
    await engine.advance(2 * 3600)
    await swept(engine)
    assert await count(engine, "keyed", "purpose = 'i'") == 6 and await count(engine, "keyed", "purpose = 'r'") == 0
    await engine.advance(2 * 3600)
    await swept(engine)
    kept = await engine.database.pool.fetch("select purpose::text, key from flowforge.keyed")
    assert [tuple(row) for row in kept] == [("s", '"open"')]
    assert await engine.fetchval("select array_agg(key) from flowforge.flow_limit") == ['"open"']
    assert await count(engine, "slot") <= 1
    await engine.advance(40 * 86_400)
    await swept(engine)
    assert await count(engine, "event_fate") == 0 and await count(engine, "run") == 1


@pytest.mark.thorough
async def test_a_limit_does_not_go_while_a_run_that_counts_against_it_is_being_made(engine):
    @engine.function(
        id="f", trigger="e", concurrency=Concurrency(limit=1, key="event.data"), batch=Batch(size=9, timeout="1s", key="event.data")
    )
    async def f(ctx): ...

    await engine.do("e", "k")
    made, go = asyncio.Event(), asyncio.Event()

    async def slowly():
        async with engine.database.pool.acquire() as connection, connection.transaction():
            event_ids = await store_events(connection, engine.tenant_id, [NewEvent("e", "k")])
        remember = dispatch_module._remember

        async def held(*args):
            made.set()
            await go.wait()
            await remember(*args)

        dispatch_module._remember = held
        try:
            await dispatch_pending(engine.database, engine.tenant_id, event_ids)
        finally:
            dispatch_module._remember = remember

    for worker in list(engine.workers):
        await engine.stop(worker)
    making = asyncio.create_task(slowly())
    await made.wait()
    await swept(engine)
    go.set()
    await making
    await swept(engine)
    assert await count(engine, "flow_limit") == 1 and await count(engine, "owner") == 1


async def test_a_large_input_whose_run_never_came_into_being_goes(engine):
    ages = {"young": 60, "orphan": 7200, "old": 40 * 86_400}
    now = await engine.fetchval("select extract(epoch from now())::float8")
    blobs = {name: uuid.UUID(int=(int((now - age) * 1000) << 80) | random.getrandbits(64)) for name, age in ages.items()}
    for run_id in blobs.values():
        await sql.write_blob.execute(engine.database.pool, tenant_id=engine.tenant_id, run_id=run_id, blob_id=ids.new_id(), data=b"x")
    await swept(engine)
    left = {row["run_id"] for row in await engine.database.pool.fetch("select run_id from flowforge.blob")}
    assert left == {blobs["young"], blobs["old"]}


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.thorough), pytest.param(3, marks=pytest.mark.long)])
async def test_dispatchers_that_race_and_fail_lose_and_double_nothing(engine, seed, monkeypatch):
    """Four dispatchers take the same events, some give up half-way, as if killed; workers claim, runs are cancelled, paused and deleted."""
    chance, keys = random.Random(seed), ["a", "b", "c"]
    operator = Principal(engine.tenant_id, "person", "mira")
    seen: dict[str, list] = {"debounced": [], "batched": [], "once": [], "alone": []}
    now: dict[tuple[str, str], int] = {}
    most: dict[tuple[str, str], int] = {}

    async def work(name, key, ns):
        now[name, key] = now.get((name, key), 0) + 1
        most[name, key] = max(most.get((name, key), 0), now[name, key])
        await asyncio.sleep(0.004)
        now[name, key] -= 1
        seen[name].append((key, ns))

    @engine.function(id="debounced", trigger="e", debounce=Debounce(period="150ms", cap="400ms", key="event.data.k"))
    async def debounced(ctx):
        await step.run("s", work, "debounced", ctx.event.data["k"], [ctx.event.data["n"]])

    @engine.function(
        id="batched",
        trigger="e",
        batch=Batch(size=7, timeout="200ms", key="event.data.k"),
        concurrency=Concurrency(limit=1, key="event.data.k"),
    )
    async def batched(ctx):
        await step.run("s", work, "batched", ctx.event.data["k"], [event.data["n"] for event in ctx.events])

    @engine.function(id="once", trigger="e", idempotency=Idempotency(key="event.data.pair", window="1h"), concurrency=2)
    async def once(ctx):
        await step.run("s", work, "once", "", [ctx.event.data["pair"]])

    @engine.function(
        id="alone", trigger="e", singleton=Singleton(key="event.data.k", mode="cancel"), cancel_on=CancelOn("stop", match="data.k")
    )
    async def alone(ctx):
        await step.run("s", work, "alone", ctx.event.data["k"], [ctx.event.data["n"]])

    write = dispatch_module._remember

    async def may_fail(*args):
        if chance.random() < 0.1:
            raise OSError("killed")
        await write(*args)

    monkeypatch.setattr(dispatch_module, "_remember", may_fail)
    await publish_functions(engine.database.pool, engine.registry, app="app")
    for _ in range(2):
        await engine.worker(poll_seconds=0.05)
    total, batches = 150, []
    for start in range(0, total, 10):
        data = [{"k": chance.choice(keys), "n": n, "pair": n // 2} for n in range(start, start + 10)]
        async with engine.database.pool.acquire() as connection, connection.transaction():
            batches.append(await store_events(connection, engine.tenant_id, [NewEvent("e", one) for one in data]))

    async def dispatcher(number):
        order = random.Random(seed * 10 + number)
        for batch in batches:
            for event_id in order.sample(batch, len(batch)):
                with suppress(OSError):
                    await dispatch_pending(engine.database, engine.tenant_id, [event_id, *order.sample(batch, 2)])

    async def disturb():
        order = random.Random(seed * 100)
        while not done.is_set():
            rows = await engine.database.pool.fetch("select run_id from flowforge.owner where function_id = 'alone'")
            for row in order.sample(rows, min(len(rows), 1)):
                if order.random() < 0.3:
                    await cancel_run(engine.database, engine.tenant_id, row["run_id"], by="test", force=order.random() < 0.5)
                else:
                    with suppress(Conflict):
                        await pause_run(engine.database, operator, row["run_id"])
                        await resume_run(engine.database, operator, row["run_id"])
            await send_events(engine.database, engine.tenant_id, [NewEvent("stop", {"k": order.choice(keys)})])
            await asyncio.sleep(0.02)

    done = asyncio.Event()
    disturbing = asyncio.create_task(disturb())
    await asyncio.gather(*(dispatcher(number) for number in range(4)))
    monkeypatch.setattr(dispatch_module, "_remember", write)
    async with asyncio.timeout(40):
        while await count(engine, "dispatch", "kind = 'e'") or await count(engine, "owner", "function_id <> 'alone'"):
            await asyncio.sleep(0.05)
        done.set()
        await disturbing
        while await count(engine, "owner"):
            await asyncio.sleep(0.05)
    assert sorted(n for _, ns in seen["batched"] for n in ns) == list(range(total))
    assert sorted(n for _, ns in seen["once"] for n in ns) == list(range(total // 2))
    last = {}
    for row in await engine.database.pool.fetch("select data from flowforge.event where name = 'e' order by received_at, event_id"):
        data = json.loads(row["data"])
        last[data["k"]] = data["n"]
    debounced_ns = [(key, ns[0]) for key, ns in seen["debounced"]]
    assert set(last.items()) <= set(debounced_ns) and len(debounced_ns) == len(set(debounced_ns))
    assert all(count <= 1 for (name, _), count in most.items() if name == "batched")
    assert most["once", ""] <= 2
    states = await engine.database.pool.fetch("select state, count(*)::int as n from flowforge.run where function_id = 'alone' group by 1")
    assert {row["state"] for row in states} <= {"completed", "cancelled"} and sum(row["n"] for row in states) == total
    assert await examine(engine.database) == []


async def test_a_tenant_that_is_resumed_with_many_runs_does_not_keep_others_waiting(engine, operator):
    @engine.function(id="f", trigger="e")
    async def f(ctx): ...

    await publish_functions(engine.database.pool, engine.registry, app="app")
    other = ids.new_id()
    await engine.database.pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, 'other')", other)
    worker_id = await engine.generation("f")
    await pause(engine.database, operator)
    await send_events(engine.database, engine.tenant_id, [NewEvent("e", n) for n in range(1600)])
    assert (await to_the_gates(engine, worker_id, "f")).gated + (await to_the_gates(engine, worker_id, "f")).gated == 1600
    await engine.database.pool.execute("update flowforge.virtual_time set v = 10000000000")  # others went on meanwhile
    await resume(engine.database, operator)
    await gates_looked_at(engine, worker_id, "f", looks=6)
    assert await count(engine, "owner", "state = 'r'") == 1600
    await send_events(engine.database, other, [NewEvent("e", n) for n in range(3)])
    connection = await engine.database.connect()
    first = await claim(connection, worker_id, ["f"], 10, 0)
    await connection.close()
    await engine.database.pool.execute("update flowforge.virtual_time set v = 0")  # its row outlives the test
    assert [run.lease.tenant_id for run in first].count(other) == 3
