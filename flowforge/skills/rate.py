"""How often a tool may be called: by one tenant, over all workers. Turns are taken ahead, one after the other, evenly spaced."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput

_RATE = re.compile(r"([1-9][0-9]{0,8})/(s|min|h|day)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}

sql = load_queries("flowforge.skills")


def read_rate(text: str | None) -> float | None:
    """Seconds between two calls; None for no limit. Raises InvalidInput.

    >>> read_rate("60/min")
    1.0
    """
    if text is None:
        return None
    found = _RATE.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text[:50]!r} is no rate", pointer="/rate", hint='write "60/min": a number, and s, min, h or day')
    return _SECONDS[found[2]] / int(found[1])


async def take_turn(connection: Connection, tenant_id: UUID, tool: str, interval_seconds: float) -> datetime | None:
    """When the call may begin: its turn, which nobody else gets; None for now. A turn that is not used is lost."""
    row = await sql.take_turn.fetchrow(connection, tenant_id=tenant_id, tool=tool, interval=interval_seconds)
    turn: datetime = row["turn"]
    return turn if turn > row["now"] else None
