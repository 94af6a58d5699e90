"""The MCP sessions of one worker: one for each server, as it is defined and with the secrets it has now; opened when a call needs it.

One that fails to open is left alone for a while, twice as long each time; one that nobody uses is closed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.skills.failure import ToolFailed
from flowforge.skills.mcp.connection import Connection
from flowforge.skills.mcp.definition import McpServerDefinition

IDLE_SECONDS = 300.0
OPEN_MAX = 100
BACKOFF_SECONDS, BACKOFF_SECONDS_MAX = 1.0, 60.0

Place = tuple[UUID, UUID]  # tenant, server


@dataclass
class _Held:
    connection: Connection | None = None
    fingerprint: str = ""
    used_at: float = 0.0
    failures: int = 0  # to open, in a row
    not_before: float = 0.0
    why: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Connections:
    """A worker's sessions. `close` ends them all."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._held: dict[Place, _Held] = {}

    async def open(self, place: Place, definition: McpServerDefinition, secrets: Mapping[str, str]) -> Connection:
        """The session with that server, as it is defined now. Raises ToolFailed: also, at once, for one that failed a moment ago."""
        held = self._held.setdefault(place, _Held())
        fingerprint = _fingerprint(definition, secrets)
        async with held.lock:
            now = self._clock.monotonic()
            held.used_at = now
            present = held.connection
            if present is not None and not present.over and held.fingerprint == fingerprint:
                return present
            if present is not None:
                held.connection = None
                await present.close()
            if held.fingerprint != fingerprint:
                held.failures, held.not_before = 0, 0.0
            held.fingerprint = fingerprint
            if now < held.not_before:
                wait = held.not_before - now
                raise ToolFailed(f"{held.why} (asked again in {wait:.0f} s at the earliest)", retryable=True, retry_after=wait)
            connection = Connection(definition, secrets)
            try:
                await connection.open()
            except ToolFailed as error:
                held.failures += 1
                pause = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2 ** (held.failures - 1))
                held.not_before, held.why = self._clock.monotonic() + pause, error.message
                raise
            held.connection, held.failures = connection, 0
        await self._close_idle()
        return connection

    async def drop(self, place: Place) -> None:
        """Close the session with a server, if there is one."""
        held = self._held.pop(place, None)
        if held is not None and held.connection is not None:
            await held.connection.close()

    async def close(self) -> None:
        """Close them all."""
        for place in list(self._held):
            await self.drop(place)

    async def _close_idle(self) -> None:
        """Those that nobody has used for long, and the longest unused beyond the limit."""
        now = self._clock.monotonic()
        by_age = sorted((one for one in self._held.items() if one[1].connection is not None), key=lambda one: one[1].used_at)
        over = max(0, len(by_age) - OPEN_MAX)
        for number, (place, held) in enumerate(by_age):
            if number < over or now - held.used_at > IDLE_SECONDS:
                await self.drop(place)


def _fingerprint(definition: McpServerDefinition, secrets: Mapping[str, str]) -> str:
    """Of a definition and the values that its secrets have: another value needs another session."""
    whole = json.dumps([definition.model_dump(mode="json"), dict(sorted(secrets.items()))])
    return hashlib.sha256(whole.encode()).hexdigest()
