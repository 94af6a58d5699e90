"""Alerts: the rules that raise them, the channels that they go to, and what is or was wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.alerts import alert as alerts
from flowforge.alerts import channel as channels
from flowforge.alerts import rule as rules
from flowforge.alerts.channel import ChannelSettings
from flowforge.alerts.trial import try_channel
from flowforge.api.caller import Caller, Db
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.durations import seconds
from flowforge.errors import InvalidInput

router = Resource(prefix="/v1", tags=["alerts"])

CHANNEL: JsonDict = {
    "id": "alc_01968f3ac8b17c02a3f08241a2f70011",
    "name": "on-call",
    "settings": {"kind": "webhook", "url": "https://hooks.example.com/flowforge", "secret_env": "FLOWFORGE_ALERT_SECRET"},
    "created_at": "2026-11-22T09:00:00.000000Z",
}
TEST: JsonDict = {"delivered": False, "error": "it answered with status 404", "ms": 182}
RULE: JsonDict = {
    "id": "alr_01968f3ac8b17c02a3f08241a2f70012",
    "name": "orders-fail",
    "kind": "failed_runs",
    "function": "order.process_order",
    "threshold": 3,
    "window_seconds": 600.0,
    "quiet_seconds": 14400.0,
    "channels": ["on-call"],
    "created_at": "2026-11-22T09:00:00.000000Z",
}
ALERT: JsonDict = {
    "id": "alt_01968f3ac8b17c02a3f08241a2f70013",
    "rule": "orders-fail",
    "kind": "failed_runs",
    "subject": "order.process_order",
    "summary": "3 runs of order.process_order failed within 10 m 0 s",
    "value": 3.0,
    "count": 12,
    "opened_at": "2026-11-22T09:00:00.000000Z",
    "last_seen_at": "2026-11-22T09:03:00.000000Z",
    "resolved_at": None,
    "deliveries": [
        {
            "channel": "on-call",
            "event": "opened",
            "attempt": 1,
            "due": None,
            "delivered_at": "2026-11-22T09:00:01.000000Z",
            "error": None,
        }
    ],
}
Name = Annotated[str, Field(min_length=1, max_length=63, description="Small letters, digits, - and _; given once.")]
InPath = Annotated[str, Path(description="Its name.", examples=["on-call"])]


class ChannelIn(Body):
    """A channel to add."""

    model_config = ConfigDict(
        strict=True, extra="forbid", json_schema_extra={"examples": [{"name": "on-call", "settings": CHANNEL["settings"]}]}
    )

    name: Name
    settings: ChannelSettings


class ChannelOut(BaseModel):
    """A channel. Secrets are named, never shown: they are in the environment of the servers and workers."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANNEL]})

    id: str
    name: str
    settings: dict[str, Any]
    created_at: datetime


class ChannelPage(Page[ChannelOut]):
    """Channels by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [CHANNEL], "next_cursor": None}]})


class ChannelTestOut(BaseModel):
    """How the test went."""

    model_config = ConfigDict(json_schema_extra={"examples": [TEST]})

    delivered: Annotated[bool, Field(description="Whether the other side took the message.")]
    error: Annotated[str | None, Field(description="Why not.")]
    ms: Annotated[int, Field(description="How long it took, in milliseconds.")]


class RuleIn(Body):
    """A rule to add."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "orders-fail",
                    "kind": "failed_runs",
                    "function": "order.process_order",
                    "threshold": 3,
                    "window": "10m",
                    "channels": ["on-call"],
                },
                {"name": "stalled", "kind": "stalled_queue", "window": "5m", "channels": ["on-call"]},
            ]
        },
    )

    name: Name
    kind: Annotated[str, Field(description="failed_runs, stalled_queue, overdue_approval, used_budget or undispatched_events.")]
    channels: Annotated[list[str], Field(min_length=1, max_length=rules.CHANNELS_MAX, description="Names of channels.")]
    function: Annotated[str | None, Field(max_length=200, description="Only this one; without it failed runs count for each function.")] = (
        None
    )
    threshold: Annotated[int, Field(ge=1, le=1_000_000, description="failed_runs: from how many on.")] = 1
    window: Annotated[
        str | float | None, Field(description="failed_runs: how far back to count; otherwise how old something may get. `10m`, or seconds.")
    ] = None
    quiet: Annotated[str | float, Field(description="Before somebody is told about the same thing again.")] = rules.QUIET_SECONDS_DEFAULT


class RuleOut(BaseModel):
    """A rule."""

    model_config = ConfigDict(json_schema_extra={"examples": [RULE]})

    id: str
    name: str
    kind: str
    function: str | None
    threshold: int
    window_seconds: float
    quiet_seconds: float
    channels: list[str]
    created_at: datetime

    @classmethod
    def of(cls, rule: rules.Rule) -> RuleOut:
        return cls(
            id=ids.show("alr", rule.rule_id),
            name=rule.name,
            kind=rule.kind,
            function=rule.function_id,
            threshold=rule.threshold,
            window_seconds=rule.window_seconds,
            quiet_seconds=rule.quiet_seconds,
            channels=list(rule.channels),
            created_at=rule.created_at,
        )


class RulePage(Page[RuleOut]):
    """Rules by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [RULE], "next_cursor": None}]})


class AlertDeliveryOut(BaseModel):
    """One message to one channel. `due` is null once it was delivered or given up; then `error` says which."""

    model_config = ConfigDict(from_attributes=True)

    channel: str
    event: str
    attempt: int
    due: datetime | None
    delivered_at: datetime | None
    error: str | None


class AlertOut(BaseModel):
    """Something that is wrong, or was: `resolved_at` is null while it is."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [ALERT]})

    id: str
    rule: str
    kind: str
    subject: str
    summary: str
    value: float
    count: int
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    deliveries: list[AlertDeliveryOut]

    @classmethod
    def of(cls, found: alerts.Alert) -> AlertOut:
        values = {name: getattr(found, name) for name in cls.model_fields if name not in ("id", "deliveries")}
        told = [AlertDeliveryOut.model_validate(delivery) for delivery in found.deliveries]
        return cls(id=ids.show("alt", found.alert_id), deliveries=told, **values)


class AlertPage(Page[AlertOut]):
    """Alerts, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [ALERT], "next_cursor": None}]})


@router.get("/alerts", summary="List alerts", operation_id="list_alerts")
async def index(
    caller: Caller,
    database: Db,
    state: Annotated[Literal["open", "resolved"] | None, Query(description="Only those that are open, or resolved.")] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> AlertPage:
    """Newest first, with what was sent about each."""
    before = None
    if cursor is not None and (before := ids.parse("alt", cursor)) is None:
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    open = None if state is None else state == "open"
    found = await alerts.list_alerts(database, caller.tenant_id, open=open, before=before, limit=limit + 1)
    page = [AlertOut.of(one) for one in found[:limit]]
    return AlertPage(data=page, next_cursor=page[-1].id if len(found) > limit else None)


@router.post("/alert_channels", status_code=201, summary="Add an alert channel", operation_id="create_alert_channel", responses=errors(409))
async def create_channel(body: ChannelIn, caller: Caller, database: Db, repeat: RepeatId) -> ChannelOut:
    """A webhook, a Slack-compatible webhook or mail. Secrets are given as names of variables that begin with `FLOWFORGE_ALERT_`."""
    made = await channels.create_channel(database, caller, body.name, body.settings, channel_id=repeat)
    return ChannelOut(**channels.show(made))


@router.get("/alert_channels", summary="List alert channels", operation_id="list_alert_channels")
async def index_channels(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> ChannelPage:
    """By name."""
    found = await channels.list_channels(database, caller.tenant_id, after=cursor, limit=limit + 1)
    page = [ChannelOut(**channels.show(one)) for one in found[:limit]]
    return ChannelPage(data=page, next_cursor=page[-1].name if len(found) > limit else None)


@router.delete(
    "/alert_channels/{name}",
    status_code=204,
    summary="Delete an alert channel",
    operation_id="delete_alert_channel",
    responses=errors(404, 409),
)
async def delete_channel(name: InPath, caller: Caller, database: Db) -> None:
    """409 while a rule names it."""
    await channels.delete_channel(database, caller, name)


@router.post("/alert_channels/{name}/tests", summary="Test an alert channel", operation_id="test_alert_channel", responses=errors(404))
async def test_channel(name: InPath, caller: Caller, database: Db, repeat: RepeatId) -> ChannelTestOut:
    """Sends one message now, from this server, and tells how it went. Workers send too, and need the same variables."""
    tried = await try_channel(database, caller, name, trial_id=repeat)
    return ChannelTestOut(delivered=tried.error is None, error=tried.error, ms=tried.ms)


@router.post("/alert_rules", status_code=201, summary="Add an alert rule", operation_id="create_alert_rule", responses=errors(409))
async def create_rule(body: RuleIn, caller: Caller, database: Db, repeat: RepeatId) -> RuleOut:
    """What to watch for, and which channels are told."""
    made = await rules.create_rule(
        database,
        caller,
        body.name,
        body.kind,
        rule_id=repeat,
        channels=body.channels,
        function_id=body.function,
        threshold=body.threshold,
        window_seconds=None if body.window is None else _seconds(body.window, "/window"),
        quiet_seconds=_seconds(body.quiet, "/quiet"),
    )
    return RuleOut.of(made)


@router.get("/alert_rules", summary="List alert rules", operation_id="list_alert_rules")
async def index_rules(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> RulePage:
    """By name."""
    found = await rules.list_rules(database, caller.tenant_id, after=cursor, limit=limit + 1)
    page = [RuleOut.of(one) for one in found[:limit]]
    return RulePage(data=page, next_cursor=page[-1].name if len(found) > limit else None)


@router.delete(
    "/alert_rules/{name}", status_code=204, summary="Delete an alert rule", operation_id="delete_alert_rule", responses=errors(404)
)
async def delete_rule(name: InPath, caller: Caller, database: Db) -> None:
    """Its open alerts are closed; nobody is told about that."""
    await rules.delete_rule(database, caller, name)


def _seconds(duration: str | float, pointer: str) -> float:
    try:
        return seconds(duration)
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=pointer, hint=error.hint) from None
