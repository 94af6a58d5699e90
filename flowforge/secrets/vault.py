"""Sealing: bytes in, bytes that only this tenant's data key opens out (AES-256-GCM), bound to the tenant and to what they are.

A sealed value carries the version of the data key that sealed it. Its label (a secret's name and version, a row's kind and id) is
associated data: a sealed value that is moved to another row, or to another tenant, does not open.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import struct
from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import ConfigurationError, FlowForgeError, SealingKeyMissing
from flowforge.secrets.key_ring import KEY_BYTES, NONCE_BYTES
from flowforge.secrets.key_wrapper import HINT, KeyWrapper, NoKey
from flowforge.secrets.opened import OPENED

DEPLOYMENT = UUID(int=0)  # whose data key seals what belongs to no tenant
KEEPER_SECONDS = 4.0  # for whoever holds the key; the transaction around it is ended by the server a little later
_VERSION = struct.Struct(">I")

T = TypeVar("T")

log = logging.getLogger("flowforge.secrets")
sql = load_queries("flowforge.secrets")


class DoesNotOpen(FlowForgeError):
    """A sealed value was changed, or is not the one that it is taken for."""


class Vault:
    """Seals and opens. A data key is unwrapped once in the life of the process.

    >>> sealed = await vault.seal(connection, tenant_id, "secret:stripe:1", b"sk_live_…")     # doctest: +SKIP
    >>> await vault.open(connection, tenant_id, "secret:stripe:1", sealed)                     # doctest: +SKIP
    b'sk_live_…'
    """

    def __init__(self, wrapper: KeyWrapper | None = None) -> None:
        self.wrapper: KeyWrapper = wrapper or NoKey()
        self._unwrapped: dict[bytes, bytes] = {}  # by what is in the row: a version may be made again after a rollback

    @property
    def has_key(self) -> bool:
        """Whether there is anything to seal with."""
        return not isinstance(self.wrapper, NoKey)

    async def seal(self, connection: Connection, tenant_id: UUID, label: str, plaintext: bytes) -> bytes:
        """Seal under the tenant's newest data key; the first is made here. Raises SealingKeyMissing."""
        version = await self._newest(connection, tenant_id)
        key = await self._key(connection, tenant_id, version)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return _VERSION.pack(version) + nonce + AESGCM(key).encrypt(nonce, plaintext, _whose(tenant_id, label))

    async def open(self, connection: Connection, tenant_id: UUID, label: str, sealed: bytes, *, noted: bool = True) -> bytes:
        """The value; from now on this process knows it where it turns up in what is logged or stored, unless told not to.

        Raises DoesNotOpen for what was changed or moved, SealingKeyMissing for a key that this process does not have.
        """
        key = await self._key(connection, tenant_id, version_of(sealed))
        rest = sealed[_VERSION.size :]
        try:
            value = AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _whose(tenant_id, label))
        except (InvalidTag, ValueError):  # the latter for what is too short
            raise DoesNotOpen(f"{label} does not open: it was changed, or belongs somewhere else") from None
        if noted:
            OPENED.note(None if tenant_id == DEPLOYMENT else tenant_id, value)
        return value

    async def add_data_key(self, connection: Connection, tenant_id: UUID) -> int:
        """Make the tenant's next data key, which seals from now on; what older ones sealed they still open. Returns its version."""
        newest: int | None = await sql.newest_data_key.fetchval(connection, tenant_id=tenant_id)
        version = (newest or 0) + 1
        wrapped_by, wrapped = await self.wrap(tenant_id, version, secrets.token_bytes(KEY_BYTES))
        await sql.add_data_key.execute(connection, tenant_id=tenant_id, version=version, wrapped=wrapped, wrapped_by=wrapped_by)
        return version  # somebody else may have been quicker: then theirs counts

    async def wrap(self, tenant_id: UUID, version: int, data_key: bytes) -> tuple[str, bytes]:
        """Which key wrapped it, and the wrapped data key. Raises SealingKeyMissing."""
        return await self._asked(self.wrapper.wrap(data_key, _whose(tenant_id, f"data key {version}")))

    async def unwrap(self, tenant_id: UUID, version: int, wrapped_by: str, wrapped: bytes) -> bytes:
        """The data key. Raises SealingKeyMissing."""
        return await self._asked(self.wrapper.unwrap(wrapped_by, wrapped, _whose(tenant_id, f"data key {version}")))

    async def _newest(self, connection: Connection, tenant_id: UUID) -> int:
        version: int | None = await sql.newest_data_key.fetchval(connection, tenant_id=tenant_id)
        return await self.add_data_key(connection, tenant_id) if version is None else version

    async def _key(self, connection: Connection, tenant_id: UUID, version: int) -> bytes:
        row = await sql.find_data_key.fetchrow(connection, tenant_id=tenant_id, version=version)
        if row is None:
            raise ConfigurationError(f"the data key {version} is not there: what it sealed is lost")
        wrapped: bytes = row["wrapped"]
        if wrapped not in self._unwrapped:
            self._unwrapped[wrapped] = await self.unwrap(tenant_id, version, row["wrapped_by"], wrapped)
        return self._unwrapped[wrapped]

    async def _asked(self, answer: Awaitable[T]) -> T:
        """What the keeper of the key answers, in time. Its own errors may hold anything, so only their type is told."""
        try:
            async with asyncio.timeout(KEEPER_SECONDS):
                return await answer
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - a KMS is somebody else's code
            log.warning("secrets.key_not_reached", extra={"error": type(error).__name__})
            raise SealingKeyMissing(f"the keeper of the key that seals secrets failed ({type(error).__name__})", hint=HINT) from None


def version_of(sealed: bytes) -> int:
    """The version of the data key that sealed it. Raises DoesNotOpen for what was never sealed."""
    if len(sealed) < _VERSION.size:
        raise DoesNotOpen("this was never sealed")
    found: int = _VERSION.unpack_from(sealed)[0]
    return found


def _whose(tenant_id: UUID, label: str) -> bytes:
    return tenant_id.bytes + label.encode()
