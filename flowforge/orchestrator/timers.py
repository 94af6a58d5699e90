"""What an execution holds back until a moment: sleeps, time-outs of waits, delays of retries.

The moment is the database's. One that is near is awaited in memory; for one that is far the run leaves its worker.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution


MAX_ALARM_SECONDS = 3600.0


class Held(NamedTuple):
    due: datetime
    act: Callable[[], None]
    retry: bool


class Timers:
    """The timers of one execution, by the key of their step."""

    def __init__(self, execution: Execution) -> None:
        self._execution: Execution = weakref.proxy(execution)  # whose timers these are: it goes as soon as nobody else holds it
        self._held: dict[str, Held] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._held)

    @property
    def next_due(self) -> datetime | None:
        return min((held.due for held in self._held.values()), default=None)

    @property
    def retries(self) -> int:
        """How many of them are retries of failed steps."""
        return sum(held.retry for held in self._held.values())

    def hold(self, key: str, due: datetime, act: Callable[[], None], *, retry: bool = False) -> None:
        if not self._execution.reaching:  # a run that is being cancelled waits for nothing on its way
            self._held[key] = Held(due, act, retry)
            self.set_alarm()

    def release(self, key: str) -> None:
        self._held.pop(key, None)

    def set_alarm(self) -> None:
        """Ring in memory at the next one, by what the database's clock says now; a run that leaves its worker takes its timers along."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = self.next_due
        if due is None:
            return
        seconds = (due - self._execution.database_now()).total_seconds()
        self._alarm = self._execution.loop.call_later(min(max(0.0, seconds), MAX_ALARM_SECONDS), self._ring)

    def stop(self) -> None:
        self._held.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        execution = self._execution
        if execution.over or not execution.door_open:
            return
        now = execution.database_now()
        for key, held in list(self._held.items()):
            if held.due <= now:
                del self._held[key]
                held.act()
        self.set_alarm()
        execution.moved()
