"""Deltas as frames: the first at once, later ones together about every 50 ms or 1 KiB, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from flowforge.orchestrator.codec import well_formed
from flowforge.orchestrator.models.client import Delta

FLUSH_SECONDS = 0.05
FLUSH_BYTES = 1024

Emit = Callable[[str, dict[str, Any]], None]
_NAMES = {"text": "message.delta", "reasoning": "reasoning.delta", "tool_call": "tool_call.args_delta"}


class DeltaFrames:
    """Collects the deltas of one call and emits them as frames; `flush` at the end, whatever happened."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._pending: Delta | None = None  # says what the collected text belongs to
        self._pieces: list[str] = []
        self._size = 0
        self._first = True
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delta: Delta) -> None:
        """Take in one delta; called on the event loop."""
        if self._pending is not None and _key(self._pending) != _key(delta):
            self.flush()
        self._pending = delta
        self._pieces.append(delta.text)
        self._size += len(delta.text.encode(errors="replace"))
        if self._first or self._size >= FLUSH_BYTES:
            self._first = False
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Emit what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pending, text = self._pending, well_formed("".join(self._pieces))
        self._pending, self._size = None, 0
        self._pieces.clear()
        if pending is not None and (text or pending.kind == "tool_call"):
            self._emit(_NAMES[pending.kind], _data(pending, text))


def _key(delta: Delta) -> tuple[str, int]:
    return delta.kind, delta.index


def _data(delta: Delta, text: str) -> dict[str, Any]:
    if delta.kind == "tool_call":
        return {"tool_call_id": delta.id, "tool": delta.name, "text": text}
    return {"text": text}
