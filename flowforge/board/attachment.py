"""Attachments of a card, by reference: an address, or what a run has stored. Their bytes stay where they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal, PrincipalKind
from flowforge.board import text
from flowforge.board.activity import Change, record, ring
from flowforge.board.card import Card, find_card, lock_card
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.event import dispatch_pending

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

ATTACHMENTS_MAX = 200  # of one card
URL_CHARACTERS_MAX = 2000
SIZE_MAX = 2**53 - 1  # JSON's readers know no larger whole number
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class NewAttachment:
    """Something to attach: a `url`, or a `blob` that `run` has stored, whose size and hash are read from it."""

    name: str
    media_type: str = "application/octet-stream"
    url: str | None = None
    run: str | None = None
    blob: str | None = None
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Attachment:
    """What belongs to a card and lies elsewhere. `size` in bytes and `sha256` are what was said of it, None where nobody has."""

    attachment_id: UUID
    task_id: UUID
    name: str
    media_type: str
    size: int | None
    sha256: str | None
    url: str | None
    run_id: UUID | None
    blob_id: UUID | None
    added_by_kind: PrincipalKind
    added_by: str
    created_at: datetime


async def attach(
    database: Database,
    principal: Principal,
    reference: str,
    new: NewAttachment,
    *,
    attachment_id: UUID | None = None,
    bell: Bell | None = None,
) -> Attachment:
    """Attach something to a card; a repeat under the same id attaches nothing more.

    Raises NotFound for an unknown task, InvalidInput for a name, address, type or hash that is none and for a blob that is not there, and
    Conflict when the card has as many as it may.

        await attach(database, principal, "FF-1", NewAttachment("invoice.pdf", "application/pdf", url="https://files.example.com/9218.pdf"))
    """
    checked = _checked(new)
    async with database.pool.acquire() as connection, connection.transaction():
        task_id = await find_card(connection, principal.tenant_id, reference)
        card = await lock_card(connection, principal.tenant_id, task_id)
        of = {"tenant_id": principal.tenant_id, "task_id": task_id}
        attachment_id = attachment_id or ids.new_id()
        known = await sql.find_attachment.fetchrow(connection, **of, attachment_id=attachment_id)
        if known is not None:
            return Attachment(**known)
        if await sql.count_attachments.fetchval(connection, **of) >= ATTACHMENTS_MAX:
            raise Conflict(f"{card.key} has {ATTACHMENTS_MAX} attachments, as many as a card may have", hint="take some off first")
        values = await _with_blob(connection, principal.tenant_id, checked)
        row = await sql.add_attachment.fetchrow(
            connection, **of, attachment_id=attachment_id, added_by_kind=principal.kind, added_by=principal.name, **values
        )
        added = Attachment(**row)
        events = await _record(connection, principal, card, "attached", added)
    await dispatch_pending(database, principal.tenant_id, events, bell=bell)
    ring(bell, card)
    return added


async def detach(database: Database, principal: Principal, reference: str, attachment: str, *, bell: Bell | None = None) -> None:
    """Take an attachment off a card; what it refers to stays. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        task_id = await find_card(connection, principal.tenant_id, reference)
        card = await lock_card(connection, principal.tenant_id, task_id)
        attachment_id = ids.parse("att", attachment)
        row = None
        if attachment_id is not None:
            row = await sql.drop_attachment.fetchrow(
                connection, tenant_id=principal.tenant_id, task_id=task_id, attachment_id=attachment_id
            )
        if row is None:
            raise NotFound("attachment", attachment[:80])
        events = await _record(connection, principal, card, "detached", Attachment(**row))
    await dispatch_pending(database, principal.tenant_id, events, bell=bell)
    ring(bell, card)


async def list_attachments(database: Database, tenant_id: UUID, reference: str) -> tuple[Attachment, ...]:
    """A card's attachments, in the order in which they were added. Raises NotFound for an unknown task."""
    async with database.pool.acquire() as connection:
        task_id = await find_card(connection, tenant_id, reference)
        return (await attachments_of(connection, tenant_id, [task_id])).get(task_id, ())


async def attachments_of(connection: Connection, tenant_id: UUID, task_ids: Sequence[UUID]) -> dict[UUID, tuple[Attachment, ...]]:
    """The attachments of each of these cards, in the order in which they were added."""
    found: dict[UUID, list[Attachment]] = defaultdict(list)
    for row in await sql.list_attachments.fetch(connection, tenant_id=tenant_id, task_ids=list(task_ids)):
        found[row["task_id"]].append(Attachment(**row))
    return {task_id: tuple(attachments) for task_id, attachments in found.items()}


def shown_url(url: str, pointer: str = "/url") -> str:
    """An address that may stand on a card: of the web, absolute, without user and password. Raises InvalidInput."""
    url = text.line(url, pointer, max_characters=URL_CHARACTERS_MAX)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"this is not an address: {error}", pointer=pointer) from None
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidInput("an attachment's address begins with https:// or http:// and names a host", pointer=pointer)
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise InvalidInput("an attachment's address holds no user and no password", pointer=pointer)
    if not url.isprintable() or " " in url or "\\" in url:
        raise InvalidInput("an address holds no blanks, no backslashes and nothing that cannot be seen", pointer=pointer)
    return url


def _checked(new: NewAttachment) -> NewAttachment:
    name = text.line(new.name, "/name", max_characters=text.NAME_CHARACTERS_MAX * 2)
    if not name.isprintable():
        raise InvalidInput("a name holds printable characters only", pointer="/name")
    media_type = new.media_type.strip().lower()
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise InvalidInput(f"{new.media_type[:80]!r} is not a media type", pointer="/media_type", hint="such as application/pdf")
    if (new.url is None) == (new.blob is None):
        raise InvalidInput("give a url, or a run and a blob of it", pointer="/url")
    if (new.run is None) != (new.blob is None):
        raise InvalidInput("a blob is named by its run and its id", pointer="/run" if new.run is None else "/blob")
    if new.size is not None and not 0 <= new.size <= SIZE_MAX:
        raise InvalidInput("a size is a number of bytes", pointer="/size")
    sha256 = None if new.sha256 is None else new.sha256.lower()
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise InvalidInput("a SHA-256 has 64 hexadecimal digits", pointer="/sha256")
    url = None if new.url is None else shown_url(new.url)
    return NewAttachment(name, media_type, url, new.run, new.blob, new.size, sha256)


async def _with_blob(connection: Connection, tenant_id: UUID, new: NewAttachment) -> dict[str, Any]:
    values: dict[str, Any] = {**asdict(new), "run_id": None, "blob_id": None}
    run, blob = values.pop("run"), values.pop("blob")
    if blob is None:
        return values
    run_id, blob_id = ids.parse("run", run), ids.parse("run", blob)
    row = None
    if run_id is not None and blob_id is not None:
        row = await sql.measure_blob.fetchrow(connection, tenant_id=tenant_id, run_id=run_id, blob_id=blob_id)
    if row is None:
        raise InvalidInput("this run has stored no such blob", pointer="/blob")
    for name in ("size", "sha256"):
        if values[name] not in (None, row[name]):
            raise InvalidInput(f"the blob's {name} is {row[name]}", pointer=f"/{name}")
    return {**values, "run_id": run_id, "blob_id": blob_id, "size": row["size"], "sha256": row["sha256"]}


async def _record(connection: Connection, principal: Principal, card: Card, action: Any, attachment: Attachment) -> list[UUID]:
    facts = {
        "attachment": ids.show("att", attachment.attachment_id),
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "url": attachment.url,
        "run": None if attachment.run_id is None else ids.show("run", attachment.run_id),
        "blob": None if attachment.blob_id is None else attachment.blob_id.hex,
    }
    act = "task.attach" if action == "attached" else "task.detach"
    return await record(
        connection, principal, card, act, Change(action, facts), detail={"attachment": facts["attachment"], "name": attachment.name}
    )
