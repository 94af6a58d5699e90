"""Waiting for a run to end, along its live stream; what it does meanwhile is told as progress."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from flowforge.api.client.run_calls import RUN_ENDS
from flowforge.api.mcp.asking import Asking
from flowforge.api.mcp.catalogue import STEPS_MAX, WAIT_SECONDS_MAX
from flowforge.errors import InvalidInput
from flowforge.orchestrator.states import FINAL_STATES

Tell = Callable[[float, str], Awaitable[None]]

_TOLD = ("run.", "step.", "tool_call.started", "approval.", "agent.")


async def show_run(asking: Asking, path: str, *, wait_seconds: Any, steps: Any, tell: Tell) -> dict[str, Any]:
    """The run at `path` as it is when it has ended, or after so many seconds at the latest. Raises Refused, InvalidInput."""
    if not isinstance(wait_seconds, int) or isinstance(wait_seconds, bool) or not 0 <= wait_seconds <= WAIT_SECONDS_MAX:
        raise InvalidInput(f"is a whole number of seconds from 0 to {WAIT_SECONDS_MAX}", pointer="/wait_seconds")
    if not isinstance(steps, bool):
        raise InvalidInput("is true or false", pointer="/steps")
    run: dict[str, Any] = await asking.get(path)
    if wait_seconds and run["state"] not in FINAL_STATES:
        path = f"/v1/runs/{run['id']}"  # an ending that fits one run now may fit two in a minute
        await _until_it_ends(asking, path, run["seq"], wait_seconds, tell)
        run = await asking.get(path)
    if steps:
        found: list[Any] = (await asking.get(f"{path}/steps"))["data"]
        run |= {"steps": found[-STEPS_MAX:]} | ({"steps_left_out": len(found) - STEPS_MAX} if len(found) > STEPS_MAX else {})
    return run


async def _until_it_ends(asking: Asking, path: str, after: int, seconds: int, tell: Tell) -> None:
    told = 0
    try:
        async with asyncio.timeout(seconds), aclosing(asking.follow(f"{path}/stream", after)) as frames:
            async for frame in frames:
                if frame.seq is not None and frame.name.startswith(_TOLD):
                    told += 1
                    await tell(told, f"{frame.name} {frame.data.get('name') or frame.data.get('tool') or ''}".strip())
                if frame.name in RUN_ENDS:
                    return
    except TimeoutError:
        return
