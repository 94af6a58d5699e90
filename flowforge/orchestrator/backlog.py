"""The backlog: what is open in the database right now, counted within bounds, for metrics and for whoever watches the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries

COUNT_MAX = 100_000  # a longer queue is shown as one of this length: a scrape must not take longer than a moment
REASONS = {"s": "sleeping", "w": "waiting", "p": "paused", "d": "debounced", "b": "batching", "n": "arriving", "g": "at_gate"}

sql = load_queries("flowforge.orchestrator")


@dataclass
class Backlog:
    """Open work, as of one moment. Ages are in seconds; None where there is nothing that could have one."""

    ready: dict[str, float] = field(default_factory=dict)  # by function
    oldest_ready: float | None = None  # of runs that no worker has had yet
    parked: dict[str, float] = field(default_factory=dict)  # by reason
    leased: float = 0.0
    undispatched: float = 0.0
    oldest_undispatched: float | None = None
    workers: float = 0.0
    oldest_heartbeat: float | None = None


async def read_backlog(connection: Connection, *, count_max: int = COUNT_MAX) -> Backlog:
    """One statement, answered from indexes over open work alone."""
    return _told(await sql.backlog.fetch(connection, limit=count_max))


async def read_backlog_of(connection: Connection, tenant_id: UUID, *, count_max: int = COUNT_MAX) -> Backlog:
    """The open work of one tenant; nothing of workers, which are everybody's."""
    return _told(await sql.backlog_of.fetch(connection, tenant_id=tenant_id, limit=count_max))


def _told(rows: Sequence[Any]) -> Backlog:
    found = Backlog()
    for row in rows:
        what, name, count, seconds = row
        if what == "ready":
            found.ready[name] = count
        elif what == "parked":
            found.parked[REASONS.get(name, name)] = count
        elif what == "oldest_ready":
            found.oldest_ready = _age(seconds)
        elif what == "leased":
            found.leased = count
        elif what == "undispatched":
            found.undispatched, found.oldest_undispatched = count, _age(seconds)
        else:
            found.workers, found.oldest_heartbeat = count, _age(seconds)
    return found


def _age(seconds: float | None) -> float | None:
    return None if seconds is None else max(0.0, seconds)
