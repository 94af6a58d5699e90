"""What an agent's turn costs a worker, beside pydantic-ai's bare loop. `python bench/agents_load.py [--agents 200] [--turns 10]`

All agents are at work at once on one worker; each turn is one request to a model that takes a second, and one call of a tool. The bare
loop is the same conversation with pydantic-ai alone, as many at once. The model is a client in this process. CPU is this process's, of all
turns; PostgreSQL is embedded, with fsync on, and its CPU is not counted. Everything ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import Any

from agent_resume import Scripted
from engine import in_fresh_database
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from side_by_side.machine import own_postgres

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.work import register_builtin, warm
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.cli.host import run
from flowforge.db.database import Database
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.client import ModelReply, ModelRequest, OnDelta, set_client
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.skills.publish import publish
from flowforge.skills.tool import ToolRegistry

LATENCY_SECONDS = 1.0


class Slow(Scripted):
    """Asks for one look-up a turn, after a second each."""

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        await asyncio.sleep(LATENCY_SECONDS)
        turn = sum(message["role"] == "assistant" for message in request.messages) + 1
        if turn < self.turns:
            return self._calls([("look", {"at": f"a{turn}"})])
        return ModelReply(text="done", finish_reason="stop", model=request.model, provider="openai")


async def bare(agents: int, turns: int) -> float:
    """CPU seconds of pydantic-ai's own loop."""

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        await asyncio.sleep(LATENCY_SECONDS)
        turn = sum(isinstance(message, ModelResponse) for message in messages) + 1
        return ModelResponse([ToolCallPart("look", {"at": f"a{turn}"}, f"c{turn}") if turn < turns else TextPart("done")])

    async def look(at: str) -> str:
        return f"nothing at {at}"

    def made() -> Agent[None, str]:
        agent: Agent[None, str] = Agent(FunctionModel(answer))
        agent.tool_plain(look)
        return agent

    await made().run("Look.")
    cpu = time.process_time()
    await asyncio.gather(*(made().run("Look.") for _ in range(agents)))
    return time.process_time() - cpu


async def ours(database: Database, agents: int, turns: int) -> tuple[float, float]:
    """CPU seconds of a worker on which they work, and how long it took."""
    mira, tools, bell, registry = Principal(DEFAULT_TENANT, "person", "mira"), ToolRegistry(), Bell(), Registry()

    @tools.tool(effect="read")
    async def look(at: str) -> str:
        """Look at something."""
        return f"nothing at {at}"

    register_builtin(registry, tools)
    set_client(Slow(turns))
    await publish(database.pool, "bench", tools, [])
    await publish_functions(database.pool, registry, app="bench")
    for n in range(agents):
        await create_agent(database, mira, AgentDefinition(name=f"atlas-{n}", model="gpt-4o", tools=("look",)))
        task = await create_task(database, mira, NewTask(title=f"Look {n}"), bell=bell)
        await assign(database, mira, task.key, AssigneeName("agent", f"atlas-{n}"), bell=bell)
    warm()
    cpu, began = time.process_time(), time.perf_counter()
    worker = Worker(database, registry, bell=bell)
    await worker.start()
    done = "select count(*) from flowforge.run where state <> 'open'"
    while await database.pool.fetchval(done) < agents:
        await asyncio.sleep(0.1)
    used, wall = time.process_time() - cpu, time.perf_counter() - began
    await worker.stop(grace_seconds=5)
    set_client(None)
    states: Any = await database.pool.fetch("select distinct state from flowforge.run")
    assert [row["state"] for row in states] == ["completed"], states
    return used, wall


async def main(server: str, agents: int, turns: int) -> None:
    alone = await bare(agents, turns)
    used, wall = await in_fresh_database(server, lambda database: ours(database, agents, turns))
    asked = agents * turns
    print(f"{agents} agents at once, {turns} turns each, a second of latency")
    print(f"  pydantic-ai alone, CPU ms a turn    {1000 * alone / asked:8.2f}")
    print(f"  a worker, CPU ms a turn             {1000 * used / asked:8.2f}")
    print(f"  over the bare loop, ms a turn       {1000 * (used - alone) / asked:8.2f}")
    print(f"  wall seconds (at best {turns * LATENCY_SECONDS:.0f})            {wall:8.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--turns", type=int, default=10)
    given = parser.parse_args()
    with own_postgres() as server:
        run(main(server, given.agents, given.turns))
