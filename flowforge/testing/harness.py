"""`forge`: an engine of the test's own, in the test's own process and loop.

    async def test_a_reminder_is_sent_after_a_day(forge):
        forge.use(app)
        forge.clock.auto_skip = True
        sent = await forge.send("order/created", {"order_id": "ORD-1"})
        run = await forge.wait_for(sent, "completed")
        assert run.output == "reminded"

It works only when asked to (`work_until_idle`, `wait_for`), notices dead workers at once, retries failed steps without delay,
and skips sleeps by the clock.
"""

from __future__ import annotations

import json
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
from flowforge.testing.crash_points import Death, die_at
from flowforge.testing.vanishing import WorkerDied
from flowforge.testing.waiting import Waiting, waits_of, why_not
from flowforge.testing.workshop import APP, Workshop

if TYPE_CHECKING:
    from flowforge.agents.status import AgentView
    from flowforge.board.approval import Approval
    from flowforge.board.task import Task
    from flowforge.db.database import Database
    from flowforge.orchestrator.context import Event
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.history import RunHistory
    from flowforge.orchestrator.run import RunState, RunView, StepView
    from flowforge.orchestrator.worker.worker import Worker
    from flowforge.testing.replay import Code, ReplayReport

IDLE_SECONDS = 30.0

sql = load_queries("flowforge.testing")
engine_sql = load_queries("flowforge.orchestrator")


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

    def __init__(self, database: Database, bell: Bell, tenant_id: UUID = ids.DEFAULT_TENANT, *, worker: Worker | None = None) -> None:
        from flowforge.agents.work import register_builtin

        self.database, self.bell, self.tenant_id = database, bell, tenant_id
        self.registry, self.tools = Registry(), ToolRegistry()
        self.function, self.tool = self.registry.function, self.tools.tool
        self.workshop = Workshop(database, bell, self.registry, worker)
        self.clock = self.workshop.clock
        self.person = Principal(tenant_id, "person", "tester")
        self._crashed_once = False
        self._published: tuple[frozenset[str], ...] | None = None
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
        """Send an event. Its runs wait in the queue until `work_until_idle` or `wait_for`."""
        from flowforge.orchestrator.event import NewEvent, send_events

        await self._publish()
        new = NewEvent(name, {} if data is None else data, id, ids.new_id())
        try:
            (event,) = await send_events(self.database, self.tenant_id, [new], bell=self.bell)
        except WorkerDied:  # at event.after_insert: stored, and not yet matched
            return Sent(ids.show("evt", new.event_id or ids.new_id()), (), False)
        return Sent(event.id, tuple(ids.show("run", run) for run in event.run_ids), event.duplicate)

    async def start(self, function: str | Callable[..., Any], input: Any = None) -> str:
        """Start a function without an event; the run's id."""
        from flowforge.orchestrator.codec import to_json
        from flowforge.orchestrator.run import start_run

        await self._publish()
        function_id = self.registry.id_of(function)
        return ids.show("run", await start_run(self.database, self.tenant_id, function_id, to_json(input), bell=self.bell))

    async def work_until_idle(self, timeout_seconds: float = IDLE_SECONDS) -> None:
        """Work until every run has ended or waits for an event, a person or a later time. Raises FlowForgeError when it takes too long.

        With `forge.clock.auto_skip = True` no run waits for a later time: the clock jumps there.
        """
        await self._publish()
        await self.workshop.work(_never, timeout_seconds)

    async def wait_for(self, of: Sent | str | UUID, *states: RunState, timeout_seconds: float = IDLE_SECONDS) -> RunView:
        """Work until the run is in one of these states, and return it.

        Raises FlowForgeError as soon as the run cannot get there by itself; the message says what it waits for.

            run = await forge.wait_for(sent, "completed")
        """
        if not states:
            raise InvalidInput("wait_for needs a state", hint='as in  await forge.wait_for(sent, "completed")')
        await self._publish()

        seen: RunView | None = None

        async def there() -> bool:
            nonlocal seen
            seen = await self._run_if_made(of)
            return seen is not None and (seen.state in states or seen.ended_at is not None)

        await self.workshop.work(there, timeout_seconds)
        run = seen if seen is not None else await self.run(of)  # what was in hand may have moved it on since
        if run.state not in states:
            raise FlowForgeError(why_not(run, await self.waits(of), states))
        return run

    async def is_idle(self) -> bool:
        """Whether nothing would happen by itself now."""
        return await self.workshop.is_idle()

    # ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def always_suspend(self) -> bool:
        """Whether every run leaves its worker after each step, so that each step is found again by a replay. Set it to True."""
        return self.workshop.always_suspend

    @always_suspend.setter
    def always_suspend(self, on: bool) -> None:
        self.workshop.always_suspend = on

    async def restart_worker(self) -> None:
        """Stop the worker, gracefully; the next work is another's: every open run is replayed from its checkpoints."""
        await self.workshop.stop()

    def crash_at(self, point: str, *, nth: int = 1) -> None:
        """Let the worker die, as if killed, the `nth` time it gets to `point`; the next one takes over at once.

        It dies inside the test's process: its runs stop where they are, without `finally`, and nothing of theirs is written any
        more. `die_at` kills a real process. The test fails at its end when no worker got to the point. Raises NotFound for a
        point that does not exist (`flowforge.testing.crash_points.POINTS`).

            forge.crash_at("checkpoint.before_commit", nth=2)
            await forge.work_until_idle()
        """
        self.workshop.crash_at(point, nth)

    async def crash_once(self, *_: object) -> None:
        """A body for a step: the worker that executes it first dies in it; afterwards it does nothing.

        await step.run("ship", forge.crash_once)
        """
        if not self._crashed_once:
            self._crashed_once = True
            self.workshop.crash_now()

    async def die_at(self, point: str, *, app: str | Path, nth: int = 1) -> Death:
        """Let a worker in a process of its own work on, and be killed at a named point of the engine. See `crash_points`."""
        await self._publish()
        await self.workshop.stop()
        return await die_at(point, app=app, database_url=self.database.url, is_idle=self.is_idle, nth=nth)

    # ── agents, tasks, approvals ─────────────────────────────────────────────────────────────────────────────────────

    async def agent(self, name: str, model: str = "gpt-4o", **definition: Any) -> AgentView:
        """Make an agent: `instructions=`, `tools=`, `skills=`, `approval=` as in `POST /v1/agents`."""
        from flowforge.agents.agent import create_agent
        from flowforge.agents.definition import read_definition

        await self._publish()
        return await create_agent(self.database, self.person, read_definition({"name": name, "model": model, **definition}))

    async def secret(
        self, name: str, value: str | bytes, *, function: str | None = None, agent: str | None = None, tool: str | None = None
    ) -> None:
        """Set a secret, or its next version, for the whole tenant or for one function, agent or tool."""
        from flowforge.agents.agent import resolve_agent
        from flowforge.secrets.secret import Scope, set_secret

        scope = Scope()
        if agent is not None:
            scope = Scope("agent", (await resolve_agent(self.database.pool, self.tenant_id, agent)).hex, agent)
        elif function is not None or tool is not None:
            scope = Scope("tool" if function is None else "function", function or tool or "")
        data = value.encode() if isinstance(value, str) else value
        await set_secret(self.database, self.workshop.vault, self.person, name, data, scope)

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
        """The run of a sent event, or the run with that id or label. Raises NotFound."""
        from flowforge.orchestrator.run import find_run

        return await find_run(self.database.pool, self.tenant_id, await self._run_text(of))

    async def runs(self) -> Sequence[RunView]:
        """All runs, the newest first."""
        from flowforge.orchestrator.run import list_runs

        return (await list_runs(self.database.pool, self.tenant_id, limit=200))[0]

    async def steps(self, of: Sent | str | UUID) -> Sequence[StepView]:
        """The steps of a run, in the order in which they began."""
        from flowforge.orchestrator.run import list_steps

        return await list_steps(self.database.pool, self.tenant_id, (await self.run(of)).run_id)

    async def waits(self, of: Sent | str | UUID) -> tuple[Waiting, ...]:
        """What a run waits for: events, persons, times, other runs."""
        return waits_of(await self.steps(of))

    async def events(self, pattern: str = "*") -> Sequence[Event[Any]]:
        """The events so far whose name fits (`order/*`), the oldest first: those of the test and those that functions sent."""
        from flowforge.orchestrator.context import Event, event_id_text
        from flowforge.orchestrator.match import matches_pattern

        rows = await sql.events.fetch(self.database.pool, tenant_id=self.tenant_id)
        return [
            Event(event_id_text(row["event_id"], row["key"]), row["name"], json.loads(row["data"]), row["received_at"])
            for row in rows
            if matches_pattern(pattern, row["name"])
        ]

    async def history(self, of: Sent | str | UUID) -> RunHistory:
        """All that a replay of the run finds; `.model_dump_json(indent=2)` for a file."""
        from flowforge.orchestrator.history import history_of

        return await history_of(self.database.pool, self.tenant_id, await self._run_text(of))

    async def replay_check(
        self, of: Sent | str | UUID | None = None, *, state: RunState | None = None, code: Sequence[Code] = ()
    ) -> list[ReplayReport]:
        """Replay runs against the present code, with no effects: one run, or all, or all in that state; agents' runs too.

        `code`: modules or functions instead of what the test uses. Raises ReplayDrift, which names each step that is not as it
        was recorded; InvalidInput when there is no run to replay.

            await forge.replay_check(sent)
        """
        from flowforge.orchestrator.run import list_runs
        from flowforge.orchestrator.selection import RunFilter
        from flowforge.testing.replay import ReplayDrift, replay_history

        if of is not None:
            names = [await self._run_text(of)]
        else:
            runs, _ = await list_runs(self.database.pool, self.tenant_id, RunFilter(state=state), limit=200)
            names = [run.id for run in runs]
        if not names:
            raise InvalidInput(f"there is no run{f' in state {state}' if state else ''} to replay")
        reports = [await replay_history(await self.history(name), *(code or (self.registry,))) for name in names]
        drifted = tuple(report for report in reports if report.drifts)
        if drifted:
            raise ReplayDrift(drifted)
        return reports

    async def close(self, *, leave_worker: bool = False) -> None:
        """Stop working. The fixture does it, and leaves a worker that has nothing in hand for the next test."""
        await self.workshop.close(leave_worker=leave_worker)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _publish(self) -> None:
        """Tell the database what is registered, when that has changed: events are matched there."""
        import flowforge.board.approve_step  # noqa: F401 - registers how a wait for a person looks
        from flowforge.skills.code_policy import POLICIES, publish_policies
        from flowforge.skills.publish import publish
        from flowforge.skills.skill import available_skills

        things = (function.function_id for function in self.registry), (tool.name for tool in self.tools), (one.name for one in POLICIES)
        offered = tuple(map(frozenset, things))
        if offered == self._published:
            return
        await self.workshop.publish()
        await publish(self.database.pool, APP, self.tools, available_skills(Path.cwd()))
        await publish_policies(self.database.pool, APP)
        self._published = offered

    async def _decide(
        self, approval: Approval | str | None, approved: bool, edited: Mapping[str, Any] | None, reason: str | None
    ) -> Approval:
        from flowforge.board.decision import decide

        if approval is None:
            pending = await self.approvals()
            if len(pending) != 1:
                raise InvalidInput(f"{len(pending)} approvals are pending, not one", hint=await self._about_approvals(len(pending)))
            approval = pending[0]
        text = approval if isinstance(approval, str) else approval.id
        return await decide(self.database, self.person, text, approved=approved, edited_args=edited, reason=reason, bell=self.bell)

    async def _about_approvals(self, pending: int) -> str:
        if pending:
            return "say which one you mean, as in  forge.approve((await forge.approvals())[0])"
        open_runs = [run for run in await self.runs() if run.ended_at is None]
        if any(run.state == "queued" for run in open_runs):
            return "runs are still queued: await forge.work_until_idle() first"
        return "; ".join([why_not(run, await self.waits(run.run_id), ["at an approval"]) for run in open_runs[:3]]) or "no run is open"

    async def _run_if_made(self, of: Sent | str | UUID) -> RunView | None:
        try:
            return await self.run(of)
        except NotFound:
            return None
        except InvalidInput:
            if isinstance(of, Sent) and not of.runs:
                return None  # its sender died before it was matched
            raise

    async def _run_text(self, of: Sent | str | UUID) -> str:
        if isinstance(of, UUID):
            return of.hex
        if isinstance(of, str):
            return of
        return of.id if of.runs else await self._run_made_later(of)

    async def _run_made_later(self, sent: Sent) -> str:
        """Of an event whose sender died before it was matched."""
        event_id = ids.parse("evt", sent.event_id)
        found = (
            []
            if event_id is None
            else await engine_sql.runs_of_events.fetch(self.database.pool, tenant_id=self.tenant_id, event_ids=[event_id])
        )
        return Sent(sent.event_id, tuple(ids.show("run", row["run_id"]) for row in found), False).id


async def _never() -> bool:
    return False


def _inside(module: ModuleType) -> Callable[[Any], bool]:
    name = module.__name__

    def belongs(registered: Any) -> bool:
        own = str(getattr(registered, "__module__", ""))
        return own == name or own.startswith(f"{name}.")

    return belongs
