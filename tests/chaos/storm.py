"""The storm: every named crash point, first and second time, for workers and servers, one after the other and several at once,
under a steady load; and between them SIGKILL at arbitrary moments for a worker, a server, and PostgreSQL itself.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from flowforge.crash import POINTS
from tests.chaos.nursery import Child
from tests.chaos.trial import Site, Trial, Verdict

LANES = 3
OPEN_RUNS = 60  # below this more orders are sent
REACH_SECONDS = 25.0
TRIES = 4


@dataclass(frozen=True)
class Cell:
    """Die there, the nth time, as that kind of process."""

    role: str
    point: str
    nth: int

    @property
    def crash(self) -> str:
        return f"{self.point}:{self.nth}"

    def __str__(self) -> str:
        return f"{self.role} {self.crash}"


# A server stores events and acts on them.
ELSEWHERE = {
    "alert.sent",
    "answer.unsent",
    "audit.appended",
    "audit.merged",
    "webhook.sent",
    "bulk.batch",
    "cron.fired",
    "erasure.batch",
    "messages.taken",
    "model.answered",
    "model.reserved",
    "queue.stored",
    "replay.before_commit",
    "retention.batch",
    "snapshot.after",
    "snapshot.before",
}  # no function comes by them
OF_SERVERS = ("dispatch.before_commit", "event.after_insert")
CELLS = tuple(
    Cell(role, point, nth)
    for role, points in (("worker", sorted(POINTS - ELSEWHERE)), ("server", OF_SERVERS))
    for point in points
    for nth in (1, 2)
)


@dataclass
class Storm:
    """One pass over all cells. `arbitrary` is how many processes are killed besides, at moments that chance decides."""

    trial: Trial
    chance: random.Random
    cells: tuple[Cell, ...] = CELLS
    lanes: int = LANES
    arbitrary: int = 6
    postmaster_kills: int = 1
    died_at: dict[Cell, int] = field(default_factory=dict)
    not_reached: list[Cell] = field(default_factory=list)

    async def blow(self) -> None:
        """Kill until all cells have been died at, with clean processes beside, so that there is always somebody to take over."""
        self._one_server = asyncio.Lock()  # there is one at a time: all of them use one port
        self._left = deque((cell, TRIES) for cell in self.cells if cell.role == "worker")
        self._servers = deque(cell for cell in self.cells if cell.role == "server")
        self._clean = [await self.trial.worker(slots=12), await self.trial.worker(slots=12)]
        self._server = await self.trial.server()
        feeding = asyncio.create_task(self._feed())
        try:
            await asyncio.gather(*(self._lane() for _ in range(self.lanes)), self._serve(), self._strike())
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
        if not self._server.alive:
            await self.trial.server()

    async def _feed(self) -> None:
        for n in itertools.count():
            await self.trial.until(self._hungry, seconds=120, what="room for more orders")
            self.trial.post(orders=6, asks=n % 2 + 1)
            await self.trial.resume_paused()
            await asyncio.sleep(0.4)

    async def _hungry(self) -> bool:
        self.trial.clients = [client for client in self.trial.clients if client.alive]
        return len(self.trial.clients) < 6 and await self.trial.open_runs() < OPEN_RUNS

    async def _lane(self) -> None:
        """One armed worker after the other."""
        while self._left:
            cell, tries = self._left.popleft()
            child = await self.trial.worker(crash=cell.crash, slots=8)
            if await child.over(REACH_SECONDS) and child.was_killed:
                self.died_at[cell] = self.died_at.get(cell, 0) + 1
                await self.trial.witness()
                continue
            child.ask_to_stop()
            await child.over(30)
            if tries > 1:
                self._left.append((cell, tries - 1))
            else:
                self.not_reached.append(cell)

    async def _serve(self) -> None:
        """One armed server after the other, each on the port of the one before."""
        while self._servers:
            cell = self._servers[0]
            await self._replace_server(crash=cell.crash)
            if await self._server.over(REACH_SECONDS) and self._server.was_killed:
                self.died_at[cell] = self.died_at.get(cell, 0) + 1
            else:
                self.not_reached.append(cell)
            self._servers.popleft()
        await self._replace_server()

    async def _replace_server(self, **order: str) -> None:
        async with self._one_server:
            self._server.ask_to_stop()
            await self._server.over(20)
            self._server = await self.trial.server(**order)

    async def _strike(self) -> None:
        """SIGKILL, whoever it hits."""
        targets = ["worker", "server"] * (self.arbitrary // 2) + ["postmaster"] * self.postmaster_kills
        self.chance.shuffle(targets)
        for target in targets:
            await asyncio.sleep(self.chance.uniform(0.3, 2.5))
            if target == "postmaster":
                self.trial.kill_postmaster()
                self.trial.start_postgres()
            elif target == "server" and not self._servers:
                await self._kill_server()
            else:
                await self._kill_worker()

    async def _kill_worker(self) -> None:
        place = self.chance.randrange(len(self._clean))
        victim: Child = self._clean[place]
        victim.kill()
        await victim.over(5)
        self._clean[place] = await self.trial.worker(slots=12)
        await self.trial.witness()

    async def _kill_server(self) -> None:
        async with self._one_server:
            self._server.kill()
            await self._server.over(5)
            self._server = await self.trial.server()


async def hold_storm(site: Site, chance: random.Random, **options: Any) -> tuple[Storm, Verdict]:
    """One storm in a trial of its own, until all is calm again."""
    async with site.trial("storm") as trial:
        storm = Storm(trial, chance, **options)
        await storm.blow()
        await trial.settle()
        return storm, await trial.verdict()
