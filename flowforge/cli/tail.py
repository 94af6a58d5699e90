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
QUIET_SECONDS = 5.0  # a run that says nothing for this long gives its slot to another until it speaks again
FOLLOWED_MAX = 40  # more runs that speak at once than anybody reads: the rest is told by its end only in `flowforge runs`
PAGE = 50


class RunTail:
    """Tells the runs of one tenant from now on. `async with RunTail(…)` works beside whatever else the loop does.

    Each run that is not told to its end is either followed, which takes one of the slots, or quiet: parked, or long in one step.
    """

    def __init__(
        self, terminal: Terminal, database: Database, bell: Bell, line: Callable[[str], None], tenant_id: UUID = ids.DEFAULT_TENANT
    ) -> None:
        self._terminal, self._database, self._bell, self._line, self._tenant_id = terminal, database, bell, line, tenant_id
        self._ended: set[UUID] = set()
        self._quiet: dict[UUID, _Account] = {}
        self._followed: dict[UUID, asyncio.Task[None]] = {}
        self._finder: asyncio.Task[None] | None = None

    async def __aenter__(self) -> RunTail:
        for run in await self._newest():
            if run.ended_at is None:
                self._quiet[run.run_id] = self._account(run, after=run.seq)
            else:
                self._ended.add(run.run_id)
        self._finder = asyncio.create_task(self._find())
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [task for task in (self._finder, *self._followed.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for account in self._quiet.values():
            account.close()

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
                await self._look()

    async def _look(self) -> None:
        """Follow what speaks again and what is new, as far as there are slots; the rest is found by the next look."""
        for account in [account for account in self._quiet.values() if account.rung.is_set()][: self._slots]:
            self._follow(account)
        for run in reversed(await self._newest()):
            if self._slots and run.run_id not in self._followed and run.run_id not in self._ended:
                account = self._quiet.get(run.run_id) or self._account(run, after=0)
                if run.seq > account.after:
                    self._follow(account)

    @property
    def _slots(self) -> int:
        return FOLLOWED_MAX - len(self._followed)

    async def _newest(self) -> list[RunView]:
        from flowforge.orchestrator.run import list_runs

        runs, _ = await list_runs(self._database.pool, self._tenant_id, limit=PAGE)
        self._ended &= {run.run_id for run in runs}  # older ones cannot come back
        return runs

    def _account(self, run: RunView, after: int) -> _Account:
        narrator = Narrator(self._terminal, self._line, label=run.label, function=run.function, trigger=run.trigger)
        return _Account(self._bell, run.run_id, narrator, after)

    def _follow(self, account: _Account) -> None:
        self._quiet.pop(account.run_id, None)
        self._followed[account.run_id] = asyncio.create_task(self._tell(account))

    async def _tell(self, account: _Account) -> None:
        from flowforge.db.hosts import FAILURES

        ended = False
        try:
            ended = await self._tell_while_it_speaks(account)
        except (*FAILURES, TimeoutError):
            account.rung.set()  # look again
        finally:
            del self._followed[account.run_id]
            if ended:
                account.close()
                self._ended.add(account.run_id)
            else:
                self._quiet[account.run_id] = account

    async def _tell_while_it_speaks(self, account: _Account) -> bool:
        """Whether the run is told to its end."""
        from flowforge.orchestrator.stream import read_stream

        loop = asyncio.get_running_loop()
        account.rung.clear()
        frames = read_stream(self._database, self._bell, self._tenant_id, "run", account.run_id, account.after)
        try:
            async with asyncio.timeout(QUIET_SECONDS) as silence:
                async for frame in frames:
                    silence.reschedule(loop.time() + QUIET_SECONDS)
                    account.rung.clear()
                    account.after = frame.seq
                    account.narrator.tell(frame.name, frame.data)
                    if frame.name == "run.suspended":
                        return False
        except TimeoutError:
            if silence.expired():
                return False
            raise
        return True


class _Account:
    """How far one run is told. It hears of news from the run also while nobody follows it."""

    def __init__(self, bell: Bell, run_id: UUID, narrator: Narrator, after: int) -> None:
        self.run_id, self.narrator, self.after = run_id, narrator, after
        self.rung = bell.subscribe(run_id.hex)
        self._bell = bell

    def close(self) -> None:
        self._bell.unsubscribe(self.rung, self.run_id.hex)
