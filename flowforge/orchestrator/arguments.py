"""What a step was given: as text for people, and as a hash that guards replays."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from flowforge.orchestrator.codec import arguments_json

MAX_KEPT_INPUT = 64 * 1024


def kept_and_digest(value: Any) -> tuple[str | None, int]:
    """The whole text and its hash; nothing for None."""
    if value is None:
        return None, 0
    data = arguments_json(value)
    return data.decode(), int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)


def kept(text: str | None, limit: int = MAX_KEPT_INPUT) -> str | None:
    """As much of it as is worth storing with the step: all, or how long it is."""
    if text is None or len(text) <= limit:
        return text
    return json.dumps(f"({len(text.encode())} bytes, not kept)")
