"""Who joins a stream while it is under way, or comes back after very long, is told what there is to know."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from flowforge.orchestrator.stream import append_frame, is_forgotten


class Speaker:
    """A run whose worker is the test: it says what a step's model would."""

    def __init__(self, run) -> None:
        self.run = run

    async def say(self, name: str, step: str = "talk", attempt: int = 1, **data: object) -> int:
        self.run.seq += 1
        await self.run.database.pool.execute(
            "insert into flowforge.frame (tenant_id, stream_id, seq, name, data) values ($1, $2, $3, $4, $5)",
            self.run.tenant_id, self.run.run_id, self.run.seq, name, json.dumps({"step": step, "attempt": attempt, **data}),
        )  # fmt: skip
        self.run.bell.ring(self.run.run_id.hex)
        return self.run.seq

    async def settle(self, step: str) -> None:
        self.run.seq += 1
        await self.run.database.pool.execute(
            "insert into flowforge.step (tenant_id, run_id, key, name, kind, state, attempt, hash, seq, announced, started_at, ended_at)"
            " values ($1, $2, $3, $3, 'ai', 3, 1, 0, $4, true, now(), now())",
            self.run.tenant_id, self.run.run_id, step, self.run.seq,
        )  # fmt: skip


@pytest.fixture
def speaker(fake_run) -> Speaker:
    return Speaker(fake_run)


@pytest.fixture
def follow(server, fake_run):
    async def read(reader, *, after: int | None = None, last_id: int | None = None) -> None:
        path = f"/v1/runs/{fake_run.run_id.hex}/stream" + ("" if after is None else f"?after={after}")
        headers = {} if last_id is None else {"last-event-id": str(last_id)}
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client, client.stream("GET", path, headers=headers) as answer:
            async for chunk in answer.aiter_raw():
                reader.feed(chunk)

    return read


def message(reader) -> str:
    """The text of the step `talk` as this reader has put it together."""
    text = ""
    for event in reader.events:
        if event.name in ("message.snapshot", "message.completed") and event.data["step"] == "talk":
            text = event.data["text"]
        elif event.name == "message.delta" and event.data["step"] == "talk":
            text += event.data["text"]
    return text


async def test_a_late_joiner_is_told_the_text_so_far_and_both_readers_read_the_same(speaker, fake_run, follow, reader, until):
    early, late = reader, type(reader)()
    following = [asyncio.create_task(follow(early))]
    await until(lambda: len(early.frames) == 2)
    for text in ("Once ", "upon "):
        seq = await speaker.say("message.delta", text=text)
    await speaker.say("reasoning.delta", "aside", text="hm")
    following.append(asyncio.create_task(follow(late, after=seq)))
    await until(lambda: len(late.frames) == 1)

    snapshot = late.events[1]
    assert (snapshot.name, snapshot.id) == ("message.snapshot", None)
    about = {"run": f"run_{fake_run.run_id.hex}", "step": "talk", "attempt": 1}
    assert snapshot.data == {**about, "text": "Once upon ", "reasoning": "", "tool_calls": []}
    assert [event.name for event in late.events] == ["hello", "message.snapshot", "reasoning.delta"]

    await speaker.say("message.delta", text="a time")
    await until(lambda: len(early.frames) == 6 and len(late.frames) == 2)
    assert message(early) == message(late) == "Once upon a time"
    await speaker.say("message.completed", text="Once upon a time.", reasoning="", tool_calls=[])
    await fake_run.end()
    await asyncio.gather(*following)
    assert message(early) == message(late) == "Once upon a time."
    assert [event.name for event in early.events if event.id is None] == ["hello"]


async def test_each_step_that_is_speaking_has_its_own_snapshot(speaker, fake_run, follow, reader):
    await speaker.say("message.delta", "done", text="over")
    await speaker.say("message.completed", "done", text="over", reasoning="", tool_calls=[])
    await speaker.say("message.delta", "failed", text="half a")
    await speaker.settle("failed")
    await speaker.say("message.delta", "again", text="void")
    await speaker.say("step.retrying", "again")
    await speaker.say("message.delta", "again", attempt=2, text="better")
    await speaker.say("tool_call.args_delta", "act", tool_call_id="c1", tool="refund", text='{"a":')
    seq = await speaker.say("tool_call.args_delta", "act", tool_call_id="c1", tool="refund", text="1}")
    await fake_run.end()

    await follow(reader, after=seq)

    snapshots = {event.data["step"]: event.data for event in reader.events if event.name == "message.snapshot"}
    assert snapshots.keys() == {"again", "act"}
    assert (snapshots["again"]["attempt"], snapshots["again"]["text"]) == (2, "better")
    assert snapshots["act"]["tool_calls"] == [{"tool_call_id": "c1", "tool": "refund", "arguments": '{"a":1}'}]


async def test_who_comes_back_has_the_text_already(speaker, fake_run, follow, reader):
    seq = await speaker.say("message.delta", text="Once ")
    await speaker.say("message.delta", text="upon")
    await fake_run.end()

    await follow(reader, last_id=seq)

    assert [event.name for event in reader.events] == ["hello", "message.delta", "run.completed"]


async def test_the_stream_says_how_long_it_is_kept(api, fake_run, follow, reader):
    await api.patch("/v1/retention", json={"frames": "36h"})
    await fake_run.end()

    await follow(reader)

    assert reader.events[0].data["retention"] == "36h"


async def test_who_stands_at_what_retention_took_away_is_told_to_fetch_anew(database, speaker, fake_run, follow, reader):
    for text in ("Once ", "upon "):
        await speaker.say("message.delta", text=text)
    await fake_run.end()
    await database.pool.execute("update flowforge.run set ended_at = now() - interval '8 days'")
    unswept = type(reader)()
    await follow(unswept, after=3)
    await database.pool.execute("delete from flowforge.frame")

    await follow(reader, after=3)

    assert [event.name for event in unswept.events] == ["hello", "message.snapshot", "message.delta", "run.completed"]
    assert [(event.name, event.id) for event in reader.events] == [("hello", None), ("reset", None)]
    from_the_start = type(reader)()
    await follow(from_the_start)
    assert [event.name for event in from_the_start.events] == ["hello", "run.queued", "run.started", "run.completed"]


async def test_an_agents_stream_forgets_from_the_front(api, database, tenant_id):
    await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})
    agent_id = await database.pool.fetchval("select agent_id from flowforge.agent")
    for n in range(5):
        async with database.pool.acquire() as connection, connection.transaction():
            last = await append_frame(connection, tenant_id, name="log", data={"n": n}, agent_id=agent_id)

    async def forgotten(after: int) -> bool:
        return await is_forgotten(database.pool, tenant_id, "agent", agent_id, after, timedelta(days=7))

    assert not await forgotten(1)
    await database.pool.execute("delete from flowforge.frame where agent_seq <= $1", last - 2)
    assert [await forgotten(after) for after in (1, last - 3, last - 2, last - 1)] == [True, True, False, False]
    await database.pool.execute("delete from flowforge.frame")
    assert [await forgotten(after) for after in (last - 1, last)] == [True, False]
