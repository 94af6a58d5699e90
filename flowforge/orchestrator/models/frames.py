"""Deltas as frames: the first at once, later ones together about every 50 ms or 1 KiB, in the order in which they came.

What could be the beginning of a secret waits for what follows: in pieces it would not be known for one.
"""

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

    def __init__(self, emit: Emit, held_back: Callable[[str], int] = lambda text: 0) -> None:
        self._emit, self._held_back = emit, held_back
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
            self._flush_known()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush_known)

    def flush(self) -> None:
        """Emit what is waiting."""
        self._emit_all_but(0)

    def _flush_known(self) -> None:
        """Emit what is waiting, but for an end that may turn out to be a secret's beginning."""
        self._emit_all_but(self._held_back("".join(self._pieces)))

    def _emit_all_but(self, held: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pending, whole = self._pending, "".join(self._pieces)
        text, rest = (whole[:-held], whole[-held:]) if held else (whole, "")
        self._pending, self._size = (pending, len(rest)) if rest else (None, 0)
        self._pieces[:] = [rest] if rest else []
        if pending is not None and (text or (pending.kind == "tool_call" and not rest)):
            self._emit(_NAMES[pending.kind], _data(pending, well_formed(text)))


def _key(delta: Delta) -> tuple[str, int]:
    return delta.kind, delta.index


def _data(delta: Delta, text: str) -> dict[str, Any]:
    if delta.kind == "tool_call":
        return {"tool_call_id": delta.id, "tool": delta.name, "text": text}
    return {"text": text}
