"""Dying on purpose, for tests of one's own workflows: a worker in a child process that kills itself at a named point.

    death = await forge.die_at("checkpoint.before_commit", app="app.py")
    assert death.killed
    await forge.work_until_idle()                # another worker takes over

The points are those of `FLOWFORGE_CRASH`; SIGKILL is real, nothing is cleaned up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from flowforge.crash import POINTS
from flowforge.errors import InvalidInput, NotFound

__all__ = ["POINTS", "Death", "die_at"]

CHILD_SECONDS = 60.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Death:
    """How the child ended. `killed`: it got to the point; otherwise it had nothing left to do and was stopped."""

    point: str
    killed: bool
    output: str


async def die_at(
    point: str,
    *,
    app: str | Path,
    database_url: str,
    is_idle: Callable[[], Awaitable[bool]],
    nth: int = 1,
    environment: dict[str, str] | None = None,
) -> Death:
    """Run `flowforge worker APP` until it dies the `nth` time it gets to `point`, or until nothing is left to do.

    Raises NotFound for a point that does not exist.
    """
    if point not in POINTS:
        raise NotFound("crash point", point, POINTS)
    if nth < 1:
        raise InvalidInput(f"nth counts from 1, not {nth}")
    settings = {"DATABASE_URL": database_url, "FLOWFORGE_CRASH": f"{point}:{nth}", **(environment or {})}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "flowforge.cli",
        "worker",
        str(app),
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    talk = asyncio.create_task(child.communicate())
    try:
        async with asyncio.timeout(CHILD_SECONDS):
            await _until_over(child, is_idle)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        output, _ = await talk
    return Death(point, child.returncode == -signal.SIGKILL, output.decode(errors="replace"))


async def _until_over(child: asyncio.subprocess.Process, is_idle: Callable[[], Awaitable[bool]]) -> None:
    """Until the child is dead, or has had nothing to do for several looks in a row (between two acts it may seem idle)."""
    quiet = 0
    while child.returncode is None and quiet < 20:
        await asyncio.sleep(LOOK_SECONDS)
        quiet = quiet + 1 if await is_idle() else 0
