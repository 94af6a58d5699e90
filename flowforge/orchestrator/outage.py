"""An outage of the database: what must be done is done when it is over. What PostgreSQL will never take is told apart from it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from flowforge.errors import FlowForgeError

POISON_CLASSES = ("22", "23", "42", "54")  # the statement can never succeed: data, constraint, syntax, program limit

R = TypeVar("R")

log = logging.getLogger("flowforge.worker")


class ChangeRefused(FlowForgeError):
    """PostgreSQL refuses what the run asked to write, and always will."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"PostgreSQL refuses to store this: {error}")


def is_refusal(error: Exception) -> bool:
    """Will the same statement with the same arguments never succeed?"""
    return class_of(error) in POISON_CLASSES or isinstance(error, ValueError | OverflowError)  # the latter: asyncpg cannot encode it


def class_of(error: Exception) -> str:
    """The first two characters of its SQLSTATE; empty where it has none."""
    return (getattr(error, "sqlstate", None) or "")[:2]


async def insist(act: Callable[[], Awaitable[R]]) -> R:
    """Through an outage: the same act again, until it is answered or refused. It must be one that a repeat does not harm."""
    delay = 0.1
    while True:
        try:
            return await act()
        except Exception as error:  # the database is away, most often
            if isinstance(error, ChangeRefused) or is_refusal(error):
                raise
            log.warning("worker.repeated", extra={"error": repr(error)})
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)
