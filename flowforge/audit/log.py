"""Append to the audit log, read it, search it, and erase what is personal in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal, PrincipalKind
from flowforge.audit.entry import TEXTS, Act, Text, canonical, make_leaf
from flowforge.clock import SYSTEM_CLOCK
from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput, NotFound
from flowforge.log_fields import SOURCES

PAGE_MAX = 1000
JUST_THE_DETAIL: tuple[Text, ...] = ("detail",)
_FIRST, _LAST = UUID(int=0), UUID(int=(1 << 128) - 1)

sql = load_queries("flowforge.audit")


@dataclass(frozen=True)
class AuditEntry:
    """One act: who did what to which thing, and when. `principal`, `target` and `detail` are None where they were erased.

    `position` is the entry's place in the tree, from 0; None for about a second after the act.
    """

    entry_id: UUID
    position: int | None
    principal_kind: PrincipalKind
    principal: str | None
    principal_id: UUID | None
    action: str
    target_kind: str
    target: str | None
    detail: dict[str, Any] | None
    created_at: datetime
    request_id: str | None
    leaf: str
    salts: bytes
    detail_text: str | None

    @property
    def erased(self) -> tuple[Text, ...]:
        """Which of its texts are gone."""
        return tuple(name for name in TEXTS if getattr(self, name) is None)


@dataclass(frozen=True)
class Wish:
    """Which entries to find; None asks for nothing. `action` is the beginning of one, `words` stand anywhere in an entry's texts."""

    principal: str | None = None
    action: str | None = None
    target: str | None = None
    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def append(
    connection: Connection,
    principal: Principal,
    action: str,
    target_kind: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
) -> UUID:
    """Add one entry and return its id. Call it inside the transaction of the act: both are committed, or neither.

    It waits for nobody: the entry gets its position in the log within about a second of the commit. No secret belongs in `detail`.

        await append(connection, principal, "task.move", "task", "FF-12", {"to": "Done"})
    """
    entry = compose(principal, action, target_kind, target, detail)
    await sql.append_entry.execute(connection, tenant_id=principal.tenant_id, **vars(entry))
    crash_point("audit.appended")
    return entry.entry_id


@dataclass(frozen=True)
class NewEntry:
    """An entry that is to be added: see `compose` and `append_all`."""

    entry_id: UUID
    principal_kind: str
    principal: str
    principal_id: UUID | None
    action: str
    target_kind: str
    target: str
    detail: str
    created_at: datetime
    request_id: str | None
    leaf: str
    salts: bytes


def compose(principal: Principal, action: str, target_kind: str, target: str, detail: Mapping[str, Any] | None = None) -> NewEntry:
    """An entry of the request at hand, for those who add several in one transaction."""
    act = Act(action, target_kind, target, canonical(detail or {}))
    entry_id, at, request_id = ids.new_id(), SYSTEM_CLOCK.now(), _request_id()
    leaf = make_leaf(entry_id, principal, act, at, request_id)
    return NewEntry(
        entry_id,
        principal.kind,
        principal.name,
        principal.id,
        action,
        target_kind,
        target,
        act.detail,
        at,
        request_id,
        leaf.text,
        leaf.salts,
    )


async def append_all(connection: Connection, tenant_id: UUID, entries: Sequence[NewEntry]) -> None:
    """Add entries of one tenant, as `append` does: inside the transaction of the acts, last before the commit."""
    if not entries:
        return
    columns = {field.name: [getattr(entry, field.name) for entry in entries] for field in fields(NewEntry)}
    await sql.append_entries.execute(connection, tenant_id=tenant_id, **columns)
    crash_point("audit.appended")


async def read(connection: Connection, tenant_id: UUID, *, after: UUID | None = None, limit: int = 100) -> list[AuditEntry]:
    """The entries written after `after`, in the order of writing, at most `limit` of them; those without a position too."""
    rows = await sql.read_entries.fetch(connection, tenant_id=tenant_id, after=after or _FIRST, limit=min(limit, PAGE_MAX))
    return [entry_of(row) for row in rows]


async def read_merged(connection: Connection, tenant_id: UUID, first: int, limit: int) -> list[AuditEntry]:
    """The entries that have positions, from that position on."""
    rows = await sql.merged_entries.fetch(connection, tenant_id=tenant_id, first=first, last=first + min(limit, PAGE_MAX))
    return [entry_of(row) for row in rows]


async def search(connection: Connection, tenant_id: UUID, wish: Wish, *, before: UUID | None = None, limit: int = 50) -> list[AuditEntry]:
    """The entries that fit, the newest first, at most `limit` of them, from just before the entry `before`.

    Raises InvalidInput for a time range that ends before it begins.
    """
    if wish.since is not None and wish.until is not None and wish.until < wish.since:
        raise InvalidInput("until is before since", pointer="/until")
    end = _LAST if wish.until is None else _id_at(wish.until, later_ms=1)
    rows = await sql.search_entries.fetch(
        connection,
        tenant_id=tenant_id,
        before=end if before is None else min(end, before),
        since=_FIRST if wish.since is None else _id_at(wish.since),
        principal=wish.principal,
        action=wish.action,
        target=wish.target,
        words=wish.words,
        limit=min(limit, PAGE_MAX),
    )
    return [entry_of(row) for row in rows]


async def find(connection: Connection, tenant_id: UUID, reference: str) -> AuditEntry:
    """An entry by its id or an unambiguous ending of it. Raises NotFound."""
    entry_id = ids.parse("aud", reference)
    if entry_id is None:
        entry_id = await _ending(connection, tenant_id, reference)
    row = None if entry_id is None else await sql.find_entry.fetchrow(connection, tenant_id=tenant_id, entry_id=entry_id)
    if row is None:
        raise NotFound("audit entry", reference)
    return entry_of(row)


async def erase_details(
    connection: Connection, tenant_id: UUID, entry_ids: Collection[UUID], *, texts: Collection[Text] = JUST_THE_DETAIL
) -> list[UUID]:
    """Erase texts of entries, with the salts that would let them be guessed; gives the entries in which something was erased.

    The leaves stay, so every proof and every export still verifies, and says what was erased. The erasure is an act of its own: whoever
    calls this appends the entry for it, in the same transaction.

        await erase_details(connection, tenant_id, found, texts=("detail", "principal"))
    """
    rows = await sql.erase_texts.fetch(
        connection, tenant_id=tenant_id, entry_ids=list(entry_ids), **{name: name in texts for name in TEXTS}
    )
    return [row["entry_id"] for row in rows]


def entry_of(row: Any) -> AuditEntry:
    """A row as the queries of this room give it."""
    facts = {name: row[name] for name in AuditEntry.__dataclass_fields__ if name != "detail_text"}
    text = row["detail"]
    return AuditEntry(**{**facts, "detail": None if text is None else json.loads(text)}, detail_text=text)


async def _ending(connection: Connection, tenant_id: UUID, reference: str) -> UUID | None:
    digits = reference.removeprefix("aud_").replace("-", "").lower()
    if len(digits) < 4 or not set(digits) <= set("0123456789abcdef"):
        return None
    found = await sql.find_entries_ending.fetch(connection, tenant_id=tenant_id, ending=digits)
    if len(found) > 1:
        raise NotFound("single audit entry that ends in", reference)
    return found[0]["entry_id"] if found else None


def _id_at(moment: datetime, later_ms: int = 0) -> UUID:
    """The lowest id of that millisecond."""
    milliseconds = int(moment.timestamp() * 1000) + later_ms
    return UUID(int=max(0, min(milliseconds, (1 << 48) - 1)) << 80)


def _request_id() -> str | None:
    """The request that this is done for, where the layers above know one."""
    for source in SOURCES:
        found = source().get("request_id")
        if found is not None:
            return str(found)
    return None
