"""Fair queueing: virtual time across tenants, weights, priority within one, pauses that end."""

import asyncio

import pytest

from flowforge import ids, step
from flowforge.access.principal import Principal
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.flow.control import Concurrency
from flowforge.orchestrator.pause import list_pauses, pause, resume
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.queue import list_limits, queue_of, set_limit
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.gates import Place, pass_gates


@pytest.fixture
async def tenants(engine):
    """Two tenants beside the default one."""
    names = {"big": ids.new_id(), "small": ids.new_id()}
    for name, tenant_id in names.items():
        await engine.database.pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, $2)", tenant_id, name)
    return names


@pytest.fixture
def operator(engine):
    return Principal(engine.tenant_id, "person", "mira")


@pytest.fixture
def f(engine):
    @engine.function(id="f", trigger="e")
    async def function(ctx):
        return await step.run("s", lambda: ctx.event.data)


async def send_many(engine, tenant_id, count, name="e"):
    await publish_functions(engine.database.pool, engine.registry, app="app")
    for first in range(0, count, 200):
        await send_events(engine.database, tenant_id, [NewEvent(name, n) for n in range(first, min(first + 200, count))])


async def claim_all(engine, *functions, limit=10):
    """Claim until nothing is ready; whose runs came, in order."""
    worker = await engine.generation(*functions)
    order = []
    while runs := await claim(engine.database.pool, worker, list(functions), limit, 0):
        order.extend(run.lease.tenant_id for run in runs)
    return order


async def test_a_backlog_of_one_tenant_does_not_delay_anothers_ten(engine, f, tenants):
    await send_many(engine, tenants["big"], 1000)
    await send_many(engine, tenants["small"], 10)
    order = await claim_all(engine, "f")
    places = [place for place, tenant in enumerate(order) if tenant == tenants["small"]]
    assert len(order) == 1010 and places[-1] < 20 + 10


async def test_a_weight_is_a_share(engine, f, tenants):
    await engine.database.pool.execute("update flowforge.tenant set weight = 3 where name = 'big'")
    await send_many(engine, tenants["big"], 300)
    await send_many(engine, tenants["small"], 300)
    order = (await claim_all(engine, "f"))[:200]
    assert 145 <= order.count(tenants["big"]) <= 155


async def test_virtual_time_never_falls(engine, f, tenants):
    """Who comes when others have run for long starts at their place, not at zero; who was busy before does not starve."""
    await send_many(engine, tenants["big"], 200)
    await engine.database.pool.execute("update flowforge.virtual_time set v = 5000000000")
    await send_many(engine, tenants["small"], 1)
    vt = await engine.fetchval("select vt from flowforge.owner where tenant_id = $1", tenants["small"])
    assert vt == 5_001_000_000
    await send_many(engine, tenants["big"], 1)
    assert await engine.fetchval("select max(vt) from flowforge.owner where tenant_id = $1", tenants["big"]) == 5_001_000_000


async def test_workers_publish_how_far_they_have_come(engine, f):
    await send_many(engine, engine.tenant_id, 50)
    await engine.database.pool.execute("update flowforge.virtual_time set v = 0")
    await engine.worker(poll_seconds=0.05)
    async with asyncio.timeout(10):
        while await engine.fetchval("select v from flowforge.virtual_time") < 50_000_000:
            await asyncio.sleep(0.01)


async def test_the_children_of_one_tenants_run_wait_behind_another_tenants_runs(engine, tenants):
    """A fan-out is charged like events are: it does not go before everybody else."""
    started = []

    @engine.function(id="child")
    async def child(ctx):
        started.append("child")

    @engine.function(id="parent", trigger="fan")
    async def parent(ctx):
        await asyncio.gather(*(step.invoke("c", child) for _ in range(100)))

    @engine.function(id="other", trigger="e")
    async def other(ctx):
        started.append("other")

    await send_many(engine, tenants["big"], 1, "fan")
    publisher = type(engine.registry)()
    publisher.add(engine.registry.get("parent"))
    publisher._ids.update(engine.registry._ids)
    worker = await engine.worker(registry=publisher)
    async with asyncio.timeout(10):
        while await engine.fetchval("select count(*) from flowforge.owner where function_id = 'child'") < 100:
            await asyncio.sleep(0.01)
    await engine.stop(worker)
    await send_many(engine, tenants["small"], 10)
    await engine.worker(concurrency=1)
    async with asyncio.timeout(10):
        while len(started) < 110:
            await asyncio.sleep(0.01)
    assert max(place for place, name in enumerate(started) if name == "other") < 40


# ── priority ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_priority_orders_within_a_tenant_and_takes_nothing_from_others(engine, tenants):
    @engine.function(id="f", trigger="e", priority="event.data % 10 == 0 ? 2 : 0")
    async def function(ctx): ...

    await send_many(engine, tenants["big"], 200)
    await send_many(engine, tenants["small"], 20)
    worker = await engine.generation("f")
    order = []
    while runs := await claim(engine.database.pool, worker, ["f"], 7, 0):
        order.extend((run.lease.tenant_id, run.row["input"]) for run in runs)
    big = [int(data) for tenant, data in order if tenant == tenants["big"]]
    assert big[:20] == list(range(0, 200, 10)) and big[20:] == [n for n in range(200) if n % 10]
    small = [place for place, (tenant, _) in enumerate(order) if tenant == tenants["small"]]
    assert small[-1] < 60 and len(order) == 220


async def test_priority_holds_at_a_gate(engine):
    order = []

    @engine.function(id="f", trigger="e", priority="event.data == 'high' ? 1 : 0", concurrency=1)
    async def function(ctx):
        order.append(ctx.event.data)
        if ctx.event.data == "first":
            await step.run("hold", release.wait)

    release = asyncio.Event()
    await engine.worker(poll_seconds=0.05)
    first = await engine.start("e", "first")
    await engine.state(first, "running")
    for data in ("low", "low", "high", "low", "high"):
        await engine.send("e", data)
    async with asyncio.timeout(10):
        while await engine.fetchval("select count(*) from flowforge.owner where state = 'g'") < 5:
            await asyncio.sleep(0.01)
    release.set()
    async with asyncio.timeout(10):
        while len(order) < 6:
            await asyncio.sleep(0.01)
    assert order == ["first", "high", "high", "low", "low", "low"]


# ── pauses, limits that an operator changes, what the queue shows ────────────────────────────────────────────────────────


async def test_a_paused_function_is_not_leased_and_says_so(engine, f, operator):
    @engine.function(id="g", trigger="e")
    async def g(ctx):
        return "g ran"

    await publish_functions(engine.database.pool, engine.registry, app="app")
    await pause(engine.database, operator, function="f", reason="the provider is down")
    await engine.worker(poll_seconds=0.05)
    accepted = await engine.send("e", 1)
    runs = {(await engine.run(run_id)).function: run_id for run_id in accepted.run_ids}
    assert (await engine.end_of(runs["g"])).output == "g ran"
    held = await engine.until(runs["f"], lambda view: view.reason is not None)
    assert held.state == "queued" and held.reason == "the function f is paused by mira: the provider is down"
    assert [one.function for one in await list_pauses(engine.database.pool, engine.tenant_id)] == ["f"]
    assert await resume(engine.database, operator, function="f", bell=engine.workers[0].bell)
    assert (await engine.end_of(runs["f"])).output == 1
    acts = await engine.database.pool.fetch("select action from flowforge.audit where action like 'function.%' order by entry_id")
    assert [act["action"] for act in acts] == ["function.pause", "function.resume"]


async def test_a_paused_tenant_waits_and_comes_back_behind_who_is_there(engine, f, tenants, operator):
    """What was paused for long does not go before everybody else when the pause ends."""
    await send_many(engine, engine.tenant_id, 100)
    await pause(engine.database, operator)
    await engine.worker(poll_seconds=0.05)
    async with asyncio.timeout(10):
        while await engine.fetchval("select count(*) from flowforge.owner where state = 'g'") < 100:
            await asyncio.sleep(0.01)
    await engine.stop(engine.workers[0])
    await engine.database.pool.execute("update flowforge.virtual_time set v = 9000000000")  # others have gone on meanwhile
    await send_many(engine, tenants["small"], 20)
    await resume(engine.database, operator)
    async with engine.database.pool.acquire() as connection:
        worker = await engine.generation("f")
        await pass_gates(connection, worker, ["f"], 10, Place())
    order = await claim_all(engine, "f")
    places = [place for place, tenant in enumerate(order) if tenant == tenants["small"]]
    assert len(order) == 120 and places[-1] < 50


async def test_a_limit_can_be_changed_where_it_is_in_force(engine, operator):
    running = set()
    release = asyncio.Event()

    @engine.function(id="f", trigger="e", concurrency=[Concurrency(limit=1)])
    async def function(ctx):
        await step.run("s", lambda: running.add(ctx.event.data))
        await step.run("hold", release.wait)

    await engine.worker(poll_seconds=0.05)
    for n in range(5):
        await engine.send("e", n)
    async with asyncio.timeout(10):
        while await engine.fetchval("select count(*) from flowforge.owner where state = 'g'") < 4 or not running:
            await asyncio.sleep(0.01)
    (queue,) = await queue_of(engine.database.pool, engine.tenant_id)
    assert (queue.running, queue.at_gates, queue.gates[0].waiting, queue.gates[0].used) == (1, 4, 4, 1)
    assert queue.gates[0].reason == "the limit f:0 is reached: 1 at once"
    view = await set_limit(engine.database, operator, "f:0", 3, bell=engine.workers[0].bell)
    assert (view.capacity, view.override) == (1, 3)
    async with asyncio.timeout(10):
        while len(running) < 3:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert len(running) == 3
    await set_limit(engine.database, operator, "f:0", None)
    assert [(one.limit, one.override) for one in await list_limits(engine.database.pool)] == [("f:0", None)]
    release.set()
    async with asyncio.timeout(10):
        while len(running) < 5:
            await asyncio.sleep(0.01)
