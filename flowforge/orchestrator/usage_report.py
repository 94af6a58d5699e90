"""What model calls used and cost over a time, by model, agent, day …, beside the time of the same length before it.

Money is summed exactly. A call that was never answered is counted and summed nowhere; one without a price is counted as unpriced, and
then the cost is that of the others: at least so much was spent. Where not one call of a group has a price, its cost is None.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.durations import seconds
from flowforge.errors import InvalidInput

GroupBy = Literal["model", "provider", "tenant", "agent", "function", "task", "day", "run"]
LONGEST = timedelta(days=3_660)

_PREFIX: dict[str, ids.Prefix] = {"agent": "agt", "task": "tsk", "run": "run", "tenant": "tnt"}

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class UsageFilter:
    """Which calls; None is no condition."""

    model: str | None = None
    provider: str | None = None
    function: str | None = None
    agent_id: UUID | None = None
    task_id: UUID | None = None
    run_id: UUID | None = None


@dataclass(frozen=True)
class Before:
    """The same calls in the time of equal length before."""

    calls: int
    cost: Decimal | None


@dataclass(frozen=True)
class Sums:
    """Calls, tokens and money (USD) of one group, or of all. `cost` is None where no call has a price, `saved` what cached answers
    had cost. `change_percent` is None where there is nothing to compare with."""

    calls: int
    cached_calls: int
    unknown: int
    unpriced: int
    estimated: int
    input_tokens: int
    cached_tokens: int
    cache_written_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost: Decimal | None
    saved: Decimal
    previous: Before

    @property
    def change_percent(self) -> Decimal | None:
        before = self.previous.cost
        if self.cost is None or not before:
            return None
        return ((self.cost - before) / before * 100).quantize(Decimal("0.1"), ROUND_HALF_UP) + 0


@dataclass(frozen=True)
class UsageGroup:
    """One line of the report. `key` is a name, a day or an id (None: the calls that have none); `name` is for people."""

    key: str | None
    name: str | None
    sums: Sums


@dataclass(frozen=True)
class UsageReport:
    """One page of groups, the dearest first, days in their order; the totals are those of all pages."""

    group_by: GroupBy
    since: datetime
    until: datetime
    totals: Sums
    groups: list[UsageGroup]
    next_cursor: str | None

    @property
    def previous_since(self) -> datetime:
        """From when the calls are that this is compared with; they end at `since`."""
        return self.since - (self.until - self.since)


async def usage_report(
    connection: Connection,
    tenant_id: UUID,
    *,
    by: str = "model",
    since: str = "7d",
    until: str | None = None,
    chosen: UsageFilter | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> UsageReport:
    """The calls of a tenant from `since` to `until` (now), each a duration back from now or a time with its zone. Raises InvalidInput."""
    if by not in get_args(GroupBy):
        raise InvalidInput(f"usage is grouped by {', '.join(get_args(GroupBy))}, not {by!r}", pointer="/group_by")
    now = await sql.time_of_report.fetchval(connection)
    place = _Place.read(cursor, by) if cursor else _Place(_moment(since, now, "since"), _moment(until, now, "until"))
    _check_period(place)
    rows = await sql.usage_report.fetch(
        connection,
        tenant_id=tenant_id,
        by=by,
        since=place.since,
        until=place.until,
        after_cost=place.cost,
        after_key=place.key,
        limit=limit + 1,
        **vars(chosen or UsageFilter()),
    )
    total, *groups = rows
    following = _Place(place.since, place.until, groups[limit - 1]["rank"], groups[limit - 1]["key"]) if len(groups) > limit else None
    return UsageReport(
        group_by=by,  # type: ignore[arg-type]  # checked above; mypy does not narrow a str by membership
        since=place.since,
        until=place.until,
        totals=_sums(total),
        groups=[_group(row, by) for row in groups[:limit]],
        next_cursor=None if following is None else following.write(by),
    )


@dataclass(frozen=True)
class _Place:
    """Where a page begins: the period, which later pages keep, and the last group before it."""

    since: datetime
    until: datetime
    cost: Decimal | None = None
    key: str = ""

    def write(self, by: str) -> str:
        parts = [by, self.since.isoformat(), self.until.isoformat(), str(self.cost), self.key]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, by: str) -> _Place:
        try:
            grouped, since, until, cost, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            place = cls(datetime.fromisoformat(since), datetime.fromisoformat(until), rank := Decimal(cost), str(key))
            if grouped != by or place.since.tzinfo is None or place.until.tzinfo is None or not rank.is_finite():
                raise ValueError
        except (ValueError, TypeError, ArithmeticError):
            raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor") from None
        return place


def _moment(text: str | None, now: datetime, name: str) -> datetime:
    """A duration back from now, or a time with its zone."""
    if text is None:
        return now
    if "T" in text or text.count("-") == 2:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            hint = "as in 7d, or 2026-11-22T09:00:00Z"
            raise InvalidInput(f"{name}: {text[:50]!r} is no duration and no time with a time zone", pointer=f"/{name}", hint=hint)
        return moment.astimezone(UTC)
    try:
        return now - timedelta(seconds=seconds(text))
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error.message}", pointer=f"/{name}", hint=error.hint) from None


def _check_period(place: _Place) -> None:
    if place.since >= place.until:
        raise InvalidInput("the time has no length: since must lie before until", pointer="/since")
    if place.until - place.since > LONGEST:
        raise InvalidInput("a report is over ten years at most", pointer="/since")


def _group(row: Any, by: str) -> UsageGroup:
    found: UUID | None = row["id"]
    if by not in _PREFIX:
        return UsageGroup(row["name"], row["shown"], _sums(row))
    if found is None:
        return UsageGroup(None, None, _sums(row))
    return UsageGroup(ids.show(_PREFIX[by], found), ids.label(found) if by == "run" else row["shown"], _sums(row))


def _sums(row: Any) -> Sums:
    plain = {name: row[name] for name in Sums.__dataclass_fields__ if name not in ("cost", "previous")}
    before = Before(row["previous_calls"], row["previous_cost"] if row["previous_calls"] else Decimal(0))
    return Sums(**plain, cost=row["cost"] if row["calls"] else Decimal(0), previous=before)
