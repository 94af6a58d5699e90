from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.board.person import create_person
from flowforge.db.database import Database
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import read_triggers


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
    registry.add(Function("flowforge.agent", work_on_task, read_triggers("board/task.assigned"), builtin=True, labels=labels))
    await publish_functions(database.pool, registry, app="tests")
