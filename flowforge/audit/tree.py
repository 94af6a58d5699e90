"""Merging: committed entries get their positions in the tenant's tree, and the tree a signed head when one is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from flowforge.audit.merkle import HASH_BYTES, CompactRange, Span, leaf_hash
from flowforge.audit.signing import Signer
from flowforge.crash import crash_point
from flowforge.db.database import Database
from flowforge.db.queries import Connection, load_queries

BATCH = 1000
HEAD_ENTRIES = 1000
HEAD_EVERY = timedelta(minutes=1)
WIDE, NARROW = 16, 8  # levels whose complete subtrees are kept

sql = load_queries("flowforge.audit")


@dataclass(frozen=True)
class Merged:
    """What one merge did. `signed` is the size of the head that it made."""

    entries: int
    size: int
    signed: int | None


async def tenants_to_keep(database: Database, *, signing: bool) -> list[UUID]:
    """Whose log has something to merge; with `signing` also where a head is due."""
    found = await sql.tenants_to_keep.fetch(database.pool, signing=signing, every=HEAD_EVERY, entries=HEAD_ENTRIES)
    return [row["tenant_id"] for row in found]


async def merge(database: Database, tenant_id: UUID, signer: Signer | None = None, *, sign_now: bool = False) -> Merged | None:
    """Merge one batch of a tenant's committed entries; None while another process does.

    With a signer also sign the tree, when a minute or 1,000 entries have passed since the last head, or `sign_now`. A merge that is cut
    off has changed nothing, and the next one does its work.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        tree = await _take_tree(connection, tenant_id)
        if tree is None:
            return None
        range_ = _range(tree)
        rows = await sql.take_unmerged.fetch(connection, tenant_id=tenant_id, limit=BATCH)
        if rows:
            await _grow(connection, tenant_id, range_, rows)
        signed = None
        if signer is not None and (range_.size > tree["head_size"] if sign_now else _is_due(tree, range_.size)):
            signed = await _sign(connection, tenant_id, range_, tree, signer)
        crash_point("audit.merged")
    return Merged(len(rows), range_.size, signed)


async def tree_of(connection: Connection, tenant_id: UUID) -> CompactRange:
    """The tree as it is now."""
    row = await sql.find_tree.fetchrow(connection, tenant_id=tenant_id)
    return CompactRange() if row is None else _range(row)


async def root_of(connection: Connection, tenant_id: UUID, span: Span) -> bytes:
    """The root of the tree that these leaves make by themselves. The span begins at a multiple of the power of two that holds it."""
    first, last = span
    rows = await sql.subtrees_of.fetch(
        connection,
        tenant_id=tenant_id,
        first=first,
        last=last,
        narrow_first=-(-first >> NARROW),
        narrow_last=last >> NARROW,
        wide_first=-(-first >> WIDE),
        wide_last=last >> WIDE,
    )
    found = CompactRange()
    for row in rows:
        found.append_subtree(row["level"], row["hash"])
    if found.size != last - first:
        raise ValueError(f"the leaves from {first} to {last} are not all in the tree")
    return found.root()


async def _take_tree(connection: asyncpg.Connection, tenant_id: UUID) -> Any:
    tree = await sql.take_tree.fetchrow(connection, tenant_id=tenant_id)
    if tree is None:  # somebody has it, or there is none yet
        await sql.plant_tree.execute(connection, tenant_id=tenant_id)
        tree = await sql.take_tree.fetchrow(connection, tenant_id=tenant_id)
    return tree


async def _grow(connection: asyncpg.Connection, tenant_id: UUID, tree: CompactRange, rows: Sequence[Any]) -> None:
    first = tree.size
    hashes = [leaf_hash(row["leaf"].encode()) for row in rows]
    nodes = [node for found in hashes for node in tree.append(found, (NARROW, WIDE))]
    entry_ids = [row["entry_id"] for row in rows]
    await sql.add_leaves.execute(connection, tenant_id=tenant_id, first=first, entry_ids=entry_ids, hashes=hashes)
    if nodes:
        levels, positions, found = (list(column) for column in zip(*nodes, strict=True))
        await sql.add_nodes.execute(connection, tenant_id=tenant_id, levels=levels, positions=positions, hashes=found)
    await sql.grow_tree.execute(connection, tenant_id=tenant_id, size=tree.size, range=b"".join(tree.hashes))


def _is_due(tree: Any, size: int) -> bool:
    unsigned = size - tree["head_size"]
    return unsigned > 0 and (unsigned >= HEAD_ENTRIES or tree["head_at"] is None or tree["now"] - tree["head_at"] >= HEAD_EVERY)


async def _sign(connection: asyncpg.Connection, tenant_id: UUID, range_: CompactRange, tree: Any, signer: Signer) -> int:
    previous = None if tree["head_digest"] is None else tree["head_digest"].hex()
    head = await signer.sign(connection, tenant_id, range_.size, range_.root(), previous, tree["now"])
    await sql.add_head.execute(
        connection,
        tenant_id=tenant_id,
        size=head.size,
        head=head.text,
        signature=head.signature,
        key_id=head.key_id,
        at=tree["now"],
        digest=bytes.fromhex(head.digest),
    )
    return head.size


def _range(row: Any) -> CompactRange:
    kept: bytes = row["range"]
    return CompactRange(row["size"], (kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)))
