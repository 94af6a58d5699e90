"""Mail from inboxes: digests and single items, to people who have asked for it, by the tenant's first channel for mail.

A digest is due once in its period, whatever the number of servers: whoever moves the date on makes the mail, in one transaction. What is
to be said is read when the mail goes out; where nothing is unread any more, none goes. A crash between sending and noting it repeats the
mail, once, under the same id.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

from flowforge import ids
from flowforge.alerts.channel import SmtpSettings, read_settings
from flowforge.alerts.delivery import HOLD_SECONDS, PATIENCE_SECONDS, SEND_SECONDS, delay_seconds
from flowforge.alerts.queries import sql
from flowforge.board.due_date import tell_of_dates
from flowforge.board.inbox_setting import setting_of, unread_of
from flowforge.db.database import Database
from flowforge.errors import InvalidInput
from flowforge.secrets.redact import redact

AT_ONCE = 20  # then the alerts have their turn
ITEMS_MAX = 50  # that a digest tells of
DIGEST = "digest"
ITEMS_KEPT = timedelta(days=90)  # since they were read and last refreshed
SETTLED_KEPT = timedelta(days=30)  # of mail, and of messages to agents

log = logging.getLogger("flowforge.inbox")


async def look_for_mail(database: Database) -> bool:
    """Tell of dates, make the digests that are due, and send what is due. Returns whether there may be more of it."""
    await tell_of_dates(database)
    if not await sql.mail_is_due.fetchval(database.pool):
        return False
    await make_digests(database)
    for _ in range(AT_ONCE):
        if not await send_one(database):
            return False
    return True


async def make_digests(database: Database) -> int:
    """A mail for each digest that is due now; how many people's dates this call has moved on."""
    moved = 0
    for row in await sql.due_digests.fetch(database.pool, limit=AT_ONCE):
        following = setting_of(row).next_digest(row["now"])
        of = {"tenant_id": row["tenant_id"], "person_id": row["person_id"]}
        made = await sql.make_digest.fetchval(
            database.pool, **of, was=row["digest_due"], following=following, mail_id=ids.new_id(), occasion=DIGEST
        )
        moved += made is not None
    return moved


async def send_one(database: Database) -> bool:
    """Send the next mail that is due. Returns whether there was one."""
    row = await sql.claim_mail.fetchrow(database.pool, hold=HOLD_SECONDS)
    if row is None:
        return False
    from flowforge.alerts.mail import NotDelivered, send_mail  # a worker that mails nothing loads none of it

    place = {name: row[name] for name in ("tenant_id", "person_id", "occasion", "attempt")}
    try:
        words = await _words(database, row)
        if words is None:
            await sql.mail_settled.execute(database.pool, **place, sent=False, error=None)
            return True
        async with asyncio.timeout(SEND_SECONDS):
            await send_mail(_server(row), [_address(row)], f"inb_{row['mail_id'].hex}", *words)
    except (NotDelivered, InvalidInput, TimeoutError) as error:
        reason = redact(str(error) or f"no answer within {SEND_SECONDS:g} s")
        log.warning("inbox.not_mailed", extra={"person": ids.show("usr", row["person_id"]), "error": reason})
        lost = row["email"] is None or row["settings"] is None
        delay = delay_seconds(row["attempt"])
        await sql.mail_not_sent.execute(database.pool, **place, lost=lost, delay=delay, patience=PATIENCE_SECONDS, error=reason)
        return True
    log.info("inbox.mailed", extra={"person": ids.show("usr", row["person_id"]), "occasion": row["occasion"]})
    await sql.mail_settled.execute(database.pool, **place, sent=True, error=None)
    return True


async def tidy_inboxes(database: Database) -> None:
    """Drop what was read or settled long ago; a bounded number of rows each time."""
    await sql.tidy_inboxes.execute(database.pool, items=ITEMS_KEPT, settled=SETTLED_KEPT)


async def _words(database: Database, row: Any) -> tuple[str, str] | None:
    """Subject and text; None when there is nothing to tell any more."""
    if row["occasion"] == DIGEST:
        items = await unread_of(database.pool, row["tenant_id"], row["person_id"], ITEMS_MAX)
        return _digest(items, row["unread"]) if items else None
    return None if row["title"] is None else (row["title"], "\n".join([row["title"], "", row["text"], ""]))


def _digest(items: list[Any], unread: int) -> tuple[str, str]:
    lines = [f"{unread} unread in your inbox", ""]
    for item in items:
        times = f" ({item['count']} times)" if item["count"] > 1 else ""
        title, text = (" ".join((item[part] or "").split()) for part in ("title", "text"))  # a line break would begin another item
        lines += [f"- {title}{times}", *([f"  {text}"] if text else [])]
    if unread > len(items):
        lines.append(f"and {unread - len(items)} more")
    return f"{unread} unread in your inbox", "\n".join([*lines, ""])


def _server(row: Any) -> SmtpSettings:
    settings = None if row["settings"] is None else read_settings(row["settings"])
    if not isinstance(settings, SmtpSettings):
        raise InvalidInput("the tenant has no alert channel for mail")
    return settings


def _address(row: Any) -> str:
    if row["email"] is None:
        raise InvalidInput("this person has no address, or cannot sign in")
    return str(row["email"])
