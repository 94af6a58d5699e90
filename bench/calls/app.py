"""The functions that `bench/models.py` measures; the project that its workers load."""

from __future__ import annotations

import os
import time
from typing import Any

import flowforge
from flowforge import step

if os.environ.get("BENCH_CLIENT") == "socket":
    from calls.client import SocketClient
    from flowforge.orchestrator.models.client import set_client

    set_client(SocketClient())


@flowforge.function(trigger="bench/talk", id="bench.talk")
async def talk(ctx: Any) -> None:
    """One answer, as the event says it should come."""
    begun = time.perf_counter()
    await step.ai("talk", model="gpt-4o", prompt=ctx.event.data["prompt"], stream=ctx.event.data.get("stream", True))
    if "say" in ctx.event.data:
        print(f"answered after {time.perf_counter() - begun:.3f} s", flush=True)
