"""What functions hear of the board: each change of a card is an event `board/task.…`, stored in the change's own transaction.

    board/task.created  moved  assigned  commented  updated  completed  ended

`completed` is a card that comes into a column of category done; `ended` is the end of the work on it, however it came: done, handed in,
failed, cancelled, taken away. An event says which card, who changed it, and how long the chain is that led to it: a change that a run
makes which a change had started is one longer. Beyond `CHAIN_MAX` nothing is told any more, and the card says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.card import Card
from flowforge.board.priority import PRIORITIES
from flowforge.orchestrator.current_execution import EXECUTION
from flowforge.orchestrator.event import NewEvent
from flowforge.orchestrator.run import WORK_ENDED

if TYPE_CHECKING:
    from flowforge.board.activity import Change

CHAIN_MAX = 16
PREFIX = "board/task."
ENDED = WORK_ENDED
NAMED = frozenset({"created", "moved", "assigned", "commented"})  # under their own names; all else is an update of the card


def told_as(action: str) -> str:
    """The word under which streams, webhooks and events tell a change."""
    return action if action in NAMED else "updated"


def next_chain() -> int:
    """How long the chain is that an act of the code at hand makes: 1 outside of runs, and in those that no change of a card started."""
    execution = EXECUTION.get()
    if execution is None:
        return 1
    event = execution.event
    data = event.data if event.name.startswith("board/") and isinstance(event.data, dict) else {}
    so_far = data.get("chain", 0)
    return 1 + so_far if isinstance(so_far, int) else 1


def events_of(principal: Principal, card: Card, changes: Sequence[Change], chain: int) -> list[NewEvent]:
    """The events that tell of these changes of a card, as it is after them."""
    execution = EXECUTION.get()
    about: dict[str, Any] = {
        "task_id": card.task_id.hex,
        "task": card.key,
        "board": card.prefix,
        "title": card.title,
        "labels": list(card.labels),
        "priority": PRIORITIES[card.priority],
        "by": principal.name,
        "by_kind": principal.kind,
        "run": None if execution is None else execution.shown_id,
        "chain": chain,
    }
    events = []
    for change in changes:
        said = {**about, **(change.detail if change.frame is None else change.frame), **(change.told or {})}
        events.append(NewEvent(PREFIX + told_as(change.action), said, event_id=change.event_id or ids.new_id()))
        if change.completes:
            events.append(NewEvent(f"{PREFIX}completed", said, event_id=ids.new_id()))
        how = change.ends or ("done" if change.completes else "archived" if card.archived_at is not None else None)
        if how is not None:
            events.append(NewEvent(ENDED, {**said, "how": how}, event_id=ids.new_id()))
    return events
