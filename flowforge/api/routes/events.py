"""Events come in: `POST /events`, one or a list, all or none. Then they are looked at: what they started, and what not, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body as JsonBody
from fastapi import Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.api.caller import Caller, Db, bell_of, caller_of, database_of
from flowforge.api.idempotency import repeat_id_of
from flowforge.api.masking import Masking, shown
from flowforge.api.openapi import errors
from flowforge.api.rate_limits import take_events
from flowforge.api.resource import Resource
from flowforge.api.traceparent import Traceparent
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import InvalidInput
from flowforge.orchestrator.event import MAX_KEY, MAX_NAME, AcceptedEvent, NewEvent, event_from_outside
from flowforge.orchestrator.event_view import Why, find_event, list_events
from flowforge.orchestrator.run import RunState
from flowforge.orchestrator.together import send_together
from flowforge.orchestrator.trace import keep_origins

EVENTS_MAX = 1000

router = Resource(tags=["events"])


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


LISTED: JsonDict = {
    "id": "ord-9218",
    "event_id": "evt_01968f3ac8b17c02a3f08241a2f70000",
    "name": "order/created",
    "received_at": "2026-11-22T09:00:00.000000Z",
    "runs": ["run_01968f3ac8b17c02a3f08241a2f70001"],
    "test": False,
}
SHOWN: JsonDict = {
    **LISTED,
    "data": {"order_id": "ORD-9218", "total": 420},
    "runs": [{"id": "run_01968f3ac8b17c02a3f08241a2f70001", "label": "a2f7_0001", "function": "order.process_order", "state": "completed"}],
    "functions": [
        {
            "function": "order.process_order",
            "outcome": "ran",
            "reason": None,
            "trigger": "order/created",
            "runs": ["run_01968f3ac8b17c02a3f08241a2f70001"],
        },
        {
            "function": "order.review_large",
            "outcome": "filtered",
            "reason": "the filter event.data.total > 1000 is false",
            "trigger": "order/created if event.data.total > 1000",
            "runs": [],
        },
    ],
    "reason": None,
}


class ListedEventOut(BaseModel):
    """An event in a list. `id` is the sender's own id, or `evt_…`, which `event_id` always is."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [LISTED]})

    id: str
    event_id: str
    name: str
    received_at: datetime
    runs: list[str]
    test: bool = False


class EventPage(Page[ListedEventOut]):
    """Events, newest first, without their data."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [LISTED], "next_cursor": None}]})


class EventRunOut(BaseModel):
    """A run that the event started."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    label: str
    function: str
    state: RunState


class AnswerOut(BaseModel):
    """Why a function ran for this event, or did not. `trigger` is the one that decided, in words."""

    model_config = ConfigDict(from_attributes=True)

    function: str
    outcome: Why
    reason: str | None
    trigger: str | None
    runs: list[str]


class EventDetails(BaseModel):
    """An event: payload, runs, and an answer for each function that it concerns. `reason` says why nothing at all happened."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [SHOWN]})

    id: str
    event_id: str
    name: str
    data: Any
    received_at: datetime
    runs: list[EventRunOut]
    functions: list[AnswerOut]
    reason: str | None
    test: bool = False


def _one_or_many(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


OneOrMany = Annotated[
    Annotated[EventIn, Tag("one")] | Annotated[list[EventIn], Tag("many"), Field(min_length=1, max_length=EVENTS_MAX)],
    Discriminator(_one_or_many),
    JsonBody(description="One event, or a list of at most 1,000: all are stored, or none."),
]


@router.post("/events", status_code=202, summary="Send events", operation_id="send_events", responses=errors())
@router.post("/v1/events", status_code=202, summary="Send events", operation_id="send_events_v1", responses=errors())
async def send(body: OneOrMany, request: Request, traceparent: Traceparent) -> AcceptedEvents:
    """Store events and start the runs that their names trigger. An event that nothing listens to is stored too, with `runs: []`."""
    caller, database, repeat_id = caller_of(request), database_of(request), repeat_id_of(request)
    listed = body if isinstance(body, list) else [body]
    events = [
        _new_event(event, f"/{n}" if isinstance(body, list) else "", ids.derived_id(repeat_id, str(n)), caller.test)
        for n, event in enumerate(listed)
    ]
    await take_events(request, len(events))
    await keep_origins(database.pool, caller.tenant_id, [event.event_id for event in events if event.event_id], traceparent)
    return _shown(await send_together(database, events, bell=bell_of(request), by=caller))


@router.get("/v1/events", summary="List events", operation_id="list_events", responses=errors(422))
async def index(
    caller: Caller,
    database: Db,
    name: Annotated[
        str | None, Query(max_length=MAX_NAME, description="Only events of this name; `*` stands for anything.", examples=["order/created"])
    ] = None,
    since: Annotated[
        AwareDatetime | None, Query(description="Only events received at or after this time.", examples=["2026-11-22T09:00:00Z"])
    ] = None,
    test: Annotated[bool | None, Query(description="Only what test keys have sent, or only what is live.", examples=[False])] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> EventPage:
    """Newest first, without their data."""
    events, following = await list_events(database.pool, caller.tenant_id, name=name, since=since, test=test, limit=limit, cursor=cursor)
    return EventPage(data=[ListedEventOut.model_validate(event) for event in events], next_cursor=following)


@router.get("/v1/events/{event_id:path}", summary="Show an event", operation_id="get_event", responses=errors(404, 409))
async def show(
    event_id: Annotated[
        str, Path(description="An event's id, the sender's own id, or any ending of the id that fits only one.", examples=["ord-9218"])
    ],
    caller: Caller,
    database: Db,
    function: Annotated[
        str | None, Query(max_length=500, description="Answer for this function only.", examples=["order.review_large"])
    ] = None,
) -> EventDetails:
    """What the event started, and for every function that it concerns why it did not run: a filter, a later publication, flow
    control. Functions that listen to another name are listed when that is a similar one, or when asked for by `function`."""
    found = EventDetails.model_validate(await find_event(database.pool, caller.tenant_id, event_id, function=function))
    masking = await Masking.of(caller, database)
    return shown(found, masking.of_event(found.data, [one.function for one in found.functions]), "data", "functions", "reason")


def _new_event(event: EventIn, place: str, event_id: UUID, test: bool) -> NewEvent:
    try:
        return event_from_outside(event.name, event.data, key=event.id, event_id=event_id, test=test)
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=place + error.pointer, hint=error.hint) from None


def _shown(events: Sequence[AcceptedEvent]) -> AcceptedEvents:
    return AcceptedEvents(
        data=[EventOut(id=e.id, name=e.name, runs=[ids.show("run", run) for run in e.run_ids], duplicate=e.duplicate) for e in events]
    )
