"""Events that several callers send at the same moment, stored and dispatched together.

Each of them waits for a commit, and then for another. Who comes while one is under way joins the next, so that a process which is asked a
thousand times a second makes some hundred commits. Nobody waits longer for it: a sender who is alone goes at once.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from flowforge.errors import InvalidInput
from flowforge.orchestrator.branch import outside
from flowforge.orchestrator.event import AcceptedEvent, NewEvent, SentBy, lies_in_the_data, send_all

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

ALONE = 20  # events in one request from which on it gains nothing by company
TOGETHER = 64  # requests in one commit, at most
LANES = 2  # batches under way at once: one is stored while another is dispatched

_Key = tuple[UUID, bool]


@dataclass(eq=False)
class _Wish:
    """One request's events, and the context in which its entry in the audit log is written."""

    events: Sequence[NewEvent]
    by: Principal
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    answer: asyncio.Future[list[AcceptedEvent]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def sent(self) -> SentBy:
        return SentBy(self.events, self.by, self.context)


async def send_together(database: Database, events: Sequence[NewEvent], *, bell: Bell, by: Principal) -> list[AcceptedEvent]:
    """As `send_events` by somebody, in company: stored, all or none, when it returns. Raises what `send_events` raises."""
    if len(events) > ALONE:
        return (await send_all(database, by.tenant_id, [SentBy(events, by, contextvars.copy_context())], bell=bell))[0]
    return await _company_of(database, bell, (by.tenant_id, by.test)).send(_Wish(events, by))


class _Company:
    """Those who send in one tenant."""

    def __init__(self, database: Database, bell: Bell, key: _Key) -> None:
        self._database, self._bell, self._key = database, bell, key
        self._wishes: list[_Wish] = []
        self._lanes = 0

    async def send(self, wish: _Wish) -> list[AcceptedEvent]:
        self._wishes.append(wish)
        if self._lanes < LANES:
            self._lanes += 1
            outside(self._drive())
        return await wish.answer

    async def _drive(self) -> None:
        try:
            while self._wishes:
                taken, self._wishes = self._wishes[:TOGETHER], self._wishes[TOGETHER:]
                await self._fulfil([wish for wish in taken if not wish.answer.done()])
        finally:
            self._lanes -= 1
            if not self._lanes and not self._wishes:
                _companies[self._bell].pop(self._key, None)

    async def _fulfil(self, wishes: Sequence[_Wish]) -> None:
        """All at once; where that fails on what one of them holds, each alone."""
        if not wishes:
            return
        try:
            answers = await send_all(self._database, self._key[0], [wish.sent for wish in wishes], bell=self._bell)
        except Exception as error:  # noqa: BLE001 - it is told to everybody who waits for this commit
            if len(wishes) > 1 and (isinstance(error, InvalidInput) or lies_in_the_data(error)):
                for wish in wishes:
                    await self._fulfil([wish])
                return
            for wish in wishes:
                if not wish.answer.done():
                    wish.answer.set_exception(error)
            return
        for wish, answer in zip(wishes, answers, strict=True):
            if not wish.answer.done():
                wish.answer.set_result(answer)


_companies: WeakKeyDictionary[Bell, dict[_Key, _Company]] = WeakKeyDictionary()


def _company_of(database: Database, bell: Bell, key: _Key) -> _Company:
    companies = _companies.setdefault(bell, {})
    if key not in companies:
        companies[key] = _Company(database, bell, key)
    return companies[key]
