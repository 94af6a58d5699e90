"""The keeper of the log: beside every server and worker, a look each second whether entries wait for their positions.

Any number may look; a tenant's tree is held by one of them at a time. Only a process that was given a signer signs heads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from flowforge.audit.signing import Signer
from flowforge.audit.tree import BATCH, merge, tenants_to_keep
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError
from flowforge.lookout import looking

TRIES, BUSY_SECONDS = 500, 0.02
EVERY_SECONDS = 1.0  # the longest that a committed entry waits for its position, while a process runs

log = logging.getLogger("flowforge.audit")


@asynccontextmanager
async def keeping_the_log(database: Database, signer: Signer | None = None, *, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Keep the log while the context lasts."""

    async def again() -> float:
        await _keep_once(database, signer)
        return every_seconds

    async with looking(again, name="flowforge-audit", log=log, trouble="audit.not_kept", every_seconds=every_seconds):
        yield


async def keep_up(database: Database, signer: Signer | None = None) -> int:
    """Merge what waits now, for every tenant; gives how many entries that was."""
    count = 0
    for tenant_id in await tenants_to_keep(database, signing=signer is not None):
        while merged := await merge(database, tenant_id, signer):
            count += merged.entries
            if merged.entries < BATCH:
                break
    return count


async def bring_up_to_date(database: Database, tenant_id: UUID, signer: Signer | None) -> None:
    """Merge all that a tenant has committed, and sign it: what is asked for now is to cover what was done just before."""
    for _ in range(TRIES):
        try:
            merged = await merge(database, tenant_id, signer, sign_now=True)
        except ConfigurationError as error:
            log.warning("audit.not_signed", extra={"error": error.message, "hint": error.hint})
            signer = None
            continue
        if merged is not None and merged.entries < BATCH:
            return
        if merged is None:  # somebody else is at it
            await asyncio.sleep(BUSY_SECONDS)


async def _keep_once(database: Database, signer: Signer | None) -> None:
    try:
        await keep_up(database, signer)
    except ConfigurationError as error:  # a key that cannot be unsealed keeps nothing from being merged
        log.warning("audit.not_signed", extra={"error": error.message, "hint": error.hint})
        await keep_up(database)
