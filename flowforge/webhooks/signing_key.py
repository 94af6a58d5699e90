"""Signing keys: `whsec_` and 32 random bytes, sealed in the database, shown once. An endpoint has two while it changes keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.access.signing_key import make_signing_key, parse_signing_key, sign
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound
from flowforge.secrets.sealed import webhook_key_label
from flowforge.secrets.vault import Vault
from flowforge.webhooks.queries import sql

OVERLAP_SECONDS_DEFAULT = 24 * 3600.0
OVERLAP_SECONDS_MAX = 7 * 24 * 3600.0


@dataclass(frozen=True)
class SigningKey:
    """A key that signs until it expires; the newest does not."""

    key_id: UUID
    created_at: datetime
    expires_at: datetime | None


async def rotate_key(
    database: Database,
    vault: Vault,
    principal: Principal,
    endpoint_id: UUID,
    *,
    key_id: UUID,
    overlap_seconds: float = OVERLAP_SECONDS_DEFAULT,
) -> tuple[SigningKey, str | None]:
    """Give an endpoint a new key. The one before it signs beside it for `overlap_seconds`; an older one does no longer.

    Returns the key and its text, which is not to be had again: a repeat under the same id has None. Raises NotFound, InvalidInput.
    """
    if not 0 <= overlap_seconds <= OVERLAP_SECONDS_MAX:
        raise InvalidInput("keys overlap for at most seven days", pointer="/overlap")
    of = {"tenant_id": principal.tenant_id, "endpoint_id": endpoint_id}
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.lock_endpoint.fetchval(connection, **of) is None:
            raise NotFound("webhook endpoint", ids.show("whe", endpoint_id))
        known = {row["key_id"]: row for row in await sql.keys_of.fetch(connection, **of)}
        text = None
        if key_id not in known:
            await sql.retire_keys.execute(connection, **of, overlap=overlap_seconds)
            text = await add_key(connection, vault, principal.tenant_id, endpoint_id, key_id)
            shown = ids.show("whe", endpoint_id)
            await audit.append(
                connection, principal, "webhook_endpoint.rotate_key", "webhook_endpoint", shown, {"key": ids.show("whk", key_id)}
            )
        rows = await sql.keys_of.fetch(connection, **of)
    row = next(row for row in rows if row["key_id"] == key_id)
    return SigningKey(row["key_id"], row["created_at"], row["expires_at"]), text


async def add_key(connection: Connection, vault: Vault, tenant_id: UUID, endpoint_id: UUID, key_id: UUID) -> str:
    """Make a key in the caller's transaction and return its text."""
    text = make_signing_key()
    sealed = await vault.seal(connection, tenant_id, webhook_key_label(key_id), text.encode())
    await sql.add_key.execute(connection, tenant_id=tenant_id, endpoint_id=endpoint_id, key_id=key_id, sealed=sealed)
    return text


async def signatures(
    connection: Connection, vault: Vault, tenant_id: UUID, endpoint_id: UUID, message_id: str, timestamp: int, body: bytes
) -> str:
    """The header `webhook-signature`: one signature for each key that is valid now, the newest first."""
    rows = await sql.valid_keys.fetch(connection, tenant_id=tenant_id, endpoint_id=endpoint_id)
    keys = [await vault.open(connection, tenant_id, webhook_key_label(row["key_id"]), row["sealed"]) for row in rows]
    return sign([parse_signing_key(key.decode()) for key in keys], message_id, timestamp, body)
