"""What other services tell us: `POST /hooks/{name}`, verified over the raw bytes before anything is parsed."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import Path, Request
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from starlette.responses import PlainTextResponse, Response

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.api.caller import Hub, WholeDb, must_be_local
from flowforge.api.delivery import FORM, parse_delivery
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.rate_limits import take_delivered_event
from flowforge.api.resource import Resource
from flowforge.errors import ConfigurationError, ExpressionFailed
from flowforge.orchestrator.event import send_events
from flowforge.orchestrator.webhook import Webhook, find_webhook

router = Resource(tags=["hooks"])
log = logging.getLogger("flowforge.hooks")

EXAMPLE: JsonDict = {
    "id": "stripe:evt_1Qx",
    "name": "stripe/invoice.paid",
    "runs": ["run_01968f3ac8b17c02a3f08241a2f70001"],
    "duplicate": False,
}
BODY: dict[str, Any] = {
    "required": True,
    "description": "What the other service sends, exactly as it has signed it.",
    "content": {
        "application/json": {"schema": {}, "example": {"id": "evt_1Qx", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}},
        FORM: {"schema": {}, "example": "command=%2Fdeploy&text=production"},
    },
}


class DeliveredEvent(BaseModel):
    """The event that a delivery has become. `duplicate`: it came before; `runs` are then the first one's."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    runs: list[str]
    duplicate: bool


@router.post(
    "/hooks/{name}",
    summary="Receive a webhook",
    operation_id="receive_webhook",
    responses=errors(404),
    response_model=DeliveredEvent,
    openapi_extra={"requestBody": BODY},
)
async def receive(
    name: Annotated[str, Path(description="The webhook's name, as a worker has published it.", examples=["stripe"])],
    request: Request,
    database: WholeDb,
    bell: Hub,
) -> Any:
    """One delivery, one event, of the default tenant. The same delivery again is the same event.

    Its signature stands in the headers that its scheme says. Slack gets its challenge back, and an empty answer otherwise.
    """
    hook = await find_webhook(database.pool, ids.DEFAULT_TENANT, name)
    delivery_id = _verified(hook, request, raw := await request.body())
    body = parse_delivery(request.headers.get("content-type", ""), raw)
    if hook.scheme == "slack" and isinstance(body, dict) and body.get("type") == "url_verification":
        return PlainTextResponse(str(body.get("challenge", "")))
    try:
        event = hook.event_of(body, dict(request.headers), delivery_id)
    except ExpressionFailed as error:
        raise refuse("invalid", f"the delivery cannot be made an event: {error.message}", pointer="") from None
    by = Principal(ids.DEFAULT_TENANT, "system", f"webhook/{name}")
    await take_delivered_event(request, by)
    (accepted,) = await send_events(database, ids.DEFAULT_TENANT, [event], bell=bell, by=by)
    if hook.scheme == "slack":  # it would show what we answer to the person
        return Response(status_code=200)
    runs = [ids.show("run", run) for run in accepted.run_ids]
    return DeliveredEvent(id=accepted.id, name=accepted.name, runs=runs, duplicate=accepted.duplicate)


def _verified(hook: Webhook, request: Request, raw: bytes) -> str | None:
    settings, clock = request.app.state.settings, request.app.state.clock
    if hook.scheme == "none" and settings.api_key is None:
        must_be_local(request.scope, request.headers)
    try:
        return hook.verified(settings.secrets.get, dict(request.headers), raw, clock.now().timestamp())
    except ConfigurationError as error:
        log.error("a delivery cannot be verified: %s", error)
        raise refuse("unavailable", "this webhook cannot verify deliveries at the moment", retry_after="60") from None
