"""SIGKILL in the middle of work that one agent gave another: one card, one comment, one question, one result of each, whatever was dying.

Atlas gives a part to maya and waits; maya says something on her card and hands in; atlas asks a person and hands in. What they do on the
board is done in steps whose worker is killed once, and a clean one goes on.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.work import register_builtin
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.board.question import answer_question, list_questions
from flowforge.board.task import get_task, list_tasks
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import list_runs
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

pytestmark = pytest.mark.thorough

# Bodies: atlas begins, turn 1, delegate; maya begins, turn 1, comment, turn 2, hand in; atlas turn 2, ask_human, turn 3, hand in.
KILLS = [
    ("body.after", 3),
    ("body.after", 6),
    ("body.after", 8),
    ("body.after", 12),
    ("checkpoint.before_commit", 3),
    ("checkpoint.before_commit", 9),
    ("event.after_insert", 1),
    ("event.after_insert", 3),
    ("event.after_insert", 4),
    ("run.after_suspend", 1),
]


def script(asked: Asked) -> Reply:
    if asked.model == "gpt-4o-mini":
        if asked.result_of("comment") is None:
            return Reply(tool_calls=(ToolCall("comment", {"text": "I look."}),))
        return Reply(text="It is ORD-1.")
    if asked.result_of("delegate") is None:
        return Reply(tool_calls=(ToolCall("delegate", {"to": "maya", "title": "Find it"}),))
    if asked.result_of("ask_human") is None:
        return Reply(tool_calls=(ToolCall("ask_human", {"question": "Refund it?"}),))
    return Reply(text=f"{asked.result_of('delegate')} {asked.result_of('ask_human')}")


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(script) as running:
        yield running


@pytest.fixture
async def mira(crashes: Any, nursery: Any) -> AsyncIterator[Principal]:
    """Gives the card to atlas, and answers what is asked."""
    mira = Principal(crashes.tenant_id, "person", "mira")
    registry = Registry()
    register_builtin(registry, ToolRegistry())
    await publish_functions(crashes.database.pool, registry, app="shop")
    lead = AgentDefinition(name="atlas", model="gpt-4o", tools=("ask_human",), delegates_to=("maya",))
    for definition in (AgentDefinition(name="maya", model="gpt-4o-mini", tools=("comment",)), lead):
        await create_agent(crashes.database, mira, definition)
    await create_task(crashes.database, mira, NewTask("Refund ORD-1"))
    await assign(crashes.database, mira, "FF-1", AssigneeName("agent", "atlas"))
    yield mira
    for child in nursery.children.values():
        child.kill()


async def answer(database: Any, mira: Principal, bell: Bell) -> None:
    while True:
        for question in (await list_questions(database, mira.tenant_id, state="open")).data:
            await answer_question(database, mira, question.id, "Yes.", bell=bell)
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("point", "nth"),
    [pytest.param(*kill, marks=pytest.mark.long if n % 2 else (), id=f"{kill[0]} {kill[1]}") for n, kill in enumerate(KILLS)],
)
async def test_each_thing_is_done_once_though_the_worker_is_killed_at(point, nth, crashes, nursery, provider, mira):
    database, directory = crashes.database, str(crashes.log.parent)
    birth = {"url": crashes.url, "directory": directory, "environment": provider.environment()}
    bell = Bell()
    await bell.open(database)
    dying = nursery.birth("work", crash_at=f"{point}:{nth}", **birth)
    if "suspend" in point:  # a person who is quick leaves a run no time for that
        await crashes.died(dying)
    answering = asyncio.create_task(answer(database, mira, bell))
    try:
        await crashes.died(dying)
        nursery.birth("work", crash_at="", **birth)
        async with asyncio.timeout(30):
            while (await get_task(database, mira.tenant_id, "FF-1")).column != "Review" or await database.pool.fetchval(
                "select count(*) from flowforge.owner"
            ):
                await asyncio.sleep(0.05)
    finally:
        answering.cancel()
        await bell.close()

    cards = (await list_tasks(database, mira.tenant_id)).data
    assert [(card.key, card.parent, card.column) for card in cards] == [("FF-1", None, "Review"), ("FF-2", "FF-1", "Review")]
    said = {card.key: [(one.author, one.text) for one in card.comments] for card in cards}
    assert said["FF-2"] == [("maya", "I look."), ("maya", "It is ORD-1.")]
    assert [author for author, _ in said["FF-1"]] == ["atlas", "mira", "atlas"]
    assert "It is ORD-1." in said["FF-1"][-1][1] and "mira answered: Yes." in said["FF-1"][-1][1]
    runs, _ = await list_runs(database.pool, mira.tenant_id)
    assert Counter(run.state for run in runs) == {"completed": 2}
    acts = Counter(row["action"] for row in await database.pool.fetch("select action from flowforge.audit"))
    assert (acts["question.ask"], acts["question.answer"], acts["task.create"], acts["task.result"]) == (1, 1, 2, 2)
    assert await database.pool.fetchval("select count(*) from flowforge.task_wait") == 0
