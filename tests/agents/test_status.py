"""An agent's status, derived from its runs."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.agent import AgentView, create_agent, find_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.db.database import Database


@pytest.fixture
async def atlas(database: Database, tenant_id: UUID) -> AgentView:
    return await create_agent(database, Principal(tenant_id, "person", "mira"), AgentDefinition(name="atlas", model="gpt-4o"))


async def add_run(
    database: Database,
    tenant_id: UUID,
    agent: AgentView,
    state: str = "open",
    owner: str | None = None,
    parked: str | None = None,
    task_id: UUID | None = None,
) -> UUID:
    run_id = ids.new_id()
    await database.pool.execute(
        "insert into flowforge.run (tenant_id, run_id, function_id, state, event_name, input, received_at, created_at, agent_id, task_id)"
        " values ($1, $2, 'flowforge.agent', $3, 'board/task.assigned', '{}', now(), now(), $4, $5)",
        tenant_id,
        run_id,
        state,
        agent.agent_id,
        task_id,
    )
    if owner is not None:
        await database.pool.execute(
            "insert into flowforge.owner (tenant_id, run_id, function_id, state, parked_for, vt)"
            " values ($1, $2, 'flowforge.agent', $3, $4, 0)",
            tenant_id,
            run_id,
            owner.encode(),
            parked.encode() if parked else None,
        )
    return run_id


@pytest.mark.parametrize(
    ("owner", "parked", "status"),
    [("l", None, "running"), ("p", "w", "waiting"), ("p", "s", "waiting"), ("r", None, "waiting"), ("p", "p", "paused")],
)
async def test_an_open_run_decides_the_status(
    database: Database, tenant_id: UUID, atlas: AgentView, owner: str, parked: str | None, status: str
):
    await add_run(database, tenant_id, atlas, "failed")
    run_id = await add_run(database, tenant_id, atlas, owner=owner, parked=parked)

    found = await find_agent(database.pool, tenant_id, "atlas")

    assert (found.status, found.run) == (status, ids.show("run", run_id))


async def test_a_leased_run_wins_over_newer_waiting_ones(database: Database, tenant_id: UUID, atlas: AgentView):
    leased = await add_run(database, tenant_id, atlas, owner="l")
    await add_run(database, tenant_id, atlas, owner="p", parked="w")

    assert (await find_agent(database.pool, tenant_id, "atlas")).run == ids.show("run", leased)


@pytest.mark.parametrize(("state", "status"), [("failed", "error"), ("completed", "idle"), ("cancelled", "idle")])
async def test_without_an_open_run_the_latest_one_decides(database: Database, tenant_id: UUID, atlas: AgentView, state: str, status: str):
    await add_run(database, tenant_id, atlas, "failed")
    await add_run(database, tenant_id, atlas, state)

    found = await find_agent(database.pool, tenant_id, "atlas")

    assert (found.status, found.run) == (status, None)


async def test_the_current_task_is_the_one_of_the_current_run(database: Database, tenant_id: UUID, atlas: AgentView):
    task_id, board_id = ids.new_id(), ids.new_id()
    await database.pool.execute(
        "insert into flowforge.task (tenant_id, task_id, board_id, number, key, title, column_name, created_by)"
        " values ($1, $2, $3, 12, 'FF-12', 'Analyze churn', 'Doing', 'mira')",
        tenant_id,
        task_id,
        board_id,
    )
    await add_run(database, tenant_id, atlas, owner="l", task_id=task_id)

    assert (await find_agent(database.pool, tenant_id, "atlas")).task == "FF-12"


@pytest.mark.parametrize(
    ("costs", "shown"),
    [(["0.0123", "0.30"], "0.3123"), (["0.01", None], None), ([], "0")],
)
async def test_the_cost_of_today_is_exact_or_unknown(
    database: Database, tenant_id: UUID, atlas: AgentView, costs: list[str | None], shown: str | None
):
    for cost in [*costs, "yesterday"]:
        await database.pool.execute(
            "insert into flowforge.usage (tenant_id, usage_id, run_id, step_key, function_id, agent_id, model, provider, input_tokens,"
            " output_tokens, latency_ms, cost, created_at) values ($1, $2, $3, 'model', 'flowforge.agent', $4, 'm', 'p', 1, 1, 1, $5,"
            " now() - case when $6 then interval '25 hours' else '0' end)",
            tenant_id,
            ids.new_id(),
            ids.new_id(),
            atlas.agent_id,
            Decimal(7) if cost == "yesterday" else Decimal(cost) if cost else None,
            cost == "yesterday",
        )

    assert (await find_agent(database.pool, tenant_id, "atlas")).cost_today == shown
