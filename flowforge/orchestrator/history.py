"""A run's history: everything that a replay finds, as a document that can leave its database.

It is what a test of another day replays against the code of that day (`flowforge.testing.replay`). It holds the run's data as it
is: look at it before you commit it to a repository.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import NotFound
from flowforge.orchestrator.context import event_id_text
from flowforge.orchestrator.run import find_run_id, state_of
from flowforge.orchestrator.states import FINAL_STATES, STEP_STATES, RunState, StepState

sql = load_queries("flowforge.orchestrator")

FORMAT: Literal["flowforge-history/1"] = "flowforge-history/1"

STEP_EXAMPLE: JsonDict = {
    "key": "validate",
    "name": "validate",
    "kind": "run",
    "state": "completed",
    "attempt": 1,
    "hash": "2e3df052b1c01d19",
    "input": [{"order_id": "ORD-9218", "total": 420}],
    "output": {"order_id": "ORD-9218", "total": 420},
    "tagged": False,
    "error": None,
    "ref": None,
    "parent": None,
    "calls": [],
    "reply": None,
}
EXAMPLE: JsonDict = {
    "format": FORMAT,
    "id": "run_01968f3ac8b17c02a3f08241a2f70001",
    "function": "order.process_order",
    "version": None,
    "state": "completed",
    "event": {
        "id": "evt_01968f3ac8b17c02a3f08241a2f70000",
        "name": "order/created",
        "data": {"order_id": "ORD-9218", "total": 420},
        "received_at": "2026-11-22T09:00:00Z",
    },
    "depth": 0,
    "attempt": 1,
    "started_at": "2026-11-22T09:00:00.004000Z",
    "output": {"ok": True},
    "error": None,
    "steps": [STEP_EXAMPLE],
}


class RecordedCall(BaseModel):
    """What one answered model call of a step used. `cost` is in USD, null where the price is unknown."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    attempt: int
    model: str
    provider: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    cost: Decimal | None
    latency_ms: int | None


class RecordedReply(BaseModel):
    """What the model said in a step, word for word, as its last `message.completed` frame has it; gone when retention took the frame."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    reasoning: str = ""
    finish_reason: str = "stop"
    model: str | None = None


class RecordedStep(BaseModel):
    """A step as it was recorded. `hash` is that of its arguments; `input` may be shortened, the hash stands for all of it. It is empty
    where a redaction has left nothing to compare. `calls` and `reply` are those of a step that asked a model."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [STEP_EXAMPLE]})

    key: str
    name: str
    kind: str
    state: StepState
    attempt: int
    hash: str
    input: Any
    output: Any
    tagged: bool
    error: dict[str, Any] | None
    ref: UUID | None
    parent: str | None
    calls: tuple[RecordedCall, ...] = ()
    reply: RecordedReply | None = None


class RecordedEvent(BaseModel):
    """The event that started the run; `flowforge/call` or `flowforge/invoke` where none did, `data` is then its input."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    data: Any
    received_at: datetime


class RunHistory(BaseModel):
    """A run with all that a replay of it finds, for `flowforge.testing.replay_history`."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    format: Literal["flowforge-history/1"]
    id: str
    function: str
    version: str | None
    state: RunState
    event: RecordedEvent
    batch: bool = False  # its data is the list of the batch's events
    depth: int
    attempt: int
    started_at: datetime | None
    output: Any
    error: dict[str, Any] | None
    steps: tuple[RecordedStep, ...]

    @property
    def ended(self) -> bool:
        return self.state in FINAL_STATES


async def history_of(connection: Connection, tenant_id: UUID, text: str) -> RunHistory:
    """The history of the run that an id, a label or an ending names. Raises NotFound, or Conflict when ambiguous."""
    run_id = await find_run_id(connection, tenant_id, text)
    run = await sql.history_run.fetchrow(connection, tenant_id=tenant_id, run_id=run_id)
    if run is None:
        raise NotFound("run", text)
    place = {"tenant_id": tenant_id, "run_id": run_id}
    steps = await sql.history_steps.fetch(connection, **place)
    calls: dict[str, list[RecordedCall]] = {}
    for row in await sql.history_calls.fetch(connection, **place):
        calls.setdefault(row["step_key"], []).append(RecordedCall.model_validate(dict(row)))
    replies = _replies(await sql.history_replies.fetch(connection, **place)) if calls else {}
    return RunHistory(
        format=FORMAT,
        id=ids.show("run", run_id),
        function=run["function_id"],
        version=run["version"],
        state=state_of(run),
        event=RecordedEvent(
            id=event_id_text(run["event_id"], run["event_key"]),
            name=run["event_name"],
            data=json.loads(run["input"]),
            received_at=run["received_at"],
        ),
        batch=run["batch"],
        depth=run["depth"],
        attempt=run["owner_attempt"] or run["attempt"],
        started_at=run["started_at"] or run["lease_started_at"],
        output=_output(run),
        error=_parsed(run["error"]),
        steps=tuple(_step(row, tuple(calls.get(row["key"], ())), replies.get(row["key"])) for row in steps),
    )


def shown_hash(value: int) -> str:
    """64 bits as hex: JavaScript would round the number."""
    return f"{value & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def _replies(frames: Any) -> Mapping[str, RecordedReply]:
    """By step the last thing that its model said: that is what became its checkpoint."""
    told = (json.loads(frame["data"]) for frame in frames)
    return {data["step"]: RecordedReply.model_validate(data) for data in told if "step" in data}


def _step(row: Any, calls: tuple[RecordedCall, ...], reply: RecordedReply | None) -> RecordedStep:
    return RecordedStep(
        key=row["key"],
        name=row["name"],
        kind=row["kind"],
        state=STEP_STATES[row["state"]],
        attempt=row["attempt"],
        hash=shown_hash(row["hash"]),
        input=_parsed(row["input"]),
        output=_output(row),
        tagged=row["tagged"],
        error=_parsed(row["error"]),
        ref=row["ref"],
        parent=row["parent"],
        calls=calls,
        reply=reply,
    )


def _output(row: Any) -> Any:
    return _parsed(row["output"] if row["blob"] is None else row["blob"].decode())


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
