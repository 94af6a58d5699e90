"""Signals: a fact for one run, which one `step.wait_for_signal` of it gets."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from flowforge import ids
from flowforge.api import run_acts
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.runs import RunId
from flowforge.api.values import Body
from flowforge.orchestrator.run import find_run
from flowforge.orchestrator.signal import MAX_NAME

router = Resource(prefix="/v1/runs", tags=["runs"])


class SignalIn(Body):
    """A signal to send."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"signal": "reviewed", "data": {"verdict": "fine"}}]})

    signal: Annotated[str, Field(min_length=1, max_length=MAX_NAME, description="What the run waits for by this name.")]
    data: Annotated[Any, Field(description="What the wait returns: any JSON value.")] = None


class SignalOut(BaseModel):
    """A signal that is stored, and will be delivered once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "sig_01968f3ac8b17c02a3f08241a2f70009", "run": "run_01968f3ac8b17c02a3f08241a2f70001", "signal": "reviewed"}
            ]
        }
    )

    id: str
    run: str
    signal: str


@router.post("/{run_id}/signals", status_code=202, summary="Signal a run", operation_id="signal_run", responses=errors(404, 409))
async def send(run_id: RunId, body: SignalIn, caller: Caller, database: Db, bell: Hub, repeat_id: RepeatId) -> SignalOut:
    """Store a signal for an open run and wake it. It may come before the run waits for it. 409 when the run has ended."""
    run = await find_run(database.pool, caller.tenant_id, run_id)
    signal_id = ids.derived_id(repeat_id, "signal")
    await run_acts.signal(database, bell, caller, run, body.signal, body.data, signal_id)
    return SignalOut(id=ids.show("sig", signal_id), run=run.id, signal=body.signal)
