"""FlowForge as a user runs it: `flowforge worker` processes on PostgreSQL, events sent by another process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from flowforge import ids
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.hints import Bell
from side_by_side.contender import Contender

APP = Path(__file__).parent / "flowforge_app.py"
TRANSACTIONS = "select xact_commit + xact_rollback from pg_stat_database where datname = $1"


class Ours(Contender):
    name = "FlowForge"

    def __init__(self, directory: Path, server_url: str, postgres_pid: int) -> None:
        super().__init__(directory)
        self._server_url, self._postgres_pid = server_url, postgres_pid
        self._database: Database | None = None

    async def fresh(self) -> None:
        await self.close()
        self._name = f"ours_{ids.new_id().hex[-12:]}"
        self._url = await create_database(self._server_url, self._name)
        await migrate(self._url)
        self._database = await Database.open(self._url)
        self._watching = await Database.open(self._server_url, pool_size=1)
        self._bell = Bell()
        await self._bell.open(self._database)
        self.facts.forget()

    async def close(self) -> None:
        await self.stop()
        if self._database is not None:
            await self._bell.close()
            await self._database.close()
            await self._watching.close()
            await drop_database(self._server_url, self._name)
            self._database = None

    async def start(self, workers: int = 1, **environment: str) -> None:
        (self.directory / "worker.log").unlink(missing_ok=True)
        command = [sys.executable, "-m", "flowforge.cli", "worker", str(APP)]
        self.workers = [self.spawn(command, {"DATABASE_URL": self._url, **environment}, "worker.log") for _ in range(workers)]
        await self.logged("worker.log", "working · ready", workers)

    async def begin(self, kind: str, inputs: list[dict[str, Any]]) -> None:
        assert self._database is not None
        events = [NewEvent(f"bench/{kind}", data) for data in inputs]
        for first in range(0, len(events), 500):
            await send_events(self._database, DEFAULT_TENANT, events[first : first + 500], bell=self._bell)

    async def ended(self) -> None:
        assert self._database is not None
        while await self._database.pool.fetchval("select exists (select from flowforge.owner)"):
            await asyncio.sleep(0.01)

    async def transactions(self) -> int | None:
        return int(await self._watching.pool.fetchval(TRANSACTIONS, self._name))

    def servers(self) -> list[int]:
        return [self._postgres_pid]
