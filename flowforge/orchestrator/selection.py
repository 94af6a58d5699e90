"""Which runs: the filter by which lists and acts on many runs choose."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput
from flowforge.orchestrator.states import RUN_STATES

Only = Literal["any", "open", "ended", "failed", "paused"]

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class RunFilter:
    """Runs for which all of this holds; None is no condition. `q` is looked for in the error, whatever its case.

    `error_type` is the name of the exception's class; `dismissed` says whether somebody took the failure off the list.
    Raises InvalidInput for an unknown state.
    """

    state: str | None = None
    function: str | None = None
    error_type: str | None = None
    q: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    dismissed: bool | None = None
    test: bool | None = None
    agent_id: str | None = None

    def __post_init__(self) -> None:
        if self.state is not None and self.state not in RUN_STATES:
            raise InvalidInput(f"a run's state is one of {', '.join(RUN_STATES)}, not {self.state!r}", pointer="/state")
        for name in ("since", "until"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise InvalidInput(f"{name} needs a time zone, as in 2026-11-22T09:00:00Z", pointer=f"/{name}")

    def shown(self) -> dict[str, Any]:
        """Only what is asked for, as JSON takes it."""
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(self).items() if v is not None}

    def to_json(self) -> str:
        return json.dumps(self.shown())

    @classmethod
    def from_json(cls, text: str) -> RunFilter:
        found: dict[str, Any] = json.loads(text)
        found |= {name: datetime.fromisoformat(found[name]) for name in ("since", "until") if name in found}
        return cls(**found)


ALL_RUNS = RunFilter()


async def select_runs(
    connection: Connection, tenant_id: UUID, chosen: RunFilter, *, only: Only = "any", before: UUID | None = None, limit: int
) -> list[UUID]:
    """The ids of runs, newest first, from just before the run `before` on."""
    query = sql.failed_runs_page if _are_failed(chosen, only) else sql.runs_page
    rows = await query.fetch(connection, **_arguments(tenant_id, chosen, only), before=before, limit=limit)
    return [row["run_id"] for row in rows]


async def count_runs(connection: Connection, tenant_id: UUID, chosen: RunFilter, *, only: Only = "any", limit: int) -> int:
    """How many runs there are, up to `limit`."""
    query = sql.count_failed_runs if _are_failed(chosen, only) else sql.count_runs
    return int(await query.fetchval(connection, **_arguments(tenant_id, chosen, only), before=None, limit=limit))


def _are_failed(chosen: RunFilter, only: Only) -> bool:
    return chosen.state == "failed" or only == "failed" or chosen.dismissed is True


def _arguments(tenant_id: UUID, chosen: RunFilter, only: Only) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "state": chosen.state,
        "function_id": chosen.function,
        "since": chosen.since,
        "until": chosen.until,
        "error_start": None if chosen.error_type is None else f'{{"type": {json.dumps(chosen.error_type)},',  # as failures are stored
        "q": None if chosen.q is None else json.dumps(chosen.q)[1:-1],
        "dismissed": chosen.dismissed,
        "test": chosen.test,
        "agent_id": chosen.agent_id,
        "only": only,
    }
