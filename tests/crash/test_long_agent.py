"""SIGKILL around a snapshot of a long conversation, and while a message is being taken: every turn once, every word heard once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.message import tell_agent
from flowforge.agents.work import register_builtin
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import list_runs
from flowforge.skills.publish import publish
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

LOOKS = 11  # one snapshot is taken on the way


def looks_long_then_refunds(asked: Asked) -> Reply:
    """The same id for every call, as some providers have it."""
    done = sum(message.role == "assistant" for message in asked.messages)
    if done < LOOKS:
        return Reply(tool_calls=(ToolCall("lookup_order", {"order_id": "ORD-1"}, id="call_1"),))
    if done == LOOKS:
        return Reply(tool_calls=(ToolCall("issue_refund", {"order_id": "ORD-1", "amount": 420}, id="call_1"),))
    results = sum(message.role == "tool" for message in asked.messages)
    told = sum("Be quick." in message.text for message in asked.messages if message.role == "user")
    return Reply(text=f"{results} results, told {told} times")


def lookup_order(order_id: str) -> None: ...


def issue_refund(order_id: str, amount: float) -> None: ...


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(looks_long_then_refunds) as running:
        yield running


@pytest.mark.thorough
@pytest.mark.parametrize("point", ["snapshot.before", "snapshot.after", "messages.taken"])
async def test_a_long_conversation_survives_a_kill_at(point, crashes, nursery, provider):
    pool, mira = crashes.database.pool, Principal(crashes.tenant_id, "person", "mira")
    tools, registry = ToolRegistry(), Registry()
    tools.tool(effect="read")(lookup_order)
    tools.tool(effect="money")(issue_refund)
    register_builtin(registry, tools)
    await publish(pool, "shop", tools)
    await publish_functions(pool, registry, app="shop")
    asks_nobody = {"issue_refund": False}
    definition = AgentDefinition(name="atlas", model="gpt-4o", tools=("lookup_order", "issue_refund"), approval=asks_nobody)
    await create_agent(crashes.database, mira, definition)
    await create_task(crashes.database, mira, NewTask("Refund ORD-1"))
    await assign(crashes.database, mira, "FF-1", AssigneeName("agent", "atlas"))
    await tell_agent(crashes.database, mira, "atlas", "Be quick.")

    def birth(crash_at: str = ""):
        return nursery.birth(
            "work", url=crashes.url, directory=str(crashes.log.parent), crash_at=crash_at, environment=provider.environment()
        )

    first = birth(f"{point}:1")
    try:
        async with asyncio.timeout(60):
            while first.poll() is None:
                await asyncio.sleep(0.02)
        assert first.returncode == -9
        second = birth()
        runs, _ = await list_runs(pool, crashes.tenant_id)
        run = await crashes.end_of(runs[0].run_id)
    finally:
        first.kill()
    second.kill()

    assert run.state == "completed", run.error
    assert run.output["result"] == f"{LOOKS + 1} results, told 1 times"
    assert len((crashes.log.parent / "ledger").read_text().splitlines()) == 1
    assert len(provider.requests) == LOOKS + 2
    begun = Counter(line.split("\t")[2] for line in (crashes.log.parent / "effects.log").read_text().splitlines())
    again = {"snapshot.before": {"snapshot:10"}, "snapshot.after": set(), "messages.taken": {"messages:1"}}[point]
    assert {key for key, times in begun.items() if times > 1} == again
