"""What a conversation is exposed to: by what something from outside has come into it, and whether it holds what is the tenant's own.

What a result brings counts from the next turn on, when the model has read it. So all calls of one turn are judged alike, in whatever order
they end, and a replay judges them as they were judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flowforge.agents.framing import framed
from flowforge.skills.tool import Tool


class Exposure:
    """Of one conversation. `secret` decides the marks around what comes from outside."""

    def __init__(self, tainted: Collection[str], secret: str) -> None:
        self._secret = secret
        self._tainted = set(tainted)
        self._informed = False
        self._coming: set[str] = set()  # by results that the model has not read yet
        self._informs = False  # the same

    @property
    def taint(self) -> frozenset[str]:
        """By what something from outside has come in, as the model has read it: it may try to give orders."""
        return frozenset(self._tainted)

    @property
    def informed(self) -> bool:
        """Whether the model has read something that is the tenant's own, and that could be carried off."""
        return self._informed

    def next_turn(self) -> None:
        """The model reads what has come."""
        self._tainted |= self._coming
        self._coming.clear()
        self._informed = self._informed or self._informs

    def hear(self, sources: Collection[str]) -> None:
        """Words that the model reads at the turn that begins."""
        self._tainted |= set(sources)

    def take(self, tool: Tool, sources: Collection[str] = ()) -> None:
        """A result of this tool has come; `sources` say by what it holds something from outside."""
        self._informs = self._informs or not tool.public
        self._coming |= set(sources)

    def shown(self, tool: Tool, text: str) -> str:
        """What this tool said, as the model reads it."""
        if not tool.outside:
            return text
        self._coming.add(tool.name)
        return framed(tool.name, text, self._secret)

    def shown_summary(self, text: str) -> str:
        """The conversation, summed up: it may repeat what came from outside."""
        return framed("summary", text, self._secret) if self._tainted else text

    def to_json(self) -> dict[str, Any]:
        return {"tainted": sorted(self._tainted), "informed": self._informed}

    def restore(self, state: Mapping[str, Any]) -> None:
        """As a snapshot has it."""
        self._tainted, self._informed = set(state["tainted"]), bool(state.get("informed", True))
