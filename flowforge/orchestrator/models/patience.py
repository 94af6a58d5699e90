"""How long a call may take: as a whole, and until its first token is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from flowforge.orchestrator.models import failure
from flowforge.orchestrator.models.client import ModelRequest


@asynccontextmanager
async def patience(request: ModelRequest, provider: str) -> AsyncIterator[Callable[[], None]]:
    """Bound the body of the `with`; call what it gives as soon as the reply has begun. Raises ModelError (timeout).

    `first_token_seconds` bounds the silence before a streamed reply, `timeout_seconds` everything, a stream that falls silent in
    the middle included.
    """
    first_seconds = request.first_token_seconds if request.stream else None
    whole, first = asyncio.timeout(request.timeout_seconds), asyncio.timeout(first_seconds)

    def has_begun() -> None:
        if not first.expired():
            first.reschedule(None)

    try:
        async with whole, first:
            yield has_begun
    except TimeoutError:
        if whole.expired():
            raise failure.timed_out(request.model, provider, request.timeout_seconds) from None
        if first.expired() and first_seconds is not None:
            raise failure.late_start(request.model, provider, first_seconds) from None
        raise
