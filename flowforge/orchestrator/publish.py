"""Publishing: a worker tells the database which functions it knows, so that a server without user code can match events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import RegistrationError
from flowforge.orchestrator.flow.limit import LimitRule, rules_of
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.registry import Registry

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class PublishedFunction:
    """A function as the API shows it; `live`: a running worker knows it."""

    function_id: str
    version: str | None
    retries: int
    triggers: tuple[str, ...]
    source: str | None
    builtin: bool
    live: bool
    settings: dict[str, Any]


async def publish_functions(connection: Connection, registry: Registry, *, app: str) -> None:
    """Replace what `app` (the user's module or project) has published by what the registry holds now."""
    await _publish(connection, app, [function for function in registry if not function.builtin])
    await publish_builtin(connection, registry)


async def publish_builtin(connection: Connection, registry: Registry) -> None:
    """Publish the built-in functions only. A server does so too: work that comes before any worker did must not be lost."""
    if builtin := [function for function in registry if function.builtin]:
        await _publish(connection, "flowforge", builtin)


async def _publish(connection: Connection, app: str, functions: Sequence[Function]) -> None:
    triggers = [(pattern, function.function_id) for function in functions for pattern in function.triggers]
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
        patterns=[pattern for pattern, _ in triggers],
        trigger_functions=[function_id for _, function_id in triggers],
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
            hint="say the same here, or change it where it is in force:  flowforge limits set",
        )


async def list_functions(connection: Connection) -> list[PublishedFunction]:
    """Every function that was ever published and not withdrawn."""
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
        )
        for row in await sql.published_functions.fetch(connection)
    ]
