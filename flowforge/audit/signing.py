"""Signing heads: the private keys are sealed by the deployment's data key, and opened only by a process that has the vault."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowforge.access.principal import Principal
from flowforge.audit.head import SignedHead, sign_head
from flowforge.audit.key import AuditKey, make_key
from flowforge.audit.log import append
from flowforge.audit.signed_heads import read_keys
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.errors import Conflict
from flowforge.secrets.sealed import audit_key_label
from flowforge.secrets.vault import DEPLOYMENT, Vault

sql = load_queries("flowforge.audit")


class Signer:
    """Signs the heads of every tenant with the newest key; the first key is made at the first head."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: dict[str, Ed25519PrivateKey] = {}

    async def sign(
        self, connection: asyncpg.Connection, tenant_id: UUID, size: int, root: bytes, previous: str | None, at: Any
    ) -> SignedHead:
        """A head for that tree. Raises ConfigurationError when the key cannot be unsealed."""
        key_id = await self._newest(connection)
        return sign_head(tenant_id, size, root, at, previous=previous, key_id=key_id, private=await self._private(connection, key_id))

    async def rotate(self, database: Database, principal: Principal) -> AuditKey:
        """Introduce a new key, signed by the one before it; heads are signed with it from now on. Older heads stay verifiable.

        Raises Conflict when another process was quicker.
        """
        async with database.pool.acquire() as connection, connection.transaction():
            await self._newest(connection)
            *_, previous = await read_keys(connection)
            made = await self._add(connection, previous)
            if made is None:
                raise Conflict("another process is changing the key that signs the audit log")
            await append(connection, principal, "audit.rotate_key", "audit_key", made.key_id, {"previous": previous.key_id})
        return made

    async def _newest(self, connection: asyncpg.Connection) -> str:
        found: str | None = await sql.newest_key.fetchval(connection)
        if found is None:
            await self._add(connection, None)
            found = await sql.newest_key.fetchval(connection)  # ours, or that of a process that was quicker
            assert found is not None
        return found

    async def _add(self, connection: asyncpg.Connection, previous: AuditKey | None) -> AuditKey | None:
        private = Ed25519PrivateKey.generate()
        signer = None if previous is None else await self._private(connection, previous.key_id)
        at = await sql.now.fetchval(connection)
        made = make_key(private, at, previous=previous, signer=signer)
        sealed = await self._vault.seal(connection, DEPLOYMENT, audit_key_label(made.key_id), private.private_bytes_raw())
        added = await sql.add_key.fetchval(
            connection,
            key_id=made.key_id,
            public_key=made.public_key,
            previous=made.previous or "",
            introduction=made.introduction,
            signature=made.signature,
            at=at,
            sealed=sealed,
        )
        return None if added is None else made

    async def _private(self, connection: asyncpg.Connection, key_id: str) -> Ed25519PrivateKey:
        if key_id not in self._opened:
            sealed: bytes = await sql.sealed_key.fetchval(connection, key_id=key_id)
            raw = await self._vault.open(connection, DEPLOYMENT, audit_key_label(key_id), sealed)
            self._opened[key_id] = Ed25519PrivateKey.from_private_bytes(raw)
        return self._opened[key_id]
