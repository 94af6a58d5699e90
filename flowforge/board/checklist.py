"""The checklist of a card: what is to be done, item by item, in an order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import Change, record
from flowforge.board.card import Card, check_revision, find_card, lock_card, save_card
from flowforge.board.checklist_item import ChecklistItem, read_items, write_items
from flowforge.board.place import Neighbour, neighbour
from flowforge.board.taint import taint_card
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound
from flowforge.ids import derived_id

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

ITEMS_MAX = 200
ITEM_CHARACTERS_MAX = 500


def items_of(task_id: UUID, texts: Sequence[str]) -> tuple[ChecklistItem, ...]:
    """Items of these texts, for a card to be made; their ids follow from the card's. Raises InvalidInput, which points to the text."""
    _check_count(len(texts))
    return tuple(ChecklistItem(_id(derived_id(task_id, f"item {place}")), _text(said, place)) for place, said in enumerate(texts))


def with_ids(task_id: UUID, items: Sequence[ChecklistItem]) -> tuple[ChecklistItem, ...]:
    """The same items under ids of that card. Raises InvalidInput, which points to the text."""
    made = items_of(task_id, [item.text for item in items])
    return tuple(replace(item, done=given.done) for item, given in zip(made, items, strict=True))


async def add_item(
    database: Database,
    principal: Principal,
    reference: str,
    said: str,
    *,
    done: bool = False,
    before: str | None = None,
    after: str | None = None,
    item_id: UUID | None = None,
    revision: int | None = None,
    bell: Bell | None = None,
) -> ChecklistItem:
    """Add an item at the end, or before or after another. With an `item_id` a repeat adds none. Raises NotFound and InvalidInput.

    await add_item(database, principal, "FF-1", "ask the carrier")
    """
    item = ChecklistItem(_id(item_id or ids.new_id()), _text(said, None), done)
    beside = neighbour(before, after)

    def change(items: list[ChecklistItem]) -> None:
        if all(present.id != item.id for present in items):
            _check_count(len(items) + 1)
            items.insert(_place(items, beside), item)

    items = await _change(database, principal, reference, change, revision, bell)
    return next(present for present in items if present.id == item.id)


async def change_item(
    database: Database,
    principal: Principal,
    reference: str,
    item: str,
    *,
    said: str | None = None,
    done: bool | None = None,
    before: str | None = None,
    after: str | None = None,
    revision: int | None = None,
    bell: Bell | None = None,
) -> ChecklistItem:
    """Tick an item, word it anew, or put it elsewhere in the list; what is None stays. Raises NotFound and InvalidInput."""
    words = None if said is None else _text(said, None)
    beside = neighbour(before, after)

    def change(items: list[ChecklistItem]) -> None:
        place = _find(items, item)
        found = items[place]
        items[place] = replace(found, text=found.text if words is None else words, done=found.done if done is None else done)
        if beside is not None:
            moving = items.pop(place)
            items.insert(_place(items, beside), moving)

    items = await _change(database, principal, reference, change, revision, bell)
    return items[_find(items, item)]


async def remove_item(
    database: Database, principal: Principal, reference: str, item: str, *, revision: int | None = None, bell: Bell | None = None
) -> None:
    """Take an item off the list. Raises NotFound."""

    def change(items: list[ChecklistItem]) -> None:
        items.pop(_find(items, item))

    await _change(database, principal, reference, change, revision, bell)


async def _change(
    database: Database,
    principal: Principal,
    reference: str,
    change: Callable[[list[ChecklistItem]], None],
    revision: int | None,
    bell: Bell | None,
) -> list[ChecklistItem]:
    async def act(connection: Connection, aftermath: Aftermath) -> list[ChecklistItem]:
        card = await lock_card(connection, principal.tenant_id, await find_card(connection, principal.tenant_id, reference))
        check_revision(card, revision)
        items = list(read_items(card.checklist))
        change(items)
        if (written := write_items(items)) != card.checklist:
            await _save(connection, principal, card, written, aftermath)
        return items

    return await carry_out(database, principal.tenant_id, act, bell)


async def _save(connection: Connection, principal: Principal, card: Card, written: str, aftermath: Aftermath) -> None:
    await save_card(connection, principal.tenant_id, replace(card, checklist=written))
    await taint_card(connection, principal, card.task_id, None)
    items = json.loads(written)
    counts = {"done": sum(item["done"] for item in items), "total": len(items)}
    frame = {"fields": ["checklist"], "revision": card.revision + 1, "checklist": counts}
    change = Change("updated", {"checklist": items}, frame=frame)
    aftermath.events += await record(connection, principal, card, "task.update", change, detail={"fields": ["checklist"]})
    aftermath.cards.append(card)


def _find(items: Sequence[ChecklistItem], item: str) -> int:
    for place, present in enumerate(items):
        if present.id == item:
            return place
    raise NotFound("checklist item", item[:80], [present.id for present in items])


def _place(items: Sequence[ChecklistItem], beside: Neighbour | None) -> int:
    if beside is None:
        return len(items)
    try:
        return _find(items, beside.reference) + beside.behind
    except NotFound as unknown:
        raise InvalidInput(str(unknown), pointer=beside.pointer) from None


def _text(said: str, place: int | None) -> str:
    pointer = "/text" if place is None else f"/checklist/{place}"
    return text.line(said, pointer, max_characters=ITEM_CHARACTERS_MAX)


def _check_count(count: int) -> None:
    if count > ITEMS_MAX:
        raise InvalidInput(f"a checklist has at most {ITEMS_MAX} items", pointer="/checklist")


def _id(item_id: UUID) -> str:
    return ids.show("chk", item_id)
