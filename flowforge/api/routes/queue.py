"""The queue: what waits and why; limits and pauses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db, Hub, WholeDb
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import Body
from flowforge.errors import NotFound
from flowforge.orchestrator.pause import Pause, list_pauses, pause, resume
from flowforge.orchestrator.queue import FunctionQueue, LimitView, list_limits, queue_of, set_limit

router = Resource(prefix="/v1", tags=["queue"])

GATE: JsonDict = {
    "limit": "stripe",
    "key": "",
    "waiting": 12,
    "used": 10,
    "capacity": 10,
    "per_seconds": None,
    "reason": "the limit stripe is reached: 10 at once",
}
QUEUE: JsonDict = {
    "function": "order.process_order",
    "ready": 3,
    "at_gates": 12,
    "running": 10,
    "gathering": 0,
    "sleeping": 4,
    "waiting": 1,
    "paused": 0,
    "oldest_queued_at": "2026-11-22T10:42:07Z",
    "live": True,
    "is_paused": False,
    "gates": [GATE],
}
LIMIT: JsonDict = {"limit": "stripe", "app": "shop", "capacity": 10, "per_seconds": None, "burst": None, "shared": True, "override": None}
PAUSE: JsonDict = {
    "function": "order.process_order",
    "reason": "the payment provider is down",
    "paused_by": "mira",
    "created_at": "2026-11-22T10:42:07Z",
    "everywhere": False,
}


class GateOut(BaseModel):
    """A limit at which runs stand."""

    model_config = ConfigDict(json_schema_extra={"examples": [GATE]})

    limit: str
    key: str
    waiting: int
    used: int | None
    capacity: int | None
    per_seconds: float | None
    reason: str


class FunctionQueueOut(BaseModel):
    """One function's open runs, and the gates at which they stand."""

    model_config = ConfigDict(json_schema_extra={"examples": [QUEUE]}, from_attributes=True)

    function: str
    ready: int
    at_gates: int
    running: int
    gathering: int
    sleeping: int
    waiting: int
    paused: int
    oldest_queued_at: datetime | None
    live: bool
    is_paused: bool
    gates: list[Annotated[GateOut, Field(description="The fullest first.")]]

    @classmethod
    def of(cls, queue: FunctionQueue) -> FunctionQueueOut:
        gates = [GateOut(**{**vars(gate), "reason": gate.reason}) for gate in queue.gates]
        return cls(**{**vars(queue), "gates": gates})


class QueueOut(BaseModel):
    """The tenant's queue, by function."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [QUEUE], "next_cursor": None}]})

    data: list[FunctionQueueOut]
    next_cursor: None = None


class LimitOut(BaseModel):
    """A limit as its app publishes it; `override` is the operator's value, in force while it is there."""

    model_config = ConfigDict(json_schema_extra={"examples": [LIMIT]})

    limit: str
    app: str
    capacity: int
    per_seconds: float | None
    burst: int | None
    shared: bool
    override: int | None

    @classmethod
    def of(cls, limit: LimitView) -> LimitOut:
        return cls(**vars(limit))


class LimitsOut(BaseModel):
    """Every limit, by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [LIMIT], "next_cursor": None}]})

    data: list[LimitOut]
    next_cursor: None = None


class CapacityIn(Body):
    """Another capacity."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"capacity": 20}]})

    capacity: Annotated[int, Field(description="How many at once, or starts in a period; 0 lets nobody through.", strict=True)]


class PauseIn(Body):
    """Why it is paused."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the payment provider is down"}]})

    reason: str | None = None


class PauseOut(BaseModel):
    """A pause; without a function it is the tenant's."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAUSE]})

    function: str | None
    reason: str | None
    paused_by: str
    created_at: datetime
    everywhere: bool

    @classmethod
    def of(cls, found: Pause) -> PauseOut:
        return cls(**vars(found))


class PausesOut(BaseModel):
    """What is paused now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [PAUSE], "next_cursor": None}]})

    data: list[PauseOut]
    next_cursor: None = None


FunctionId = Annotated[str, Path(description="The function's id.", examples=["order.process_order"])]
LimitName = Annotated[str, Path(description="A shared limit's name, or <function>:<place>.", examples=["stripe"])]


@router.get("/queue", summary="Look at the queue", operation_id="show_queue")
async def show(caller: Caller, database: Db) -> QueueOut:
    """How many runs of each function are open, and what keeps the queued ones: limits, throttles, pauses, no worker."""
    return QueueOut(data=[FunctionQueueOut.of(queue) for queue in await queue_of(database.pool, caller.tenant_id)])


@router.get("/limits", summary="List limits", operation_id="list_limits")
async def limits(caller: Caller, database: Db) -> LimitsOut:
    """Those that functions have published, and the operator's values."""
    return LimitsOut(data=[LimitOut.of(limit) for limit in await list_limits(database.pool)])


@router.put("/limits/{name}", summary="Change a limit", operation_id="set_limit", responses=errors(404))
async def change(name: LimitName, body: CapacityIn, caller: Caller, database: WholeDb, bell: Hub) -> LimitOut:
    """Another capacity from now on; it outlives deployments, until it is taken away."""
    return LimitOut.of(await set_limit(database, caller, name, body.capacity, bell=bell))


@router.delete("/limits/{name}", summary="Take a changed limit back", operation_id="reset_limit", responses=errors(404))
async def reset(name: LimitName, caller: Caller, database: WholeDb, bell: Hub) -> LimitOut:
    """The published capacity holds again."""
    return LimitOut.of(await set_limit(database, caller, name, None, bell=bell))


@router.get("/pauses", summary="List pauses", operation_id="list_pauses")
async def pauses(caller: Caller, database: Db) -> PausesOut:
    """Functions that are paused for this tenant, and the tenant itself."""
    return PausesOut(data=[PauseOut.of(found) for found in await list_pauses(database.pool, caller.tenant_id)])


@router.put("/functions/{function_id}/pause", summary="Pause a function", operation_id="pause_function", responses=errors(404))
async def pause_function(function_id: FunctionId, body: PauseIn, caller: Caller, database: Db) -> PauseOut:
    """Nothing of it is leased anew for this tenant; events go on to make runs, which wait."""
    await pause(database, caller, function=function_id, reason=body.reason)
    return await _paused(caller, database, function_id)


@router.delete(
    "/functions/{function_id}/pause", status_code=204, summary="Resume a function", operation_id="resume_function", responses=errors(404)
)
async def resume_function(function_id: FunctionId, caller: Caller, database: Db, bell: Hub) -> None:
    """Its runs go on, in a fair order. Repeating it is harmless."""
    await resume(database, caller, function=function_id, bell=bell)


@router.put("/tenant/pause", summary="Pause the tenant", operation_id="pause_tenant")
async def pause_tenant(body: PauseIn, caller: Caller, database: Db) -> PauseOut:
    """No run of this tenant is leased anew."""
    await pause(database, caller, reason=body.reason)
    return await _paused(caller, database, None)


@router.delete("/tenant/pause", status_code=204, summary="Resume the tenant", operation_id="resume_tenant")
async def resume_tenant(caller: Caller, database: Db, bell: Hub) -> None:
    """Its runs go on, in a fair order. Repeating it is harmless."""
    await resume(database, caller, bell=bell)


async def _paused(caller: Caller, database: Db, function_id: str | None) -> PauseOut:
    found = [one for one in await list_pauses(database.pool, caller.tenant_id) if one.function == function_id and not one.everywhere]
    if not found:
        raise NotFound("pause", function_id or "of the tenant")
    return PauseOut.of(found[0])
