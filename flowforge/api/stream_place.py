"""A place among the live streams that a tenant may have open, from before the stream begins until it has ended."""

from __future__ import annotations

from uuid import UUID

import anyio
from fastapi import Request

from flowforge.access.principal import Principal
from flowforge.access.stream_count import TELL_EVERY_SECONDS, StreamCount
from flowforge.api.problem import refuse
from flowforge.api.rate_limits import Rates
from flowforge.clock import SYSTEM_CLOCK

LEAVE_SECONDS_MAX = 1.0
RETRY_AFTER_SECONDS = 10


class StreamPlace:
    """Taken by `take_place`; whoever has it keeps it and leaves it."""

    def __init__(self, count: StreamCount | None, tenant_id: UUID) -> None:
        self._count, self._tenant_id = count, tenant_id

    async def keep(self) -> None:
        """Tell the other servers, again and again, that the stream is still open. Cancel it at the end."""
        while self._count is not None:
            await SYSTEM_CLOCK.sleep(TELL_EVERY_SECONDS)
            await self._count.tell(self._tenant_id)

    async def leave(self) -> None:
        """The stream has ended; also when what it ran in is being cancelled."""
        if self._count is not None:
            with anyio.move_on_after(LEAVE_SECONDS_MAX, shield=True):
                await self._count.close(self._tenant_id)


async def take_place(request: Request) -> StreamPlace:
    """Raises Refusal (429) when the caller's tenant has as many streams open as it may."""
    rates: Rates = request.app.state.rates
    caller: Principal = request.state.caller
    if not rates.limits(caller):
        return StreamPlace(None, caller.tenant_id)
    count: StreamCount = request.app.state.stream_count
    if not await count.open(caller.tenant_id, rates.settings.streams_per_tenant):
        raise refuse("too-many", "the tenant has as many live streams open as it may", retry_after=str(RETRY_AFTER_SECONDS))
    return StreamPlace(count, caller.tenant_id)
