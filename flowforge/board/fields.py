"""The fields of a card that people set by hand: read from what they wrote, and shown as the history keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flowforge.board import text
from flowforge.board.assignee import Assignee, AssigneeName, find_assignee
from flowforge.board.card import Card
from flowforge.board.priority import PRIORITIES
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound

LABELS_MAX = 20
LABEL_CHARACTERS_MAX = 50


def read_labels(names: Sequence[str]) -> tuple[str, ...]:
    """Each once, in order. Raises InvalidInput for a name that cannot be one, and for too many."""
    labels = tuple(
        dict.fromkeys(
            text.line(name, f"/labels/{place}", max_characters=LABEL_CHARACTERS_MAX) for place, name in enumerate(names[: LABELS_MAX * 10])
        )
    )
    for place, label in enumerate(labels):
        if ";" in label:
            raise InvalidInput("a label has no semicolon, which stands between labels in a table", pointer=f"/labels/{place}")
    if len(labels) > LABELS_MAX:
        raise InvalidInput(f"a card has at most {LABELS_MAX} labels", pointer="/labels")
    return tuple(sorted(labels))


def read_due(moment: datetime | None) -> datetime | None:
    """In UTC. Raises InvalidInput for a moment without a time zone, or far from ours."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InvalidInput("needs a time zone, as in 2026-12-24T18:00:00Z", pointer="/due_at")
    if not 1970 < moment.year < 9999:
        raise InvalidInput("lies too far away", pointer="/due_at")
    return moment.astimezone(UTC)


async def find_owner(connection: Connection, tenant_id: UUID, name: str) -> Assignee:
    """The person of that name. Raises NotFound (of an owner) with the nearest."""
    try:
        return await find_assignee(connection, tenant_id, AssigneeName("user", name))
    except NotFound as unknown:
        raise NotFound("owner", unknown.name, unknown.nearest) from None


def shown_fields(card: Card) -> dict[str, Any]:
    """What the history keeps of the fields that name nobody."""
    return {
        "priority": PRIORITIES[card.priority],
        "labels": list(card.labels),
        "due_at": None if card.due_at is None else card.due_at.isoformat(),
        "checklist": json.loads(card.checklist),
    }
