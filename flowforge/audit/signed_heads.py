"""The signed heads and public keys that the database holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flowforge.audit.head import SignedHead, read_head
from flowforge.audit.key import AuditKey
from flowforge.db.queries import Connection, load_queries

sql = load_queries("flowforge.audit")


async def read_keys(connection: Connection) -> list[AuditKey]:
    """Every key that ever signed, the first first."""
    return [
        AuditKey(row["key_id"], row["public_key"], row["introduction"], row["signature"]) for row in await sql.read_keys.fetch(connection)
    ]


async def read_heads(connection: Connection, tenant_id: UUID, *, after: int, upto: int, limit: int) -> list[SignedHead]:
    """A tenant's heads in their order: of more than `after` entries and at most `upto`."""
    return _heads(await sql.read_heads.fetch(connection, tenant_id=tenant_id, after=after, upto=upto, limit=limit))


async def newest_heads(connection: Connection, tenant_id: UUID, *, before: int = 2**63 - 1, limit: int = 1) -> list[SignedHead]:
    """A tenant's heads, the newest first, of less than `before` entries."""
    return _heads(await sql.newest_heads.fetch(connection, tenant_id=tenant_id, before=before, limit=limit))


async def find_head(connection: Connection, tenant_id: UUID, size: int) -> SignedHead | None:
    """The head of exactly so many entries."""
    return _head(await sql.find_head.fetchrow(connection, tenant_id=tenant_id, size=size))


async def first_head_covering(connection: Connection, tenant_id: UUID, position: int) -> SignedHead | None:
    """The first head over the entry at that position."""
    return _head(await sql.first_head_covering.fetchrow(connection, tenant_id=tenant_id, position=position))


def _head(row: Any) -> SignedHead | None:
    return None if row is None else read_head(row["head"], row["signature"])


def _heads(rows: Sequence[Any]) -> list[SignedHead]:
    return [read_head(row["head"], row["signature"]) for row in rows]
