"""A `flowforge dev` with the scripted model over a database of its own, and what is to be seen on it."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from calls.site import surroundings
from serving import AMPLE

from flowforge import ids
from flowforge.db.creation import create_database, drop_database

APP = Path(__file__).parent / "app.py"
START_SECONDS = 60.0
COLUMNS = {"Backlog": 300, "Todo": 140, "Doing": 30, "Review": 30}
SENTENCE = "Refund the customer whose parcel was lost on its way, and tell them when the money comes"
WORDS = SENTENCE.split()


@dataclass
class Scene:
    url: str
    api: httpx.AsyncClient

    async def ask(self, method: str, path: str, **json: Any) -> Any:
        answer = await self.api.request(method, path, json=json or None)
        return answer.raise_for_status().json()

    async def fill_board(self) -> list[str]:
        """500 cards, a third of them with labels, a checklist or a long title."""
        rows = [
            {
                "title": " ".join(WORDS[: 3 + number % 12]),
                "column": column,
                "labels": ["refund", "data"][: number % 3],
                "priority": ["none", "low", "medium", "high"][number % 4],
            }
            for column, count in COLUMNS.items()
            for number in range(count)
        ]
        await self.ask("POST", "/v1/boards/FF/import", tasks=rows)
        return [f"FF-{number}" for number in range(1, len(rows) + 1)]

    async def begin(self, function: str, **data: Any) -> str:
        return str((await self.ask("POST", f"/v1/functions/{function}/runs", input=data))["id"])

    async def ended(self, run: str) -> None:
        after, over = 0, False
        while not over:
            page = (await self.api.get(f"/v1/runs/{run}/frames", params={"after": after, "wait": 20})).json()
            after, over = page["after"], page["over"]

    async def asking(self, count: int) -> list[str]:
        """Refunds that atlas may not make alone. Returns their approvals, the oldest first."""
        tools = ["lookup_order", "issue_refund"]
        await self.ask("POST", "/v1/agents", name="atlas", model="claude-sonnet-4.5", tools=tools, concurrency=10)
        for number in range(count):
            task = {"title": f"Refund ORD-{9218 + number}", "description": f"Refund ${420 + number}.", "assignee": {"agent": "atlas"}}
            await self.ask("POST", "/v1/tasks", **task)
        while len(found := await self.pending()) < count:
            await asyncio.sleep(0.2)
        return found

    async def pending(self) -> list[str]:
        found = (await self.api.get("/v1/approvals", params={"state": "pending", "limit": 200})).json()["data"]
        return [one["id"] for one in found]


@asynccontextmanager
async def scene(server: str, directory: Path) -> AsyncIterator[Scene]:
    name = f"bench_{ids.new_id().hex[-12:]}"
    url = await create_database(server, name)
    log = directory / f"{name}.log"
    environment = surroundings(DATABASE_URL=url, FLOWFORGE_DATA=str(directory / "data"), **AMPLE)
    command = [sys.executable, "-m", "flowforge.cli", "dev", str(APP), "--port", "0", "--no-reload", "--quiet"]
    process = _spawn(command, environment, log)
    try:
        address = await _address(log, process)
        async with httpx.AsyncClient(base_url=address, timeout=60) as api:
            yield Scene(address, api)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        await drop_database(server, name)


def _spawn(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("w") as out:
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)


async def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while (found := re.search(r"→ listening on :(\d+)", _text(log))) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"flowforge dev is not ready; it said:\n{_text(log)[-3000:]}")
        await asyncio.sleep(0.02)
    return f"http://127.0.0.1:{found[1]}"


def _text(log: Path) -> str:
    return log.read_text()
