"""An engine in this process: its own registry, real workers on the test database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.durations import Duration
from flowforge.durations import seconds as seconds_of
from flowforge.orchestrator.change import Change
from flowforge.orchestrator.event import AcceptedEvent, NewEvent, send_events
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.run import FINAL_STATES, RunView, StepView, find_run, list_steps
from flowforge.orchestrator.worker import Worker
from flowforge.orchestrator.worker import committer as committer_module
from flowforge.orchestrator.worker.flush import Flush

sql = load_queries("flowforge.orchestrator")


class Engine:
    """What engine tests need: register, send, work, look."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database, self.tenant_id = database, tenant_id
        self.registry = Registry()
        self.function = self.registry.function
        self.workers: list[Worker] = []

    async def worker(self, **options: Any) -> Worker:
        settings = {"backoff": Backoff(0.001, 0.001), "grace_seconds": 5.0, "linger_seconds": 0.2, **options}
        worker = Worker(self.database, settings.pop("registry", self.registry), **settings)
        await worker.start()
        self.workers.append(worker)
        return worker

    async def generation(self, *functions: str) -> UUID:
        """A worker that is only a row: it never beats, and has no backend."""
        worker_id = ids.new_id()
        await sql.begin_generation.execute(self.database.pool, worker_id=worker_id, name="test", functions=list(functions))
        return worker_id

    async def stop(self, worker: Worker) -> None:
        self.workers.remove(worker)
        await worker.stop()

    async def send(self, name: str, data: Any = None, key: str | None = None) -> AcceptedEvent:
        await publish_functions(self.database.pool, self.registry, app="app")
        bell = self.workers[0].bell if self.workers else None
        (accepted,) = await send_events(self.database, self.tenant_id, [NewEvent(name, data, key=key)], bell=bell)
        return accepted

    async def start(self, name: str, data: Any = None) -> UUID:
        """Send an event and return the id of the run that it started."""
        accepted = await self.send(name, data)
        assert accepted.run_ids, f"nothing listens to {name}"
        return accepted.run_ids[0]

    async def run(self, run_id: UUID) -> RunView:
        return await find_run(self.database.pool, self.tenant_id, run_id.hex)

    async def steps(self, run_id: UUID) -> dict[str, StepView]:
        return {step.key: step for step in await list_steps(self.database.pool, self.tenant_id, run_id)}

    async def end_of(self, run_id: UUID, seconds: float = 15) -> RunView:
        """The run, once it has ended."""
        return await self.until(run_id, lambda view: view.state in FINAL_STATES, seconds)

    async def later(self, duration: Duration) -> None:
        """The database's clock is moved on, and every worker looks around."""
        await self.advance(seconds_of(duration))

    async def state(self, run_id: UUID, *states: str, seconds: float = 15) -> RunView:
        return await self.until(run_id, lambda view: view.state in states, seconds)

    async def until(self, run_id: UUID, holds: Callable[[RunView], bool], seconds: float = 15) -> RunView:
        async with asyncio.timeout(seconds):
            while not holds(view := await self.run(run_id)):
                await asyncio.sleep(0.01)
        return view

    async def do(self, name: str, data: Any = None, seconds: float = 15) -> RunView:
        """Send an event, wait for its run's end, return it."""
        if not self.workers:
            await self.worker()
        return await self.end_of(await self.start(name, data), seconds)

    async def advance(self, seconds: float) -> None:
        """Move the database's clock on."""
        await self.database.pool.execute("update flowforge.clock set skew = skew + make_interval(secs => $1)", float(seconds))
        for worker in self.workers:
            worker.sweeper.hurry()

    async def fetchval(self, query: str, *args: Any) -> Any:
        return await self.database.pool.fetchval(query, *args)


@pytest.fixture
async def engine(database: Database, tenant_id: UUID) -> AsyncIterator[Engine]:
    engine = Engine(database, tenant_id)
    yield engine
    for worker in engine.workers:
        await worker.stop(grace_seconds=1)


class Instead:
    """The room's queries, but for one."""

    def __init__(self, **replaced: Any) -> None:
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(sql, name)


@pytest.fixture
def instead() -> type[Instead]:
    """Make the room's queries with some of them replaced: `instead(claim_runs=…)`."""
    return Instead


@pytest.fixture
def hold_back(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[asyncio.Event, asyncio.Event]]:
    """Let flushes for which `which(change)` holds wait: an event that one is there, and one that lets it go."""

    def hold(which: Callable[[Change], bool]) -> tuple[asyncio.Event, asyncio.Event]:
        fetch, there, gate = committer_module._fetch, asyncio.Event(), asyncio.Event()

        async def slow(connection: Any, flush: Flush) -> list[Any]:
            if any(which(change) for change in flush.changes):
                there.set()
                await gate.wait()
            return await fetch(connection, flush)

        monkeypatch.setattr(committer_module, "_fetch", slow)
        return there, gate

    return hold
