"""`flowforge dev` with the scripted model, as a process of its own over a database of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import httpx

from flowforge.db.creation import create_database, drop_database
from flowforge.secrets.key_ring import new_key

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "shop/app.py"
PATIENCE_SECONDS = 60.0
READY = "→ listening on :"


class Development:
    """A server that may be killed and started again: it comes back at the same address, over the same database."""

    def __init__(self, database_url: str, directory: Path, arguments: Sequence[str] = ("dev", str(APP), "--no-reload", "--quiet")) -> None:
        self.database_url, self.directory, self.arguments = database_url, directory, arguments
        self.port = 0
        self._secrets_key = new_key()
        self.process: subprocess.Popen[bytes] | None = None
        self._said = directory / "said.txt"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, "DATABASE_URL": self.database_url, "PYTHONPATH": path, "FLOWFORGE_DATA": str(self.directory / "data")}
        environment["FLOWFORGE_SECRETS_KEY"] = self._secrets_key
        command = [sys.executable, "-m", "flowforge.cli", *self.arguments, "--port", str(self.port)]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command, cwd=self.directory, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while READY not in self.said:
            assert self.process.poll() is None and time.monotonic() < deadline, f"flowforge is not ready; it said:\n{self.said}"
            await asyncio.sleep(0.02)
        self.port = int(self.said.rpartition(READY)[2].partition(" ")[0])

    @property
    def said(self) -> str:
        """On both of its streams, since it was started last."""
        return self._said.read_text(errors="replace") if self._said.exists() else ""

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            await asyncio.to_thread(self.process.wait, PATIENCE_SECONDS)
            self.process = None

    def client(self, tenant: str | None = None) -> httpx.AsyncClient:
        """Who does by the API what a test looks at in the browser."""
        return httpx.AsyncClient(base_url=self.url, headers={} if tenant is None else {"x-flowforge-tenant": tenant}, timeout=30)


async def own_database(server_url: str, name: str) -> str:
    await drop_database(server_url, name)
    return await create_database(server_url, name)


async def drop_own_database(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(server_url)  # a killed server's connections may still be there
    await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
    await connection.close()
    await drop_database(server_url, name)
