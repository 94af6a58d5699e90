"""`forge`: an engine of the test's own, in the test's own process and loop.

    async def test_a_reminder_is_sent_after_a_day(forge):
        forge.use(app)
        sent = await forge.send("order/created", {"order_id": "ORD-1"})
        await forge.work_until_idle()
        await forge.clock.advance("25h")
        await forge.work_until_idle()
        assert (await forge.run(sent)).state == "completed"

It works only when asked to, notices dead workers at once, retries failed steps without delay, and skips sleeps by the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import is_
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.db.queries import load_queries
from flowforge.errors import FlowForgeError, InvalidInput, NotFound
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.skills.tool import TOOLS, ToolRegistry
from flowforge.testing.clock import SettableClock
from flowforge.testing.crash_points import Death, die_at

if TYPE_CHECKING:
    from flowforge.agents.status import AgentView
    from flowforge.board.approval import Approval
    from flowforge.board.task import Task
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.run import RunView, StepView
    from flowforge.orchestrator.worker.worker import Worker

APP = "test"
IDLE_SECONDS = 30.0
LOOK_SECONDS = 0.01

sql = load_queries("flowforge.testing")


@dataclass(frozen=True)
class Sent:
    """A sent event. `id` is its one run's id; with several runs (or none) look at `runs`."""

    event_id: str
    runs: tuple[str, ...]
    duplicate: bool

    @property
    def id(self) -> str:
        if len(self.runs) != 1:
            raise InvalidInput(f"the event started {len(self.runs)} runs, not one", hint="look at .runs")
        return self.runs[0]


class Forge:
    """The engine of one test. The `forge` fixture makes it; see the module's first lines."""

    def __init__(self, database: Database, bell: Bell, tenant_id: UUID = ids.DEFAULT_TENANT) -> None:
        from flowforge.agents.work import register_builtin

        self.database, self.bell, self.tenant_id = database, bell, tenant_id
        self.registry, self.tools = Registry(), ToolRegistry()
        self.function, self.tool = self.registry.function, self.tools.tool
        self.clock = SettableClock(database, self._look_around)
        self.person = Principal(tenant_id, "person", "tester")
        self._worker: Worker | None = None
        self._published: tuple[frozenset[str], frozenset[str]] | None = None
        register_builtin(self.registry, self.tools)

    def use(self, *parts: ModuleType | Callable[..., Any]) -> None:
        """Take in what a module, or a single function or tool, registered with `@flowforge.function` and `@flowforge.tool`.

        Raises NotFound for what registered nothing.
        """
        for part in parts:
            belongs = _inside(part) if isinstance(part, ModuleType) else partial(is_, part)
            functions = [function for function in REGISTRY if not function.builtin and belongs(function.handler)]
            tools = [tool for tool in TOOLS if belongs(tool.function)]
            if not functions and not tools:
                raise NotFound("registered function or tool", getattr(part, "__name__", repr(part)))
            for function in functions:
                self.registry.add(function)
            for tool in tools:
                self.tools.add(tool)

    # ── acting ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, name: str, data: Any = None, *, id: str | None = None) -> Sent:
        """Send an event. Its runs wait in the queue until `work_until_idle`."""
        from flowforge.orchestrator.event import NewEvent, send_events

        await self._publish()
        (event,) = await send_events(self.database, self.tenant_id, [NewEvent(name, {} if data is None else data, id)], bell=self.bell)
        return Sent(event.id, tuple(ids.show("run", run) for run in event.run_ids), event.duplicate)

    async def start(self, function: str | Callable[..., Any], input: Any = None) -> str:
        """Start a function without an event; the run's id."""
        from flowforge.orchestrator.codec import to_json
        from flowforge.orchestrator.run import start_run

        await self._publish()
        function_id = self.registry.id_of(function)
        return ids.show("run", await start_run(self.database, self.tenant_id, function_id, to_json(input), bell=self.bell))

    async def work_until_idle(self, timeout_seconds: float = IDLE_SECONDS) -> None:
        """Work until every run has ended or waits for an event, a person or a later time. Raises FlowForgeError when it takes too long."""
        await self._publish()
        worker = await self._working()
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    await worker.sweeper.sweep()
                    if await self.is_idle():
                        return
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise FlowForgeError(f"still busy after {timeout_seconds:g} s: {await self._in_hand()}") from None

    async def is_idle(self) -> bool:
        """Whether nothing would happen by itself now."""
        functions = [function.function_id for function in self.registry]
        return not await sql.busy.fetchval(self.database.pool, functions=functions)

    async def restart_worker(self) -> None:
        """Stop the worker, gracefully; the next `work_until_idle` starts another: every open run is replayed from its checkpoints."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop(1.0)

    async def die_at(self, point: str, *, app: str | Path, nth: int = 1) -> Death:
        """Let a worker in a process of its own work on, and be killed at a named point of the engine. See `crash_points`."""
        await self._publish()
        await self.restart_worker()
        return await die_at(point, app=app, database_url=self.database.url, is_idle=self.is_idle, nth=nth)

    # ── agents, tasks, approvals ─────────────────────────────────────────────────────────────────────────────────────

    async def agent(self, name: str, model: str = "gpt-4o", **definition: Any) -> AgentView:
        """Make an agent: `instructions=`, `tools=`, `skills=`, `approval=` as in `POST /v1/agents`."""
        from flowforge.agents.agent import create_agent
        from flowforge.agents.definition import read_definition

        await self._publish()
        return await create_agent(self.database, self.person, read_definition({"name": name, "model": model, **definition}))

    async def task(self, title: str, *, description: str = "", agent: str | None = None) -> Task:
        """Put a task on the board, assigned to an agent where one is named."""
        from flowforge.board.assignee import AssigneeName
        from flowforge.board.creation import NewTask, create_task

        await self._publish()
        assignee = None if agent is None else AssigneeName("agent", agent)
        return await create_task(self.database, self.person, NewTask(title, description, assignee=assignee), bell=self.bell)

    async def approvals(self, state: str = "pending") -> Sequence[Approval]:
        """What waits for a person, the oldest first."""
        from flowforge.board.approval import list_approvals

        return (await list_approvals(self.database, self.tenant_id, state=state)).data

    async def approve(
        self, approval: Approval | str | None = None, *, edited_args: Mapping[str, Any] | None = None, reason: str | None = None
    ) -> Approval:
        """Approve the only pending approval, or the given one."""
        return await self._decide(approval, True, edited_args, reason)

    async def deny(self, approval: Approval | str | None = None, *, reason: str | None = None) -> Approval:
        """Deny the only pending approval, or the given one."""
        return await self._decide(approval, False, None, reason)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self, of: Sent | str | UUID) -> RunView:
        """The run of a sent event, or the run with that id or label."""
        from flowforge.orchestrator.run import find_run

        return await find_run(self.database.pool, self.tenant_id, self._run_text(of))

    async def runs(self) -> Sequence[RunView]:
        """All runs, the newest first."""
        from flowforge.orchestrator.run import list_runs

        return (await list_runs(self.database.pool, self.tenant_id, limit=200))[0]

    async def steps(self, of: Sent | str | UUID) -> Sequence[StepView]:
        """The steps of a run, in the order in which they began."""
        from flowforge.orchestrator.run import list_steps

        return await list_steps(self.database.pool, self.tenant_id, (await self.run(of)).run_id)

    async def close(self) -> None:
        """Stop working. The fixture does it."""
        await self.restart_worker()

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _working(self) -> Worker:
        from flowforge.orchestrator.retry import Backoff
        from flowforge.orchestrator.worker.sweeper import DeathWatch
        from flowforge.orchestrator.worker.worker import Worker

        if self._worker is None:
            backoff = Backoff(base_seconds=0.0)
            self._worker = Worker(
                self.database, self.registry, bell=self.bell, app=APP, backoff=backoff, linger_seconds=0.0, poll_seconds=0.2
            )
            await self._worker.start()
            self._worker.sweeper.watch = DeathWatch(vanished_seconds=0.0)
        return self._worker

    async def _publish(self) -> None:
        """Tell the database what is registered, when that has changed: events are matched there."""
        import flowforge.board.approve_step  # noqa: F401 - registers how a wait for a person looks
        from flowforge.orchestrator.publish import publish_functions
        from flowforge.skills.publish import publish
        from flowforge.skills.skill import available_skills

        offered = frozenset(function.function_id for function in self.registry), frozenset(tool.name for tool in self.tools)
        if offered == self._published:
            return
        await publish_functions(self.database.pool, self.registry, app=APP)
        await publish(self.database.pool, APP, self.tools, available_skills(Path.cwd()))
        if self._worker is not None:
            await self._worker.reload()
        self._published = offered

    async def _look_around(self) -> None:
        if self._worker is not None:
            await self._worker.sweeper.sweep()

    async def _decide(
        self, approval: Approval | str | None, approved: bool, edited: Mapping[str, Any] | None, reason: str | None
    ) -> Approval:
        from flowforge.board.decision import decide

        if approval is None:
            pending = await self.approvals()
            if len(pending) != 1:
                raise InvalidInput(f"{len(pending)} approvals are pending, not one", hint="say which one you mean")
            approval = pending[0]
        text = approval if isinstance(approval, str) else approval.id
        return await decide(self.database, self.person, text, approved=approved, edited_args=edited, reason=reason, bell=self.bell)

    async def _in_hand(self) -> str:
        rows = await sql.unfinished.fetch(self.database.pool)
        state = {"r": "ready", "l": "running"}
        return (
            ", ".join(f"{row['function_id']} {ids.label(row['run_id'])} is {state[row['state']]}" for row in rows) or "undispatched events"
        )

    @staticmethod
    def _run_text(of: Sent | str | UUID) -> str:
        return of.id if isinstance(of, Sent) else of.hex if isinstance(of, UUID) else of


def _inside(module: ModuleType) -> Callable[[Any], bool]:
    name = module.__name__

    def belongs(registered: Any) -> bool:
        own = str(getattr(registered, "__module__", ""))
        return own == name or own.startswith(f"{name}.")

    return belongs
