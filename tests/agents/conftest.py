"""A shop with an agent in it: the real worker, board and model client; only the provider's answers are scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent, find_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.status import AgentView
from flowforge.agents.work import register_builtin
from flowforge.board.approval import Approval, list_approvals
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.board.decision import decide
from flowforge.board.task import Task, get_task
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.client import ModelClient, set_client
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.run import FINAL_STATES, RunView, StepView, find_run, list_runs, list_steps
from flowforge.orchestrator.stream import Frame, read_page
from flowforge.orchestrator.worker import Worker
from flowforge.skills.publish import publish
from flowforge.skills.skill import Skill
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.plugin import scripted_model as provider
from flowforge.testing.scripted_provider import ScriptedProvider

__all__ = ["provider"]

PATIENCE_SECONDS = 60.0  # only a hang takes so long


def unframed(result: str) -> str:
    """What a tool has read from outside, without the frame around it."""
    begin, _, rest = result.partition("\n")
    inside, _, end = rest.rpartition("\n")
    assert begin.startswith("<outside-") and end.startswith("</outside-"), result
    return inside


@dataclass
class Shop:
    """What the tests do and see."""

    database: Database
    mira: Principal
    tools: ToolRegistry
    bell: Bell = field(default_factory=Bell)

    async def hire(self, name: str = "atlas", *, offered: Sequence[Skill] = (), **definition: Any) -> AgentView:
        """Publish what the shop offers and make an agent with all its tools."""
        await publish(self.database.pool, "shop", self.tools, offered)
        await publish_functions(self.database.pool, self.registry(), app="shop")  # cards may be given before a worker is there
        whole = {"model": "gpt-4o", "tools": tuple(tool.name for tool in self.tools), **definition}
        return await create_agent(self.database, self.mira, AgentDefinition(name=name, **whole))

    async def give(self, title: str, description: str = "", *, agent: str = "atlas", priority: str = "none") -> str:
        """Put a card on the board and give it to the agent; returns its key."""
        task = await create_task(self.database, self.mira, NewTask(title, description, priority=priority), bell=self.bell)
        await assign(self.database, self.mira, task.key, AssigneeName("agent", agent), bell=self.bell)
        return task.key

    def registry(self) -> Registry:
        registry = Registry()
        register_builtin(registry, self.tools)
        return registry

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        worker = Worker(self.database, self.registry(), bell=self.bell, backoff=Backoff(base_seconds=0.0), poll_seconds=0.1)
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop(grace_seconds=1.0)

    async def eventually(self, look: Callable[[], Any], what: str) -> Any:
        """The first result of `look` that is true: looks again at every hint, and at least ten times a second."""
        rung = self.bell.subscribe("ready", "wake")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (found := await look()):
                    rung.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(rung.wait(), 0.1)
                return found
        except TimeoutError:
            runs = [(run.id, run.state, run.error) for run in (await list_runs(self.database.pool, self.mira.tenant_id))[0]]
            raise AssertionError(f"{what} did not come; the runs are {runs}") from None
        finally:
            self.bell.unsubscribe(rung, "ready", "wake")

    async def run_of(self, key: str) -> RunView | None:
        runs, _ = await list_runs(self.database.pool, self.mira.tenant_id)
        return next((run for run in runs if run.task == key and run.function == "flowforge.agent"), None)

    async def state(self, key: str, *states: str) -> RunView:
        """The card's run once it is in one of these states."""

        async def look() -> RunView | None:
            run = await self.run_of(key)
            return run if run is not None and run.state in states else None

        found: RunView = await self.eventually(look, " or ".join(states))
        return found

    async def final(self, run_id: UUID) -> RunView | None:
        run = await find_run(self.database.pool, self.mira.tenant_id, run_id.hex)
        return run if run.state in FINAL_STATES else None

    async def ended(self, key: str) -> RunView:
        return await self.state(key, *FINAL_STATES)

    async def asked(self, count: int = 1) -> list[Approval]:
        """The pending approvals, once there are so many."""

        async def look() -> list[Approval] | None:
            page = await list_approvals(self.database, self.mira.tenant_id, state="pending")
            return list(page.data) if len(page.data) >= count else None

        found: list[Approval] = await self.eventually(look, f"{count} approval(s)")
        return found

    async def decide(self, approval: Approval, approved: bool, **verdict: Any) -> None:
        await decide(self.database, self.mira, approval.id, approved=approved, bell=self.bell, **verdict)

    async def decide_as(self, name: str, approval: Approval, approved: bool, **verdict: Any) -> None:
        who = Principal(self.mira.tenant_id, "person", name)
        await decide(self.database, who, approval.id, approved=approved, bell=self.bell, **verdict)

    async def take_away(self, key: str) -> None:
        await assign(self.database, self.mira, key, None, bell=self.bell)

    async def steps(self, run: RunView) -> list[StepView]:
        return await list_steps(self.database.pool, self.mira.tenant_id, run.run_id)

    async def task(self, key: str) -> Task:
        return await get_task(self.database, self.mira.tenant_id, key)

    async def agent(self, name: str = "atlas") -> AgentView:
        return await find_agent(self.database.pool, self.mira.tenant_id, name)

    async def frames(self, kind: Any, stream_id: UUID) -> list[Frame]:
        return await read_page(self.database.pool, self.mira.tenant_id, kind, stream_id, 0)


@pytest.fixture
def tools() -> ToolRegistry:
    return ToolRegistry()


@pytest.fixture
def model_client() -> ModelClient:
    """By which agents call models; LiteLLM, which takes seconds to import, in `test_turns.py`."""
    return HttpModelClient()


@pytest.fixture
async def shop(
    database: Database, tenant_id: UUID, tools: ToolRegistry, provider: ScriptedProvider, model_client: ModelClient
) -> AsyncIterator[Shop]:
    before = set_client(model_client)
    yield Shop(database, Principal(tenant_id, "person", "mira"), tools)
    await model_client.close()
    set_client(before)
