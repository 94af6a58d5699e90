"""What else can break, one trial each: a function breaks one thing, heals it, and returns the checker's verdict.

Each demands proof that its fault really happened; a tool that is missing is `Missing`, which CI does not forgive.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.chaos import connection_faults, process_faults, server_faults
from tests.chaos.trial import Site, Verdict


@dataclass(frozen=True)
class Fault:
    """A trial, and the settings of the server that it is held on."""

    name: str
    hold: Callable[[Site], Awaitable[Verdict]]
    settings: dict[str, str] = field(default_factory=dict)


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("zombies", process_faults.zombies),
        Fault("sigterm", process_faults.sigterm),
        Fault("deploy", process_faults.deploy),
        Fault("skewed clocks", process_faults.skewed_clocks),
        Fault("broken connections", connection_faults.broken_connections),
        Fault("lost answers", connection_faults.lost_answers),
        Fault("hung connections", connection_faults.hung_connections),
        Fault("lost hints", connection_faults.lost_hints),
        Fault("an outage", server_faults.an_outage),
        Fault("no connections", server_faults.no_connections, {"max_connections": "32", "superuser_reserved_connections": "0"}),
        Fault("full disk", server_faults.full_disk),
        Fault(
            "full wal",
            server_faults.full_wal,
            {"max_wal_size": "32MB", "min_wal_size": "32MB", "checkpoint_timeout": "30s", "wal_recycle": "off"},
        ),
        Fault("a pooler", connection_faults.a_pooler),
    )
}
