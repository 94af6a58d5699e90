"""The inbox of a person: what the board puts before them. `notify` is how every room does so, in the transaction of what happened.

One item for each person, kind and subject: more of the same refreshes it and makes it unread again. Each change is a frame on the person's
own stream, whose id is the person's. Keys and agents have no inbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.access.permission import ROLES, Role
from flowforge.access.principal import Principal, PrincipalKind
from flowforge.board.queries import sql
from flowforge.db.queries import Connection
from flowforge.errors import NotFound
from flowforge.orchestrator.stream import INBOXES

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

ItemKind = Literal["assigned", "mentioned", "question", "approval", "due", "done", "commented"]
ITEM_KINDS: tuple[ItemKind, ...] = get_args(ItemKind)
TEXT_CHARACTERS_MAX = 300
TITLE_CHARACTERS_MAX = 200
MAIL_DELAY = timedelta(seconds=60)  # whoever looks within it needs no mail


@dataclass(frozen=True)
class Notice:
    """What is put before somebody. `subject` names what it is about, as `tsk_…` or `apr_…`; `task` is the card's key, if it has one."""

    kind: ItemKind
    subject: str
    title: str
    text: str = ""
    task: str | None = None
    by_kind: PrincipalKind = "system"
    by: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Tell:
    """A notice and whom it is for; `to_watchers`: also whoever watches the card."""

    notice: Notice
    persons: tuple[UUID, ...] = ()
    to_watchers: bool = False


async def notify(connection: Connection, tenant_id: UUID, persons: Iterable[UUID], item: Notice) -> list[UUID]:
    """Put one notice before these people. Returns whom it has told; who is no person of the tenant is left out.

    Call it once in a transaction, last, behind the audit entry and the frames; after the commit `ring_inboxes`.

        await notify(connection, tenant_id, await people_with_role(connection, tenant_id, "approver"), Notice("approval", "apr_…", "…"))
    """
    return await notify_all(connection, tenant_id, [Tell(item, tuple(persons))])


async def notify_all(
    connection: Connection, tenant_id: UUID, tells: Sequence[Tell], *, task_id: UUID | None = None, actor: Principal | None = None
) -> list[UUID]:
    """Put several notices of one act before people, in one statement. The `actor` is not told; `task_id` is the card that is watched."""
    if not any(tell.persons or tell.to_watchers for tell in tells):
        return []
    notices = [tell.notice for tell in tells]
    pairs = [(person_id, place) for place, tell in enumerate(tells, 1) for person_id in tell.persons]
    rows = await sql.notify.fetch(
        connection,
        tenant_id=tenant_id,
        kinds=[notice.kind for notice in notices],
        subjects=[notice.subject for notice in notices],
        tasks=[notice.task for notice in notices],
        titles=[shortened(notice.title, TITLE_CHARACTERS_MAX) for notice in notices],
        texts=[shortened(notice.text, TEXT_CHARACTERS_MAX) for notice in notices],
        bys_kind=[notice.by_kind for notice in notices],
        bys=[notice.by for notice in notices],
        stages=[notice.stage for notice in notices],
        to_watchers=[tell.to_watchers for tell in tells],
        person_ids=[person_id for person_id, _ in pairs],
        places=[place for _, place in pairs],
        task_id=task_id,
        actor_id=actor.id if actor is not None and actor.kind == "person" else None,
        actor=actor.name if actor is not None and actor.kind == "person" and actor.id is None else None,
        mail_delay=MAIL_DELAY,
    )
    return sorted({row["person_id"] for row in rows})


async def take_back(connection: Connection, tenant_id: UUID, task_id: UUID, comment_id: UUID, author: str, text: str) -> None:
    """Take the words of a comment that was deleted out of the inboxes of those who were told of it."""
    words = {"subject": ids.show("tsk", task_id), "author": author, "text": shortened(text, TEXT_CHARACTERS_MAX)}
    await sql.take_back.execute(connection, tenant_id=tenant_id, task_id=task_id, comment_id=comment_id, **words)


async def put_away(connection: Connection, tenant_id: UUID, kind: ItemKind, subject: str) -> None:
    """Archive in everybody's inbox what nobody needs to act on any more: it was decided or answered. It is not mailed either."""
    await sql.put_away.execute(connection, tenant_id=tenant_id, kind=kind, subject=subject)


async def put_away_ended(connection: Connection, limit: int) -> int:
    """Archive up to `limit` approvals and questions whose run was cancelled or has ended otherwise, of all tenants. Returns how many."""
    return len(await sql.put_away_ended.fetch(connection, limit=limit))


async def people_with_role(connection: Connection, tenant_id: UUID, role: Role) -> list[UUID]:
    """Who may at least what `role` may, and can act now: approvers and admins for `approver`."""
    roles = [name for name, permissions in ROLES.items() if permissions >= ROLES[role]]
    return [row["person_id"] for row in await sql.people_with_role.fetch(connection, tenant_id=tenant_id, roles=roles)]


@dataclass(frozen=True)
class Holder:
    """Whose inbox it is."""

    tenant_id: UUID
    person_id: UUID
    name: str
    principal: Principal = field(repr=False)


async def holder_of(connection: Connection, principal: Principal) -> Holder:
    """The person behind a caller. Raises NotFound with a hint for keys and agents, and for somebody who is no person of the tenant."""
    row = None
    if principal.kind == "person":
        row = await sql.inbox_person.fetchrow(connection, tenant_id=principal.tenant_id, person_id=principal.id, name=principal.name)
    if row is None:
        unknown = NotFound("inbox", principal.name)
        unknown.hint = (
            f"add the user {principal.name!r} first: POST /v1/users"
            if principal.kind == "person"
            else "an inbox belongs to a person: sign in, or ask for a task's stream instead"
        )
        raise unknown
    return Holder(principal.tenant_id, row["person_id"], row["name"], principal)


def ring_inboxes(bell: Bell | None) -> None:
    """After the commit: whoever follows an inbox looks again."""
    if bell is not None:
        bell.ring(INBOXES)


def shortened(text: str, characters_max: int) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text[: 4 * characters_max].split())
    return line if len(line) <= characters_max else line[: characters_max - 1].rstrip() + "…"
