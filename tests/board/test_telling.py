"""What functions hear of the board, and the end of a chain of them."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from flowforge import step
from flowforge.board import telling
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.change import change_task
from flowforge.board.column import move
from flowforge.board.comment import comment
from flowforge.board.creation import NewTask, create_task
from flowforge.board.replay import check_history
from flowforge.board.task import get_task
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import read_triggers
from flowforge.orchestrator.worker import Worker


async def told(database) -> list[tuple[str, dict]]:
    rows = await database.pool.fetch("select name, data from flowforge.event order by received_at, event_id")
    return [(row["name"].removeprefix("board/task."), json.loads(row["data"])) for row in rows]


async def test_every_change_of_a_card_is_an_event_that_says_what_became_of_it(database, mira, people):
    await create_task(database, mira, NewTask("one", labels=["a"]))
    await move(database, mira, "FF-1", "Doing")
    await assign(database, mira, "FF-1", AssigneeName("user", "jonas"))
    await comment(database, mira, "FF-1", "hello")
    await change_task(database, mira, "FF-1", {"priority": "high", "description": "long"})
    await move(database, mira, "FF-1", "Done")

    events = await told(database)
    assert [name for name, _ in events] == ["created", "moved", "assigned", "commented", "updated", "moved", "completed", "ended"]
    said = [data for _, data in events]
    assert (
        said[1].items()
        >= {"task": "FF-1", "from": "Backlog", "to": "Doing", "by": "mira", "labels": ["a"], "chain": 1, "run": None}.items()
    )
    assert said[2]["to"] == {"user": "jonas"} and "agent_id" not in said[2] and said[3]["text"] == "hello"
    assert (said[4]["fields"], said[4]["priority"], "description" in said[4]) == (["description", "priority"], "high", False)
    assert said[7]["task_id"] == said[6]["task_id"]
    assert (said[6]["from"], said[6]["to"], said[6]["category"]) == ("Doing", "Done", "done")
    assert await database.pool.fetchval("select count(*) from flowforge.run") == 0  # nobody listens


async def test_a_function_that_answers_moves_with_moves_ends_at_the_longest_chain_and_the_card_says_so(database, mira, monkeypatch):
    monkeypatch.setattr(telling, "CHAIN_MAX", 4)
    monkeypatch.setattr("flowforge.board.activity.CHAIN_MAX", 4)
    bell, registry = Bell(), Registry()

    async def ping_pong(ctx) -> None:
        there = ctx.event.data["to"]

        async def play() -> None:
            await move(database, mira, ctx.event.data["task"], "Doing" if there == "Todo" else "Todo", bell=bell)

        await step.run("play", play)

    registry.add(Function("ping_pong", ping_pong, read_triggers("board/task.moved")))
    await publish_functions(database.pool, registry, app="tests")
    await create_task(database, mira, NewTask("ball"))
    worker = Worker(database, registry, bell=bell, poll_seconds=0.1)
    await worker.start()
    try:
        await move(database, mira, "FF-1", "Todo", bell=bell)
        async with asyncio.timeout(30):
            rung = bell.subscribe("ready", "wake")
            while not (await get_task(database, mira.tenant_id, "FF-1")).comments:
                rung.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(rung.wait(), 0.1)
    finally:
        await worker.stop(grace_seconds=1.0)

    assert [data["chain"] for name, data in await told(database) if name == "moved"] == [1, 2, 3, 4]
    [words] = (await get_task(database, mira.tenant_id, "FF-1")).comments
    assert words.author_kind == "system" and "5 times" in words.text
    assert await check_history(database, mira.tenant_id, "FF-1") == []
