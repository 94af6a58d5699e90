"""What an evaluation may spend in all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.errors import BudgetExceeded
from flowforge.testing.evaluation.usage import Used

LOOK_SECONDS = 0.02


class Purse:
    """Lets a call begin only if it fits into what is left.

    What a call will cost is known afterwards, so each one that has no price yet counts as much as the dearest so far, and the first
    is made alone. A call whose price is unknown counts nothing.
    """

    def __init__(self, cost_max: Decimal | None, used: Callable[[], Awaitable[Used]], clock: Clock = SYSTEM_CLOCK) -> None:
        self.cost_max, self._used, self._clock = cost_max, used, clock
        self._turn = asyncio.Lock()
        self._begun = self._unanswered = 0
        self.empty = asyncio.Event()  # a call was refused

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Around one call. Raises BudgetExceeded when it would be too much."""
        if self.cost_max is None:
            yield
            return
        async with self._turn:
            await self._until_it_fits(self.cost_max)
            self._begun += 1
        try:
            yield
        except BaseException:
            self._unanswered += 1  # its record, if it has one, is of no answer: there is none to wait for
            raise

    async def _until_it_fits(self, cost_max: Decimal) -> None:
        while not self.empty.is_set():
            used = await self._used()
            unpriced = max(0, self._begun - self._unanswered - used.calls)  # their record is not written yet
            if unpriced == 0 or used.calls > 0:
                expected = (used.cost or Decimal(0)) + (unpriced + 1) * used.dearest
                if used.cost_known < cost_max and expected <= cost_max:
                    return
                if unpriced == 0 or used.cost_known >= cost_max:
                    self.empty.set()
                    break
            await self._clock.sleep(LOOK_SECONDS)
        raise BudgetExceeded(f"the next call may make it cost more than ${format(cost_max, 'f')}", budget="max_cost")
