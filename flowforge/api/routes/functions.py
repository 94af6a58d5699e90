"""Functions that workers have published, and starting one by its name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api import run_acts
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.runs import RunOut, shown_run
from flowforge.api.traceparent import Traceparent
from flowforge.api.values import PAGE_DEFAULT, PAGE_MAX, Body, Cursor, Limit, Page
from flowforge.errors import Conflict
from flowforge.orchestrator import codec
from flowforge.orchestrator.publish import PublishedFunction, list_functions
from flowforge.orchestrator.trace import keep_origins

BUILT_IN = "flowforge."  # as those are called that come with FlowForge

router = Resource(prefix="/v1/functions", tags=["functions"])

EXAMPLE: JsonDict = {
    "id": "order.process_order",
    "triggers": ["order/created"],
    "retries": 3,
    "version": None,
    "source": "app.py:12",
    "builtin": False,
    "live": True,
    "schedules": [],
    "app": "my-first-flow/app.py",
    "flow": {"concurrency": [{"limit": 5, "scope": "function"}], "timeout": "24h"},
    "input_schema": {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]},
}
SCHEDULE_EXAMPLE: JsonDict = {
    "cron": "0 9 * * 1-5",
    "zone": "Europe/Oslo",
    "catch_up": "one",
    "overlap": "skip",
    "next_at": "2026-11-23T08:00:00Z",
    "last_fired_at": "2026-11-20T08:00:00.213000Z",
    "waiting": False,
}


class ScheduleOut(BaseModel):
    """A cron trigger. `waiting`: its time has come, and the run before it still goes on."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [SCHEDULE_EXAMPLE]})

    cron: str
    zone: str
    catch_up: str
    overlap: str
    next_at: datetime | None
    last_fired_at: datetime | None
    waiting: bool


class FunctionOut(BaseModel):
    """A function; `triggers` in words. `live`: a running worker knows it; without one its runs stay queued. `app`: who publishes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    triggers: list[str]
    retries: int
    version: str | None
    source: str | None
    builtin: bool
    live: bool
    schedules: list[ScheduleOut]
    app: str
    flow: Annotated[dict[str, Any], Field(description="Its flow control, by the names of the decorator's arguments; empty without any.")]
    input_schema: Annotated[dict[str, Any] | None, Field(description="JSON Schema of its event's data, where its code declares a type.")]

    @classmethod
    def of(cls, function: PublishedFunction) -> FunctionOut:
        return cls(
            id=function.function_id,
            triggers=list(function.triggers),
            retries=function.retries,
            version=function.version,
            source=function.source,
            builtin=function.builtin,
            live=function.live,
            schedules=[ScheduleOut.model_validate(schedule) for schedule in function.schedules],
            app=function.app,
            flow=function.settings.get("flow", {}),
            input_schema=function.input_schema,
        )


class FunctionPage(Page[FunctionOut]):
    """Functions by id."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


class RunIn(Body):
    """A run to start."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"input": {"order_id": "ORD-9218", "total": 420}}]})

    input: Annotated[Any, Field(description="What the function finds in `ctx.event.data`.", default_factory=dict)]


@router.get("", summary="List functions", operation_id="list_functions")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> FunctionPage:
    """Those that workers have published, by id."""
    found = [f for f in await list_functions(database.pool) if f.function_id > (cursor or "")]
    page = found[: min(limit, PAGE_MAX)]
    return FunctionPage(data=[FunctionOut.of(f) for f in page], next_cursor=page[-1].function_id if len(found) > len(page) else None)


@router.post("/{function_id}/runs", status_code=202, summary="Start a run", operation_id="start_run", responses=errors(404, 409))
async def start(
    function_id: Annotated[str, Path(description="The function's id.", examples=["order.process_order"])],
    body: RunIn,
    caller: Caller,
    database: Db,
    bell: Hub,
    repeat_id: RepeatId,
    traceparent: Traceparent,
    answer: Answer,
) -> RunOut:
    """Start a function by its name, without an event. 409 for one that comes with FlowForge: those start with what they work on."""
    if function_id.startswith(BUILT_IN):
        raise Conflict(f"{function_id} comes with FlowForge and starts with what it works on", hint="give an agent a task, or run it")
    await keep_origins(database.pool, caller.tenant_id, [repeat_id], traceparent)
    run = await run_acts.start(database, bell, caller, function_id, codec.to_json(body.input), repeat_id)
    answer.headers["Location"] = f"/v1/runs/{run.id}"
    return await shown_run(database, caller, run)
