"""Anchoring: signed heads go to every anchor in their order, are tried again until they are kept, and how far each has got is on record."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from flowforge.audit.anchor import Anchor
from flowforge.audit.signed_heads import read_heads
from flowforge.audit.webhook_anchor import AnchorFailed
from flowforge.db.database import Database
from flowforge.db.queries import Connection, load_queries
from flowforge.lookout import looking

EVERY_SECONDS = 5.0
HEADS_AT_ONCE = 100
CLAIM = timedelta(minutes=2)  # how long nobody else tries while one does
LONGEST_SECONDS = 300.0  # between two tries
_FOREVER = 2**63 - 1

log = logging.getLogger("flowforge.audit")
sql = load_queries("flowforge.audit")


@dataclass(frozen=True)
class Anchored:
    """How far one anchor has got: it keeps all heads up to `size`. `error` is why the last of `attempts` failed."""

    anchor: str
    size: int
    attempts: int
    error: str | None
    updated_at: datetime


@asynccontextmanager
async def anchoring(database: Database, anchors: Sequence[Anchor], *, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Send heads to the anchors while the context lasts."""

    async def again(anchor: Anchor) -> float:
        return 0.0 if await anchor_once(database, anchor) else every_seconds

    async with AsyncExitStack() as stack:
        for anchor in anchors:
            look = partial(again, anchor)
            name = f"flowforge-audit {anchor.name}"
            await stack.enter_async_context(looking(look, name=name, log=log, trouble="audit.not_anchored", every_seconds=every_seconds))
        yield


async def anchor_once(database: Database, anchor: Anchor) -> int:
    """Bring every tenant's heads to this anchor, 100 of each; gives how many it has kept."""
    kept = 0
    for row in await sql.anchors_due.fetch(database.pool, anchor=anchor.name):
        claim = await sql.claim_anchor.fetchrow(database.pool, tenant_id=row["tenant_id"], anchor=anchor.name, claim=CLAIM)
        if claim is not None:
            kept += await _keep(database, anchor, row["tenant_id"], claim["size"], claim["attempts"])
    return kept


async def list_anchored(connection: Connection, tenant_id: UUID) -> list[Anchored]:
    """How far a tenant's heads have got, by anchor."""
    return [Anchored(**row) for row in await sql.list_anchored.fetch(connection, tenant_id=tenant_id)]


async def _keep(database: Database, anchor: Anchor, tenant_id: UUID, size: int, attempts: int) -> int:
    heads = await read_heads(database.pool, tenant_id, after=size, upto=_FOREVER, limit=HEADS_AT_ONCE)
    error: str | None = None
    try:
        if heads:
            await anchor.keep(heads)
            size = heads[-1].size
    except (AnchorFailed, OSError) as failure:
        error = failure.message if isinstance(failure, AnchorFailed) else failure.strerror or type(failure).__name__
        log.warning("audit.not_anchored", extra={"anchor": anchor.name, "tenant": str(tenant_id), "error": error})
    pause = timedelta(seconds=0.0 if error is None else min(LONGEST_SECONDS, 2.0 ** min(attempts, 16)))
    await sql.note_anchored.execute(
        database.pool,
        tenant_id=tenant_id,
        anchor=anchor.name,
        size=size,
        attempts=0 if error is None else attempts + 1,
        error=error,
        pause=pause,
    )
    return len(heads) if error is None else 0
