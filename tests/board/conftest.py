from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.access.permission import ROLES
from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.board.approval import Approval, list_approvals
from flowforge.board.approve_step import look
from flowforge.board.assignee import AssigneeName
from flowforge.board.creation import NewTask, create_task
from flowforge.board.person import create_person
from flowforge.db.database import Database
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import on, read_triggers
from flowforge.orchestrator.waits import PendingWait
from flowforge.orchestrator.worker import Worker

SCHEMA = {
    "type": "object",
    "properties": {"order": {"type": "string"}, "amount": {"type": "number", "maximum": 500}},
    "required": ["order", "amount"],
    "additionalProperties": False,
}
REFUND = {"order": "ORD-9218", "amount": 420}

Eventually = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
Ask = Callable[..., Awaitable[PendingWait]]


@pytest.fixture
def mira(tenant_id: UUID) -> Principal:
    """The person who acts in these tests."""
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
def make_agent(database: Database, mira: Principal) -> Callable[[str], Awaitable[Principal]]:
    """Make an agent; returns it as the principal that it acts as."""

    async def make(name: str) -> Principal:
        agent = await create_agent(database, mira, AgentDefinition(name=name, model="gpt-4o"))
        return Principal(mira.tenant_id, "agent", name, agent.agent_id)

    return make


@pytest.fixture
async def atlas(make_agent: Callable[[str], Awaitable[Principal]]) -> Principal:
    return await make_agent("atlas")


@pytest.fixture
async def people(database: Database, mira: Principal) -> None:
    """Two persons: mira and jonas."""
    for name in ("mira", "jonas"):
        await create_person(database, mira, name)


@pytest.fixture
async def agents_listen(database: Database) -> None:
    """The function that assignments start is published, though no worker executes it: its runs stay queued."""

    async def work_on_task(ctx: Any) -> None: ...

    registry = Registry()
    labels = {"agent_id": "agent_id", "task_id": "task_id"}
    registry.add(
        Function(
            "flowforge.agent",
            work_on_task,
            read_triggers(on("board/task.assigned", if_="has(event.data.agent_id)")),
            builtin=True,
            labels=labels,
        )
    )
    await publish_functions(database.pool, registry, app="tests")


@pytest.fixture
async def run_id(database: Database, mira: Principal, agents_listen: None, atlas: Principal) -> UUID:
    """The open run of atlas on FF-1."""
    task = await create_task(database, mira, NewTask("Refund ORD-9218", assignee=AssigneeName("agent", "atlas")))
    assert task.run_id is not None
    return task.run_id


@pytest.fixture
def ask(database: Database, tenant_id: UUID, run_id: UUID) -> Ask:
    """A run that waits for an approval, parked as the engine parks it."""

    async def ask(key: str = "approve refund:1", expires_in: float | None = None, looks: bool = True, **question: Any) -> PendingWait:
        asked = {
            "tool": "issue_refund",
            "arguments": REFUND,
            "schema": SCHEMA,
            "effect": "money",
            "reversible": False,
            "reason": "it is money",
        }
        now: datetime = await database.pool.fetchval("select flowforge.now()")
        due = None if expires_in is None else now + timedelta(seconds=expires_in)
        wait = PendingWait(tenant_id, run_id, key, "approve refund", "approve", None, json.dumps(asked | question), None, due, None, None)
        if looks:
            await look(database, [wait])
        await database.pool.execute("update flowforge.owner set state = 'p', parked_for = 'w', due = $1", due)
        return wait

    return ask


@pytest.fixture
async def member(database, tenant_id):
    """Make somebody a member of the tenant in a role; returns them as who acts."""

    async def make(name: str, role: str = "approver") -> Principal:
        person_id = ids.new_id()
        await database.pool.execute(
            "insert into flowforge.person (tenant_id, person_id, name, role, account_id) values ($1, $2, $3, $4, $2)",
            tenant_id,
            person_id,
            name,
            role,
        )
        return Principal(tenant_id, "person", name, person_id, ROLES[role])

    return make


@pytest.fixture
async def key_of(database, tenant_id):
    """Make a key of somebody's; returns it as who acts."""
    numbers = itertools.count(1)

    async def make(maker: Principal) -> Principal:
        key_id, name = ids.new_id(), f"key-{next(numbers)}"
        await database.pool.execute(
            "insert into flowforge.api_key (tenant_id, key_id, name, test, scopes, granted, created_by_kind, created_by, created_by_id,"
            " created_at) values ($1, $2, $3, false, '{*}', '{}', $4, $5, $6, now())",
            tenant_id, key_id, name, maker.kind, maker.name, maker.id,
        )  # fmt: skip
        return Principal(tenant_id, "key", name, key_id, maker.permissions)

    return make


@pytest.fixture
def asked(database, tenant_id, ask):
    """Ask with such a requirement; returns the approval."""
    numbers = itertools.count(1)

    async def make(**requirement: Any) -> Approval:
        await ask(key=f"approve refund:{next(numbers)}", requirement=requirement)
        return (await list_approvals(database, tenant_id, limit=200)).data[-1]

    return make


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
async def workers(database: Database, registry: Registry) -> AsyncIterator[Callable[[], Awaitable[Worker]]]:
    started: list[Worker] = []

    async def start() -> Worker:
        worker = Worker(database, registry)
        await worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        await worker.stop()


@pytest.fixture
def eventually() -> Eventually:
    """Ask until the answer is true, for ten seconds at most."""

    async def ask(question: Callable[[], Awaitable[Any]]) -> Any:
        async with asyncio.timeout(10):
            while not (answer := await question()):
                await asyncio.sleep(0.01)
            return answer

    return ask
