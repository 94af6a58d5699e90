"""What the apps' processes saw and when: one JSON line each, appended to a file that the measuring process reads."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any


class Facts:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def of(self, kind: str) -> list[dict[str, Any]]:
        lines = self.path.read_text().splitlines()
        return [fact for fact in map(json.loads, lines) if fact["kind"] == kind]

    async def wait(self, kind: str, count: int = 1, *, seconds: float = 120, pause: float = 0.005) -> list[dict[str, Any]]:
        """The facts of a kind once there are so many. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        needle = f'"kind": "{kind}"'
        while self.path.read_text().count(needle) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{count} x {kind!r} did not come within {seconds:.0f} s: {len(self.of(kind))} did")
            await asyncio.sleep(pause)
        return self.of(kind)

    def forget(self) -> None:
        self.path.write_text("")
