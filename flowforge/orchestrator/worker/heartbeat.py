"""The heartbeat: a thread and a connection of its own, so that neither a busy loop nor a long flush can silence it.

The sweeper's looks are beats as well; the thread beats when one of them is late. Its connection carries the generation in its application
name; when that backend vanishes, the sweepers of other workers need to watch for three seconds only instead of fifteen (ENGINE.md, rules
5, 9 and 14).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.clock import Clock
from flowforge.db.queries import load_queries

if TYPE_CHECKING:
    from flowforge.db.database import Database

LATE_SECONDS = 1.5  # a look of the sweeper that has not come by then is not waited for
RETRY_SECONDS = 0.5
STALE_SECONDS = 10.0  # no body starts while the last acknowledged beat is older
CUT_SECONDS = 2.4  # the same, once its connection is lost: others bury a worker without one after three seconds

log = logging.getLogger("flowforge.heartbeat")
sql = load_queries("flowforge.orchestrator")


class Heartbeat:
    """Beats for one generation until it is stopped. `found_dead` is called, in any thread, when the generation was declared dead."""

    def __init__(self, database: Database, worker_id: UUID, clock: Clock, found_dead: Callable[[], None]) -> None:
        self._database, self._worker_id, self._clock, self._found_dead = database, worker_id, clock, found_dead
        self._last = clock.monotonic()
        self._cut = False
        self._found = threading.Lock()  # taken for good by whoever finds out first that the generation is dead
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flowforge-heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=3)

    @property
    def fresh(self) -> bool:
        """Was a beat acknowledged lately?"""
        return self.age < (CUT_SECONDS if self._cut else STALE_SECONDS)

    @property
    def age(self) -> float:
        """Seconds since the last beat that was acknowledged was sent."""
        return self._clock.monotonic() - self._last

    def heard(self, alive: bool, asked_at: float) -> bool:
        """A beat was answered, the thread's own or one of the sweeper's looks: is the generation alive?

        `asked_at` is the monotonic time before it was sent. A process that was frozen meanwhile reads an answer that is old: what counts is
        when it can have been given at the earliest.
        """
        if alive:
            self._last = max(self._last, asked_at)
        elif self._found.acquire(blocking=False):
            self._found_dead()
        return alive

    def _run(self) -> None:
        asyncio.run(self._beat())

    async def _beat(self) -> None:
        connection = None
        while not self._stop.is_set():
            try:
                if connection is None or connection.is_closed():
                    connection = await self._database.connect(application_name=f"ff:{self._worker_id}", direct=True)
                elif self.age < LATE_SECONDS:
                    await self._pause(LATE_SECONDS - self.age)
                    continue
                asked_at = self._clock.monotonic()
                if not self.heard(bool(await sql.beat.fetchval(connection, worker_id=self._worker_id)), asked_at):
                    break
                self._cut = False
                await self._pause(LATE_SECONDS)
            except Exception as error:  # noqa: BLE001 - an outage kills nobody; go on beating until it ends
                self._cut = True
                log.warning("heartbeat.failed", extra={"error": repr(error)})
                if connection is not None:
                    connection.terminate()
                    connection = None
                await self._pause(RETRY_SECONDS)
        if connection is not None:
            connection.terminate()

    async def _pause(self, seconds: float) -> None:
        """Wait, but notice a stop at once."""
        await asyncio.to_thread(self._stop.wait, max(0.05, seconds))
