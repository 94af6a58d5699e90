"""A whole tenant's stream: in one order, with nothing missed and nothing twice, and nobody waits for anybody because of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from flowforge import ids
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.steps import EngineSteps
from flowforge.orchestrator.stream import append_frame, is_forgotten, open_stream, stream_seq
from flowforge.orchestrator.tenant_stream import follow_tenant, forget_followers, number_news, read_tenant

step = EngineSteps()


@pytest.fixture
async def bell(engine):
    bell = Bell()
    await bell.open(engine.database)
    yield bell
    await bell.close()


async def taken(engine, bell, *, until, after=0):
    """Frames of the tenant as a reader gets them, up to the first for which `until` holds."""
    found = []
    async with asyncio.timeout(20):
        async for frame in read_tenant(engine.database, bell, engine.tenant_id, after):
            found.append(frame)
            if until(frame):
                return found
    raise AssertionError("the stream of a tenant ended")


async def numbered(engine):
    while await number_news(engine.database.pool, engine.tenant_id):
        pass
    return await engine.database.pool.fetch(
        "select seq, name, data from flowforge.frame where tenant_id = $1 and stream_id = $1 order by seq", engine.tenant_id
    )


async def test_it_tells_the_lives_of_runs_in_order_without_what_is_said_in_pieces(engine, bell):
    @engine.function(trigger="order/created", id="ship")
    async def ship(ctx):
        async def speak():
            current_step().emit("message.delta", {"text": "half a word"})
            current_step().emit("message.completed", {"text": "a word"})

        await step.run("speak", speak)
        return "shipped"

    @engine.function(trigger="order/lost", id="lose")
    async def lose(ctx):
        raise ValueError("no such order")

    await follow_tenant(engine.database.pool, engine.tenant_id)
    shipped, lost = await engine.start("order/created"), await engine.start("order/lost")
    await engine.worker()
    await engine.end_of(shipped)
    await engine.end_of(lost)

    told = await taken(engine, bell, until=lambda frame: frame.seq == 7)

    assert [frame.seq for frame in told] == list(range(1, 8))
    of = {run: [frame for frame in told if frame.data["run"] == ids.show("run", run)] for run in (shipped, lost)}
    assert [frame.name for frame in of[shipped]] == ["run.queued", "run.started", "message.completed", "run.completed"]
    assert [frame.name for frame in of[lost]] == ["run.queued", "run.started", "run.failed"]
    assert {frame.data.get("function", "ship") for frame in of[shipped]} == {"ship"}
    assert of[lost][-1].data["error"]["message"] == "no such order" and of[lost][-1].data["attempt"] == 1


async def test_it_tells_of_events_that_begin_no_run_and_not_again_of_those_that_do(engine, bell):
    @engine.function(trigger="order/created", id="ship")
    async def ship(ctx):
        return (await step.wait_for_event("paid", event="payment/received", timeout="1h")).data

    await follow_tenant(engine.database.pool, engine.tenant_id)
    run_id = await engine.start("order/created")
    await engine.worker()
    lost = (await engine.send("order/lost")).event_id
    await taken(engine, bell, until=lambda frame: frame.data.get("name") == "order/lost")
    await engine.state(run_id, "suspended", "waiting")
    paid = (await engine.send("payment/received")).event_id
    await engine.end_of(run_id)

    told = await taken(engine, bell, until=lambda frame: frame.name == "run.completed")

    assert [frame.data for frame in told if frame.name == "event.received"] == [
        {"event": ids.show("evt", lost), "name": "order/lost"},
        {"event": ids.show("evt", paid), "name": "payment/received"},
    ]
    assert {frame.data["run"] for frame in told if frame.name != "event.received"} == {ids.show("run", run_id)}


async def test_nothing_is_put_down_where_nobody_follows(engine, bell):
    @engine.function(trigger="order/created", id="ship")
    async def ship(ctx):
        return "shipped"

    run_id = await engine.start("order/created")
    await engine.worker()
    await engine.end_of(run_id)

    assert await engine.database.pool.fetchval("select count(*) from flowforge.news") == 0


async def test_a_commit_that_is_held_open_holds_up_nobody_and_is_told_when_it_comes(engine, bell):
    pool, tenant_id = engine.database.pool, engine.tenant_id
    cards = [ids.new_id() for _ in range(2)]
    for card in cards:
        await open_stream(pool, tenant_id, card)
    await follow_tenant(pool, tenant_id)
    told = []

    async def read() -> None:
        async for frame in read_tenant(engine.database, bell, tenant_id):
            told.append((frame.seq, frame.data["n"]))  # noqa: PERF401 - somebody looks on

    async def until(count: int) -> None:
        async with asyncio.timeout(10):
            while len(told) < count:
                await asyncio.sleep(0.005)

    reading = asyncio.create_task(read())
    async with pool.acquire() as slow, slow.transaction():
        await append_frame(slow, tenant_id, name="task.updated", data={"n": "slow"}, task_id=cards[0])
        async with asyncio.timeout(5), pool.acquire() as quick, quick.transaction():
            await append_frame(quick, tenant_id, name="task.updated", data={"n": "quick"}, task_id=cards[1])
        bell.ring(cards[1].hex)
        await until(1)
    bell.ring(cards[0].hex)
    await until(2)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    assert told == [(1, "quick"), (2, "slow")]


async def test_many_who_number_at_once_give_each_piece_of_news_one_number(engine):
    pool, tenant_id = engine.database.pool, engine.tenant_id
    await follow_tenant(pool, tenant_id)
    card = ids.new_id()
    await open_stream(pool, tenant_id, card)
    said = 0

    async def say() -> None:
        nonlocal said
        for n in range(60):
            async with pool.acquire() as connection, connection.transaction():
                await append_frame(connection, tenant_id, name="task.updated", data={"n": n}, task_id=card)
            said += 1

    async def number() -> None:
        while said < 60:
            await number_news(pool, tenant_id)

    await asyncio.gather(say(), *(number() for _ in range(4)))
    rows = await numbered(engine)

    assert [row["seq"] for row in rows] == list(range(1, 61))
    assert [row["data"] for row in rows] == [f'{{"n": {n}}}' for n in range(60)]
    assert await pool.fetchval("select count(*) from flowforge.news") == 0


async def test_a_tenant_hears_nothing_of_another(engine):
    pool, other = engine.database.pool, ids.new_id()
    await follow_tenant(pool, engine.tenant_id)
    await pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, 'other')", other)
    await append_frame(pool, other, name="task.updated", data={})

    assert await numbered(engine) == []
    assert await pool.fetchval("select count(*) from flowforge.news") == 0


async def test_what_nobody_follows_any_more_is_not_put_down_and_who_comes_back_learns_that_there_was_something(engine):
    pool, tenant_id = engine.database.pool, engine.tenant_id
    await follow_tenant(pool, tenant_id)
    await append_frame(pool, tenant_id, name="task.updated", data={"n": 1})
    await numbered(engine)
    now = await pool.fetchval("select flowforge.now()")

    async def missed(after: int) -> bool:
        return await is_forgotten(pool, tenant_id, "tenant", tenant_id, after, timedelta(days=7))

    await forget_followers(pool, tenant_id, now + timedelta(hours=23))
    await append_frame(pool, tenant_id, name="task.updated", data={"n": 2})
    assert len(await numbered(engine)) == 2 and not await missed(1)

    await forget_followers(pool, tenant_id, now + timedelta(hours=25))
    await append_frame(pool, tenant_id, name="task.updated", data={"n": 3})
    assert len(await numbered(engine)) == 2
    assert await stream_seq(pool, tenant_id, tenant_id) == 3
    await follow_tenant(pool, tenant_id)
    await append_frame(pool, tenant_id, name="task.updated", data={"n": 4})
    rows = await numbered(engine)
    assert [(row["seq"], row["data"]) for row in rows] == [(1, '{"n": 1}'), (2, '{"n": 2}'), (4, '{"n": 4}')]


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_what_happened_to_a_run_is_told_in_its_order_whatever_the_clocks_said(engine, limit):
    await follow_tenant(engine.database.pool, engine.tenant_id)
    run, other = ids.new_id(), ids.new_id()
    said = [(run, 3, "run.completed", 1), (run, 2, "run.started", 2), (other, 1, "run.queued", 3), (run, 1, "run.queued", 4)]
    await engine.database.pool.executemany(
        "insert into flowforge.news (tenant_id, said_at, stream_id, seq, name, data)"
        " values ($1, '2026-01-01'::timestamptz + $5 * interval '1 second', $2, $3, $4, '{}')",
        [(engine.tenant_id, stream, seq, name, second) for stream, seq, name, second in said],
    )

    while await number_news(engine.database.pool, engine.tenant_id, limit):
        pass

    told = [frame["name"] for frame in await numbered(engine)]
    assert [name for name in told if name != "run.queued"] == ["run.started", "run.completed"]
    assert told.count("run.queued") == 2 and told.index("run.started") > told.index("run.queued")
    assert await engine.database.pool.fetchval("select count(*) from flowforge.news where tenant_id = $1", engine.tenant_id) == 0
