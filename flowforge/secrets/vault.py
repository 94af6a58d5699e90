"""Sealing: bytes in, bytes that only this tenant's data key opens out (AES-256-GCM), bound to the tenant and to what they are.

A sealed value carries the version of the data key that sealed it. Its label (a secret's name and version, a row's kind and id) is
associated data: a sealed value that is moved to another row, or to another tenant, does not open.
"""

from __future__ import annotations

import secrets
import struct
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import ConfigurationError, FlowForgeError
from flowforge.secrets.key_ring import KEY_BYTES, NONCE_BYTES, KeyRing

DEPLOYMENT = UUID(int=0)  # whose data key seals what belongs to no tenant
_VERSION = struct.Struct(">I")

sql = load_queries("flowforge.secrets")


class DoesNotOpen(FlowForgeError):
    """A sealed value was changed, or is not the one that it is taken for."""


class Vault:
    """Seals and opens. A data key is unwrapped once in the life of the process.

    >>> sealed = await vault.seal(connection, tenant_id, "secret:stripe:1", b"sk_live_…")     # doctest: +SKIP
    >>> await vault.open(connection, tenant_id, "secret:stripe:1", sealed)                     # doctest: +SKIP
    b'sk_live_…'
    """

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._unwrapped: dict[bytes, bytes] = {}  # by what is in the row: a version may be made again after a rollback

    async def seal(self, connection: Connection, tenant_id: UUID, label: str, plaintext: bytes) -> bytes:
        """Seal under the tenant's newest data key; the first is made here. Raises ConfigurationError when none can be unwrapped."""
        version = await self._newest(connection, tenant_id)
        key = await self._key(connection, tenant_id, version)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return _VERSION.pack(version) + nonce + AESGCM(key).encrypt(nonce, plaintext, _whose(tenant_id, label))

    async def open(self, connection: Connection, tenant_id: UUID, label: str, sealed: bytes) -> bytes:
        """Raises DoesNotOpen for what was changed or moved, ConfigurationError for a key that is not on the ring."""
        (version,), rest = _VERSION.unpack_from(sealed), sealed[_VERSION.size :]
        key = await self._key(connection, tenant_id, version)
        try:
            return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _whose(tenant_id, label))
        except InvalidTag:
            raise DoesNotOpen(f"{label} does not open: it was changed, or belongs somewhere else") from None

    async def _newest(self, connection: Connection, tenant_id: UUID) -> int:
        if (version := await sql.newest_data_key.fetchval(connection, tenant_id=tenant_id)) is not None:
            return int(version)
        wrapped_by, wrapped = self.ring.wrap(secrets.token_bytes(KEY_BYTES), _whose(tenant_id, "data key 1"))
        await sql.add_data_key.execute(connection, tenant_id=tenant_id, version=1, wrapped=wrapped, wrapped_by=wrapped_by)
        return 1  # somebody else may have been quicker: then theirs counts

    async def _key(self, connection: Connection, tenant_id: UUID, version: int) -> bytes:
        row = await sql.find_data_key.fetchrow(connection, tenant_id=tenant_id, version=version)
        if row is None:
            raise ConfigurationError(f"the data key {version} is not there: what it sealed is lost")
        wrapped: bytes = row["wrapped"]
        if wrapped not in self._unwrapped:
            self._unwrapped[wrapped] = self.ring.unwrap(row["wrapped_by"], wrapped, _whose(tenant_id, f"data key {version}"))
        return self._unwrapped[wrapped]


def _whose(tenant_id: UUID, label: str) -> bytes:
    return tenant_id.bytes + label.encode()
