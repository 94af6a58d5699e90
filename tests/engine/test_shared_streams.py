"""The stream of an agent or a task is written by whoever works for it: several runs, on several workers, and the board."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.stream import append_frame, open_stream, read_page, stream_seq

ROUNDS = 10
WAITING = """
select count(distinct pid) from pg_stat_activity
 where datname = current_database() and application_name = 'ff:commit' and wait_event_type = 'Lock'
"""


class Chatter:
    """Runs that write to one agent's and one task's stream until they are told to stop, each on a worker of its own."""

    def __init__(self, engine) -> None:
        self.engine, self.agent_id, self.task_id = engine, ids.new_id(), ids.new_id()
        self.over = asyncio.Event()

    async def begin(self, *names: str) -> list[UUID]:
        for stream_id in (self.agent_id, self.task_id):
            await open_stream(self.engine.database.pool, self.engine.tenant_id, stream_id)
        return [await self._start(name) for name in names]

    async def _start(self, name: str) -> UUID:
        registry = Registry()

        @registry.function(id=name)
        async def talk(ctx):
            n = 0
            while not self.over.is_set():
                current_execution().emit("said", {"by": name, "n": (n := n + 1)})
                await asyncio.sleep(0.001)

        await publish_functions(self.engine.database.pool, registry, app=name)
        await self.engine.worker(registry=registry, app=name)
        labels = {"agent_id": self.agent_id, "task_id": self.task_id}
        return await start_run(self.engine.database, self.engine.tenant_id, name, "{}", **labels)

    async def visible(self, kind: str) -> list[tuple[int, str]]:
        """Everything on the stream that anybody can see now."""
        stream_id, after, seen = self.agent_id if kind == "agent" else self.task_id, 0, []
        while page := await read_page(self.engine.database.pool, self.engine.tenant_id, kind, stream_id, after):
            seen += [(frame.seq, f"{frame.data.get('by')} {frame.data.get('n')}") for frame in page]
            after = page[-1].seq
        return seen

    async def newest(self, kind: str) -> int:
        return max((seq for seq, _ in await self.visible(kind)), default=0)


@pytest.fixture
async def chatter(engine):
    chatter = Chatter(engine)
    yield chatter
    chatter.over.set()


@pytest.mark.parametrize("kind", ["agent", "task"])
async def test_no_smaller_number_becomes_visible_after_a_larger_one_while_a_commit_is_held_open(chatter, engine, kind):
    runs = await chatter.begin("ann", "bob")
    watching = asyncio.create_task(watch(chatter, kind))
    for n in range(ROUNDS):
        async with engine.database.pool.acquire() as connection, connection.transaction():
            held = {"agent_id": chatter.agent_id, "task_id": chatter.task_id}
            number = await append_frame(connection, engine.tenant_id, name="said", data={"by": "board", "n": n}, **held)
            async with asyncio.timeout(15):
                while await engine.fetchval(WAITING) < 2:  # until the committers of both workers stand in line behind this one
                    assert await chatter.newest(kind) < number, "a larger number came first"
                    await asyncio.sleep(0.002)
            assert await chatter.newest(kind) < number
    chatter.over.set()
    for run in runs:
        assert (await engine.end_of(run)).state == "completed"
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching

    seen = await chatter.visible(kind)
    stream_id = chatter.agent_id if kind == "agent" else chatter.task_id
    assert [seq for seq, _ in seen] == list(range(1, await stream_seq(engine.database.pool, engine.tenant_id, stream_id) + 1))
    for name in ("ann", "bob", "board"):
        said = [int(text.split()[1]) for _, text in seen if text.startswith(f"{name} ")]
        assert said == sorted(set(said)) and len(said) >= ROUNDS


async def watch(chatter: Chatter, kind: str) -> None:
    """What was seen once stays what it is, and only grows at its end."""
    before: list[tuple[int, str]] = []
    while True:
        now = await chatter.visible(kind)
        assert now[: len(before)] == before, "something came in between"
        before = now
        await asyncio.sleep(0.002)


async def test_who_follows_an_agent_or_a_task_hears_of_what_its_run_says_at_once(chatter, engine):
    await chatter.begin("ann")
    bell = engine.workers[0].bell
    for stream_id in (chatter.agent_id, chatter.task_id):
        rung = bell.subscribe(stream_id.hex)
        await asyncio.wait_for(rung.wait(), 5)
