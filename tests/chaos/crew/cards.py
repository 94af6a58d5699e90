"""Who works, the forty cards, and what has to come of each.

A card's title says what is to be done with it, and nothing else decides: the script reads it, the people read it, the checker reads it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

PEOPLE = ("mira", "jonas")

# Each has a model of its own, so that a model call tells whose it is.
AGENTS: list[dict[str, Any]] = [
    {
        "name": "planner",
        "model": "gpt-4o",
        "tools": ["comment", "create_task", "await_tasks"],
        "approval": {"create_task": False},
        "delegates_to": ["atlas", "iris", "rune"],
    },
    {"name": "atlas", "model": "gpt-4o-mini", "tools": ["look_up", "refund", "wire"], "concurrency": 3},
    {"name": "iris", "model": "gpt-4.1", "tools": ["look_up", "ask_human"], "memory": True},
    {"name": "rune", "model": "gpt-4.1-mini", "tools": ["comment", "hand_off"], "delegates_to": ["vera"]},
    {"name": "vera", "model": "gpt-4.1-nano", "tools": ["publish", "notify"]},
]

LIMIT = 400  # people deny a refund above it
CUT = 300  # and lower one above this to it

TWO_FOR_A_WIRE = {
    "name": "wires",
    "rules": [{"action": "require", "tool": ["wire"], "reason": "two people look at every wire", "require": {"count": 2}}],
}


@dataclass(frozen=True)
class Planned:
    """A card that is made at the beginning, for an agent or a person; it depends on others by their titles."""

    title: str
    to: str
    after: tuple[str, ...] = ()


CARDS: tuple[Planned, ...] = (
    *(Planned(f"plan {n}", "planner", after) for n, after in enumerate([(), (), (), ("refund 1",), ("plan 1", "ask 1")], start=1)),
    *(Planned(f"settle {n}", "planner", after) for n, after in enumerate([(), (), ("ask 2",)], start=1)),
    *(Planned(f"refund {n}", "atlas", after) for n, after in enumerate([(), (), (), (), ("ask 1",), ("settle 1",)], start=1)),
    *(Planned(f"ask {n}", "iris", after) for n, after in enumerate([(), (), (), ("handover 1",)], start=1)),
    *(Planned(f"publish {n}", "vera", after) for n, after in enumerate([(), ("sign 1",), ("plan 2", "refund 2")], start=1)),
    *(Planned(f"notify {n}", "vera", after) for n, after in enumerate([(), ("sign 2",)], start=1)),
    Planned("sign 1", "mira", ("plan 1",)),
    Planned("sign 2", "jonas", ("publish 1",)),
    Planned("handover 1", "rune"),
    Planned("handover 2", "rune", ("handover 1",)),
)

# What agents make while they work, by the title of the card that they work on.
MADE: dict[str, tuple[str, ...]] = {
    **{f"plan {n}": (f"research {n}", f"write {n}") for n in range(1, 6)},
    **{f"settle {n}": (f"wire {n}",) for n in range(1, 4)},
}

TITLES = frozenset([card.title for card in CARDS] + [title for made in MADE.values() for title in made])

REFUNDS: dict[str, tuple[int, ...]] = {
    "refund 1": (101,),
    "refund 2": (102,),
    "refund 3": (350,),
    "refund 4": (500, 204),  # the second one where the first is denied
    "refund 5": (105, 115),  # in one turn
    "refund 6": (106, 116),  # one after the other
}

# What the world outside has to have seen in the end: tool, card, amount; each once.
EFFECTS: Counter[tuple[str, str, int]] = Counter(
    [("refund", title, min(amount, CUT)) for title, amounts in REFUNDS.items() for amount in amounts if amount <= LIMIT]
    + [("wire", f"wire {n}", 1000 + n) for n in range(1, 4)]
    + [("publish", f"publish {n}", n) for n in range(1, 4)]
    + [("notify", f"notify {n}", n) for n in range(1, 3)]
)
GATED = frozenset({"refund", "wire"})  # no effect of these without a person's word
