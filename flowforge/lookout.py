"""Looking again and again beside other work; a look that fails, mostly because the database is away, is told and followed by the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from logging import Logger

Look = Callable[[], Awaitable[float]]


@asynccontextmanager
async def looking(
    look: Look, *, name: str, log: Logger, trouble: str, every_seconds: float, rest: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[None]:
    """Look while the context lasts. `look` answers in how many seconds it wants to look again; after a failure, which is logged under
    `trouble`, that is `every_seconds`.

    async with looking(remind, name="flowforge-approvals", log=log, trouble="approvals.not_watched", every_seconds=15):
        ...
    """
    task = asyncio.create_task(_again(look, log, trouble, every_seconds, rest), name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _again(look: Look, log: Logger, trouble: str, every_seconds: float, rest: Callable[[float], Awaitable[None]]) -> None:
    while True:
        try:
            pause = await look()
        except Exception as error:  # noqa: BLE001 - told, and looked at again
            log.warning(trouble, extra={"error": repr(error)})
            pause = every_seconds
        await rest(pause)
