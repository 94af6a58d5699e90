"""Whose key is this? Asked at every request, so the answer is kept for a few seconds; what was revoked meanwhile is told by a bell.

Unknown, expired and revoked values take the same statement and get the same answer: none. What cannot be a key at all is seen by its
checksum, before the database is asked.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flowforge.access.key_value import is_well_formed
from flowforge.access.pepper import load_pepper
from flowforge.access.permission import OF_A_TEST, OF_AN_AGENT, expand
from flowforge.access.principal import Principal
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.errors import ConfigurationError, Conflict
from flowforge.secrets.vault import Vault

KEPT_SECONDS = 5.0  # the longest that a revocation takes to reach a process that no bell reaches
USE_SECONDS = 60.0  # how often the last use of a key is written
KNOWN_MAX = 10_000
KEYS_CHANGED = "keys"  # what the bell rings for

# What a person may now; nothing for one who is gone.
PersonPermissions = Callable[[Database, UUID, UUID], Awaitable[frozenset[str]]]

log = logging.getLogger("flowforge.access")
sql = load_queries("flowforge.access")


@dataclass(frozen=True)
class KnownKey:
    """A key that is good: who it stands for, and the names that it goes by."""

    key_id: UUID
    tenant: str
    scopes: tuple[str, ...]
    principal: Principal


@dataclass(frozen=True)
class _Kept:
    key: KnownKey
    until: float


class KeyCheck:
    """The keys of a deployment, as one process knows them.

    >>> check = KeyCheck(database, vault)                               # doctest: +SKIP
    >>> known = await check.find("ffk_live_…")                           # doctest: +SKIP
    """

    def __init__(
        self,
        database: Database,
        vault: Vault | None,
        *,
        news: asyncio.Event | None = None,
        person_permissions: PersonPermissions | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """`news` is set when some process has changed a key. Without a vault no key is good, and none can be made."""
        self.database, self.vault, self.clock = database, vault, clock
        self._news, self._person_permissions = news, person_permissions
        self._pepper: bytes | None = None
        self._known: dict[bytes, _Kept] = {}
        self._changes = 0
        self._used: dict[UUID, float] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def find(self, value: str, tenant: str | None = None) -> KnownKey | None:
        """The key of this value, if it is good now and, where a tenant is named, that tenant's."""
        if self.vault is None or not is_well_formed(value):
            return None
        try:
            hashed = await self.digest(value)
        except ConfigurationError as error:  # whoever asks can do nothing about it
            log.error("keys.cannot_be_checked", extra={"error": error.message})
            return None
        known = self._kept(hashed) or await self._look_up(hashed)
        if known is None or (tenant is not None and tenant != known.tenant):
            return None
        self._note_use(known)
        return known

    async def digest(self, value: str) -> bytes:
        """What is kept of a value. Raises Conflict where there is no vault to keep the pepper in."""
        if self._pepper is None:
            if self.vault is None:
                raise Conflict("API keys need a key that seals secrets", hint="set FLOWFORGE_SECRETS_KEY, or FLOWFORGE_SECRETS_KEY_FILE")
            self._pepper = await load_pepper(self.database, self.vault)
        return hmac.digest(self._pepper, value.encode(), "sha256")

    def forget(self) -> None:
        """Keys have changed: look again."""
        self._known.clear()
        self._changes += 1

    async def settle(self) -> None:
        """Wait until every use so far is written."""
        await asyncio.gather(*self._noting)

    def _kept(self, hashed: bytes) -> KnownKey | None:
        if self._news is not None and self._news.is_set():
            self._news.clear()
            self.forget()
        kept = self._known.get(hashed)
        return kept.key if kept is not None and self.clock.monotonic() < kept.until else None

    async def _look_up(self, hashed: bytes) -> KnownKey | None:
        changes, asked_at = self._changes, self.clock.monotonic()
        line = await sql.check_key.fetch(self.database.root.pool, digest=hashed)
        if not line or any(row["revoked"] or (row["seconds_left"] is not None and row["seconds_left"] <= 0) for row in line):
            self._known.pop(hashed, None)
            return None
        if not (permissions := await self._permissions(line)):
            return None
        key = _known(line[0], permissions)
        if changes == self._changes:
            self._keep(
                hashed, key, asked_at + min([KEPT_SECONDS, *(row["seconds_left"] for row in line if row["seconds_left"] is not None)])
            )
        return key

    async def _permissions(self, line: Sequence[Any]) -> frozenset[str]:
        """What the scopes stand for, within what was granted, and within what the makers have now."""
        allowed = frozenset.intersection(*(expand(row["scopes"]) & frozenset(row["granted"]) for row in line))
        first = line[-1]
        if self._person_permissions is not None and first["created_by_kind"] == "person" and first["created_by_id"] is not None:
            allowed &= await self._person_permissions(self.database, first["tenant_id"], first["created_by_id"])
        if any(row["agent_id"] is not None for row in line):
            allowed &= OF_AN_AGENT
        return allowed & OF_A_TEST if any(row["test"] for row in line) else allowed

    def _keep(self, hashed: bytes, key: KnownKey, until: float) -> None:
        if len(self._known) >= KNOWN_MAX:
            del self._known[next(iter(self._known))]
        self._known[hashed] = _Kept(key, until)

    def _note_use(self, known: KnownKey) -> None:
        """At most once a minute, and never while the request waits."""
        now = self.clock.monotonic()
        if now - self._used.get(known.key_id, float("-inf")) < USE_SECONDS:
            return
        if len(self._used) >= KNOWN_MAX:
            self._used.clear()
        self._used[known.key_id] = now
        task = asyncio.get_running_loop().create_task(self._write_use(known))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _write_use(self, known: KnownKey) -> None:
        try:
            await sql.note_use.execute(self.database.root.pool, tenant_id=known.principal.tenant_id, key_id=known.key_id)
        except Exception as error:  # noqa: BLE001 - when a key was used last is for people to know; the request is answered without it
            log.debug("key.use_not_noted", extra={"error": repr(error)})


def _known(row: Any, permissions: frozenset[str]) -> KnownKey:
    if row["agent_id"] is None:
        principal = Principal(row["tenant_id"], "key", row["name"], row["key_id"], permissions, row["test"])
    else:
        principal = Principal(row["tenant_id"], "agent", row["agent"] or "", row["agent_id"], permissions, row["test"])
    return KnownKey(row["key_id"], row["tenant"], tuple(row["scopes"]), principal)
