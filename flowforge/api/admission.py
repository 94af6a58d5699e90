"""Whose turn it is: a server works on a few requests at a time, and takes them from its tenants in turn.

A request costs a connection of the pool and time of the loop. Without an order, one that comes alone stands behind all that another
tenant has sent; with it, it stands behind one. While others ask too, a tenant's requests begin one after the other; one that takes long
waits for the database and not for the loop, so the next may begin beside it, up to half of the places. Who has many waiting lets those of
others end first, but not for long. A place is given back when the answer begins, so live streams hold none.

A few events in a request need no connection of their own: many of them are stored by one (see `together`). They have places apart.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowforge.api.body import HOOKS
from flowforge.api.problem import refuse
from flowforge.clock import SYSTEM_CLOCK, Clock

AT_ONCE = 8  # as the pool has connections
TOGETHER_AT_ONCE = 64  # of those who share one
FEW_EVENTS_BYTES = 32 * 1024
SEND = frozenset({"send_events", "send_events_v1"})
SLOW_SECONDS = 0.05  # what takes longer is waiting for something
OTHERS_SECONDS = 2.0  # who has asked within so long is still there
MANY_WAITING = 8
YIELD_SECONDS = 0.05  # who has many waiting begins one in so long at least, whoever else is being worked for
WAITING_MAX = 1_000  # of one tenant

SENDERS = "senders of webhooks"  # who are of no tenant until their signature holds


class Admission:
    """ASGI layer behind CallerResolver and StrictBody: what waits here has arrived whole."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app = app
        self.turns, self.together = Turns(clock), Turns(clock, at_once=TOGETHER_AT_ONCE, one_by_one=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whose = _whose(scope)
        if whose is None:
            await self.app(scope, receive, send)
            return
        turns = self.together if _sends_a_few(scope["state"]) else self.turns
        turn = await turns.take(whose)

        async def answer(message: Message) -> None:
            turns.give_back(turn)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            turns.give_back(turn)


class Turn:
    """A place that somebody has."""

    def __init__(self, whose: Hashable) -> None:
        self.whose = whose
        self.slow: asyncio.TimerHandle | None = None  # None: it has been found slow, or is over
        self.over = False


class Turns:
    """The places of one server, and who waits for one. `one_by_one`: while several ask, each of them is worked for once at a time."""

    def __init__(
        self, clock: Clock = SYSTEM_CLOCK, *, at_once: int = AT_ONCE, waiting_max: int = WAITING_MAX, one_by_one: bool = True
    ) -> None:
        self.clock, self.waiting_max, self.one_by_one = clock, waiting_max, one_by_one
        self.free = at_once
        self._half = max(1, at_once // 2)
        self._working: Counter[Hashable] = Counter()
        self._quick: Counter[Hashable] = Counter()  # of those at work, where that counts: who are not known to be slow
        self._waiting: dict[Hashable, deque[asyncio.Future[Turn]]] = {}
        self._asked: OrderedDict[Hashable, float] = OrderedDict()  # when each has asked last, the latest at the end
        self._turns = 0
        self._last_turn: dict[Hashable, int] = {}  # by its number
        self._began: dict[Hashable, float] = {}  # when that was

    async def take(self, whose: Hashable) -> Turn:
        """Wait for a place. Raises Refusal (429) when a tenant has as many requests waiting as may wait."""
        self._asked[whose] = self.clock.monotonic()
        self._asked.move_to_end(whose)
        queue = self._waiting.get(whose)
        if queue is None and self._may_begin(whose):
            return self._begin(whose)
        if queue is not None and len(queue) >= self.waiting_max:
            raise refuse("too-many", f"{self.waiting_max} requests of the tenant are waiting already", retry_after="1")
        waiter: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(whose, deque()).append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.give_back(waiter.result())
            else:
                self._leave(whose, waiter)
            raise

    def give_back(self, turn: Turn) -> None:
        """The place is free, once; whoever has the fewest places is next, and among those who has waited longest for a turn."""
        if turn.over:
            return
        turn.over = True
        if turn.slow is not None:
            turn.slow.cancel()
            self._not_quick(turn)
        self.free += 1
        _one_less(self._working, turn.whose)
        self._go_on()

    def _go_on(self) -> None:
        while (whose := self._next()) is not None:
            waiter = self._waiting[whose].popleft()
            if not self._waiting[whose]:
                del self._waiting[whose]
            if not waiter.done():
                waiter.set_result(self._begin(whose))

    def _next(self) -> Hashable | None:
        able = [whose for whose in self._waiting if self._may_begin(whose)]
        return min(able, key=lambda whose: (self._working[whose], self._last_turn.get(whose, 0)), default=None)

    def _may_begin(self, whose: Hashable) -> bool:
        if self.free == 0:
            return False
        if not self._others_than(whose):
            return True
        return self._quick[whose] == 0 and self._working[whose] < self._half and not self._yields(whose)

    def _yields(self, whose: Hashable) -> bool:
        """What others have begun ends with `give_back`, so this is asked again soon."""
        if len(self._waiting.get(whose, ())) < MANY_WAITING or self._quick.total() == self._quick[whose]:
            return False
        return self.clock.monotonic() < self._began.get(whose, 0.0) + YIELD_SECONDS

    def _begin(self, whose: Hashable) -> Turn:
        self.free -= 1
        self._turns += 1
        self._last_turn[whose] = self._turns
        self._began[whose] = self.clock.monotonic()
        self._working[whose] += 1
        turn = Turn(whose)
        if self.one_by_one:
            self._quick[whose] += 1
            turn.slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, self._found_slow, turn)
        return turn

    def _found_slow(self, turn: Turn) -> None:
        self._not_quick(turn)
        self._go_on()

    def _not_quick(self, turn: Turn) -> None:
        turn.slow = None
        _one_less(self._quick, turn.whose)

    def _others_than(self, whose: Hashable) -> bool:
        since = self.clock.monotonic() - OTHERS_SECONDS
        while self._asked and self._asked[oldest := next(iter(self._asked))] < since:
            del self._asked[oldest]
            self._last_turn.pop(oldest, None)
            self._began.pop(oldest, None)
        return len(self._asked) > (whose in self._asked)

    def _leave(self, whose: Hashable, waiter: asyncio.Future[Turn]) -> None:
        self._waiting[whose].remove(waiter)
        if not self._waiting[whose]:
            del self._waiting[whose]


def _one_less(counted: Counter[Hashable], whose: Hashable) -> None:
    counted[whose] -= 1
    if not counted[whose]:
        del counted[whose]


def _sends_a_few(state: Mapping[str, Any]) -> bool:
    return state.get("operation") in SEND and len(state.get("body", b"")) <= FEW_EVENTS_BYTES


def _whose(scope: Scope) -> Hashable | None:
    """None: what needs no turn (probes, pages)."""
    if scope["type"] != "http":
        return None
    caller = scope["state"].get("caller")
    if caller is not None:
        return caller.tenant_id  # type: ignore[no-any-return]
    return SENDERS if scope["path"].startswith(HOOKS) else None
