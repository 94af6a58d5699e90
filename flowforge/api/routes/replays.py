"""Replays: a finished run, run again. What is reused and what runs again is told before it is done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.runs import RunId
from flowforge.api.values import Body, Money
from flowforge.orchestrator import codec
from flowforge.orchestrator.fork import ReplayPlan, Wish, plan_replay, replay_run
from flowforge.orchestrator.run import find_run_id
from flowforge.orchestrator.states import StepState

router = Resource(prefix="/v1/runs", tags=["runs"])

EXAMPLE: JsonDict = {
    "run": "run_01968f3ac8b17c02a3f08241a2f70002",
    "origin": "run_01968f3ac8b17c02a3f08241a2f70001",
    "function": "order.process_order",
    "version": None,
    "from_step": "fraud",
    "reused": [{"key": "validate", "name": "validate", "kind": "run", "state": "completed", "cost": None}],
    "again": [{"key": "fraud", "name": "fraud", "kind": "ai", "state": "failed", "cost": "0.0400"}],
    "warnings": ["what runs again cost $0.04 the first time"],
}


class ReplayIn(Body):
    """How to run it again. Without `from_step` and `from_failure` everything runs again and nothing is reused."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_step": "fraud", "dry_run": True}]})

    from_step: Annotated[str | None, Field(max_length=1000, description="Key or name of the step from which it runs again.")] = None
    from_failure: Annotated[bool, Field(description="From the step that made the run fail.")] = False
    input: Annotated[Any, Field(description="Another input; leave it out for the same one.")] = None
    dry_run: Annotated[bool, Field(description="Only tell what would be reused and what would run again.")] = False

    def wish(self) -> Wish:
        given = "input" in self.model_fields_set
        return Wish(self.from_step, self.from_failure, codec.to_json(self.input) if given else None)


class PlannedStepOut(BaseModel):
    """A step of the origin; `cost` is what it cost then."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    kind: str
    state: StepState
    cost: Money | None


class ReplayOut(BaseModel):
    """What a replay does, or would do: `run` is the new run, null in a dry run. `again` lists the origin's steps that run again if
    the code still comes by them."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    run: str | None
    origin: str
    function: str
    version: str | None
    from_step: str | None
    reused: list[PlannedStepOut]
    again: list[PlannedStepOut]
    warnings: list[str]

    @classmethod
    def of(cls, plan: ReplayPlan) -> ReplayOut:
        return cls(
            run=plan.new_run or None,
            origin=ids.show("run", plan.origin),
            function=plan.function,
            version=plan.version,
            from_step=plan.from_step,
            reused=[PlannedStepOut.model_validate(step) for step in plan.reused],
            again=[PlannedStepOut.model_validate(step) for step in plan.again],
            warnings=list(plan.warnings),
        )


@router.post(
    "/{run_id}/replays",
    status_code=202,
    summary="Replay a run",
    operation_id="replay_run",
    responses={200: {"model": ReplayOut, "description": "The plan that was asked for with dry_run."}, **errors(404)},
)
async def create(run_id: RunId, body: ReplayIn, caller: Caller, database: Db, bell: Hub, repeat_id: RepeatId, answer: Answer) -> ReplayOut:
    """Run a finished run again, as a new run that names its origin. 409 while it has not ended, 404 also for an unknown step."""
    origin = await find_run_id(database.pool, caller.tenant_id, run_id)
    if body.dry_run:
        answer.status_code = 200
        return ReplayOut.of(await plan_replay(database.pool, caller.tenant_id, origin, body.wish()))
    plan = await replay_run(database, caller, origin, body.wish(), new_id=repeat_id, bell=bell)
    answer.headers["Location"] = f"/v1/runs/{plan.new_run}"
    return ReplayOut.of(plan)
