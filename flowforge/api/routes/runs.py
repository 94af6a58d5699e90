"""Runs: seen, followed, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.access.principal import Principal
from flowforge.agents.agent import resolve_agent
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.masking import Masking, shown
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.run_acts import cancel
from flowforge.api.values import PAGE_DEFAULT, Cursor, Limit, Money, Page
from flowforge.db.database import Database
from flowforge.orchestrator.run import RunState, RunView, StepState, StepView, find_run, list_runs
from flowforge.orchestrator.running_step import steps_shown
from flowforge.orchestrator.selection import RunFilter

router = Resource(prefix="/v1/runs", tags=["runs"])

RunId = Annotated[
    str,
    Path(
        description="A run's id, its label, or any ending of the id that fits only one.", examples=["run_01968f3ac8b17c02a3f08241a2f70001"]
    ),
]

EXAMPLE: JsonDict = {
    "id": "run_01968f3ac8b17c02a3f08241a2f70001",
    "label": "a2f7_0001",
    "function": "order.process_order",
    "state": "completed",
    "trigger": "order/created",
    "input": {"order_id": "ORD-9218", "total": 420},
    "output": {"ok": True},
    "error": None,
    "attempt": 1,
    "cost": "0.0421",
    "agent": None,
    "task": None,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "started_at": "2026-11-22T09:00:00.004000Z",
    "ended_at": "2026-11-22T09:01:42.000000Z",
    "due": None,
    "reason": None,
    "progress": {"done": 1.0, "message": "shipped"},
    "seq": 17,
    "version": None,
    "origin": None,
    "origin_step": None,
    "dismissed_at": None,
    "unpriced_calls": 0,
    "unknown_calls": 0,
    "test": False,
    "event": "evt_01968f3ac8b17c02a3f08241a2f70000",
    "parent": None,
}
STEP_EXAMPLE: JsonDict = {
    "key": "fraud",
    "name": "fraud",
    "kind": "ai",
    "state": "completed",
    "attempt": 2,
    "attempts": [{"attempt": 1, "type": "RateLimited", "message": "429 from the provider"}],
    "parent": None,
    "input": {"model": "gpt-4o"},
    "output": {"risk": "low"},
    "error": None,
    "ms": 810.4,
    "cost": "0.0400",
    "model": "gpt-4o",
    "input_tokens": 1204,
    "output_tokens": 88,
    "started_at": "2026-11-22T09:00:00.010000Z",
    "ended_at": "2026-11-22T09:00:00.820400Z",
    "due": None,
    "reused": False,
    "seq": 9,
    "child": None,
}


SENSITIVE = ("input", "output", "error", "reason", "progress")  # may hold what its function declares as sensitive


class Progress(BaseModel):
    """How far a run says that it is, from 0 to 1."""

    model_config = ConfigDict(from_attributes=True)

    done: float
    message: str


class RunOut(BaseModel):
    """A run. `due` is when a sleeping or waiting one wakes by itself; `reason` says why it does not go on; `seq` is the id of the
    newest frame of its stream that this answer includes. A replay names the run that is
    its `origin`, a run that a step began the `parent`. A list leaves out (null) an `output` of over 256 KiB: ask for the run."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    id: str
    label: str
    function: str
    state: RunState
    trigger: str
    input: Any
    output: Any
    error: dict[str, Any] | None
    attempt: int
    cost: Money | None
    agent: str | None
    task: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    due: datetime | None
    reason: str | None
    progress: Progress | None
    seq: int
    version: str | None
    origin: str | None
    origin_step: str | None
    dismissed_at: datetime | None
    unpriced_calls: Annotated[int, Field(description="Model calls that were answered and have no price; `cost` is then null.")]
    test: Annotated[bool, Field(description="A test key began it, or what it comes from.")] = False
    unknown_calls: Annotated[int, Field(description="Model calls that were never answered; `cost` does not hold what they cost.")]
    event: Annotated[str | None, Field(description="The event that began it.")]
    parent: Annotated[str | None, Field(description="The run of which a step began it.")]

    @classmethod
    def of(cls, run: RunView) -> RunOut:
        return cls.model_validate(run)


class StepOut(BaseModel):
    """A step. `attempts` are those that failed before the one shown; `ms` is the duration of the last one. `reused`: its result
    was taken over from the run that this one is a replay of. `seq`: the number of the run's stream that this includes."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [STEP_EXAMPLE]})

    key: str
    name: str
    kind: str
    state: StepState
    attempt: int
    attempts: list[dict[str, Any]]
    parent: str | None
    input: Any
    output: Any
    error: dict[str, Any] | None
    ms: float | None
    cost: Money | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    started_at: datetime
    ended_at: datetime | None
    due: datetime | None
    reused: bool
    seq: int
    child: Annotated[str | None, Field(description="The run that it began and waits for.")]

    @classmethod
    def of(cls, step: StepView) -> StepOut:
        return cls.model_validate(step)


class Steps(Page[StepOut]):
    """All steps of a run, in the order of its stream."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [STEP_EXAMPLE], "next_cursor": None}]})


class RunPage(Page[RunOut]):
    """Runs, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


async def shown_run(database: Database, caller: Principal, run: RunView) -> RunOut:
    """A run as this caller may see it."""
    return shown(RunOut.of(run), await (await Masking.of(caller, database)).of_run(run.run_id), *SENSITIVE)


@router.get("", summary="List runs", operation_id="list_runs", responses=errors(404))
async def index(
    caller: Caller,
    database: Db,
    state: Annotated[RunState | None, Query(description="Only runs in this state.", examples=["waiting"])] = None,
    function: Annotated[
        str | None, Query(max_length=500, description="Only runs of this function.", examples=["order.process_order"])
    ] = None,
    error_type: Annotated[
        str | None, Query(max_length=200, description="Only runs that failed with an error of this class.", examples=["CarrierDown"])
    ] = None,
    q: Annotated[
        str | None, Query(max_length=500, description="Only runs with this in their error, whatever its case.", examples=["timed out"])
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only runs made then or later.", examples=["2026-11-22T09:00:00Z"])] = None,
    until: Annotated[AwareDatetime | None, Query(description="Only runs made until then.", examples=["2026-11-22T10:00:00Z"])] = None,
    dismissed: Annotated[
        bool | None, Query(description="Only failures that somebody has dismissed, or only others.", examples=[False])
    ] = None,
    test: Annotated[bool | None, Query(description="Only test runs, or only live ones.", examples=[False])] = None,
    agent: Annotated[str | None, Query(max_length=500, description="Only runs of this agent, by name or id.", examples=["atlas"])] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> RunPage:
    """Newest first. Failures that somebody should look at: `?state=failed&dismissed=false`."""
    agent_id = None if agent is None else (await resolve_agent(database.pool, caller.tenant_id, agent)).hex
    chosen = RunFilter(state, function, error_type, q, since, until, dismissed, test, agent_id)
    runs, following = await list_runs(database.pool, caller.tenant_id, chosen, limit=limit, cursor=cursor)
    masks = await (await Masking.of(caller, database)).of_runs(run.run_id for run in runs)
    return RunPage(data=[shown(RunOut.of(run), masks[run.run_id], *SENSITIVE) for run in runs], next_cursor=following)


@router.get("/{run_id}", summary="Show a run", operation_id="get_run", responses=errors(404, 409))
async def show(run_id: RunId, caller: Caller, database: Db) -> RunOut:
    """409 when an ending fits several runs."""
    return await shown_run(database, caller, await find_run(database.pool, caller.tenant_id, run_id))


@router.get("/{run_id}/steps", summary="List a run's steps", operation_id="list_steps", responses=errors(404, 409))
async def steps(
    run_id: RunId,
    caller: Caller,
    database: Db,
    after: Annotated[
        int, Query(ge=0, description="Only steps of which more is known than at this `seq`, and those that run now.", examples=[17])
    ] = 0,
) -> Steps:
    """In the order of the run's stream; not paged, a run has as many as its function wrote."""
    run = await find_run(database.pool, caller.tenant_id, run_id)
    mask = await (await Masking.of(caller, database)).of_run(run.run_id)
    found = await steps_shown(database.pool, caller.tenant_id, run.run_id, after=after)
    return Steps(data=[shown(StepOut.of(step), mask, "key", "parent", "input", "output", "error", "attempts") for step in found])


@router.post("/{run_id}/cancellation", status_code=202, summary="Cancel a run", operation_id="cancel_run", responses=errors(404))
async def cancellation(run_id: RunId, caller: Caller, database: Db, bell: Hub) -> RunOut:
    """A run that has not begun ends at once; of one that has, a worker first runs what cleans up. 409 when it had ended otherwise."""
    run = await find_run(database.pool, caller.tenant_id, run_id)
    return await shown_run(database, caller, await cancel(database, bell, caller, run))
