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
    [("l", None, "running"), ("p", "w", "waiting"), ("p", "s", "waiting"), ("r", None, "queued"), ("p", "p", "paused")],
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
        "insert into flowforge.task (tenant_id, task_id, board_id, number, key, title, column_id, position, created_by)"
        " values ($1, $2, $3, 12, 'FF-12', 'Analyze churn', $3, 'i0000000', 'mira')",
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


async def step(
    database: Database, tenant_id: UUID, run_id: UUID, key: str, name: str, kind: str, state: int, *, input: str | None = None
) -> None:
    await database.pool.execute(
        "insert into flowforge.step (tenant_id, run_id, key, name, kind, state, seq, input, started_at)"
        " values ($1, $2, $3, $4, $5, $6, (select count(*) + 3 from flowforge.step), $7, now() - interval '14 minutes')",
        tenant_id, run_id, key, name, kind, state, input,
    )  # fmt: skip


async def the_task(database: Database, tenant_id: UUID) -> UUID:
    task_id = ids.new_id()
    await database.pool.execute(
        "insert into flowforge.task (tenant_id, task_id, board_id, number, key, title, column_id, position, created_by)"
        " values ($1, $2, $2, 12, 'FF-12', 'Analyze churn', $2, 'i', 'mira')",
        tenant_id,
        task_id,
    )
    return task_id


async def test_it_says_what_it_works_on_and_how_far_it_is(database: Database, tenant_id: UUID, atlas: AgentView):
    run_id = await add_run(database, tenant_id, atlas, owner="l", task_id=await the_task(database, tenant_id))
    for turn in (1, 2, 3):
        await step(database, tenant_id, run_id, f"turn:{turn}", "turn", "ai", 2)
    await step(database, tenant_id, run_id, "done:c1", "done_already", "tool", 2)
    await step(database, tenant_id, run_id, "search_kb:c2", "search_kb", "tool", 0)

    found = await find_agent(database.pool, tenant_id, "atlas")

    assert (found.reason.text, found.reason.kind, found.reason.subject) == ("running FF-12 (turn 3, search_kb)", "task", "FF-12")


@pytest.mark.parametrize(
    ("kind", "name", "given", "reason", "text"),
    [
        ("approve", "approve issue_refund", '{"tool": "issue_refund"}', "approval", "waiting: approval for issue_refund since 14 m"),
        ("question", "ask_human", '{"to": "mira"}', "question", "waiting: question to mira since 14 m"),
        ("dependency", "FF-3", None, "dependency", "waiting: dependency FF-3 since 14 m"),
        ("invoke", "report", '{"function": "a.b"}', "child", "waiting: the run of report since 14 m"),
        ("wait_for_event", "paid", None, "event", "waiting: event paid since 14 m"),
        ("sleep", "cool down", None, "timer", "waiting: timer cool down since 14 m"),
        ("of another room", "x", "[1]", "event", "waiting: event x since 14 m"),
    ],
)
async def test_it_says_for_what_it_waits_and_since_when(
    database: Database, tenant_id: UUID, atlas: AgentView, kind: str, name: str, given: str | None, reason: str, text: str
):
    run_id = await add_run(database, tenant_id, atlas, owner="p", parked="w")
    await step(database, tenant_id, run_id, "k", name, kind, 1, input=given)
    await step(database, tenant_id, run_id, "l", "later", kind, 1)

    found = await find_agent(database.pool, tenant_id, "atlas")

    assert (found.status, found.reason.kind, found.reason.text) == ("waiting", reason, text)
    assert found.reason.since is not None


async def test_it_says_with_what_its_last_run_failed(database: Database, tenant_id: UUID, atlas: AgentView):
    run_id = await add_run(database, tenant_id, atlas, "failed")
    error = '{"type": "ModelError", "message": "the key is wrong"}'
    await database.pool.execute("update flowforge.run set error = $1, ended_at = now() where run_id = $2", error, run_id)

    found = await find_agent(database.pool, tenant_id, "atlas")

    assert (found.status, found.reason.text, found.reason.subject) == ("error", "last run failed: the key is wrong", "ModelError")


async def test_a_run_of_a_long_queue_is_found_however_old_it_is(database: Database, tenant_id: UUID):
    made = await create_agent(
        database, Principal(tenant_id, "person", "mira"), AgentDefinition(name="kepler", model="gpt-4o", concurrency=1)
    )
    leased = await add_run(database, tenant_id, made, owner="l")
    lane = await database.pool.fetchval("select lane from flowforge.agent where name = 'kepler'")
    await database.pool.execute(
        "insert into flowforge.slot (limit_id, tenant_id, run_id, fence) values ($1, $2, $3, 1)", lane, tenant_id, leased
    )
    for _ in range(250):
        run_id = await add_run(database, tenant_id, made, owner="r")
        await database.pool.execute("update flowforge.owner set state = 'g', gate = $1 where run_id = $2", lane, run_id)

    found = await find_agent(database.pool, tenant_id, "kepler")

    assert (found.status, found.run, found.queued) == ("running", ids.show("run", leased), 250)


async def test_what_waits_for_its_turn_says_how_many_are_ahead(database: Database, tenant_id: UUID):
    made = await create_agent(
        database, Principal(tenant_id, "person", "mira"), AgentDefinition(name="kepler", model="gpt-4o", concurrency=1)
    )
    lane = await database.pool.fetchval("select lane from flowforge.agent where name = 'kepler'")
    for _ in range(3):
        run_id = await add_run(database, tenant_id, made, owner="r")
        await database.pool.execute("update flowforge.owner set state = 'g', gate = $1 where run_id = $2", lane, run_id)

    found = await find_agent(database.pool, tenant_id, "kepler")

    assert (found.status, found.reason.text) == ("queued", "queued: 2 ahead (concurrency 1)")
