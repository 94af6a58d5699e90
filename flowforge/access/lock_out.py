"""Lock-out with back-off: after five failed attempts to sign in each further one must wait, 1 s, 2 s, 4 s … up to a quarter of an hour.

Counted by the e-mail address that is tried (whether anybody has it or not) and by the source, in rows that all servers share; each attempt
is counted before it is looked at, so a hundred at once get no further than a hundred one after the other. A browser that has
signed in to that account before is counted by itself: strangers who guess at an address do not keep its owner out.
"""

from __future__ import annotations

import hashlib
import ipaddress

from flowforge.access.account import sql
from flowforge.access.one_time import token_hash
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import TooManyAttempts


class Attempt:
    """One attempt to sign in, counted as failed until `succeeded` says otherwise."""

    def __init__(self, email: str, source: str, device: str | None) -> None:
        self.source = None if device else _subject("source", _network(source))
        self.own = _subject("device", token_hash(device).hex()) if device else _subject("email", email.strip().lower())
        self.failures = 0

    async def begin(self, database: Database) -> None:
        """Count it. Raises TooManyAttempts, and then it is not counted: who waits is let in again."""
        async with database.pool.acquire() as connection, connection.transaction():
            for subject in filter(None, (self.source, self.own)):
                counted = await sql.begin_attempt.fetchval(connection, subject=subject)
                if counted is None:
                    raise TooManyAttempts(await sql.locked_seconds.fetchval(connection, subject=subject) or 0)
                self.failures = counted
            await sql.drop_old_attempts.execute(connection)

    async def succeeded(self, connection: Connection) -> None:
        """Forget what failed before under this address or device, and this one of the source's."""
        if self.source is not None:
            await sql.take_back_attempt.execute(connection, subject=self.source)
        await sql.forget_attempts.execute(connection, subject=self.own)

    @property
    def is_noted(self) -> bool:
        """Whether its failure has an entry in the audit log: the first, second, fourth, eighth … do."""
        return self.failures & (self.failures - 1) == 0


async def forget(connection: Connection, email: str) -> None:
    """Let an address be tried again at once: somebody has proved in another way who they are."""
    await sql.forget_attempts.execute(connection, subject=_subject("email", email.strip().lower()))


def _subject(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{text}".encode()).digest()


def _network(source: str) -> str:
    """One customer's addresses count as one: a whole /64 of IPv6."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)
