"""Changing the fields of a card: title, description, priority, labels, due date, owner, parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import Change, record
from flowforge.board.card import Card, check_revision, find_card, lock_card, save_card
from flowforge.board.fields import find_owner, read_due, read_labels, shown_fields
from flowforge.board.label import keep_labels
from flowforge.board.parent import find_parent
from flowforge.board.priority import read_priority
from flowforge.board.taint import taint_card
from flowforge.board.task import Task, get_task
from flowforge.board.words import change_words
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

FIELDS = ("title", "description", "priority", "labels", "due_at", "owner", "parent")


async def change_task(
    database: Database,
    principal: Principal,
    reference: str,
    patch: Mapping[str, Any],
    *,
    revision: int | None = None,
    bell: Bell | None = None,
) -> Task:
    """Set the fields of `FIELDS` that `patch` names; None takes a field back to what a new card has. A title cannot be taken back.

    With a `revision` only if the card is still at that one. A patch that changes nothing makes no revision. Raises NotFound for the task,
    an owner or a parent, InvalidInput, and Conflict when somebody changed the card since `revision`, or for a parent that is its own child.

        await change_task(database, principal, "FF-14", {"priority": "high", "due_at": None}, revision=3)
    """
    plain = _read(patch)

    async def act(connection: Connection, after: Aftermath) -> str:
        task_id = await find_card(connection, principal.tenant_id, reference)
        links = await _links(connection, principal.tenant_id, task_id, patch)
        card = await lock_card(connection, principal.tenant_id, task_id)
        check_revision(card, revision)
        wanted = {**plain, **{field: value for field, (value, _) in links.items()}}
        changed = {field: value for field, value in wanted.items() if getattr(card, field) != value}
        if changed:
            await _store(connection, principal, card, changed, links, after)
        return card.key

    key = await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)


async def change_labels(
    database: Database,
    principal: Principal,
    reference: str,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    bell: Bell | None = None,
) -> Task:
    """Add and remove labels of a card, whatever else it has. Raises NotFound, and InvalidInput for a name that cannot be one."""
    added = read_labels(add)

    async def act(connection: Connection, after: Aftermath) -> str:
        card = await lock_card(connection, principal.tenant_id, await find_card(connection, principal.tenant_id, reference))
        labels = read_labels(tuple((set(card.labels) | set(added)) - set(remove)))
        if labels != card.labels:
            await _store(connection, principal, card, {"labels": labels}, {}, after)
        return card.key

    key = await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)


def _read(patch: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that name nobody, as a card has them."""
    unknown = sorted(set(patch) - set(FIELDS))
    if unknown:
        raise InvalidInput(f"a card has no field {unknown[0][:40]!r}", pointer=f"/{unknown[0][:40]}")
    read: dict[str, Any] = {}
    if "title" in patch:
        if patch["title"] is None:
            raise InvalidInput("a task has a title", pointer="/title")
        read["title"] = text.line(patch["title"], "/title")
    if "description" in patch:
        read["description"] = text.body(patch["description"] or "", "/description")
    if "priority" in patch:
        read["priority"] = read_priority(patch["priority"] or "none")
    if "labels" in patch:
        read["labels"] = read_labels(patch["labels"] or ())
    if "due_at" in patch:
        read["due_at"] = read_due(patch["due_at"])
    return read


async def _links(
    connection: Connection, tenant_id: UUID, task_id: UUID, patch: Mapping[str, Any]
) -> dict[str, tuple[UUID | None, str | None]]:
    """Owner and parent, each as its id and its name."""
    found: dict[str, tuple[UUID | None, str | None]] = {}
    if "owner" in patch:
        owner = None if patch["owner"] is None else await find_owner(connection, tenant_id, patch["owner"])
        found["owner_id"] = (None, None) if owner is None else (owner.id, owner.name)
    if "parent" in patch:
        parent = None if patch["parent"] is None else await find_parent(connection, tenant_id, task_id, patch["parent"])
        found["parent_id"] = (None, None) if parent is None else (parent.task_id, parent.key)
    return found


async def _store(
    connection: Connection,
    principal: Principal,
    card: Card,
    changed: Mapping[str, Any],
    links: Mapping[str, tuple[UUID | None, str | None]],
    after: Aftermath,
) -> None:
    new = replace(card, **changed)
    if "labels" in changed:
        await keep_labels(connection, principal.tenant_id, card.board_id, new.labels)
    await save_card(connection, principal.tenant_id, new)
    if {"title", "description"} & changed.keys():
        await change_words(connection, principal.tenant_id, card.task_id, _words(card), _words(new))
        await taint_card(connection, principal, card.task_id, None)
    detail = _detail(new, changed, links)
    names = sorted(field.removesuffix("_id") for field in changed)
    short = {name: value for name, value in detail.items() if name not in ("description", "owner_id")}
    change = Change("updated", detail, frame={"fields": names, "revision": card.revision + 1}, told=short)
    after.events += await record(connection, principal, new, "task.update", change, detail={"fields": names})
    after.cards.append(card)


def _detail(new: Card, changed: Mapping[str, Any], links: Mapping[str, tuple[UUID | None, str | None]]) -> dict[str, Any]:
    """What the history keeps: each changed field as it is now."""
    shown = shown_fields(new)
    detail: dict[str, Any] = {field: shown.get(field, value) for field, value in changed.items() if field not in links}
    for field, (link, name) in links.items():
        if field in changed:
            detail[field.removesuffix("_id")] = name
            if field == "owner_id":
                detail["owner_id"] = None if link is None else link.hex
    return detail


def _words(card: Card) -> str:
    return f"{card.key} {card.title} {card.description}"
