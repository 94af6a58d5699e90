"""Publishing: a worker tells the database which functions it knows, so that a server without user code can match events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import RegistrationError
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.flow.limit import LimitRule, rules_of
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.schedule import Schedule
from flowforge.orchestrator.webhook import Webhook, publish_webhooks

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class PublishedSchedule:
    """A cron trigger as the API shows it. `next_at` is null only where this machine cannot tell; `waiting`: for an earlier run's end."""

    cron: str
    zone: str
    catch_up: str
    overlap: str
    next_at: datetime | None
    last_fired_at: datetime | None
    waiting: bool


@dataclass(frozen=True)
class PublishedFunction:
    """A function as the API shows it; `triggers` in words, `live`: a running worker knows it."""

    function_id: str
    version: str | None
    retries: int
    triggers: tuple[str, ...]
    source: str | None
    builtin: bool
    live: bool
    settings: dict[str, Any]
    app: str
    input_schema: dict[str, Any] | None = None
    schedules: tuple[PublishedSchedule, ...] = ()


async def publish_functions(connection: Connection, registry: Registry, *, app: str) -> None:
    """Replace what `app` (the user's module or project) has published by what the registry holds now."""
    await _publish(connection, app, [function for function in registry if not function.builtin])
    await publish_webhooks(connection, app, [ingress for ingress in registry.ingresses() if isinstance(ingress, Webhook)])
    await publish_builtin(connection, registry)


async def publish_builtin(connection: Connection, registry: Registry) -> None:
    """Publish the built-in functions only. A server does so too: work that comes before any worker did must not be lost."""
    if builtin := [function for function in registry if function.builtin]:
        await _publish(connection, "flowforge", builtin)


async def _publish(connection: Connection, app: str, functions: Sequence[Function]) -> None:
    triggers = [(trigger.of(f.function_id), f.function_id, place) for f in functions for place, trigger in enumerate(f.triggers)]
    triggers.sort(key=lambda row: (row[1], row[0].trigger_id))
    schedules = [(trigger.schedule, function_id) for trigger, function_id, _ in triggers if trigger.schedule is not None]
    schedules.sort(key=lambda row: (row[1], row[0].cron, row[0].zone))
    rules = sorted({rule for function in functions for rule in rules_of(function.function_id, function.flow)})
    await _refuse_foreign_limits(connection, app, rules)
    await sql.publish_functions.execute(
        connection,
        app=app,
        function_ids=[function.function_id for function in functions],
        versions=[function.version for function in functions],
        retries=[function.retries for function in functions],
        settings=[function.settings for function in functions],
        sources=[function.source for function in functions],
        builtins=[function.builtin for function in functions],
        input_schemas=[function.input_schema for function in functions],
        trigger_functions=[function_id for _, function_id, _ in triggers],
        trigger_ids=[trigger.trigger_id for trigger, _, _ in triggers],
        ordinals=[place for _, _, place in triggers],
        trigger_sources=[trigger.source for trigger, _, _ in triggers],
        patterns=[trigger.pattern for trigger, _, _ in triggers],
        conditions=[trigger.if_ for trigger, _, _ in triggers],
        words=[str(trigger) for trigger, _, _ in triggers],
        tenant_id=DEFAULT_TENANT,
        schedule_functions=[function_id for _, function_id in schedules],
        crons=[schedule.cron for schedule, _ in schedules],
        zones=[schedule.zone for schedule, _ in schedules],
        catch_ups=[schedule.catch_up for schedule, _ in schedules],
        overlaps=[schedule.overlap for schedule, _ in schedules],
        max_catch_ups=[schedule.max_catch_up for schedule, _ in schedules],
        rules=[rule.rule for rule in rules],
        rule_kinds=[rule.kind for rule in rules],
        rule_capacities=[rule.capacity for rule in rules],
        rule_periods=[rule.period_seconds for rule in rules],
        rule_bursts=[rule.burst for rule in rules],
        rule_shared=[rule.shared for rule in rules],
    )


async def _refuse_foreign_limits(connection: Connection, app: str, rules: Sequence[LimitRule]) -> None:
    """A shared limit has one owner: the app that published it first."""
    shared = [rule for rule in rules if rule.shared]
    if not shared:
        return
    foreign = await sql.foreign_rules.fetch(
        connection, app=app, rules=[rule.rule for rule in shared], capacities=[rule.capacity for rule in shared]
    )
    for row in foreign:
        raise RegistrationError(
            f"the limit {row['rule']} belongs to {row['app']}, which says {row['capacity']}",
            hint="say the same here, or change it where it is in force:  flowforge queue limit",
        )


async def list_functions(connection: Connection) -> list[PublishedFunction]:
    """Every function that was ever published and not withdrawn."""
    schedules: dict[str, list[PublishedSchedule]] = {}
    for row in await sql.published_schedules.fetch(connection):
        schedules.setdefault(row["function_id"], []).append(_schedule(row))
    return [
        PublishedFunction(
            row["function_id"],
            row["version"],
            row["retries"],
            tuple(row["triggers"]),
            row["source"],
            row["builtin"],
            row["live"],
            json.loads(row["settings"]),
            row["app"],
            json.loads(row["input_schema"]) if row["input_schema"] else None,
            tuple(schedules.get(row["function_id"], ())),
        )
        for row in await sql.published_functions.fetch(connection)
    ]


def _schedule(row: Any) -> PublishedSchedule:
    next_at = row["scheduled_for"]
    if next_at is None:  # no worker has looked at it yet
        try:
            next_at = Schedule(row["cron"], row["zone"]).after(row["begun_at"])
        except RegistrationError:  # this machine does not know its time zone
            next_at = None
    return PublishedSchedule(row["cron"], row["zone"], row["catch_up"], row["overlap"], next_at, row["last_fired_at"], row["waiting"])
