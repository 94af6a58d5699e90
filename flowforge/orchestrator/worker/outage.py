"""An outage of the database: what must be done is done when it is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from flowforge.orchestrator.worker.committer import ChangeRefused

R = TypeVar("R")

log = logging.getLogger("flowforge.worker")


async def insist(act: Callable[[], Awaitable[R]]) -> R:
    """Through an outage: the same act again, until it is answered. It must be one that a repeat does not harm."""
    delay = 0.1
    while True:
        try:
            return await act()
        except ChangeRefused:
            raise
        except Exception as error:  # noqa: BLE001 - the database is away
            log.warning("worker.repeated", extra={"error": repr(error)})
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)
