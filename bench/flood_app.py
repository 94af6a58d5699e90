"""The worker's side of `bench/flood.py`: one short function for either tenant."""

from __future__ import annotations

from typing import Any

import flowforge as ff


@ff.function(trigger="bench/ask", id="bench.ask")
async def ask(ctx: Any) -> None:
    """Begin, and be over."""
