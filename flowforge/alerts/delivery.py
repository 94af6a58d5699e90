"""Delivering: one message at a time, at least once. A crash between sending and recording repeats it, once, under the same id."""

from __future__ import annotations

import asyncio
import logging

from flowforge import ids, metrics
from flowforge.alerts.queries import sql
from flowforge.crash import crash_point
from flowforge.db.database import Database
from flowforge.secrets.redact import redact

HOLD_SECONDS = 60.0  # a claim; sending takes half of it at most
SEND_SECONDS = 30.0
PATIENCE_SECONDS = 24 * 3600.0
FIRST_DELAY_SECONDS, LAST_DELAY_SECONDS = 5.0, 900.0

log = logging.getLogger("flowforge.alerts")


async def deliver_one(database: Database, *, hold_seconds: float = HOLD_SECONDS, public_url: str | None = None) -> bool:
    """Take the next message that is due to its channel. Returns whether there was one."""
    row = await sql.claim_delivery.fetchrow(database.pool, hold=hold_seconds)
    if row is None:
        return False
    from flowforge.alerts.approval_news import with_link
    from flowforge.alerts.channel import read_settings
    from flowforge.alerts.message import NotDelivered, send
    from flowforge.errors import InvalidInput

    place = {name: row[name] for name in ("tenant_id", "alert_id", "delivery_id", "attempt")}
    fact = {"alert": ids.show("alt", row["alert_id"]), "channel": row["channel"], "attempt": row["attempt"]}
    try:
        if row["settings"] is None:
            raise NotDelivered("its channel is not there any more")
        payload = row["payload"]
        if row["event"].startswith("approval."):
            payload = await with_link(database, row, public_url)
            if payload is None:  # decided meanwhile: nobody need hear of it
                await sql.delivered.execute(database.pool, **place)
                return True
        async with asyncio.timeout(SEND_SECONDS):
            await send(read_settings(row["settings"]), f"msg_{row['delivery_id'].hex}", row["event"], payload)
    except (NotDelivered, InvalidInput, TimeoutError) as error:
        reason = redact(str(error) or f"no answer within {SEND_SECONDS:g} s")
        metrics.ALERTS_SENT.add(row["kind"] or "none", "failed")
        log.warning("alert.not_delivered", extra={**fact, "error": reason})
        await sql.not_delivered.fetch(
            database.pool,
            **place,
            lost=row["settings"] is None,
            delay=delay_seconds(row["attempt"]),
            patience=PATIENCE_SECONDS,
            error=reason,
        )
        return True
    crash_point("alert.sent")
    metrics.ALERTS_SENT.add(row["kind"], "delivered")
    log.info("alert.delivered", extra=fact)
    await sql.delivered.execute(database.pool, **place)
    return True


def delay_seconds(attempt: int) -> float:
    """5 s, 15 s, 45 s, then longer, up to a quarter of an hour."""
    return min(FIRST_DELAY_SECONDS * 3.0 ** min(attempt - 1, 10), LAST_DELAY_SECONDS)
