"""A recording and the final contents of the database, put side by side for the checker: plain data, indexed once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import asyncpg

from tests.chaos.recording import Record

FINAL_STATES = frozenset({"completed", "failed", "cancelled", "skipped"})


@dataclass(frozen=True)
class EventRow:
    event_id: str
    key: str | None
    name: str
    data: Any = None


@dataclass(frozen=True)
class RunRow:
    run_id: str
    function_id: str
    event_id: str | None
    state: str  # a final state, or open
    parent_run_id: str | None = None
    parent_key: str | None = None
    output: Any = None
    error: Any = None


@dataclass(frozen=True)
class StepRow:
    run_id: str
    key: str
    kind: str
    state: int  # 0 running, 1 waiting, 2 completed, 3 failed
    token: str | None = None
    size: int = 0


@dataclass(frozen=True)
class OwnerRow:
    run_id: str
    state: str  # r, l, p
    parked_for: str | None = None
    overdue_seconds: float | None = None  # of its timer; negative: it is not due yet
    waits_for: str | None = None  # an open event, child or approval
    reason: str | None = None


@dataclass(frozen=True)
class Final:
    """What stands in the database when a trial is over."""

    events: tuple[EventRow, ...] = ()
    runs: tuple[RunRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    owners: tuple[OwnerRow, ...] = ()
    undispatched: int = 0


@dataclass(frozen=True)
class Limit:
    """At most `limit` runs of `function` at once for each value of `key`, which is read from the record of a body's begin."""

    function: str
    limit: int
    key: Callable[[Record], str] = lambda _: ""


@dataclass(frozen=True)
class Expected:
    """What the checker must know of the workload and the machine."""

    triggers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # event name: the functions that it starts
    limits: tuple[Limit, ...] = ()
    may_wait: frozenset[str] = frozenset()  # functions whose runs may still wait at the end: nobody sent what they wait for
    late_seconds: float = 35.0  # how much later than due, or than the last fault, a sleeper may wake
    grace_seconds: float = 20.0


class Body(NamedTuple):
    """Which body it is: one attempt of one step of one run."""

    run: str
    step: str
    attempt: int


@dataclass(frozen=True)
class Evidence:
    records: list[Record]
    final: Final
    expected: Expected = Expected()

    def of(self, *kinds: str) -> list[tuple[int, Record]]:
        """The records of these kinds, with their place in the order."""
        return sorted(((place, record) for kind in kinds for place, record in self._by_kind[kind]), key=lambda found: found[0])

    @cached_property
    def _by_kind(self) -> dict[str, list[tuple[int, Record]]]:
        found: dict[str, list[tuple[int, Record]]] = defaultdict(list)
        for place, record in enumerate(self.records):
            found[record["what"]].append((place, record))
        return found

    @cached_property
    def runs(self) -> dict[str, RunRow]:
        return {run.run_id: run for run in self.final.runs}

    @cached_property
    def steps(self) -> dict[tuple[str, str], StepRow]:
        return {(step.run_id, step.key): step for step in self.final.steps}

    @cached_property
    def runs_of_event(self) -> dict[str, list[RunRow]]:
        found: dict[str, list[RunRow]] = defaultdict(list)
        for run in self.final.runs:
            if run.event_id is not None:
                found[run.event_id].append(run)
        return found

    @cached_property
    def returned(self) -> dict[str, Record]:
        """Each value that a body returned, by its token."""
        return {record["token"]: record for _, record in self.of("return")}

    @cached_property
    def begins(self) -> dict[Body, list[tuple[int, Record]]]:
        """Each body's begins, in order."""
        found: dict[Body, list[tuple[int, Record]]] = defaultdict(list)
        for place, record in self.of("begin"):
            found[Body(record["run"], record["step"], record["attempt"])].append((place, record))
        return found

    @cached_property
    def ends_of_process(self) -> dict[int, list[tuple[int, Record]]]:
        """When a process died, was frozen, was asked to stop or was cut off: after that its runs may be another's."""
        found: dict[int, list[tuple[int, Record]]] = defaultdict(list)
        for place, record in self.of("died", "freeze", "stop", "cut_off"):
            found[record["whom"]].append((place, record))
        return found

    @cached_property
    def answers(self) -> dict[str, list[Record]]:
        """What the clients were told, by the event's key; a send that was never answered (its client died) is unknown too."""
        found: dict[str, list[Record]] = defaultdict(list)
        for _, record in self.of("accepted", "unknown", "refused"):
            found[record["key"]].append(record)
        for _, record in self.of("send"):
            found.setdefault(record["key"], [])
        return found


async def read_final(connection: asyncpg.Connection[Any]) -> Final:
    """Everything that the checker wants to know, in one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        events = await connection.fetch("select event_id, key, name, data from flowforge.event")
        runs = await connection.fetch(
            "select run_id, function_id, event_id, state, parent_run_id, parent_key, output, error from flowforge.run"
        )
        steps = await connection.fetch(
            "select s.run_id, s.key, s.kind, s.state, coalesce(s.output, convert_from(b.data, 'UTF8')) as output"
            "  from flowforge.step s left join flowforge.blob b using (tenant_id, run_id, blob_id)"
        )
        owners = await connection.fetch(
            "select o.run_id, o.state::text, o.parked_for::text, o.reason,"
            "       extract(epoch from flowforge.now() - o.due)::float8 as overdue_seconds,"
            "       case when exists (select from flowforge.wait w"
            "                          where w.tenant_id = o.tenant_id and w.run_id = o.run_id and w.event_id is null) then 'event'"
            "            when exists (select from flowforge.run c"
            "                          where c.tenant_id = o.tenant_id and c.parent_run_id = o.run_id and c.state = 'open') then 'child'"
            "            when exists (select from flowforge.approval a"
            "                          where a.tenant_id = o.tenant_id and a.run_id = o.run_id and a.state = 'pending') then 'approval'"
            "       end as waits_for"
            "  from flowforge.owner o"
        )
        undispatched = await connection.fetchval("select count(*) from flowforge.dispatch")
    return Final(
        tuple(EventRow(row["event_id"].hex, row["key"], row["name"], json.loads(row["data"])) for row in events),
        tuple(_run(row) for row in runs),
        tuple(_step(row) for row in steps),
        tuple(
            OwnerRow(row["run_id"].hex, row["state"], row["parked_for"], row["overdue_seconds"], row["waits_for"], row["reason"])
            for row in owners
        ),
        undispatched,
    )


def _run(row: Any) -> RunRow:
    return RunRow(
        row["run_id"].hex,
        row["function_id"],
        row["event_id"].hex if row["event_id"] else None,
        row["state"],
        row["parent_run_id"].hex if row["parent_run_id"] else None,
        row["parent_key"],
        json.loads(row["output"]) if row["output"] else None,
        json.loads(row["error"]) if row["error"] else None,
    )


def _step(row: Any) -> StepRow:
    value = json.loads(row["output"]) if row["output"] else None
    made = value if isinstance(value, dict) and "token" in value else {}
    return StepRow(row["run_id"].hex, row["key"], row["kind"], row["state"], made.get("token"), len(made.get("pad", "")))
