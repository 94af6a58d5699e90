"""What happens, as it happens: live streams of runs, agents, tasks and the whole tenant, and the same frames by asking for them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge import ids
from flowforge.agents.agent import find_agent
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.long_poll import FramesFound, poll_frames
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.agents import AgentId
from flowforge.api.routes.runs import RunId
from flowforge.api.routes.task_output import TaskKey
from flowforge.api.sse import stream_response
from flowforge.api.stream_docs import STREAM_RESPONSES, TENANT_RESPONSES, After, Format, Kinds, LastEventId, Wait
from flowforge.api.stream_form import form_of
from flowforge.api.stream_kinds import StreamKinds
from flowforge.api.stream_source import StreamSource
from flowforge.board.task import get_task
from flowforge.orchestrator.run import find_run

router = Resource(prefix="/v1", tags=["streams"])

RUN = "run_01968f3ac8b17c02a3f08241a2f70001"
FRAME: JsonDict = {"id": 17, "event": "run.started", "data": {"run": RUN, "function": "order.ship", "at": "2026-11-22T09:15:02+00:00"}}
EXAMPLE: JsonDict = {"data": [FRAME], "after": 17, "seq": 20, "over": False, "reset": False}

Most = Annotated[int, Query(ge=1, le=200, description="How many frames to return at most.", examples=[100])]


class FrameOut(BaseModel):
    """One frame: its number in this stream, its name, and what it says."""

    model_config = ConfigDict(json_schema_extra={"examples": [FRAME]})

    id: int
    event: str
    data: dict[str, Any]


class FramesOut(BaseModel):
    """Frames in order. To go on, ask again with this `after`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    data: list[FrameOut]
    after: Annotated[int, Field(description="Where to ask on; also behind frames that `kinds` leaves out.")]
    seq: Annotated[int, Field(description="The number of the stream's newest frame.")]
    over: Annotated[bool, Field(description="The run has ended and nothing comes after these. Only a run's stream ends.")]
    reset: Annotated[
        bool, Field(description="What you hold is not on record any more: fetch the resource, then go on from `after`, its newest frame.")
    ]

    @classmethod
    def of(cls, found: FramesFound) -> FramesOut:
        frames = [FrameOut(id=frame.seq, event=frame.name, data=frame.told) for frame in found.frames]
        return cls(data=frames, after=found.after, seq=found.seq, over=found.over, reset=found.reset)


@router.get(
    "/runs/{run_id}/stream",
    summary="Follow a run",
    operation_id="stream_run",
    response_class=Response,
    responses={**STREAM_RESPONSES, **errors(404, 409)},
)
async def stream_run(
    run_id: RunId,
    request: Request,
    caller: Caller,
    database: Db,
    bell: Hub,
    format: Format = "frames",
    after: After = 0,
    last_event_id: LastEventId = None,
) -> Response:
    """What the run does, as it happens; the stream ends with the run."""
    run = await find_run(database.pool, caller.tenant_id, run_id)
    source = await StreamSource.of(request, database, bell, "run", run.run_id)
    return await stream_response(request, source, form_of(format, run.id, steps=True))


@router.get(
    "/agents/{agent}/stream",
    summary="Follow an agent",
    operation_id="stream_agent",
    response_class=Response,
    responses={**STREAM_RESPONSES, **errors(404)},
)
async def stream_agent(
    agent: AgentId,
    request: Request,
    caller: Caller,
    database: Db,
    bell: Hub,
    format: Format = "frames",
    after: After = 0,
    last_event_id: LastEventId = None,
) -> Response:
    """What the agent does, over all of its runs; the stream does not end."""
    found = await find_agent(database.pool, caller.tenant_id, agent)
    source = await StreamSource.of(request, database, bell, "agent", found.agent_id)
    return await stream_response(request, source, form_of(format, ids.show("agt", found.agent_id)))


@router.get(
    "/tasks/{key}/stream",
    summary="Follow a task",
    operation_id="stream_task",
    response_class=Response,
    responses={**STREAM_RESPONSES, **errors(404)},
)
async def stream_task(
    key: TaskKey,
    request: Request,
    caller: Caller,
    database: Db,
    bell: Hub,
    format: Format = "frames",
    after: After = 0,
    last_event_id: LastEventId = None,
) -> Response:
    """What happens to the task and what its agent does on it; the stream does not end."""
    task = await get_task(database, caller.tenant_id, key)
    source = await StreamSource.of(request, database, bell, "task", task.task_id)
    return await stream_response(request, source, form_of(format, ids.show("tsk", task.task_id)))


@router.get(
    "/stream",
    summary="Follow the whole tenant",
    operation_id="stream_tenant",
    response_class=Response,
    responses=TENANT_RESPONSES,
)
async def stream_tenant(
    request: Request,
    caller: Caller,
    database: Db,
    bell: Hub,
    kinds: Kinds = [],  # noqa: B006 - FastAPI makes one for each request
    after: After = 0,
    last_event_id: LastEventId = None,
) -> Response:
    """What all its runs, agents and tasks do, as far as the caller may read it; the stream does not end. It leaves out what is said in
    pieces and the steps of runs, which are on their own streams, and is kept from the first time that somebody follows it."""
    source = await StreamSource.of(request, database, bell, "tenant", caller.tenant_id, StreamKinds.of(caller, kinds))
    return await stream_response(request, source)


@router.get("/runs/{run_id}/frames", summary="Ask for a run's frames", operation_id="list_run_frames", responses=errors(404, 409))
async def frames_of_run(
    run_id: RunId, request: Request, caller: Caller, database: Db, bell: Hub, after: After = 0, wait: Wait = 0, limit: Most = 100
) -> FramesOut:
    """The frames of its stream, for who cannot hold one open: what is there, or what comes within `wait` seconds."""
    run = await find_run(database.pool, caller.tenant_id, run_id)
    source = await StreamSource.of(request, database, bell, "run", run.run_id)
    return FramesOut.of(await poll_frames(request, source, wait_seconds=wait, limit=limit))


@router.get("/agents/{agent}/frames", summary="Ask for an agent's frames", operation_id="list_agent_frames", responses=errors(404))
async def frames_of_agent(
    agent: AgentId, request: Request, caller: Caller, database: Db, bell: Hub, after: After = 0, wait: Wait = 0, limit: Most = 100
) -> FramesOut:
    """The frames of its stream, for who cannot hold one open: what is there, or what comes within `wait` seconds."""
    found = await find_agent(database.pool, caller.tenant_id, agent)
    source = await StreamSource.of(request, database, bell, "agent", found.agent_id)
    return FramesOut.of(await poll_frames(request, source, wait_seconds=wait, limit=limit))


@router.get("/tasks/{key}/frames", summary="Ask for a task's frames", operation_id="list_task_frames", responses=errors(404))
async def frames_of_task(
    key: TaskKey, request: Request, caller: Caller, database: Db, bell: Hub, after: After = 0, wait: Wait = 0, limit: Most = 100
) -> FramesOut:
    """The frames of its stream, for who cannot hold one open: what is there, or what comes within `wait` seconds."""
    task = await get_task(database, caller.tenant_id, key)
    source = await StreamSource.of(request, database, bell, "task", task.task_id)
    return FramesOut.of(await poll_frames(request, source, wait_seconds=wait, limit=limit))


@router.get("/frames", summary="Ask for the whole tenant's frames", operation_id="list_frames")
async def frames_of_tenant(
    request: Request,
    caller: Caller,
    database: Db,
    bell: Hub,
    kinds: Kinds = [],  # noqa: B006 - FastAPI makes one for each request
    after: After = 0,
    wait: Wait = 0,
    limit: Most = 100,
) -> FramesOut:
    """The frames of the tenant's stream, for who cannot hold one open: what is there, or what comes within `wait` seconds."""
    source = await StreamSource.of(request, database, bell, "tenant", caller.tenant_id, StreamKinds.of(caller, kinds))
    return FramesOut.of(await poll_frames(request, source, wait_seconds=wait, limit=limit))
