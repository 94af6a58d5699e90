"""An item of a card's checklist, and how a card's row holds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ChecklistItem:
    """One thing to be done. Its id stays while its text changes."""

    id: str
    text: str
    done: bool = False


def read_items(checklist: str) -> tuple[ChecklistItem, ...]:
    """The items of a card's row."""
    return tuple(ChecklistItem(**item) for item in json.loads(checklist))


def write_items(items: Sequence[ChecklistItem]) -> str:
    """The items as a card's row holds them."""
    return json.dumps([asdict(item) for item in items], ensure_ascii=False)
