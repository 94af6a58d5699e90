"""What an operator does to one run: pause, dismissal, version, deletion. Each is a resource of the run."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from flowforge.access.principal import Principal
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.runs import RunId, RunOut, shown_run
from flowforge.api.values import Body
from flowforge.db.database import Database
from flowforge.orchestrator.deletion import delete_run
from flowforge.orchestrator.dismissal import dismiss_failure
from flowforge.orchestrator.run import find_run
from flowforge.orchestrator.run_pause import pause_run, resume_run
from flowforge.orchestrator.version import move_run

router = Resource(prefix="/v1/runs", tags=["runs"])


class RunPauseIn(Body):
    """Why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the carrier is down"}]})

    reason: Annotated[str | None, Field(max_length=500, description="Shown with the run.")] = None


class VersionIn(Body):
    """Which code executes the run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "v2"}]})

    version: Annotated[str | None, Field(max_length=200, description="A version of its function; null: whichever a worker has.")]


@router.put("/{run_id}/pause", summary="Pause a run", operation_id="pause_run", responses=errors(404))
async def pause(run_id: RunId, body: RunPauseIn, caller: Caller, database: Db, bell: Hub) -> RunOut:
    """At once when no worker executes it, else as soon as the steps in flight have ended. 409 when it has ended."""
    run = await _the_run(database, caller, run_id)
    await pause_run(database, caller, run, reason=body.reason, bell=bell)
    return await _shown(database, caller, run)


@router.delete("/{run_id}/pause", summary="Resume a run", operation_id="resume_run", responses=errors(404))
async def resume(run_id: RunId, caller: Caller, database: Db, bell: Hub) -> RunOut:
    """Also a run that the engine paused. What came meanwhile is not lost. 409 when it is not paused."""
    run = await _the_run(database, caller, run_id)
    await resume_run(database, caller, run, bell=bell)
    return await _shown(database, caller, run)


@router.put("/{run_id}/dismissal", summary="Dismiss a failure", operation_id="dismiss_run", responses=errors(404))
async def dismiss(run_id: RunId, caller: Caller, database: Db) -> RunOut:
    """Take a failed run off the list of failures (`?state=failed&dismissed=false`). 409 when it has not failed."""
    run = await _the_run(database, caller, run_id)
    await dismiss_failure(database, caller, run)
    return await _shown(database, caller, run)


@router.delete("/{run_id}/dismissal", summary="Take a dismissal back", operation_id="undismiss_run", responses=errors(404))
async def undismiss(run_id: RunId, caller: Caller, database: Db) -> RunOut:
    """Put a failed run on the list again."""
    run = await _the_run(database, caller, run_id)
    await dismiss_failure(database, caller, run, undo=True)
    return await _shown(database, caller, run)


@router.put("/{run_id}/version", summary="Move a run to another version", operation_id="move_run", responses=errors(404))
async def move(run_id: RunId, body: VersionIn, caller: Caller, database: Db, bell: Hub) -> RunOut:
    """From its next claim on, workers with this version of its function execute it. 409 when it has ended."""
    run = await _the_run(database, caller, run_id)
    await move_run(database, caller, run, body.version, bell=bell)
    return await _shown(database, caller, run)


@router.delete(
    "/{run_id}", status_code=204, response_class=Response, summary="Delete a run", operation_id="delete_run", responses=errors(404)
)
async def delete(
    run_id: RunId,
    caller: Caller,
    database: Db,
    bell: Hub,
    force: Annotated[bool, Query(description="Also when it has not ended, whatever it is doing.", examples=[True])] = False,
) -> Response:
    """With its steps, outputs, frames and approvals; usage and the audit log stay. 409 for an open run without `force`."""
    await delete_run(database, caller, await _the_run(database, caller, run_id), force=force, bell=bell)
    return Response(status_code=204)


async def _the_run(database: Database, caller: Principal, text: str) -> UUID:
    return (await find_run(database.pool, caller.tenant_id, text)).run_id


async def _shown(database: Database, caller: Principal, run_id: UUID) -> RunOut:
    return await shown_run(database, caller, await find_run(database.pool, caller.tenant_id, run_id.hex))
