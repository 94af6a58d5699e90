"""`flowforge.send` and `flowforge.signal`: an event, or a fact for one run, from any code by the shortest way there is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from flowforge.ids import DEFAULT_TENANT

if TYPE_CHECKING:
    import asyncpg

    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

_process: list[tuple[Database, Bell]] = []


def use_database(database: Database | None, bell: Bell | None = None) -> None:
    """Let `send` in this process write straight to its database; None: over HTTP again."""
    _process[:] = [(database, bell)] if database is not None and bell is not None else []


async def send(name: str, data: Any = None, *, id: str | None = None, connection: asyncpg.Connection[Any] | Any = None) -> str:
    """Send an event and return its id. The same `id` within seven days is the same event, however often it is sent.

    Inside a FlowForge process it is written to the database at once; elsewhere it goes over HTTP to FLOWFORGE_URL (default
    http://127.0.0.1:8288) with FLOWFORGE_API_KEY. When it returns, the event is stored. Inside a function use
    `step.send_event`, which a replay does not repeat. Raises InvalidInput, or ServerUnavailable.

        await flowforge.send("order/created", {"order_id": "ORD-9218", "total": 420}, id="order-9218")

    With `connection=`, an asyncpg connection to the database that holds FlowForge's schema, the event becomes a part of the
    transaction that is open there: it exists from its commit on, and not at all after a rollback.

        async with connection.transaction():
            await connection.execute("insert into orders …")
            await flowforge.send("order/created", {"order_id": "ORD-9218"}, connection=connection)
    """
    if connection is not None:
        from flowforge.orchestrator.event import event_from_outside
        from flowforge.orchestrator.outbox import send_in_transaction

        return await send_in_transaction(connection, event_from_outside(name, data, key=id))
    if _process:
        from flowforge.orchestrator.current_execution import EXECUTION
        from flowforge.orchestrator.event import event_from_outside, send_events

        database, bell = _process[0]
        execution = EXECUTION.get()
        new = event_from_outside(name, data, key=id, test=execution is not None and execution.test)
        (accepted,) = await send_events(database, DEFAULT_TENANT, [new], bell=bell)
        return accepted.id
    return await send_over_http(name, data, id=id)


async def send_over_http(name: str, data: Any = None, *, id: str | None = None) -> str:
    """The same by FLOWFORGE_URL, whatever this process has at hand."""
    from flowforge.api.client import DEFAULT_URL, AsyncClient

    async with AsyncClient(os.environ.get("FLOWFORGE_URL") or DEFAULT_URL, os.environ.get("FLOWFORGE_API_KEY"), retries=0) as client:
        return (await client.events.send(name, data, id=id)).id


async def signal(run_id: str, signal: str, data: Any = None) -> None:
    """Send a signal to one open run, by the same ways as `send`; its `step.wait_for_signal` gets it, now or later.

    Inside a function use `step.signal`, which a replay does not repeat. Raises NotFound for an unknown run, Conflict for one that has
    ended, InvalidInput, or ServerUnavailable.

        await flowforge.signal(run_id, "reviewed", {"verdict": "fine"})
    """
    if _process:
        from flowforge.orchestrator.run import find_run_id
        from flowforge.orchestrator.signal import send_signal

        database, bell = _process[0]
        target = await find_run_id(database.pool, DEFAULT_TENANT, run_id)
        await send_signal(database, DEFAULT_TENANT, target, signal, data, bell=bell)
        return
    from flowforge.api.client import DEFAULT_URL, AsyncClient

    async with AsyncClient(os.environ.get("FLOWFORGE_URL") or DEFAULT_URL, os.environ.get("FLOWFORGE_API_KEY"), retries=0) as client:
        await client.runs.signal(run_id, signal=signal, data=data)
