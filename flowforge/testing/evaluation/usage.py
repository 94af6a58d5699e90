"""What model calls used, summed from the rows that the engine wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flowforge.db.queries import Connection, load_queries

sql = load_queries("flowforge.testing")


@dataclass(frozen=True)
class Used:
    """The sum of some calls. `cost` is USD and None while no call has a known price; `unpriced` calls are not in it.

    `latency_ms`: the time that was spent waiting for answers, one call after the other. `dearest`: what the dearest call cost.
    """

    calls: int = 0
    unpriced: int = 0
    cost: Decimal | None = None
    dearest: Decimal = Decimal(0)
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: int = 0

    @property
    def cost_known(self) -> Decimal:
        return self.cost or Decimal(0)

    def __add__(self, other: Used) -> Used:
        known = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Used(
            self.calls + other.calls,
            self.unpriced + other.unpriced,
            sum(known, Decimal(0)) if known else None,
            max(self.dearest, other.dearest),
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.latency_ms + other.latency_ms,
        )


NOTHING_USED = Used()


async def used_by(connection: Connection, tenants: Sequence[UUID]) -> Used:
    """What all runs of these tenants used."""
    row = await sql.used_by_tenants.fetchrow(connection, tenant_ids=list(tenants))
    return Used(**row)
