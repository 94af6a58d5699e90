"""How long an agent that has worked for many turns takes to come back. `python bench/agent_resume.py [--turns 500] [--kb 0]`

The agent calls two tools a turn and then asks a person; its worker stops, the person approves, and a second worker goes on. Measured is
that second worker: from its start, and from its claim of the run, to its next model request, and the CPU of the process meanwhile. The
model is a client in this process that answers at once. PostgreSQL is embedded, with fsync on. Everything ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from typing import Any

from engine import in_fresh_database
from side_by_side.machine import own_postgres

from flowforge.access.principal import Principal
from flowforge.agents import snapshot
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition, AgentLimits
from flowforge.agents.work import register_builtin, warm
from flowforge.board.approval import list_approvals
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.board.decision import decide
from flowforge.cli.host import run
from flowforge.db.database import Database
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, set_client
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.orchestrator.worker.worker import Worker as _Worker
from flowforge.skills.publish import publish
from flowforge.skills.tool import ToolRegistry


class Scripted:
    """Asks for two look-ups in each of `turns` turns, then for a payment, then says that it is done."""

    def __init__(self, turns: int) -> None:
        self.turns, self.asked, self.asked_at = turns, 0, 0.0

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        self.asked_at = time.perf_counter()
        if not request.tools:  # to sum up
            return ModelReply(text="Looked, found nothing.", finish_reason="stop", model=request.model, provider="openai")
        self.asked += 1
        if self.asked <= self.turns:
            return self._calls([("look", {"at": f"a{self.asked}"}), ("look", {"at": f"b{self.asked}"})])
        if self.asked == self.turns + 1:
            return self._calls([("pay", {"to": "ann"})])
        return ModelReply(text="done", finish_reason="stop", model=request.model, provider="openai")

    def _calls(self, calls: list[tuple[str, Any]]) -> ModelReply:
        asked = [{"id": f"c{n}", "name": name, "arguments": json.dumps(given)} for n, (name, given) in enumerate(calls)]
        return ModelReply(text="", tool_calls=asked, finish_reason="tool_calls", model="gpt-4o", provider="openai")  # type: ignore[arg-type]

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        raise NotImplementedError

    async def close(self) -> None:
        return None


def tools_of(kb: int) -> ToolRegistry:
    tools, text = ToolRegistry(), "the books say nothing of it. " * (kb * 1024 // 29)

    @tools.tool(effect="read")
    async def look(at: str) -> str:
        """Look at something."""
        return text or f"nothing at {at}"

    @tools.tool(effect="money")
    async def pay(to: str) -> str:
        """Pay somebody."""
        return f"paid {to}"

    return tools


async def measure(database: Database, turns: int, kb: int) -> dict[str, float]:
    """One agent's way, and the second worker's figures."""
    mira, tools, bell = Principal(DEFAULT_TENANT, "person", "mira"), tools_of(kb), Bell()
    model = Scripted(turns)
    set_client(model)
    registry = Registry()
    register_builtin(registry, tools)
    await publish(database.pool, "bench", tools, [])
    await publish_functions(database.pool, registry, app="bench")
    limits = AgentLimits(turns=10_000)
    await create_agent(database, mira, AgentDefinition(name="atlas", model="gpt-4o", tools=("look", "pay"), limits=limits))
    task = await create_task(database, mira, NewTask(title="Look for long"), bell=bell)
    warm()

    began, cpu = time.perf_counter(), time.process_time()
    first = Worker(database, registry, bell=bell)
    await first.start()
    await assign(database, mira, task.key, AssigneeName("agent", "atlas"), bell=bell)
    while not (waiting := (await list_approvals(database, mira.tenant_id, state="pending")).data):
        await asyncio.sleep(0.02)
    work, work_cpu = time.perf_counter() - began, time.process_time() - cpu
    await first.stop(grace_seconds=5)

    await decide(database, mira, waiting[0].id, approved=True, bell=bell)
    claimed: list[float] = []
    plain = _Worker.execute

    def execute(self: Any, *args: Any) -> None:
        claimed.append(time.perf_counter())
        plain(self, *args)

    _Worker.execute = execute  # type: ignore[method-assign]
    model.asked_at, began, cpu = 0.0, time.perf_counter(), time.process_time()
    second = Worker(database, registry, bell=bell)
    await second.start()
    while not model.asked_at:
        await asyncio.sleep(0.005)
    used = time.process_time() - cpu
    _Worker.execute = plain  # type: ignore[method-assign]
    wall, replay = model.asked_at - began, model.asked_at - claimed[0]
    await second.stop(grace_seconds=5)
    set_client(None)
    size = await database.pool.fetchval("select pg_total_relation_size('flowforge.step') + pg_total_relation_size('flowforge.blob')")
    return {
        "turn_cpu_ms": 1000 * work_cpu / turns,
        "turn_wall_ms": 1000 * work / turns,
        "resume_cpu_ms": 1000 * used,
        "resume_wall_ms": 1000 * wall,
        "after_claim_ms": 1000 * replay,
        "stored_mb": size / 1e6,
    }


async def main(server: str, turns: int, kb: int, every: int, rounds: int) -> None:
    snapshot.EVERY_TURNS = every
    taken = [await in_fresh_database(server, lambda database: measure(database, turns, kb)) for _ in range(rounds)]
    print(f"{turns} turns of 2 tools, results of {kb or 0} KB, a snapshot after every {every}")
    for name in taken[0]:
        print(f"  {name:16} {statistics.median(one[name] for one in taken):10.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=500)
    parser.add_argument("--kb", type=int, default=0)
    parser.add_argument("--every", type=int, default=snapshot.EVERY_TURNS)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    with own_postgres() as server:
        run(main(server, given.turns, given.kb, given.every, given.rounds))
