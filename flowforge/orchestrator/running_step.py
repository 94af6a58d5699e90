"""Steps that a worker is at. A quick step is stored once, when it has ended; one that takes its time says on the run's stream that it
begins, and that frame is all there is of it until its row comes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.run import StepView, list_steps, parents_first
from flowforge.orchestrator.states import STEP_STATES

sql = load_queries("flowforge.orchestrator")


async def steps_shown(connection: Connection, tenant_id: UUID, run_id: UUID, *, after: int = 0) -> list[StepView]:
    """What `list_steps` gives, and the steps whose attempt is on a worker now."""
    frames = await sql.begun_steps.fetch(connection, tenant_id=tenant_id, run_id=run_id)
    begun = {about["step"]: _running(about, frame) for frame in frames if "step" in (about := json.loads(frame["data"]))}
    rows = await sql.steps_at.fetch(connection, tenant_id=tenant_id, run_id=run_id, keys=list(begun)) if begun else ()
    known = {row["key"]: row for row in rows}
    running = {key: _with_stored(step, known.get(key)) for key, step in begun.items() if _runs_now(step, known.get(key))}
    stored = await list_steps(connection, tenant_id, run_id, after=after)
    ended = {step.key for step in stored if step.ended_at is not None}  # meanwhile
    running = {key: step for key, step in running.items() if key not in ended}
    return parents_first([*(step for step in stored if step.key not in running), *running.values()])


def _runs_now(step: StepView, row: Any) -> bool:
    return row is None or (STEP_STATES[row["state"]] == "waiting" and bool(row["seq"] < step.seq))


def _with_stored(step: StepView, row: Any) -> StepView:
    """The attempt that runs now, with what is stored of those before it."""
    if row is None:
        return step
    return replace(step, attempts=json.loads(row["failures"] or "[]"), input=None if row["input"] is None else json.loads(row["input"]))


def _running(about: dict[str, Any], frame: Any) -> StepView:
    return StepView(
        key=about["step"],
        name=about["name"],
        kind=about["kind"],
        state="running",
        attempt=about["attempt"],
        attempts=[],
        parent=about["parent"],
        input=None,
        output=None,
        error=None,
        ms=None,
        cost=None,
        model=None,
        input_tokens=None,
        output_tokens=None,
        started_at=frame["created_at"],
        ended_at=None,
        due=None,
        seq=frame["seq"],
    )
