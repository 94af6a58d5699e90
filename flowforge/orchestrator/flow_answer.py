"""What flow control did with an event for a function whose trigger it matched, where that was something else than to make a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flowforge.db.queries import Connection


@dataclass(frozen=True)
class FlowAnswer:
    """For people: `merged into run_… (debounce 2s)`, `over the rate 60/min`; and the run that took the event in, if one did."""

    reason: str
    run_id: UUID | None = None


async def flow_answers(connection: Connection, tenant_id: UUID, event_id: UUID) -> Mapping[str, FlowAnswer]:
    """By function. Until functions have flow control, every event that matches makes a run, and there is nothing to answer."""
    return {}
