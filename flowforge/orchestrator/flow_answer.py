"""What flow control did with an event for a function whose trigger it matched, where that was not just to make a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class FlowAnswer:
    """For people: `joined run_…: in the batch of that run`; and the run that the event went to, if there is one."""

    reason: str
    run_id: UUID | None = None


async def flow_answers(connection: Connection, tenant_id: UUID, event_id: UUID) -> Mapping[str, FlowAnswer]:
    """By function. One that has several things to say about an event says them all."""
    answers: dict[str, FlowAnswer] = {}
    for row in await sql.event_fates.fetch(connection, tenant_id=tenant_id, event_id=event_id):
        said = answers.get(row["function_id"])
        reason = _sentence(row) if said is None else f"{said.reason}; {_sentence(row)}"
        answers[row["function_id"]] = FlowAnswer(reason, row["run_id"] or (said.run_id if said is not None else None))
    return answers


def _sentence(row: Any) -> str:
    run = ids.show("run", row["run_id"]) if row["run_id"] is not None else ""
    if row["fate"] == "joined":
        return f"joined {run}: {row['detail']}"
    if row["fate"] == "duplicate":
        return f"{run} did this already: {row['detail']}"
    return str(row["detail"])
