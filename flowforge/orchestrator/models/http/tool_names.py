"""Tools' names as Anthropic allows them, and back: letters, digits, `_` and `-`, at most 128 of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 128


class ToolNames:
    """The names of one request; two that would become the same stay apart.

    >>> names = ToolNames(["github.open", "github_open"])
    >>> names.on_the_wire("github.open"), names.original("github_open_2"), names.on_the_wire("github_open")
    ('github_open_2', 'github.open', 'github_open')
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._wire: dict[str, str] = {}
        given = list(dict.fromkeys(names))
        self._taken = {name for name in given if _allowed(name) == name}
        for name in given:
            self.on_the_wire(name)
        self._original = {wire: name for name, wire in self._wire.items()}

    def on_the_wire(self, name: str) -> str:
        """What is sent for `name`, also for a tool of the conversation's past that is not offered any more."""
        if name not in self._wire:
            allowed = _allowed(name)
            self._wire[name] = name if allowed == name else self._free(allowed)
        return self._wire[name]

    def original(self, wire: str) -> str:
        """The name that `wire` was sent for."""
        return self._original.get(wire, wire)

    def _free(self, wanted: str) -> str:
        candidate, number = wanted, 1
        while candidate in self._taken:
            number += 1
            ending = f"_{number}"
            candidate = wanted[: _LONGEST - len(ending)] + ending
        self._taken.add(candidate)
        return candidate


def _allowed(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:_LONGEST]
