"""Who is told of a change of a card, and who watches it from then on: what follows from the change itself, whatever room made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.card import Card
from flowforge.board.inbox import Notice, Tell, notify_all
from flowforge.board.queries import sql
from flowforge.db.queries import Connection

MAKES_A_WATCHER = frozenset({"task.create", "task.comment"})  # of whoever does it


class Told(Protocol):
    """A change, as far as people are concerned."""

    @property
    def action(self) -> str: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...
    @property
    def tells(self) -> tuple[Tell, ...]: ...


async def tell_people(connection: Connection, principal: Principal, card: Card, act: str, changes: Sequence[Told]) -> None:
    """The last thing of an act: those whom its changes concern watch the card, and find it in their inbox."""
    tells = [tell for change in changes for tell in change.tells]
    given = any(change.action == "assigned" for change in changes)
    if given and card.person_id is not None:
        tells.append(
            Tell(_notice(principal, card, "assigned", f"{principal.name} assigned {card.key} {card.title} to you"), (card.person_id,))
        )
    if act == "task.result":
        owner: UUID | None = await sql.responsible_person.fetchval(connection, tenant_id=principal.tenant_id, task_id=card.task_id)
        if owner is not None:
            tells.append(Tell(_notice(principal, card, "done", f"{principal.name} finished {card.key} {card.title}"), (owner,)))
    await _watch(connection, principal, card, act, [person_id for tell in tells for person_id in tell.persons])
    await notify_all(connection, principal.tenant_id, tells, task_id=card.task_id, actor=principal)


async def _watch(connection: Connection, principal: Principal, card: Card, act: str, persons: Sequence[UUID]) -> None:
    speaks = principal.kind == "person" and act in MAKES_A_WATCHER
    named = [] if principal.id is None or not speaks else [principal.id]
    await sql.watch_by_default.execute(
        connection,
        tenant_id=principal.tenant_id,
        task_id=card.task_id,
        person_ids=[*persons, *named],
        actor=principal.name if speaks and principal.id is None else None,
    )


def _notice(principal: Principal, card: Card, kind: Any, title: str) -> Notice:
    return Notice(kind, ids.show("tsk", card.task_id), title, "", card.key, principal.kind, principal.name)
