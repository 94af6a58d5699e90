"""How urgent a card is."""

from __future__ import annotations

import difflib
from typing import Literal, get_args

from flowforge.errors import InvalidInput

Priority = Literal["none", "low", "medium", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


def read_priority(name: str) -> int:
    """Its place among the priorities. Raises InvalidInput with the nearest."""
    for place, priority in enumerate(PRIORITIES):
        if priority == name:
            return place
    near = difflib.get_close_matches(name, PRIORITIES, n=1)
    wish = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(PRIORITIES)}"
    raise InvalidInput(f"no priority is called {name[:40]!r}{wish}", pointer="/priority")
