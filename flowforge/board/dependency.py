"""What has to be done before a card: its dependencies, which never go in a circle.

Whoever changes the graph holds the tenant's graph row, so two changes that are right by themselves make no circle together; and the cards
at both ends, so that a card which is just being done is seen as done by whoever comes to wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import Change, record
from flowforge.board.assignee import Assignee
from flowforge.board.board import board_of
from flowforge.board.card import Card, card_of, check_revision, find_card, save_card
from flowforge.board.queries import sql
from flowforge.board.start import start
from flowforge.board.task import Task, get_task
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

DEPENDENCIES_MAX = 100  # of one card


async def add_dependency(
    database: Database, principal: Principal, key: str, on: str, *, revision: int | None = None, bell: Bell | None = None
) -> Task:
    """Let the card wait for another: its agent does not start before that one is done. Adding it again changes nothing.

    An agent that is at work already goes on. Raises NotFound for either card, Conflict for what would make a circle, naming it.

        await add_dependency(database, principal, "FF-5", on="FF-3")
    """

    async def act(connection: Connection, after: Aftermath) -> None:
        await lock_graph(connection, principal.tenant_id)
        card, blocker = await _both(connection, principal.tenant_id, key, on)
        check_revision(card, revision)
        present = await dependencies_of(connection, principal.tenant_id, card.task_id)
        if blocker.key in present:
            return
        if len(present) >= DEPENDENCIES_MAX:
            raise Conflict(f"{card.key} depends on {len(present)} cards already; {DEPENDENCIES_MAX} is the most")
        await _check_circle(connection, principal.tenant_id, card, blocker)
        of = {"tenant_id": principal.tenant_id, "task_id": card.task_id}
        await sql.add_dependencies.execute(connection, **of, on_ids=[blocker.task_id])
        await _save(connection, principal, card, after)

    await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)


async def remove_dependency(
    database: Database, principal: Principal, key: str, on: str, *, revision: int | None = None, bell: Bell | None = None
) -> Task:
    """Let the card no longer wait for another; where it waited for nothing else, its agent starts. Raises NotFound."""

    async def act(connection: Connection, after: Aftermath) -> None:
        await lock_graph(connection, principal.tenant_id)
        card, blocker = await _both(connection, principal.tenant_id, key, on)
        check_revision(card, revision)
        of = {"tenant_id": principal.tenant_id, "task_id": card.task_id}
        if await sql.remove_dependency.fetchval(connection, **of, on_id=blocker.task_id) is None:
            raise NotFound("dependency", blocker.key, await dependencies_of(connection, principal.tenant_id, card.task_id))
        await _save(connection, principal, card, after)

    await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)


async def depend_at_birth(connection: Connection, tenant_id: UUID, task_id: UUID, on: Sequence[str]) -> list[str]:
    """The keys of the cards that a card to be made waits for, which are held until commit. No circle can come of it."""
    if len(on) > DEPENDENCIES_MAX:
        raise InvalidInput(f"a card depends on at most {DEPENDENCIES_MAX} others", pointer="/depends_on")
    found = [await _find(connection, tenant_id, reference, "dependency") for reference in on]
    if not found:
        return []
    rows = await sql.lock_cards.fetch(connection, tenant_id=tenant_id, task_ids=sorted(set(found)))
    await sql.add_dependencies.execute(connection, tenant_id=tenant_id, task_id=task_id, on_ids=sorted(set(found)))
    return sorted((row["key"] for row in rows), key=_by_number)


async def dependencies_of(connection: Connection, tenant_id: UUID, task_id: UUID) -> list[str]:
    """The keys of all that a card depends on, done or not."""
    return [row["key"] for row in await sql.dependencies_of.fetch(connection, tenant_id=tenant_id, task_id=task_id)]


async def lock_graph(connection: Connection, tenant_id: UUID) -> None:
    """Let nobody else change who depends on whom, or is whose parent, until commit. Before any card is locked."""
    await sql.lock_graph.execute(connection, tenant_id=tenant_id)


async def _both(connection: Connection, tenant_id: UUID, key: str, on: str) -> tuple[Card, Card]:
    task_id = await find_card(connection, tenant_id, key)
    on_id = await _find(connection, tenant_id, on, "dependency")
    if task_id == on_id:
        raise Conflict(f"{key.upper()} cannot depend on itself")
    rows = await sql.lock_cards.fetch(connection, tenant_id=tenant_id, task_ids=sorted({task_id, on_id}))
    cards = {row["task_id"]: card_of(row) for row in rows}
    return cards[task_id], cards[on_id]


async def _find(connection: Connection, tenant_id: UUID, reference: str, what: str) -> UUID:
    try:
        return await find_card(connection, tenant_id, reference)
    except NotFound as unknown:
        raise NotFound(what, unknown.name, unknown.nearest) from None


async def _check_circle(connection: Connection, tenant_id: UUID, card: Card, blocker: Card) -> None:
    """Raises Conflict when the blocker waits for the card, over however many others."""
    path = await sql.path_between.fetchval(connection, tenant_id=tenant_id, from_id=blocker.task_id, to_id=card.task_id)
    if path is not None:
        rows = await sql.keys_of.fetch(connection, tenant_id=tenant_id, task_ids=path)
        keys = {row["task_id"]: row["key"] for row in rows}
        circle = " → ".join([card.key, *(keys[task_id] for task_id in path)])
        raise Conflict(f"this would be a circle: {circle}", winner={"circle": [card.key, *(keys[task_id] for task_id in path)]})


async def _save(connection: Connection, principal: Principal, card: Card, after: Aftermath) -> None:
    """The card under a new revision, with its agent started where it waited for nothing but what is gone."""
    depends_on = await dependencies_of(connection, principal.tenant_id, card.task_id)
    frame = {"fields": ["depends_on"], "revision": card.revision + 1, "depends_on": depends_on}
    changes = [Change("updated", {"depends_on": depends_on}, frame=frame)]
    if card.waits and card.agent_id is not None and card.archived_at is None:
        row = await sql.agent_by_id.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=card.agent_id)
        board = await board_of(connection, principal.tenant_id, card.board_id)
        if row is not None:
            card, more = await start(connection, principal, card, Assignee("agent", row["name"], row["id"]), board)
            changes += more if card.assignment_id is not None else []
    await save_card(connection, principal.tenant_id, card)
    after.events += await record(connection, principal, card, "task.update", *changes, detail={"fields": ["depends_on"]})
    after.cards.append(card)


def _by_number(key: str) -> tuple[str, int]:
    prefix, _, number = key.rpartition("-")
    return prefix, int(number)
