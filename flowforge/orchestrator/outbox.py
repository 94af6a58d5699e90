"""The transactional outbox: an event that comes into being with the commit of the user's own transaction."""

from __future__ import annotations

from typing import Any

from flowforge.db.queries import load_queries
from flowforge.errors import InvalidInput
from flowforge.orchestrator import codec
from flowforge.orchestrator.event import NewEvent

sql = load_queries("flowforge.orchestrator")

_HINT = "open one: async with connection.transaction(): …; other drivers call the SQL function flowforge.send(name, data, id)"


async def send_in_transaction(connection: Any, event: NewEvent) -> str:
    """Put an event into the open transaction of an asyncpg connection and return its id.

    It exists, and starts what it triggers, from that transaction's commit on; after a rollback there is nothing. Only a hint could
    be given at the commit (a NOTIFY, which takes a lock of the whole server), so a worker's sweeper finds it at its next look, about a
    second later. Raises InvalidInput for a connection of another driver or without a transaction.
    """
    is_in_transaction = getattr(connection, "is_in_transaction", None)
    if is_in_transaction is None or not hasattr(connection, "fetchval"):
        raise InvalidInput(f"connection= takes a connection of asyncpg, not {type(connection).__name__}", hint=_HINT)
    if not is_in_transaction():
        raise InvalidInput("the connection is not in a transaction: the event would not belong to any", hint=_HINT)
    sent: str = await sql.send_in_transaction.fetchval(connection, name=event.name, data=codec.to_json(event.data), key=event.key)
    return sent
