"""A trial of a channel: one message, sent now and by this process, and whether the other side took it.

Nothing of it is kept but that somebody asked for it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.alerts.channel import find_channel
from flowforge.alerts.delivery import SEND_SECONDS
from flowforge.alerts.message import TRIAL, NotDelivered, send
from flowforge.audit import log as audit
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.secrets.redact import redact


@dataclass(frozen=True)
class Trial:
    """How it went; `error` says why the message was not taken."""

    error: str | None
    ms: int


async def try_channel(database: Database, principal: Principal, name: str, *, trial_id: UUID) -> Trial:
    """Raises NotFound. Whoever may add a channel may try it, as often as the other side stands it."""
    async with database.pool.acquire() as connection, connection.transaction():
        channel = await find_channel(connection, principal.tenant_id, name)
        await audit.append(connection, principal, "alert_channel.test", "alert_channel", name)
    data = {"rule": name, "kind": "test", "summary": f"asked for by {principal.name}; nothing is wrong"}
    payload = json.dumps({"type": f"alert.{TRIAL}", "timestamp": SYSTEM_CLOCK.now().isoformat(), "data": data}, ensure_ascii=False)
    begun = SYSTEM_CLOCK.monotonic()
    error = None
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await send(channel.settings, f"msg_{trial_id.hex}", TRIAL, payload)
    except (NotDelivered, TimeoutError) as reason:
        error = redact(str(reason) or f"no answer within {SEND_SECONDS:g} s")
    return Trial(error, round((SYSTEM_CLOCK.monotonic() - begun) * 1000))
