"""Giving work to others: a run makes a card for another agent or a person, within bounds.

Each such card is noted with the run that made it, so that a tree of cards has a root, a depth, a size and a price. An agent gives work only
to those whom its definition or its team names, and never to one that is waiting for it further up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.agents.loop_tool import AtWork
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.assignee import Assignee, AssigneeName, find_anybody, find_assignee
from flowforge.board.creation import NewTask, blank_card, make_card
from flowforge.board.dependency import lock_graph
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, NotAllowed, NotFound
from flowforge.orchestrator.stream import append_frame

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

OnCancel = Literal["cancel", "keep"]

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class Errand:
    """A card that a run makes. `awaited`: the run waits for the end of the work on it. `on_cancel`: what becomes of that work when the run
    is cancelled. `task_id` derives from the run, so that a repeat makes no second card."""

    new: NewTask
    task_id: UUID
    run_id: UUID
    awaited: bool = False
    on_cancel: OnCancel = "cancel"


async def name_assignee(connection: Connection, at_work: AtWork, name: str) -> AssigneeName:
    """Whom a model means by a name. Raises NotFound with the nearest names, NotAllowed for an agent to which this one gives no work."""
    found = await _find(connection, at_work.principal.tenant_id, name)
    if found.kind == "agent":
        if found.id == at_work.principal.id:
            raise NotAllowed(f"{name} is you: do this yourself")
        if not {name, found.name} & set(at_work.definition.delegates_to):
            others = ", ".join(at_work.definition.delegates_to) or "nobody"
            raise NotAllowed(f"you give no work to {name}", hint=f"you may give work to: {others}")
    return AssigneeName(found.kind, found.name)


async def _find(connection: Connection, tenant_id: UUID, name: str) -> Assignee:
    try:
        return await find_anybody(connection, tenant_id, name)
    except NotFound as nobody:
        try:
            return await find_assignee(connection, tenant_id, AssigneeName("team", name))
        except NotFound:
            raise nobody from None


async def give_card(database: Database, at_work: AtWork, errand: Errand, bell: Bell | None = None) -> str:
    """Make the card, once, and return its key.

    Raises what `create_task` raises, and Conflict where the tree has got too deep, too large or too expensive, for an agent that waits
    further up, and where the wait would be part of a circle.
    """
    tenant_id, assignee = at_work.principal.tenant_id, errand.new.assignee
    blank = blank_card(errand.new, errand.task_id)

    async def act(connection: Connection, after: Aftermath) -> str:
        known: str | None = await sql.find_delegation.fetchval(connection, tenant_id=tenant_id, task_id=errand.task_id)
        if known is not None:
            return known
        await lock_graph(connection, tenant_id)
        above = await chain_above(connection, tenant_id, at_work.task_id)
        root_id = above[0]["root_id"] if above else at_work.task_id or errand.run_id
        await _check_bounds(connection, at_work, errand, above, root_id)
        if assignee is not None and assignee.kind == "agent":
            _check_chain(assignee.name, above)
        card = await make_card(connection, at_work.principal, errand.new, blank, after)
        money = at_work.definition.limits.money
        await sql.insert_delegation.execute(
            connection,
            tenant_id=tenant_id,
            task_id=card.task_id,
            run_id=errand.run_id,
            by_task_id=at_work.task_id,
            by_agent_id=at_work.principal.id,
            root_id=root_id,
            to_agent_id=card.agent_id,
            assigned=assignee is not None,
            on_cancel=errand.on_cancel,
            money=money,
        )
        if errand.awaited:
            await keep_waits(connection, at_work, errand.run_id, {card.key: card.task_id})
        if assignee is not None:
            data = delegated_frame(at_work, errand.run_id, card.key, assignee.name)
            await append_frame(connection, tenant_id, name="agent.delegated", data=data, agent_id=card.agent_id, task_id=card.task_id)
        return card.key

    return await carry_out(database, tenant_id, act, bell)


def delegated_frame(at_work: AtWork, run_id: UUID, key: str, to: str) -> dict[str, Any]:
    """What streams are told of work that was given away."""
    return {"by": at_work.principal.name, "run": ids.show("run", run_id), "from_task": at_work.task, "task": key, "to": to}


async def keep_waits(connection: Connection, at_work: AtWork, run_id: UUID, cards: dict[str, UUID]) -> None:
    """Note that a run waits for these cards. The caller holds the graph. Raises Conflict where one of them waits for the run's own."""
    tenant_id = at_work.principal.tenant_id
    for key, task_id in cards.items():
        if at_work.task_id is not None and await sql.waits_for.fetchval(
            connection, tenant_id=tenant_id, from_id=task_id, to_id=at_work.task_id
        ):
            raise Conflict(f"{key} waits for {at_work.task} itself: neither would ever go on")
    await sql.keep_waits.execute(connection, tenant_id=tenant_id, run_id=run_id, task_ids=list(cards.values()), by_task_id=at_work.task_id)


async def chain_above(connection: Connection, tenant_id: UUID, task_id: UUID | None) -> Sequence[Any]:
    """Whose errand a card is, up to the root: nearest first."""
    if task_id is None:
        return ()
    rows: Sequence[Any] = await sql.chain_above.fetch(connection, tenant_id=tenant_id, task_id=task_id)
    return rows


async def check_money(connection: Connection, tenant_id: UUID, limits: Sequence[tuple[UUID, Decimal | None]]) -> None:
    """Raises Conflict when one of these runs has spent, with all that was made for it, as much as it may."""
    for run_id, money in limits:
        if money is None:
            continue
        spent: Decimal = await sql.cost_of_tree.fetchval(connection, tenant_id=tenant_id, run_id=run_id)
        if spent >= money:
            raise Conflict(f"the limit of {money:f} USD is used up: {spent:f} USD were spent on this and all that was given away for it")


async def note_taint(connection: Connection, tenant_id: UUID, task_id: UUID) -> None:
    """Note that the agent of a card has read what comes from outside: its result may try to give orders."""
    await sql.note_taint.execute(connection, tenant_id=tenant_id, task_id=task_id)


def limits_above(above: Sequence[Any]) -> list[tuple[UUID, Decimal | None]]:
    """The runs above a card, with what each tree may cost."""
    return [(row["run_id"], row["money"]) for row in above]


async def _check_bounds(connection: Connection, at_work: AtWork, errand: Errand, above: Sequence[Any], root_id: UUID) -> None:
    bounds, tenant_id = at_work.bounds, at_work.principal.tenant_id
    if len(above) + 1 > bounds.depth:
        raise Conflict(f"work is handed on at most {bounds.depth} levels deep: do this yourself")
    made = await sql.count_made.fetchrow(connection, tenant_id=tenant_id, run_id=errand.run_id, root_id=root_id)
    if made["by_run"] >= bounds.by_run:
        raise Conflict(f"you have made {made['by_run']} cards in this run, which is the most")
    if made["in_tree"] >= bounds.in_tree:
        raise Conflict(f"{made['in_tree']} cards were made for this task and its parts, which is the most")
    await check_money(connection, tenant_id, [(errand.run_id, at_work.definition.limits.money), *limits_above(above)])


def _check_chain(agent: str, above: Sequence[Any]) -> None:
    """An agent that has given away the work on which this hangs does not get a part of it back."""
    if agent in [row["by_agent"] for row in above]:
        chain = " → ".join(str(row["by_agent"]) for row in reversed(above))
        raise Conflict(f"{agent} has given away the work that this is a part of ({chain}): do this yourself, or give it to another")
