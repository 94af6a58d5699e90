"""The tree of cards below a card: those that are parts of it, and those that its runs have made; with runs, states and costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.board.card import find_card
from flowforge.db.queries import load_queries
from flowforge.orchestrator.run import RunState, state_of

if TYPE_CHECKING:
    from flowforge.db.database import Database

CARDS_MAX = 500

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class TreeRun:
    """A run on a card; `made` are the keys of the cards that it has made."""

    run_id: UUID
    agent: str | None
    state: RunState
    cost: Decimal | None
    made: tuple[str, ...]

    @property
    def id(self) -> str:
        return ids.show("run", self.run_id)


@dataclass(frozen=True)
class TreeCard:
    """A card with those below it. `cost_below` is what they cost together, itself not counted; None where a price is unknown."""

    key: str
    title: str
    column: str
    assignee: tuple[str, str] | None  # agent or user, and the name
    cost: Decimal | None
    cost_below: Decimal | None
    runs: tuple[TreeRun, ...]
    children: tuple[TreeCard, ...]


@dataclass(frozen=True)
class TaskTree:
    """The tree; `truncated`: there are more than `CARDS_MAX` cards in it, and the newest are left out."""

    root: TreeCard
    truncated: bool


async def read_tree(database: Database, tenant_id: UUID, reference: str) -> TaskTree:
    """All of one snapshot. Raises NotFound.

    tree = await read_tree(database, tenant_id, "FF-14")
    """
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        root_id = await find_card(connection, tenant_id, reference)
        cards = await sql.tree_cards.fetch(connection, tenant_id=tenant_id, task_id=root_id, limit=CARDS_MAX + 1)
        shown = cards[:CARDS_MAX]
        runs = await sql.tree_runs.fetch(connection, tenant_id=tenant_id, task_ids=[card["task_id"] for card in shown])
    return TaskTree(_Growing(shown, runs).card(root_id), len(cards) > CARDS_MAX)


class _Growing:
    def __init__(self, cards: Sequence[Any], runs: Sequence[Any]) -> None:
        self._cards: Mapping[UUID, Any] = {card["task_id"]: card for card in cards}
        self._children: dict[UUID, list[UUID]] = defaultdict(list)
        for card in cards:
            if card["above_id"] is not None:
                self._children[card["above_id"]].append(card["task_id"])
        self._runs: dict[UUID, list[Any]] = defaultdict(list)
        for run in runs:
            self._runs[run["task_id"]].append(run)

    def card(self, task_id: UUID) -> TreeCard:
        row = self._cards[task_id]
        children = tuple(self.card(child) for child in self._children[task_id])
        below = [cost for child in children for cost in (child.cost, child.cost_below)]
        return TreeCard(
            key=row["key"],
            title=row["title"],
            column=row["column_name"],
            assignee=None if row["assignee"] is None else (row["assignee_kind"], row["assignee"]),
            cost=row["cost"],
            cost_below=None if None in below else sum((cost for cost in below if cost is not None), Decimal(0)),
            runs=tuple(_run(run) for run in self._runs[task_id]),
            children=children,
        )


def _run(row: Any) -> TreeRun:
    return TreeRun(row["run_id"], row["agent"], state_of(row), row["cost"], tuple(row["made"]))
