"""The engine of an evaluation: a database of its own, one worker in this process, and runs that share nothing with each other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.tenant import find_or_create_tenant
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.queries import load_queries
from flowforge.durations import show
from flowforge.errors import NotFound
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.flow.control import FlowControl
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import cancel_run, list_steps, run_views, start_run
from flowforge.testing.clock import SettableClock
from flowforge.testing.waiting import waits_of

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.run import RunView, StepView
    from flowforge.orchestrator.worker.worker import Worker
    from flowforge.testing.evaluation.suite import SentEvent

APP = "flowforge-evaluation"
OTHER_SERVER = "FLOWFORGE_TEST_DATABASE_URL"
LINGER_SECONDS = 0.05
GRACE_SECONDS = 0.5
LOOK_SECONDS = 0.25  # a run's end is told at once; this is for when the telling was lost
IDLE_LOOK_SECONDS = 0.05

sql = load_queries("flowforge.testing")


@dataclass(frozen=True)
class Finished:
    """How a run went: what it gave, or why it gave nothing."""

    output: Any
    error: str | None
    steps: Sequence[StepView]


@asynccontextmanager
async def private_database() -> AsyncIterator[Database]:
    """An empty database that is gone afterwards: on an embedded server of its own, or on FLOWFORGE_TEST_DATABASE_URL's.

    The database of the project is never touched. Call it in the main thread. Raises DatabaseUnavailable and ConfigurationError.
    """
    from flowforge.db.creation import create_database, drop_database
    from flowforge.db.database import Database
    from flowforge.db.migrate import migrate
    from flowforge.testing.shared_server import shared_server

    given, name = os.environ.get(OTHER_SERVER), f"flowforge_evaluation_{ids.new_id().hex}"
    with nullcontext(given) if given else shared_server(None) as server_url:
        url = await create_database(server_url, name)
        try:
            await migrate(url)
            async with await Database.open(url) as database:
                yield database
        finally:
            await drop_database(server_url, name)


class Engine:
    """Executes the functions of a registry, each run in a tenant that the caller made for it."""

    def __init__(self, database: Database, worker: Worker, *, skip_time: bool) -> None:
        self.database, self.worker = database, worker
        self._skip_time = skip_time
        self._clock = SettableClock(database, self._jumped)
        self._calm = asyncio.Lock()  # nothing begins while somebody looks whether anything moves
        self._stuck = 0  # how often nothing could move any more

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database, registry: Registry, *, skip_time: bool) -> AsyncIterator[Engine]:
        """Work until the context ends. Runs that are still open then are dropped."""
        import flowforge.board.approve_step  # noqa: F401 - registers how a wait for a person looks
        from flowforge.orchestrator.publish import publish_functions
        from flowforge.orchestrator.worker.worker import Worker
        from flowforge.sending import use_database

        worker = Worker(
            database, registry, bell=Bell(), app=APP, poll_seconds=1.0, linger_seconds=LINGER_SECONDS, grace_seconds=GRACE_SECONDS
        )
        await worker.start()
        use_database(database, worker.bell)  # what the code sends reaches no server
        engine = cls(database, worker, skip_time=skip_time)
        looking = asyncio.create_task(engine._look_around())
        try:
            yield engine
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            use_database(None)
            await worker.stop(GRACE_SECONDS)
            await publish_functions(database.pool, Registry(), app=APP)

    async def tenant(self) -> UUID:
        """A new tenant, whose runs share nothing with any other's."""
        made = await find_or_create_tenant(self.database.pool, f"evaluation {ids.new_id().hex}")
        await sql.keep_all.execute(self.database.pool, tenant_id=made.tenant_id)
        return made.tenant_id

    async def run(
        self,
        tenant_id: UUID,
        function_id: str,
        input: Any,
        *,
        events: Iterable[SentEvent] = (),
        timeout_seconds: float,
        with_steps: bool = False,
    ) -> Finished:
        """Start a function, and wait for its end. A run that fails, is skipped, cannot go on or takes too long has an error."""
        bell = self.worker.bell
        run_id = ids.new_id()
        rung = bell.subscribe(run_id.hex)
        try:
            async with self._calm:
                await start_run(self.database, tenant_id, function_id, to_json(input), run_id=run_id, bell=bell)
                await self._send(tenant_id, events)
                stuck_before = self._stuck
            async with asyncio.timeout(timeout_seconds):
                while (run := await self._view(tenant_id, run_id)).ended_at is None and self._stuck == stuck_before:
                    await self.worker.rung_within(rung, LOOK_SECONDS)
                    rung.clear()
            error = await self._why_not(tenant_id, run)
        except TimeoutError:
            run = await self._view(tenant_id, run_id)
            error = f"it did not end within {show(timeout_seconds)}" if run.ended_at is None else await self._why_not(tenant_id, run)
        finally:
            bell.unsubscribe(rung, run_id.hex)
            await asyncio.shield(self._drop_open_runs(tenant_id))
        steps = await list_steps(self.database.pool, tenant_id, run_id) if with_steps else ()
        return Finished(run.output, error, steps)

    async def _send(self, tenant_id: UUID, events: Iterable[SentEvent]) -> None:
        from flowforge.orchestrator.event import NewEvent, send_events

        new = [NewEvent(event.name, event.data, None, ids.new_id()) for event in events]
        if new:
            await send_events(self.database, tenant_id, new, bell=self.worker.bell)

    async def _view(self, tenant_id: UUID, run_id: UUID) -> RunView:
        (view,) = await run_views(self.database.pool, tenant_id, [run_id], blobs=True)
        return view

    async def _why_not(self, tenant_id: UUID, run: RunView) -> str | None:
        """Why a run has no output; None where it has."""
        if run.state == "completed":
            return None
        if run.error is not None:
            return str(run.error.get("message") or run.error.get("type"))
        if run.ended_at is not None or run.reason is not None:
            return f"it was {run.state}" + (f": {run.reason}" if run.reason else "")
        waits = waits_of(await list_steps(self.database.pool, tenant_id, run.run_id))
        return "; ".join(wait.what for wait in waits) or f"it stays {run.state}"

    async def _drop_open_runs(self, tenant_id: UUID) -> None:
        """End what nobody waits for any more: a run that took too long, and what it had invoked."""
        for row in await sql.open_runs.fetch(self.database.pool, tenant_id=tenant_id):
            await cancel_run(self.database, tenant_id, row["run_id"], by="the evaluation", force=True, bell=self.worker.bell)

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _look_around(self) -> None:
        """When nothing moves any more, jump to where the next sleep ends, or tell who waits that nothing will come."""
        while True:
            await SYSTEM_CLOCK.sleep(IDLE_LOOK_SECONDS)
            async with self._calm:
                if not self.worker.active:
                    await self._go_on()

    async def _go_on(self) -> None:
        if await sql.busy.fetchval(self.database.pool, functions=self.worker.known_functions()):
            return
        waiting = await sql.waiting_steps.fetchrow(self.database.pool)
        if waiting["retrying"]:
            return  # a provider that asks for patience is to have it
        if waiting["due"] is not None and self._skip_time:
            await self._clock.set(waiting["due"])
        elif waiting["due"] is None and await sql.unfinished.fetch(self.database.pool):
            self._stuck += 1

    async def _jumped(self, now: datetime) -> None:
        self.worker.clock_moved(now)
        await self.worker.sweeper.sweep()


def evaluated_functions(known: Registry, function_id: str | None) -> Registry:
    """What an evaluation executes: functions without what triggers them, and without limits on how often they may start.

    So nothing runs but what is asked and what that invokes: no schedule, no webhook, no function that an event would start.
    Raises NotFound for a function that is not there.
    """
    made = Registry()
    for function in known:
        if not function.builtin:
            made.add(replace(function, triggers=(), ingresses=(), version=None, flow=FlowControl(step_limits=function.flow.step_limits)))
    if function_id is not None and function_id not in made:
        raise NotFound("function", function_id, [function.function_id for function in made])
    return made
