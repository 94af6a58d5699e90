"""Deliveries as people see them: what was sent where, how each attempt ended, and how to have it sent again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, NotFound
from flowforge.webhooks.endpoint import ENDING_MIN, load_endpoint
from flowforge.webhooks.event_name import PING
from flowforge.webhooks.payload import make_payload
from flowforge.webhooks.queries import sql
from flowforge.webhooks.retry import PATIENCE_SECONDS

State = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True)
class Attempt:
    """One attempt. `status` is null where no answer came; `answer` is the beginning of what came, without secrets."""

    attempt: int
    started_at: datetime
    ms: int
    status: int | None
    answer: str | None
    error: str | None


@dataclass(frozen=True)
class Delivery:
    """One message for one endpoint. `due` is when it is tried next; `payload` and `attempts` are there where one delivery is asked for."""

    delivery_id: UUID
    endpoint_id: UUID
    event: str
    attempt: int
    due: datetime | None
    delivered_at: datetime | None
    error: str | None
    created_at: datetime
    payload: dict[str, Any] | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def state(self) -> State:
        return "delivered" if self.delivered_at is not None else "failed" if self.due is None else "pending"


async def list_deliveries(
    database: Database,
    tenant_id: UUID,
    *,
    endpoint_id: UUID | None = None,
    state: State | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """The newest first."""
    rows = await sql.list_deliveries.fetch(
        database.pool, tenant_id=tenant_id, endpoint_id=endpoint_id, state=state, before=before, limit=limit
    )
    return [Delivery(**row) for row in rows]


async def resolve_delivery(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The id that people mean: a whole one, or an ending that only one delivery has. Raises NotFound."""
    whole = ids.parse("whd", text)
    if whole is not None:
        return whole
    found = await sql.deliveries_by_ending.fetch(connection, tenant_id=tenant_id, ending=text.lower().replace("_", ""))
    if len(found) != 1 or len(text) < ENDING_MIN:
        raise NotFound("webhook delivery", text[:100])
    delivery_id: UUID = found[0]["delivery_id"]
    return delivery_id


async def load_delivery(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> Delivery:
    """With its payload and its attempts. Raises NotFound."""
    row = await sql.find_delivery.fetchrow(connection, tenant_id=tenant_id, delivery_id=delivery_id)
    if row is None:
        raise NotFound("webhook delivery", ids.show("whd", delivery_id))
    attempts = await sql.attempts_of.fetch(connection, tenant_id=tenant_id, delivery_id=delivery_id)
    return Delivery(**{**row, "payload": json.loads(row["payload"])}, attempts=tuple(Attempt(**attempt) for attempt in attempts))


async def send_again(database: Database, principal: Principal, delivery_id: UUID) -> Delivery:
    """Have a delivery sent once more, under its own id. Raises NotFound, and Conflict while its endpoint is disabled."""
    tenant_id = principal.tenant_id
    async with database.pool.acquire() as connection, connection.transaction():
        found = await load_delivery(connection, tenant_id, delivery_id)
        endpoint = await load_endpoint(connection, tenant_id, found.endpoint_id)
        if not endpoint.enabled:
            raise Conflict("its endpoint is disabled", hint="enable it first")
        await sql.send_again.fetchval(connection, tenant_id=tenant_id, delivery_id=delivery_id, patience=PATIENCE_SECONDS)
        shown = ids.show("whd", delivery_id)
        await audit.append(connection, principal, "webhook_delivery.send_again", "webhook_delivery", shown, {"event": found.event})
        return await load_delivery(connection, tenant_id, delivery_id)


async def ping(database: Database, principal: Principal, endpoint_id: UUID, *, delivery_id: UUID, now: datetime) -> Delivery:
    """Send `webhook.ping` to an endpoint, whatever it listens to. Raises NotFound, and Conflict while it is disabled."""
    tenant_id, shown = principal.tenant_id, ids.show("whe", endpoint_id)
    async with database.pool.acquire() as connection, connection.transaction():
        endpoint = await load_endpoint(connection, tenant_id, endpoint_id)
        if not endpoint.enabled:
            raise Conflict("the endpoint is disabled", hint="enable it first")
        await sql.add_deliveries.execute(
            connection,
            tenant_id=tenant_id,
            delivery_ids=[delivery_id],
            endpoint_ids=[endpoint_id],
            events=[PING],
            payloads=[make_payload(PING, now, {"endpoint": shown, "by": principal.name})],
            patience=PATIENCE_SECONDS,
        )
        await audit.append(connection, principal, "webhook_endpoint.ping", "webhook_endpoint", shown)
        return await load_delivery(connection, tenant_id, delivery_id)
