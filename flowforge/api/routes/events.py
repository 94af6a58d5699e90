"""Events come in: `POST /events`, one or a list, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from fastapi import Body as JsonBody
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from flowforge import ids
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.traceparent import Traceparent
from flowforge.api.values import Body
from flowforge.errors import InvalidInput
from flowforge.orchestrator.event import MAX_KEY, MAX_NAME, AcceptedEvent, NewEvent, event_from_outside, send_events
from flowforge.orchestrator.trace import keep_origins

EVENTS_MAX = 1000

router = APIRouter(tags=["events"])


class EventIn(Body):
    """An event to send."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "order/created", "data": {"order_id": "ORD-9218", "total": 420}, "id": "ord-9218"}]}
    )

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_NAME,
            description="What happened; no spaces, no `*`; not `board/…` or `flowforge/…`.",
        ),
    ]
    data: Annotated[dict[str, Any], Field(description="The fact itself, any JSON object.", default_factory=dict)]
    id: Annotated[
        str | None, Field(min_length=1, max_length=MAX_KEY, description="Your id: the same one within 7 days is the same event.")
    ] = None


class EventOut(BaseModel):
    """An event that is stored. `duplicate`: its id was known already, `runs` are then the first one's."""

    id: str
    name: str
    runs: list[str]
    duplicate: bool


class AcceptedEvents(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {"id": "ord-9218", "name": "order/created", "runs": ["run_01968f3ac8b17c02a3f08241a2f70001"], "duplicate": False}
                    ]
                }
            ]
        }
    )

    data: list[EventOut]


def _one_or_many(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


OneOrMany = Annotated[
    Annotated[EventIn, Tag("one")] | Annotated[list[EventIn], Tag("many"), Field(min_length=1, max_length=EVENTS_MAX)],
    Discriminator(_one_or_many),
    JsonBody(description="One event, or a list of at most 1,000: all are stored, or none."),
]


@router.post("/events", status_code=202, summary="Send events", operation_id="send_events", responses=errors())
@router.post("/v1/events", status_code=202, summary="Send events", operation_id="send_events_v1", responses=errors())
async def send(body: OneOrMany, caller: Caller, database: Db, bell: Hub, repeat_id: RepeatId, traceparent: Traceparent) -> AcceptedEvents:
    """Store events and start the runs that their names trigger. An event that nothing listens to is stored too, with `runs: []`."""
    listed = body if isinstance(body, list) else [body]
    events = [
        _new_event(event, f"/{n}" if isinstance(body, list) else "", ids.derived_id(repeat_id, str(n))) for n, event in enumerate(listed)
    ]
    await keep_origins(database.pool, caller.tenant_id, [event.event_id for event in events if event.event_id], traceparent)
    return _shown(await send_events(database, caller.tenant_id, events, bell=bell, by=caller))


def _new_event(event: EventIn, place: str, event_id: UUID) -> NewEvent:
    try:
        return event_from_outside(event.name, event.data, key=event.id, event_id=event_id)
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=place + error.pointer, hint=error.hint) from None


def _shown(events: Sequence[AcceptedEvent]) -> AcceptedEvents:
    return AcceptedEvents(
        data=[EventOut(id=e.id, name=e.name, runs=[ids.show("run", run) for run in e.run_ids], duplicate=e.duplicate) for e in events]
    )
