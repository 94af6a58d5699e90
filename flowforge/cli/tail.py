"""Runs as they happen, for the terminal of `dev`: finds new runs and tells each one's frames, by the engine's own streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.cli.narrator import Narrator
from flowforge.cli.terminal import Terminal

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.run import RunView

POLL_SECONDS = 1.0
CALM_SECONDS = 0.1
FOLLOWED_MAX = 40  # more runs at once than anybody reads: the rest is told by its end only in `flowforge runs`
PAGE = 50


class RunTail:
    """Tells the runs of one tenant from now on. `async with RunTail(…)` works beside whatever else the loop does."""

    def __init__(
        self, terminal: Terminal, database: Database, bell: Bell, line: Callable[[str], None], tenant_id: UUID = ids.DEFAULT_TENANT
    ) -> None:
        self._terminal, self._database, self._bell, self._line, self._tenant_id = terminal, database, bell, line, tenant_id
        self._seen: set[UUID] = set()
        self._following: set[asyncio.Task[None]] = set()
        self._finder: asyncio.Task[None] | None = None

    async def __aenter__(self) -> RunTail:
        for run in await self._newest():
            self._seen.add(run.run_id)
            if run.ended_at is None:
                self._follow(run, after=run.seq)
        self._finder = asyncio.create_task(self._find())
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [task for task in (self._finder, *self._following) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _find(self) -> None:
        from flowforge.db.hosts import FAILURES
        from flowforge.orchestrator.hints import READY

        rung = self._bell.subscribe(READY)
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await rung.wait()
            await asyncio.sleep(CALM_SECONDS)  # a flood of runs must not become a flood of looks
            rung.clear()
            with contextlib.suppress(*FAILURES, TimeoutError):  # the database is away: look again
                for run in reversed(await self._newest()):
                    if run.run_id not in self._seen:
                        self._seen.add(run.run_id)
                        self._follow(run, after=0)

    async def _newest(self) -> list[RunView]:
        from flowforge.orchestrator.run import list_runs

        runs, _ = await list_runs(self._database.pool, self._tenant_id, limit=PAGE)
        self._seen &= {run.run_id for run in runs}  # older ones cannot come back
        return runs

    def _follow(self, run: RunView, after: int) -> None:
        if len(self._following) < FOLLOWED_MAX:
            task = asyncio.create_task(self._tell(run, after))
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _tell(self, run: RunView, after: int) -> None:
        from flowforge.db.hosts import FAILURES
        from flowforge.orchestrator.stream import FINAL_FRAMES, read_stream

        narrator = Narrator(self._terminal, self._line, label=run.label, function=run.function, trigger=run.trigger)
        while True:
            with contextlib.suppress(*FAILURES, TimeoutError):
                async for frame in read_stream(self._database, self._bell, self._tenant_id, "run", run.run_id, after):
                    after = frame.seq
                    narrator.tell(frame.name, frame.data)
                    if frame.name in FINAL_FRAMES:
                        return
                return
            await asyncio.sleep(POLL_SECONDS)
