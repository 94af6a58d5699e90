"""Limits, as runs count against them: a rule (of a function, or shared by name) for one value of its key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from flowforge import ids
from flowforge.errors import ExpressionFailed
from flowforge.orchestrator.expression import compiled
from flowforge.orchestrator.flow.control import PRIORITIES, FlowControl, Limit

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Event

AGENT_LANE = "agent lane"  # the rule of the limits that agents' runs count against: no function can have one of that name
NAMESPACE = UUID("1f2a6d0e-5a55-7c11-8f00-0a5f6c6d6974")  # limits' ids are derived from what they count


class LimitKey(NamedTuple):
    """One limit that a run counts against. `tenant_id` is None where all tenants share it; `key` is canonical JSON or empty."""

    limit_id: UUID
    tenant_id: UUID | None
    rule: str
    key: str


class LimitRule(NamedTuple):
    """What workers publish of a rule: kind 'c' counts leased runs, 't' spreads starts out."""

    rule: str
    kind: str
    capacity: int
    period_seconds: float | None = None
    burst: int | None = None
    shared: bool = False


@dataclass(frozen=True)
class Shape:
    """What flow control makes of one run before it is queued. `notes` say which expressions had no value."""

    limits: tuple[LimitKey, ...] = ()
    priority: int = 0
    notes: tuple[str, ...] = ()


def limit_key(rule: str, tenant_id: UUID | None, key: str = "") -> LimitKey:
    return LimitKey(ids.derived_id(NAMESPACE, f"{rule}\n{tenant_id}\n{key}"), tenant_id, rule, key)


def shape_of(function_id: str, flow: FlowControl, tenant_id: UUID, facts: Mapping[str, Any]) -> Shape:
    """The limits and the priority of a run with these facts. An expression without a value leaves its control out, with a note."""
    limits: list[LimitKey] = []
    notes: list[str] = []
    for rule, key, every_tenant in _rules(function_id, flow):
        try:
            value = compiled(key).key(facts) if key is not None else ""
        except ExpressionFailed as failed:
            notes.append(f"{rule}: {failed.message}")
            continue
        limits.append(limit_key(rule, None if every_tenant and key is None else tenant_id, value))
    if flow.singleton is not None and flow.singleton.mode == "cancel" and (key := key_for(flow.singleton.key, facts, notes)) is not None:
        limits.append(limit_key(f"{function_id}:singleton", tenant_id, key))
    return Shape(_narrowest_first(limits), _priority(flow.priority, facts, notes), tuple(notes))


def step_limit_key(limit: Limit, tenant_id: UUID, event: Event[Any]) -> LimitKey:
    """The limit on a step for the event that started its run. A key without a value counts with those that have none."""
    value = ""
    if limit.key is not None:
        value = key_for(limit.key, {"event": event.facts()}, []) or ""
    return limit_key(limit.name, None if limit.scope == "all" and limit.key is None else tenant_id, value)


def key_for(expression: str | None, facts: Mapping[str, Any], notes: list[str]) -> str | None:
    """The value that divides a control; None, with a note, when it has none over these facts."""
    if expression is None:
        return ""
    try:
        return compiled(expression).key(facts)
    except ExpressionFailed as failed:
        notes.append(failed.message)
        return None


def rules_of(function_id: str, flow: FlowControl) -> list[LimitRule]:
    """What there is to publish of a function's limits."""
    rules = []
    for place, limit in enumerate(flow.concurrency):
        if isinstance(limit, Limit):
            rules.append(LimitRule(limit.name, "c", limit.concurrency, shared=True))
        else:
            rules.append(LimitRule(f"{function_id}:{place}", "c", limit.limit))
    rules += [LimitRule(limit.name, "c", limit.concurrency, shared=True) for _, limit in flow.step_limits]
    if flow.throttle is not None:
        t = flow.throttle
        rules.append(LimitRule(f"{function_id}:throttle", "t", t.limit, t.period_seconds, t.burst))
    if flow.singleton is not None and flow.singleton.mode == "cancel":
        rules.append(LimitRule(f"{function_id}:singleton", "c", 1))
    return rules


def _rules(function_id: str, flow: FlowControl) -> Iterable[tuple[str, str | None, bool]]:
    """Rule, key expression, and whether all tenants share it when it has no key."""
    for place, limit in enumerate(flow.concurrency):
        if isinstance(limit, Limit):
            yield limit.name, limit.key, limit.scope == "all"
        else:
            yield f"{function_id}:{place}", limit.key, limit.scope == "function"
    if flow.throttle is not None:
        yield f"{function_id}:throttle", flow.throttle.key, True


def _narrowest_first(limits: list[LimitKey]) -> tuple[LimitKey, ...]:
    """Runs queue at their first limit: at a customer's own one rather than at the function's, where others would stand behind them."""
    return tuple(sorted(set(limits), key=lambda limit: (limit.key == "", limit.tenant_id is None, limit.limit_id)))


def _priority(priority: int | str, facts: Mapping[str, Any], notes: list[str]) -> int:
    if isinstance(priority, int):
        return priority
    try:
        value = compiled(priority).value(facts)
    except ExpressionFailed as failed:
        notes.append(f"priority: {failed.message}")
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        notes.append(f"priority: {priority!r} is {value!r}, not a number"[:300])
        return 0
    return max(PRIORITIES[0], min(PRIORITIES[-1], round(value)))
