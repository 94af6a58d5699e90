"""DBOS on the same PostgreSQL server as FlowForge: a long-lived app with its default settings, which starts its workflows itself.

That is its quickest way, with one worker. What two workers share, and what another process sends (W4), goes through a queue.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from flowforge import ids
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from side_by_side.contender import Contender

APP = Path(__file__).parent / "dbos_app.py"
UNFINISHED = "select exists (select from dbos.workflow_status where status in ('PENDING', 'ENQUEUED', 'DELAYED'))"
TRANSACTIONS = "select xact_commit + xact_rollback from pg_stat_database where datname = $1"


class Dbos(Contender):
    name = "DBOS"
    most_done = 5000
    most_sleepers = 5000
    events = 15  # each of them takes about a second

    def __init__(self, directory: Path, server_url: str, postgres_pid: int, installed: Path | None) -> None:
        super().__init__(directory)
        self._server_url, self._postgres_pid = server_url, postgres_pid
        self._environment = (installed or directory / "installed") / "dbos"
        self._database: Database | None = None
        self._orders = 0

    async def open(self) -> None:
        if not (self._environment / "bin" / "dbos").exists():
            await asyncio.to_thread(self._install)

    def _install(self) -> None:
        for command in ([sys.executable, "-m", "venv", str(self._environment)], [f"{self._environment}/bin/pip", "install", "-q", "dbos"]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(done.stderr[-500:])

    async def fresh(self) -> None:
        await self.close()
        self._name = f"dbos_{ids.new_id().hex[-12:]}"
        self._url = await create_database(self._server_url, self._name)
        self._watching = await Database.open(self._server_url, pool_size=1)
        self._database = await Database.open(self._url, pool_size=1)
        self.facts.forget()

    async def close(self) -> None:
        await self.stop()
        if self._database is not None:
            await self._database.close()
            await self._watching.close()
            await drop_database(self._server_url, self._name)
            self._database = None

    async def start(self, workers: int = 1, **environment: str) -> None:
        (self.directory / "worker.log").unlink(missing_ok=True)
        command = [f"{self._environment}/bin/python", str(APP)]
        self._queued = workers > 1
        for executor in range(workers):
            settings = {"DATABASE_URL": self._url, "BENCH_EXECUTOR": str(executor), **environment}
            settings |= {"PYTHONPATH": ""}
            self.workers.append(self.spawn(command, settings, "worker.log", stdin=subprocess.PIPE, cwd=self.directory))
            await self.logged("worker.log", "ready", executor + 1)  # one after the other: the first one migrates

    async def begin(self, kind: str, inputs: list[dict[str, Any]]) -> None:
        self._orders += 1
        order = {"kind": kind, "inputs": inputs, "queue": self._queued or kind == "first", "number": self._orders}
        (stdin := self.workers[0].stdin).write(json.dumps(order).encode() + b"\n")
        stdin.flush()
        while not any(fact["order"] == self._orders for fact in self.facts.of("begun")):
            await asyncio.sleep(0.05 if len(inputs) > 1 else 0.002)

    async def ended(self) -> None:
        assert self._database is not None
        while await self._database.pool.fetchval(UNFINISHED):
            await asyncio.sleep(0.05)

    async def transactions(self) -> int | None:
        return int(await self._watching.pool.fetchval(TRANSACTIONS, self._name))

    def servers(self) -> list[int]:
        return [self._postgres_pid]
