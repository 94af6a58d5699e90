"""Endpoints: the addresses of a tenant that want to hear what happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.notice import give_notice
from flowforge.secrets.vault import Vault
from flowforge.transport.failure import EgressRefused
from flowforge.transport.policy import plain_host, process_policy
from flowforge.webhooks.event_name import check_patterns
from flowforge.webhooks.queries import sql
from flowforge.webhooks.signing_key import SigningKey, add_key

ENDPOINTS_MAX = 50  # of one tenant
URL_MAX = 2000
ENDING_MIN = 4
DESCRIPTION_MAX = 500


@dataclass(frozen=True)
class Endpoint:
    """An endpoint. `failing_since` is set from the first failure on until something is delivered; `disabled_because` when we gave it up."""

    endpoint_id: UUID
    url: str
    description: str
    events: tuple[str, ...]
    enabled: bool
    disabled_because: str | None
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime
    keys: tuple[SigningKey, ...] = ()


async def create_endpoint(
    database: Database, vault: Vault, principal: Principal, url: str, events: Sequence[str], description: str = "", *, endpoint_id: UUID
) -> tuple[Endpoint, str | None]:
    """Add an endpoint with its first signing key. Returns both; a repeat under the same id adds nothing and has None for the key's text.

    Raises InvalidInput for an address that may not be called from here or a pattern that names nothing, Conflict for one too many.
    """
    check_url(url)
    patterns = check_patterns(events)
    tenant_id, text = principal.tenant_id, None
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.find_endpoint.fetchrow(connection, tenant_id=tenant_id, endpoint_id=endpoint_id) is None:
            if await sql.count_endpoints.fetchval(connection, tenant_id=tenant_id) >= ENDPOINTS_MAX:
                raise Conflict(f"a tenant has at most {ENDPOINTS_MAX} webhook endpoints", hint="delete one that nobody needs")
            await sql.create_endpoint.execute(
                connection, tenant_id=tenant_id, endpoint_id=endpoint_id, url=url, description=description, events=patterns
            )
            text = await add_key(connection, vault, tenant_id, endpoint_id, ids.new_id())
            detail = {"host": plain_host(httpx.URL(url)), "events": patterns}
            await audit.append(connection, principal, "webhook_endpoint.create", "webhook_endpoint", _show(endpoint_id), detail)
        return await load_endpoint(connection, tenant_id, endpoint_id), text


async def resolve_endpoint(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The id that people mean: a whole one, or an ending that only one endpoint has. Raises NotFound."""
    whole = ids.parse("whe", text)
    if whole is not None:
        return whole
    found = await sql.endpoints_by_ending.fetch(connection, tenant_id=tenant_id, ending=text.lower().replace("_", ""))
    if len(found) != 1 or len(text) < ENDING_MIN:
        raise NotFound("webhook endpoint", text[:100])
    endpoint_id: UUID = found[0]["endpoint_id"]
    return endpoint_id


async def load_endpoint(connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Raises NotFound."""
    row = await sql.find_endpoint.fetchrow(connection, tenant_id=tenant_id, endpoint_id=endpoint_id)
    if row is None:
        raise NotFound("webhook endpoint", _show(endpoint_id))
    return _endpoint(row, await sql.keys_of.fetch(connection, tenant_id=tenant_id, endpoint_id=endpoint_id))


async def list_endpoints(database: Database, tenant_id: UUID, *, after: UUID | None = None, limit: int = 50) -> list[Endpoint]:
    """The oldest first."""
    async with database.pool.acquire() as connection:
        rows = await sql.list_endpoints.fetch(connection, tenant_id=tenant_id, after=after, limit=limit)
        keys = await sql.keys_of_tenant.fetch(connection, tenant_id=tenant_id, endpoint_ids=[row["endpoint_id"] for row in rows])
    return [_endpoint(row, [key for key in keys if key["endpoint_id"] == row["endpoint_id"]]) for row in rows]


async def change_endpoint(database: Database, principal: Principal, endpoint_id: UUID, changes: Mapping[str, Any]) -> Endpoint:
    """Change `url`, `description`, `events` or `enabled`; what is left out stays. Enabling forgets failures.

    Raises NotFound, and InvalidInput as `create_endpoint` does.
    """
    wanted = dict(changes)
    if "url" in wanted:
        check_url(wanted["url"])
    if "events" in wanted:
        wanted["events"] = check_patterns(wanted["events"])
    of = {"tenant_id": principal.tenant_id, "endpoint_id": endpoint_id}
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.lock_endpoint.fetchval(connection, **of) is None:
            raise NotFound("webhook endpoint", _show(endpoint_id))
        new = {name: wanted.get(name) for name in ("url", "description", "events", "enabled")}
        await sql.change_endpoint.execute(connection, **of, **new)
        detail = {name: plain_host(httpx.URL(value)) if name == "url" else value for name, value in wanted.items()}
        await audit.append(connection, principal, "webhook_endpoint.update", "webhook_endpoint", _show(endpoint_id), detail)
        return await load_endpoint(connection, principal.tenant_id, endpoint_id)


async def delete_endpoint(database: Database, principal: Principal, endpoint_id: UUID) -> None:
    """With its keys and its deliveries: what was on its way there is not sent any more. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.delete_endpoint.fetchval(connection, tenant_id=principal.tenant_id, endpoint_id=endpoint_id) is None:
            raise NotFound("webhook endpoint", _show(endpoint_id))
        await audit.append(connection, principal, "webhook_endpoint.delete", "webhook_endpoint", _show(endpoint_id))


async def give_up(connection: Connection, tenant_id: UUID, endpoint_id: UUID, because: str) -> None:
    """Disable an endpoint that does not want, or does not take, what is sent to it. The caller's transaction holds its row."""
    of = {"tenant_id": tenant_id, "endpoint_id": endpoint_id}
    if await sql.disable_endpoint.fetchval(connection, **of, because=because) is None:
        return  # somebody did so already
    await sql.give_up_deliveries.execute(connection, **of, error=f"the endpoint was disabled: {because}")
    told = {"endpoint": _show(endpoint_id), "because": because}
    await give_notice(connection, tenant_id, "webhook_endpoint.disabled", told)
    system = Principal(tenant_id, "system", "webhooks")
    await audit.append(connection, system, "webhook_endpoint.disable", "webhook_endpoint", _show(endpoint_id), {"because": because})


def check_url(url: str) -> None:
    """Raises InvalidInput for what is no address, or one that may not be called from here. Its name is not looked up yet."""
    try:
        if len(url) > URL_MAX or not url.isprintable():
            raise httpx.InvalidURL("too long, or not printable")
        process_policy().check_url(httpx.URL(url))
    except EgressRefused as error:
        raise InvalidInput(error.message, pointer="/url", hint=error.hint) from None
    except (httpx.InvalidURL, UnicodeError):
        raise InvalidInput("this is not an address", pointer="/url", hint="as in https://example.com/hooks") from None


def _endpoint(row: Any, keys: Sequence[Any]) -> Endpoint:
    shown = tuple(SigningKey(key["key_id"], key["created_at"], key["expires_at"]) for key in keys)
    return Endpoint(**{**row, "events": tuple(row["events"])}, keys=shown)


def _show(endpoint_id: UUID) -> str:
    return ids.show("whe", endpoint_id)
