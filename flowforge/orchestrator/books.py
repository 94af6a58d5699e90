"""The engine's books: what must hold between runs, owner rows, waits and dispatch rows, whatever has crashed.

`examine` proves it on a live database: each rule is one statement, which sees one moment. `repair` looks again under its locks, so
it may run beside workers, and writes one audit entry for each tenant and rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.audit.log import append
from flowforge.db.queries import Query, load_queries
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.event import dispatch_leftovers, wake_leftover_parents, wake_parents

if TYPE_CHECKING:
    from flowforge.db.database import Database

PAGE = 20_000
SHOWN = 10  # ids that an audit entry names
DOCTOR = "doctor"
_NIL = UUID(int=0)

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Rule:
    """What must not be: a sentence about `n` such rows, how they are found and how they are put right."""

    name: str
    sentence: str
    look: Query
    mend: Query | None  # None: by the sweeper's own doors


@dataclass(frozen=True)
class Broken:
    """A rule that does not hold, and the rows (tenant, id) for which it does not."""

    rule: Rule
    rows: tuple[tuple[UUID, UUID], ...]

    def __str__(self) -> str:
        ids = ", ".join(row_id.hex[-8:] for _, row_id in self.rows[:3])
        return f"{len(self.rows)} {self.rule.sentence} ({ids}{', …' if len(self.rows) > 3 else ''})"


RULES = (
    Rule("ownerless", "open runs without an owner row", sql.runs_without_owner, sql.give_owners),
    Rule("runless", "owner rows without an open run", sql.owners_without_run, sql.drop_owners),
    Rule("crooked", "owner rows whose columns contradict each other", sql.crooked_owners, sql.straighten_owners),
    Rule("ungated", "runs at gates that are not there, or that nobody is to apply flow control to", sql.unmarked_gates, sql.shape_unmarked),
    Rule("dead-leases", "leases of workers that are dead", sql.leases_of_the_dead, None),
    Rule("missed-wakes", "runs that sleep though what they wait for has come", sql.missed_wakes, sql.wake_missed),
    Rule("runless-waits", "ended runs with open waits", sql.waits_without_run, sql.drop_waits),
    Rule("subjectless", "dispatch rows of things that are not there", sql.dispatches_without_subject, sql.drop_dispatches),
    Rule("stuck", "events, runs or ended runs that nobody has acted on for a minute", sql.stuck_dispatches, None),
)


async def examine(database: Database) -> list[Broken]:
    """Every rule that does not hold, with all its rows."""
    broken = []
    for rule in RULES:
        rows = await (_ownerless(database) if rule.name == "ownerless" else _look(database, rule))
        if rows:
            broken.append(Broken(rule, tuple(rows)))
    return broken


async def repair(database: Database, broken: Sequence[Broken]) -> int:
    """Put right what can be. Returns how many rows were; examine again to see what is left."""
    return sum([await _repair(database, found) for found in broken])


async def _look(database: Database, rule: Rule) -> list[tuple[UUID, UUID]]:
    return [(row["tenant_id"], row["id"]) for row in await rule.look.fetch(database.pool)]


async def _ownerless(database: Database) -> list[tuple[UUID, UUID]]:
    """Runs are many: they are looked at a page at a time."""
    found, tenant_id, place = [], _NIL, _NIL
    while True:
        rows = await sql.runs_without_owner.fetch(database.pool, tenant_id=tenant_id, place=place, limit=PAGE)
        found += [(row["tenant_id"], row["id"]) for row in rows if row["broken"]]
        if len(rows) < PAGE:
            return found
        tenant_id, place = rows[-1]["tenant_id"], rows[-1]["id"]


async def _repair(database: Database, found: Broken) -> int:
    if found.rule.name == "stuck":
        await dispatch_leftovers(database, age_seconds=60)
        await wake_leftover_parents(database, age_seconds=60)
        await wake_parents(database, await shape_new_runs(database, age_seconds=60))
        return len(found.rows)
    async with database.pool.acquire() as connection, connection.transaction():
        if found.rule.mend is None:
            mended = [dict(row, id=row["run_id"]) for row in await sql.take_leases.fetch(connection, limit=5)]
        else:
            tenants, ids = [tenant for tenant, _ in found.rows], [row_id for _, row_id in found.rows]
            mended = [dict(row) for row in await found.rule.mend.fetch(connection, tenant_ids=tenants, ids=ids)]
        await _enter(connection, found, mended)
    return len(mended)


async def _enter(connection: Any, found: Broken, mended: Sequence[dict[str, Any]]) -> None:
    """One audit entry for each tenant, in the order of tenants: its head row is a lock."""
    of = {row_id: tenant for tenant, row_id in found.rows}
    by_tenant: dict[UUID, list[str]] = defaultdict(list)
    for row in mended:
        if (tenant := row.get("tenant_id") or of.get(row["id"])) is not None:
            by_tenant[tenant].append(row["id"].hex)
    for tenant in sorted(by_tenant):
        detail = {"count": len(by_tenant[tenant]), "ids": by_tenant[tenant][:SHOWN]}
        await append(connection, Principal(tenant, "system", DOCTOR), "books.repair", "rule", found.rule.name, detail)
