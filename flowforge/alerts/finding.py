"""What is wrong right now, by kind of rule. A kind is a query and a sentence; a new one is one more entry here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowforge.alerts.queries import sql
from flowforge.db.queries import Connection
from flowforge.durations import show

if TYPE_CHECKING:
    from flowforge.alerts.rule import Rule

FINDINGS_MAX = 100  # of one rule; what is beyond is found once some of these are gone
EVENTS_MAX = 10_000


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. Rule and subject together say whether it is the same thing as before."""

    subject: str
    value: float
    summary: str


@dataclass(frozen=True)
class Kind:
    """How a kind of rule looks, what its time means unless it is given, and what else may be given."""

    look: Callable[[Connection, Rule], Awaitable[Sequence[Any]]]
    say: Callable[[Rule, Any], str]
    window_seconds: float
    by_function: bool = False
    counts: bool = False


async def find(connection: Connection, rule: Rule) -> list[Finding]:
    """What the rule is about, as it stands now. A kind that this version does not know finds nothing."""
    kind = KINDS.get(rule.kind)
    if kind is None:
        return []
    return [Finding(row["subject"], row["value"], kind.say(rule, row)) for row in await kind.look(connection, rule)]


async def _failing(connection: Connection, rule: Rule) -> Sequence[Any]:
    return await sql.failing_functions.fetch(
        connection,
        tenant_id=rule.tenant_id,
        window=rule.window_seconds,
        function_id=rule.function_id,
        threshold=rule.threshold,
        limit=FINDINGS_MAX,
    )


async def _stalled(connection: Connection, rule: Rule) -> Sequence[Any]:
    return await sql.stalled_queue.fetch(
        connection, tenant_id=rule.tenant_id, function_id=rule.function_id, seconds=rule.window_seconds, limit=1
    )


async def _overdue(connection: Connection, rule: Rule) -> Sequence[Any]:
    return await sql.overdue_approvals.fetch(connection, tenant_id=rule.tenant_id, seconds=rule.window_seconds, limit=FINDINGS_MAX)


async def _undispatched(connection: Connection, rule: Rule) -> Sequence[Any]:
    return await sql.undispatched_events_of.fetch(connection, tenant_id=rule.tenant_id, seconds=rule.window_seconds, limit=EVENTS_MAX)


async def _used(connection: Connection, rule: Rule) -> Sequence[Any]:
    return await sql.used_budgets.fetch(connection, tenant_id=rule.tenant_id, limit=FINDINGS_MAX)


def _say_failing(rule: Rule, row: Any) -> str:
    count = int(row["value"])
    return f"{count} {'run' if count == 1 else 'runs'} of {row['subject']} failed within {show(rule.window_seconds)}"


def _say_used(rule: Rule, row: Any) -> str:
    then = "calls wait for a person" if row["detail"] == "ask" else "calls fail"
    return f"{row['value']:.0%} of the budget {row['subject']} is used" + (f", and {then}" if row["value"] >= 0.999 else "")


KINDS: dict[str, Kind] = {
    "failed_runs": Kind(_failing, _say_failing, 600.0, by_function=True, counts=True),
    "stalled_queue": Kind(
        _stalled, lambda rule, row: f"a run of {row['detail']} has been ready for {show(row['value'])} and no worker takes it", 300.0, True
    ),
    "overdue_approval": Kind(
        _overdue, lambda rule, row: f"the approval of {row['detail']} has waited for {show(row['value'])}", 4 * 3600.0
    ),
    "used_budget": Kind(_used, _say_used, 60.0),
    "undispatched_events": Kind(
        _undispatched, lambda rule, row: f"{row['detail']} stored events are not dispatched, the oldest for {show(row['value'])}", 60.0
    ),
}
