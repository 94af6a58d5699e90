"""A run's history: what a replay of it finds."""

from __future__ import annotations

from uuid import UUID

from flowforge.api.caller import Caller, Db
from flowforge.api.masking import Masking, shown
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.runs import RunId
from flowforge.orchestrator.history import RunHistory, history_of

router = Resource(prefix="/v1/runs", tags=["runs"])


@router.get("/{run_id}/history", summary="Export a run's history", operation_id="get_run_history", responses=errors(404, 409))
async def history(run_id: RunId, caller: Caller, database: Db) -> RunHistory:
    """Everything that a replay of the run finds, large outputs too: for `flowforge check-replay` and `flowforge.testing`.

    Without the permission `data:read_sensitive` declared fields are masked, and a replay of it may go another way."""
    found = await history_of(database.pool, caller.tenant_id, run_id)
    mask = await (await Masking.of(caller, database)).of_run(UUID(found.id.removeprefix("run_")))
    return shown(found, mask, "event", "output", "error", "steps")
