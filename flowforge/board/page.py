"""A page of a list, and the cursor that asks for the next one: the id of the last row, so pages stay right while rows come."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from flowforge.errors import InvalidInput

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list; `next_cursor` is None on the last page."""

    data: tuple[Row, ...]
    next_cursor: str | None


def page_of(rows: Sequence[Any], limit: int, key: str, read: Callable[[Any], Row]) -> Page[Row]:
    """A page from `limit + 1` rows that were asked for; the one too many only says that there is more."""
    shown = rows[:limit]
    return Page(tuple(read(row) for row in shown), write_cursor(shown[-1][key]) if len(rows) > limit else None)


def write_cursor(last: UUID) -> str:
    """The cursor for what comes after `last`."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def read_cursor(cursor: str | None) -> UUID | None:
    """The id behind a cursor. Raises InvalidInput for one that was never handed out."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor") from None
