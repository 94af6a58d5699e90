"""Who has opened a live stream may lose what let them in: then it ends, and coming back they are told why.

A session that ends, a key that is revoked or given other scopes, a role that changes, a tenant that is suspended: asked again every few
seconds, and at once when keys have changed. An open stream is no use of a session: left alone it ends with the session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import Request

from flowforge.access.key_check import KEYS_CHANGED
from flowforge.access.principal import Principal
from flowforge.api.problem import Refusal, refuse
from flowforge.api.suspension import Suspensions
from flowforge.db.hosts import FAILURES
from flowforge.errors import DatabaseUnavailable
from flowforge.orchestrator.hints import Bell

AskAgain = Callable[[], Awaitable[Principal]]


class StreamGuard:
    """Whether the caller of this request is still who they were when it came."""

    def __init__(self, request: Request) -> None:
        caller: Principal = request.state.caller
        self._caller = caller
        self._ask_again: AskAgain = request.state.ask_again
        self._suspensions: Suspensions = request.app.state.suspensions
        self._bell: Bell = request.app.state.bell

    async def lost(self, every_seconds: float) -> None:
        """Return when they are not. Cancel it when the stream ends by itself."""
        news = self._bell.subscribe(KEYS_CHANGED)
        try:
            while await self._is_let_in():
                with suppress(TimeoutError):
                    async with asyncio.timeout(every_seconds):
                        await news.wait()
                news.clear()
        finally:
            self._bell.unsubscribe(news, KEYS_CHANGED)

    async def refuse_if_lost(self) -> None:
        """Raises Refusal: as the caller's key or session is refused now, or because they are not who they were when they asked."""
        if not await self._is_let_in():
            await self._ask_again()
            raise refuse("unauthorized", "what let you in has changed meanwhile; ask again")

    async def _is_let_in(self) -> bool:
        """While the database is away nobody is sent off: nothing is read either."""
        try:
            return not await self._suspensions.hold(self._caller.tenant_id) and await self._ask_again() == self._caller
        except Refusal:
            return False
        except (*FAILURES, TimeoutError, DatabaseUnavailable):
            return True
