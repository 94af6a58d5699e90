"""Leases of a rate: a server takes a little ahead from the shared row, so that most requests cost the database nothing.

What a lease holds is counted as used already, so n servers together never let through more than the rate and one lease each. A lease
grows only while it is used up within its second: who asks seldom takes one at a time, and slow rates are counted one by one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from flowforge.access.rate_limit import RateKind, Taken, take
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.hosts import FAILURES
from flowforge.db.queries import Connection
from flowforge.errors import DatabaseUnavailable

LEASE_SECONDS = 1.0
LEASE_SHARE = 0.1  # of what a second of the rate gives
REFUSAL_SECONDS = 2.0  # then the row is asked again: an operator may have raised the limit
REFUSALS_MAX = 100  # counted
REFUSALS_KEPT_SECONDS = 10.0  # after the last of them
BUCKETS_MAX = 10_000


@dataclass(frozen=True)
class Standing:
    """Whether something may be done now, and where its rate stands as far as this server knows."""

    allowed: bool
    per_minute: int
    remaining: int
    retry_after: float  # seconds; 0 when it is allowed
    refusals: int = 0  # how many more than were allowed, of late


@dataclass
class _Bucket:
    """What this server holds of one rate."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: int = 0
    size: int = 0  # of the lease that is held
    ends_at: float = 0.0
    last: Taken | None = None
    refused_until: float = 0.0
    ask_again_at: float = 0.0
    needed: int = 0  # what was refused
    refusals: int = 0
    refused_at: float = 0.0

    def refuse(self, now: float) -> int:
        """Count one refusal, and say how many there have been of late."""
        kept = self.refusals if now - self.refused_at < REFUSALS_KEPT_SECONDS else 0
        self.refusals, self.refused_at = min(kept + 1, REFUSALS_MAX), now
        return self.refusals


class Leases:
    """The leases of one server."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self.clock = clock
        self._buckets: OrderedDict[tuple[UUID, str, RateKind], _Bucket] = OrderedDict()

    async def take(
        self, connection: Connection, tenant_id: UUID, subject: str, kind: RateKind, count: int, *, per_minute: int, share: float = 1.0
    ) -> Standing:
        """Take `count` of a rate, from the lease if it lasts. While the database is away everything is allowed: it will fail by itself.

        What has been refused is refused again without a question until the time that was told, or for two seconds.
        """
        bucket = self._bucket((tenant_id, subject, kind))
        if (known := self._without_asking(bucket, count)) is not None:
            return known
        async with bucket.lock:
            if (known := self._without_asking(bucket, count)) is not None:
                return known
            try:
                taken = await take(
                    connection, tenant_id, subject, kind, least=count, most=count + _next_size(bucket), per_minute=per_minute, share=share
                )
            except (*FAILURES, TimeoutError, DatabaseUnavailable):
                return Standing(True, per_minute, 0, 0.0)
            return self._keep(bucket, taken, count)

    def _without_asking(self, bucket: _Bucket, count: int) -> Standing | None:
        now = self.clock.monotonic()
        if bucket.last is None:
            return None
        if now < bucket.ends_at and bucket.held >= count:
            bucket.held -= count
            return _allowed(bucket)
        if now < min(bucket.refused_until, bucket.ask_again_at) and count >= bucket.needed:
            return Standing(False, round(bucket.last.per_minute), 0, bucket.refused_until - now, bucket.refuse(now))
        return None

    def _keep(self, bucket: _Bucket, taken: Taken, count: int) -> Standing:
        now = self.clock.monotonic()
        bucket.last = taken
        if taken.granted == 0:
            bucket.held, bucket.size = 0, 0
            bucket.needed, bucket.refused_until = count, now + taken.wait_seconds
            bucket.ask_again_at = now + REFUSAL_SECONDS
            return Standing(False, round(taken.per_minute), 0, taken.wait_seconds, bucket.refuse(now))
        bucket.held = bucket.size = taken.granted - count
        bucket.ends_at, bucket.refused_until, bucket.refusals = now + LEASE_SECONDS, 0.0, max(0, bucket.refusals - 1)
        return _allowed(bucket)

    def _bucket(self, key: tuple[UUID, str, RateKind]) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket())
        self._buckets.move_to_end(key)
        if len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)
        return bucket


def _allowed(bucket: _Bucket) -> Standing:
    assert bucket.last is not None
    return Standing(True, round(bucket.last.per_minute), bucket.held + bucket.last.remaining, 0.0)


def _next_size(bucket: _Bucket) -> int:
    """Twice what was used of the last lease, but for one that lasted: who used it up asks again before its end."""
    if bucket.last is None:
        return 0
    used = bucket.size - bucket.held
    return min(2 * used + 1, int(bucket.last.per_minute / 60 * LEASE_SECONDS * LEASE_SHARE))
