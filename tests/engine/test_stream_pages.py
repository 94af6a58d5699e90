"""Those who follow streams read together: few statements, each to its reader what is its own."""

from __future__ import annotations

import asyncio

import pytest

from flowforge import ids
from flowforge.orchestrator import stream_page
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.stream import open_stream, read_stream
from flowforge.orchestrator.stream_page import Pages, page_after, pages_of

READERS = 40
SAY = """
insert into flowforge.frame (tenant_id, stream_id, seq, name, data, agent_id, agent_seq)
select $1, x.stream_id, n, 'log', json_build_object('of', x.stream_id, 'n', n)::text, x.stream_id, n
  from unnest($2::uuid[]) as x(stream_id), generate_series($3::int, $4::int) n
"""


@pytest.fixture
async def agents(engine):
    agents = [ids.new_id() for _ in range(READERS)]
    for agent_id in agents:
        await open_stream(engine.database.pool, engine.tenant_id, agent_id)
    return agents


async def test_those_who_ask_at_the_same_time_share_a_statement(engine, agents):
    await engine.database.pool.execute(SAY, engine.tenant_id, agents, 1, 3)
    pages = Pages(engine.database)

    found = await asyncio.gather(*(pages.next(engine.tenant_id, "agent", agent_id, n % 4) for n, agent_id in enumerate(agents)))

    assert pages.statements == 1
    for n, (agent_id, page) in enumerate(zip(agents, found, strict=True)):
        assert [frame.seq for frame in page.frames] == list(range(n % 4 + 1, 4))
        assert {frame.data["of"] for frame in page.frames} <= {str(agent_id)}
        assert not page.full and not page.over


async def test_each_kind_and_each_tenant_reads_its_own(engine, agents):
    @engine.function(trigger="order/created", id="ship")
    async def ship(ctx):
        return "shipped"

    run_id = await engine.start("order/created")
    await engine.worker()
    await engine.end_of(run_id)
    await engine.database.pool.execute(SAY, engine.tenant_id, agents, 1, 3)
    pages = Pages(engine.database)

    of_run, of_agent, of_other, of_nobody = await asyncio.gather(
        pages.next(engine.tenant_id, "run", run_id, 0),
        pages.next(engine.tenant_id, "agent", agents[0], 2),
        pages.next(ids.new_id(), "agent", agents[0], 0),
        pages.next(engine.tenant_id, "run", ids.new_id(), 0),
    )

    assert [frame.name for frame in of_run.frames] == ["run.queued", "run.started", "run.completed"] and of_run.over
    assert of_run == await page_after(engine.database.pool, engine.tenant_id, "run", run_id, 0)
    assert [frame.seq for frame in of_agent.frames] == [3]
    assert of_other.frames == [] and not of_other.over
    assert of_nobody.frames == [] and of_nobody.over


async def test_one_who_gives_up_does_not_disturb_the_others(engine, agents):
    await engine.database.pool.execute(SAY, engine.tenant_id, agents, 1, 1)
    pages = Pages(engine.database)
    asking = [asyncio.ensure_future(pages.next(engine.tenant_id, "agent", agent_id, 0)) for agent_id in agents]
    await asyncio.sleep(0)
    asking[0].cancel()

    found = await asyncio.gather(*asking, return_exceptions=True)

    assert isinstance(found[0], asyncio.CancelledError)
    assert [len(page.frames) for page in found[1:]] == [1] * (READERS - 1)


async def test_a_statement_that_fails_is_told_to_all_who_waited_and_the_next_one_is_read(engine, agents, monkeypatch):
    await engine.database.pool.execute(SAY, engine.tenant_id, agents, 1, 1)
    pages = Pages(engine.database)

    async def away(*_: object) -> None:
        raise ConnectionResetError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(stream_page, "_read_pages", away)
        found = await asyncio.gather(*(pages.next(engine.tenant_id, "agent", agent, 0) for agent in agents), return_exceptions=True)
    assert {type(error) for error in found} == {ConnectionResetError}

    assert len((await pages.next(engine.tenant_id, "agent", agents[0], 0)).frames) == 1


async def test_a_reader_who_is_far_behind_catches_up_alone_and_misses_nothing(engine, agents, monkeypatch):
    monkeypatch.setattr(stream_page, "SHARED_PAGE", 10)
    bell, read = Bell(), list[int]()

    async def follow() -> None:
        async for frame in read_stream(engine.database, bell, engine.tenant_id, "agent", agents[0]):
            read.append(frame.seq)

    async def until(count: int) -> None:
        async with asyncio.timeout(10):
            while len(read) < count:
                await asyncio.sleep(0.005)

    following = asyncio.create_task(follow())
    try:
        total = 0
        for more in (3, 700, 5, 10, 11):
            await engine.database.pool.execute(SAY, engine.tenant_id, agents[:1], total + 1, total + more)
            total += more
            bell.ring(agents[0].hex)
            await until(total)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    assert read == list(range(1, total + 1))
    assert pages_of(engine.database).statements >= 3
