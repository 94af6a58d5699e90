"""How soon an agent shows that it has begun, and what looking at many of them costs. `python bench/agents.py [--rounds N] [--runs N]`

First sign: from the begin of an assignment (its commit and dispatch included) to the first `agent.status` frame on the card's stream,
with one worker, with and without a concurrency; the model is scripted and answers at once. List: a page of 50 agents with their status
and reason, of 200 agents with 500 runs each, half of them at work in a run of 300 steps. Medians and p95, on an embedded PostgreSQL of
its own that ends with it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from uuid import UUID

from side_by_side.machine import own_postgres

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent, list_agents
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.work import register_builtin, warm
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.cli.host import run
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.client import set_client
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.stream import read_stream
from flowforge.orchestrator.worker import Worker
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply

MIRA = Principal(DEFAULT_TENANT, "person", "mira")
AGENTS, STEPS = 200, 300


async def measure(server: str, rounds: int, runs: int) -> None:
    url = await create_database(server, "bench_agents")
    await migrate(url)
    try:
        async with await Database.open(url) as database:
            await first_signs(database, rounds)
            await lists(database, runs)
    finally:
        await drop_database(server, "bench_agents")


async def first_signs(database: Database, rounds: int) -> None:
    registry, bell = Registry(), Bell()
    register_builtin(registry, ToolRegistry())
    client = LiteLLMClient()
    before = set_client(client)
    warm()
    worker = Worker(database, registry, bell=bell, app="bench")
    await worker.start()
    try:
        for label, concurrency in (("without a concurrency", None), ("with a concurrency of 5", 5)):
            name = "atlas" if concurrency is None else "kepler"
            await create_agent(database, MIRA, AgentDefinition(name=name, model="gpt-4o", concurrency=concurrency))
            took = [await first_sign(database, bell, name) for _ in range(rounds + 3)][3:]
            print(f"first sign {label:<26} {told(took)}")
    finally:
        await worker.stop()
        await client.close()
        set_client(before)


async def first_sign(database: Database, bell: Bell, agent: str) -> float:
    """Milliseconds."""
    task = await create_task(database, MIRA, NewTask("Say hello"), bell=bell)
    begun = time.perf_counter()
    await assign(database, MIRA, task.key, AssigneeName("agent", agent), bell=bell)
    async for frame in read_stream(database, bell, DEFAULT_TENANT, "task", task.task_id, task.seq):
        if frame.name == "agent.status":
            return (time.perf_counter() - begun) * 1000
    raise AssertionError("a task's stream does not end")


async def lists(database: Database, runs: int) -> None:
    for number in range(AGENTS - 2):
        await create_agent(database, MIRA, AgentDefinition(name=f"agent-{number:03}", model="gpt-4o", concurrency=number % 3 or None))
    agents = [row["agent_id"] for row in await database.pool.fetch("select agent_id from flowforge.agent")]
    for number, agent_id in enumerate(agents):
        await add_runs(database, agent_id, runs, working=number % 2 == 0)
    await database.pool.execute("analyze")
    took, cursor = [], None
    for _ in range(30):
        begun = time.perf_counter()
        page = await list_agents(database.pool, DEFAULT_TENANT, limit=50, cursor=cursor)
        took.append((time.perf_counter() - begun) * 1000)
        cursor = page.next_cursor
    print(f"list of 50 of {AGENTS} agents, {runs} runs each   {told(took)}")


async def add_runs(database: Database, agent_id: UUID, runs: int, *, working: bool) -> None:
    made = [ids.new_id() for _ in range(runs)]
    await database.pool.execute(
        "insert into flowforge.run (tenant_id, run_id, function_id, state, event_name, input, received_at, created_at, agent_id, ended_at)"
        " select $1, u, 'flowforge.agent', 'completed', 'board/task.assigned', '{}', now(), now(), $2, now() from unnest($3::uuid[]) u",
        DEFAULT_TENANT, agent_id, made,
    )  # fmt: skip
    if not working:
        return
    await database.pool.execute("update flowforge.run set state = 'open', ended_at = null where run_id = $1", made[-1])
    await database.pool.execute(
        "insert into flowforge.owner (tenant_id, run_id, function_id, state, vt) values ($1, $2, 'flowforge.agent', 'l', 0)",
        DEFAULT_TENANT, made[-1],
    )  # fmt: skip
    await database.pool.execute(
        "insert into flowforge.step (tenant_id, run_id, key, name, kind, state, seq, started_at)"
        " select $1, $2, 'turn:' || n, 'turn', 'ai', 2, n, now() from generate_series(1, $3::int) n",
        DEFAULT_TENANT, made[-1], STEPS,
    )  # fmt: skip


def told(took: Sequence[float]) -> str:
    ordered = sorted(took)
    return f"median {statistics.median(ordered):7.1f} ms   p95 {ordered[int(len(ordered) * 0.95)]:7.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--runs", type=int, default=500)
    given = parser.parse_args()
    with own_postgres() as server, ScriptedProvider(lambda asked: Reply(text="Hello.")) as provider:
        os.environ.update(provider.environment())
        run(measure(server, given.rounds, given.runs))


if __name__ == "__main__":
    main()
