"""Outgoing webhooks: the endpoints that hear what happens, and what was sent to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.api.caller import Caller, Db
from flowforge.api.idempotency import RepeatId, ShowOnce
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds
from flowforge.errors import InvalidInput
from flowforge.secrets.vault import Vault
from flowforge.webhooks import delivery as deliveries
from flowforge.webhooks import endpoint as endpoints
from flowforge.webhooks.event_name import EVENT_NAMES, PATTERNS_MAX
from flowforge.webhooks.signing_key import SigningKey, rotate_key

router = Resource(prefix="/v1", tags=["webhooks"])

KEY: JsonDict = {"id": "whk_01968f3ac8b17c02a3f08241a2f70033", "created_at": "2026-11-22T09:00:00.000000Z", "expires_at": None}
ENDPOINT: JsonDict = {
    "id": "whe_01968f3ac8b17c02a3f08241a2f70031",
    "url": "https://hooks.example.com/flowforge",
    "description": "the order desk",
    "events": ["approval.requested", "run.*"],
    "enabled": True,
    "disabled_because": None,
    "failing_since": None,
    "keys": [KEY],
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:00:00.000000Z",
}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105 - an example
DELIVERY: JsonDict = {
    "id": "whd_01968f3ac8b17c02a3f08241a2f70032",
    "endpoint": "whe_01968f3ac8b17c02a3f08241a2f70031",
    "event": "run.failed",
    "state": "delivered",
    "attempt": 1,
    "due": None,
    "delivered_at": "2026-11-22T09:00:01.000000Z",
    "error": None,
    "created_at": "2026-11-22T09:00:00.000000Z",
}
WHOLE_DELIVERY: JsonDict = {
    **DELIVERY,
    "payload": {
        "type": "run.failed",
        "timestamp": "2026-11-22T09:00:00.000000Z",
        "data": {"run": "run_01968f3ac8b17c02a3f08241a2f70001", "url": "/v1/runs/run_01968f3ac8b17c02a3f08241a2f70001"},
    },
    "attempts": [{"attempt": 1, "started_at": "2026-11-22T09:00:00.000000Z", "ms": 41, "status": 200, "answer": "ok", "error": None}],
}
Url = Annotated[str, Field(max_length=endpoints.URL_MAX, description="http or https, without user and password; a public address.")]
Description = Annotated[str, Field(max_length=endpoints.DESCRIPTION_MAX)]
Events = Annotated[
    list[str],
    Field(
        min_length=1,
        max_length=PATTERNS_MAX,
        description=f"Names, families as in `run.*`, or `*` for everything. The names: {', '.join(EVENT_NAMES)}.",
    ),
]
EndpointInPath = Annotated[str, Path(description="Its id, or an ending of that.", examples=[ENDPOINT["id"]])]
DeliveryInPath = Annotated[str, Path(description="Its id, or an ending of that.", examples=[DELIVERY["id"]])]


class EndpointIn(Body):
    """An endpoint to add."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": [{name: ENDPOINT[name] for name in ("url", "events", "description")}]},
    )

    url: Url
    events: Events
    description: Description = ""


class EndpointPatch(Body):
    """What is left out stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"enabled": True}]})

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: bool | None = None


class WebhookKeyOut(BaseModel):
    """A signing key, without what it is. `expires_at` is null for the newest."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    id: str
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, key: SigningKey) -> WebhookKeyOut:
        return cls(id=ids.show("whk", key.key_id), created_at=key.created_at, expires_at=key.expires_at)


class EndpointOut(BaseModel):
    """An endpoint. `failing_since` is set while nothing arrives, `disabled_because` where it was given up."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENDPOINT]})

    id: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    disabled_because: str | None
    failing_since: datetime | None
    keys: list[WebhookKeyOut]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, found: endpoints.Endpoint, **more: Any) -> Any:
        values = {name: getattr(found, name) for name in EndpointOut.model_fields if name not in ("id", "events", "keys")}
        keys = [WebhookKeyOut.of(key) for key in found.keys]
        return cls(id=ids.show("whe", found.endpoint_id), events=list(found.events), keys=keys, **values, **more)


class NewEndpointOut(EndpointOut):
    """An endpoint with its signing key, which is shown now and never again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**ENDPOINT, "secret": SECRET}]})

    secret: Annotated[str | None, Field(description="`whsec_` and base64, as Standard Webhooks have it. Null in the answer to a repeat.")]


class EndpointPage(Page[EndpointOut]):
    """Endpoints, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [ENDPOINT], "next_cursor": None}]})


class WebhookKeyIn(Body):
    """How long the key before it goes on signing beside it: `24h`, or seconds; at most seven days."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"overlap": "24h"}]})

    overlap: str | float = "24h"


class NewKeyOut(WebhookKeyOut):
    """A key, which is shown now and never again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**KEY, "secret": SECRET}]})

    secret: str | None


class AttemptOut(BaseModel):
    """One attempt. `status` is null where no answer came; `answer` is its first 1,024 bytes at most, without secrets."""

    model_config = ConfigDict(from_attributes=True)

    attempt: int
    started_at: datetime
    ms: int
    status: int | None
    answer: str | None
    error: str | None


class WebhookDeliveryOut(BaseModel):
    """One message for one endpoint. While it is pending, `due` is when it is tried next."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    id: str
    endpoint: str
    event: str
    state: deliveries.State
    attempt: int
    due: datetime | None
    delivered_at: datetime | None
    error: str | None
    created_at: datetime

    @classmethod
    def of(cls, found: deliveries.Delivery, **more: Any) -> Any:
        values = {name: getattr(found, name) for name in WebhookDeliveryOut.model_fields if name not in ("id", "endpoint")}
        return cls(id=ids.show("whd", found.delivery_id), endpoint=ids.show("whe", found.endpoint_id), **values, **more)


class WholeDeliveryOut(WebhookDeliveryOut):
    """A delivery with what is sent and every attempt."""

    model_config = ConfigDict(json_schema_extra={"examples": [WHOLE_DELIVERY]})

    payload: dict[str, Any]
    attempts: list[AttemptOut]

    @classmethod
    def whole(cls, found: deliveries.Delivery) -> WholeDeliveryOut:
        attempts = [AttemptOut.model_validate(attempt) for attempt in found.attempts]
        made: WholeDeliveryOut = cls.of(found, payload=found.payload or {}, attempts=attempts)
        return made


class DeliveryPage(Page[WebhookDeliveryOut]):
    """Deliveries, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [DELIVERY], "next_cursor": None}]})


async def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


Keys = Annotated[Vault, Depends(_vault)]


@router.get("/webhook_endpoints", summary="List webhook endpoints", operation_id="list_webhook_endpoints")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> EndpointPage:
    """The oldest first."""
    found = await endpoints.list_endpoints(database, caller.tenant_id, after=_after("whe", cursor), limit=limit + 1)
    page: list[EndpointOut] = [EndpointOut.of(one) for one in found[:limit]]
    return EndpointPage(data=page, next_cursor=page[-1].id if len(found) > limit else None)


@router.post(
    "/webhook_endpoints", status_code=201, summary="Add a webhook endpoint", operation_id="create_webhook_endpoint", responses=errors(409)
)
async def create(body: EndpointIn, caller: Caller, database: Db, vault: Keys, repeat: RepeatId, show_once: ShowOnce) -> NewEndpointOut:
    """It hears what happens from now on. Its signing key is in the answer, and nowhere else afterwards."""
    made, text = await endpoints.create_endpoint(database, vault, caller, body.url, body.events, body.description, endpoint_id=repeat)
    if text is not None:
        show_once(text)
    answer: NewEndpointOut = NewEndpointOut.of(made, secret=text)
    return answer


@router.get("/webhook_endpoints/{endpoint}", summary="Show a webhook endpoint", operation_id="get_webhook_endpoint", responses=errors(404))
async def show(endpoint: EndpointInPath, caller: Caller, database: Db) -> EndpointOut:
    """With its keys, by their ids."""
    endpoint_id = await endpoints.resolve_endpoint(database.pool, caller.tenant_id, endpoint)
    found: EndpointOut = EndpointOut.of(await endpoints.load_endpoint(database.pool, caller.tenant_id, endpoint_id))
    return found


@router.patch(
    "/webhook_endpoints/{endpoint}", summary="Change a webhook endpoint", operation_id="update_webhook_endpoint", responses=errors(404)
)
async def change(endpoint: EndpointInPath, body: EndpointPatch, caller: Caller, database: Db) -> EndpointOut:
    """Its address, what it listens to, whether it is enabled. While it is disabled, what happens is not noted for it."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    for name, value in changes.items():
        if value is None:
            raise InvalidInput(f"{name} cannot be null", pointer=f"/{name}", hint="leave it out to keep it")
    endpoint_id = await endpoints.resolve_endpoint(database.pool, caller.tenant_id, endpoint)
    changed: EndpointOut = EndpointOut.of(await endpoints.change_endpoint(database, caller, endpoint_id, changes))
    return changed


@router.delete(
    "/webhook_endpoints/{endpoint}",
    status_code=204,
    summary="Delete a webhook endpoint",
    operation_id="delete_webhook_endpoint",
    responses=errors(404),
)
async def delete(endpoint: EndpointInPath, caller: Caller, database: Db) -> None:
    """With its keys and its deliveries; what was on its way is not sent any more."""
    await endpoints.delete_endpoint(database, caller, await endpoints.resolve_endpoint(database.pool, caller.tenant_id, endpoint))


@router.post(
    "/webhook_endpoints/{endpoint}/keys",
    status_code=201,
    summary="Give a webhook endpoint a new signing key",
    operation_id="rotate_webhook_key",
    responses=errors(404),
)
async def rotate(
    endpoint: EndpointInPath, body: WebhookKeyIn, caller: Caller, database: Db, vault: Keys, repeat: RepeatId, show_once: ShowOnce
) -> NewKeyOut:
    """The key before it signs beside it for a while, so that the receiver can take the new one in its own time."""
    endpoint_id = await endpoints.resolve_endpoint(database.pool, caller.tenant_id, endpoint)
    key, text = await rotate_key(database, vault, caller, endpoint_id, key_id=repeat, overlap_seconds=_seconds(body.overlap))
    if text is not None:
        show_once(text)
    return NewKeyOut(**WebhookKeyOut.of(key).model_dump(), secret=text)


@router.post(
    "/webhook_endpoints/{endpoint}/pings",
    status_code=201,
    summary="Send a test delivery",
    operation_id="ping_webhook_endpoint",
    responses=errors(404, 409),
)
async def ping(endpoint: EndpointInPath, caller: Caller, database: Db, repeat: RepeatId) -> WholeDeliveryOut:
    """`webhook.ping`, whatever the endpoint listens to. Ask for the delivery a little later to see how it went."""
    endpoint_id = await endpoints.resolve_endpoint(database.pool, caller.tenant_id, endpoint)
    made = await deliveries.ping(database, caller, endpoint_id, delivery_id=repeat, now=SYSTEM_CLOCK.now())
    return WholeDeliveryOut.whole(made)


@router.get("/webhook_deliveries", summary="List webhook deliveries", operation_id="list_webhook_deliveries", responses=errors(404))
async def index_deliveries(
    caller: Caller,
    database: Db,
    endpoint: Annotated[str | None, Query(max_length=100, description="Only those for this endpoint.")] = None,
    state: Annotated[Literal["pending", "delivered", "failed"] | None, Query(description="Only those in this state.")] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> DeliveryPage:
    """The newest first. They are kept for thirty days."""
    endpoint_id = None if endpoint is None else await endpoints.resolve_endpoint(database.pool, caller.tenant_id, endpoint)
    found = await deliveries.list_deliveries(
        database, caller.tenant_id, endpoint_id=endpoint_id, state=state, before=_after("whd", cursor), limit=limit + 1
    )
    page: list[WebhookDeliveryOut] = [WebhookDeliveryOut.of(one) for one in found[:limit]]
    return DeliveryPage(data=page, next_cursor=page[-1].id if len(found) > limit else None)


@router.get("/webhook_deliveries/{delivery}", summary="Show a webhook delivery", operation_id="get_webhook_delivery", responses=errors(404))
async def show_delivery(delivery: DeliveryInPath, caller: Caller, database: Db) -> WholeDeliveryOut:
    """With what is sent, and how each attempt ended."""
    delivery_id = await deliveries.resolve_delivery(database.pool, caller.tenant_id, delivery)
    return WholeDeliveryOut.whole(await deliveries.load_delivery(database.pool, caller.tenant_id, delivery_id))


@router.post(
    "/webhook_deliveries/{delivery}/redeliveries",
    status_code=201,
    summary="Send a webhook delivery again",
    operation_id="redeliver_webhook",
    responses=errors(404, 409),
)
async def redeliver(delivery: DeliveryInPath, caller: Caller, database: Db) -> WholeDeliveryOut:
    """Under its own id, by which a receiver knows that it has had it, and with its own payload."""
    delivery_id = await deliveries.resolve_delivery(database.pool, caller.tenant_id, delivery)
    return WholeDeliveryOut.whole(await deliveries.send_again(database, caller, delivery_id))


def _after(prefix: Literal["whe", "whd"], cursor: str | None) -> Any:
    if cursor is None:
        return None
    if (found := ids.parse(prefix, cursor)) is None:
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    return found


def _seconds(duration: str | float) -> float:
    try:
        return seconds(duration)
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer="/overlap", hint=error.hint) from None
