"""What a person wants by mail: a digest once a day or a week, single kinds of items at once, or nothing, as long as they have not asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.inbox import ITEM_KINDS, ItemKind, holder_of
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput

Digest = Literal["off", "daily", "weekly"]


@dataclass(frozen=True)
class InboxSetting:
    """`hour` and `weekday` (1 is Monday; of a weekly digest) are of the `time_zone`; `mail` are the kinds that are mailed at once."""

    digest: Digest = "off"
    hour: int = 8
    weekday: int = 1
    time_zone: str = "UTC"
    mail: tuple[ItemKind, ...] = ()

    def next_digest(self, after: datetime) -> datetime | None:
        """When the first digest after a moment is due: the hour by the clock on the wall, whatever summer time does. None: never.

        >>> InboxSetting("daily", time_zone="Europe/Oslo").next_digest(datetime(2026, 11, 22, 9, tzinfo=UTC))
        datetime.datetime(2026, 11, 23, 7, 0, tzinfo=datetime.timezone.utc)
        """
        if self.digest == "off":
            return None
        zone = ZoneInfo(self.time_zone)
        here = after.astimezone(zone)
        day = here.date()
        while True:
            due = datetime(day.year, day.month, day.day, self.hour, tzinfo=zone).astimezone(UTC)
            if due > after and (self.digest == "daily" or day.isoweekday() == self.weekday):
                return due
            day += timedelta(days=1)


async def get_setting(database: Database, principal: Principal) -> InboxSetting:
    """What a person has asked for. Raises NotFound for a caller who has no inbox."""
    async with database.pool.acquire() as connection:
        holder = await holder_of(connection, principal)
        row = await sql.inbox_setting.fetchrow(connection, tenant_id=holder.tenant_id, person_id=holder.person_id)
    return InboxSetting() if row is None else setting_of(row)


async def put_setting(database: Database, principal: Principal, wanted: InboxSetting) -> InboxSetting:
    """Ask for it, in place of what was asked for before. The first digest comes at the next hour that fits.

    Raises NotFound for a caller who has no inbox, and InvalidInput for an hour, weekday, time zone or kind that is none.
    """
    checked = _checked(wanted)
    async with database.pool.acquire() as connection, connection.transaction():
        holder = await holder_of(connection, principal)
        of = {"tenant_id": holder.tenant_id, "person_id": holder.person_id}
        before = await sql.inbox_setting.fetchrow(connection, **of)
        if checked == (InboxSetting() if before is None else setting_of(before)):
            return checked
        now = await sql.board_now.fetchval(connection)
        await sql.put_setting.execute(
            connection,
            **of,
            digest=checked.digest,
            hour=checked.hour,
            weekday=checked.weekday,
            time_zone=checked.time_zone,
            mail=list(checked.mail),
            digest_due=checked.next_digest(now),
        )
        await audit.append(connection, principal, "inbox.settings", "inbox", holder.name, _shown(checked))
    return checked


def setting_of(row: Any) -> InboxSetting:
    """The setting in a row."""
    return InboxSetting(row["digest"], row["hour"], row["weekday"], row["time_zone"], tuple(row["mail"]))


async def unread_of(connection: Connection, tenant_id: UUID, person_id: UUID, limit: int) -> list[Any]:
    """What a digest tells of: rows of unread items, the newest first."""
    rows = await sql.list_inbox.fetch(
        connection,
        tenant_id=tenant_id,
        person_id=person_id,
        archived=False,
        snoozed=False,
        unread=True,
        kind=None,
        before=None,
        limit=limit,
    )
    return list(rows)


def _checked(wanted: InboxSetting) -> InboxSetting:
    if not 0 <= wanted.hour <= 23:
        raise InvalidInput("an hour lies between 0 and 23", pointer="/hour")
    if not 1 <= wanted.weekday <= 7:
        raise InvalidInput("a weekday lies between 1, Monday, and 7", pointer="/weekday")
    try:
        ZoneInfo(wanted.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"there is no time zone {wanted.time_zone[:60]!r}", pointer="/time_zone", hint="such as Europe/Oslo") from None
    for place, kind in enumerate(wanted.mail):
        if kind not in ITEM_KINDS:
            raise InvalidInput(f"an item's kind is one of {', '.join(ITEM_KINDS)}", pointer=f"/mail/{place}")
    kinds = tuple(kind for kind in ITEM_KINDS if kind in wanted.mail)
    return InboxSetting(wanted.digest, wanted.hour, wanted.weekday, wanted.time_zone, kinds)


def _shown(setting: InboxSetting) -> dict[str, Any]:
    return {"digest": setting.digest, "hour": setting.hour, "time_zone": setting.time_zone, "mail": list(setting.mail)}
