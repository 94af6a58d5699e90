"""Traces, as the engine sees them: where one comes from, and the one door to whoever exports spans.

A run's trace follows from its id, or from the `traceparent` of the request that began it; a span's id follows from its run and step. So a
run that is resumed by another worker goes on in the same trace, and nothing has to be handed on. Spans are made by `exported_trace.py`,
which is imported only where traces are on; here nothing of OpenTelemetry is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries

if TYPE_CHECKING:
    from flowforge.orchestrator.change import Ack, Change, Lease
    from flowforge.orchestrator.step_scope import StepScope

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
SAMPLED = 1

sql = load_queries("flowforge.orchestrator")


class Trace(NamedTuple):
    """Where the spans of one run belong."""

    trace_id: int
    parent_span_id: int | None  # of the run's own span
    flags: int


class Exporter(Protocol):
    """Whoever turns what was committed into spans."""

    def wants(self, trace_id: int, traceparent_flags: int | None) -> bool:
        """Whether spans of this trace are to be made; the same answer from every worker."""
        ...

    def committed(self, change: Change, answer: Ack) -> None:
        """A change was written, now and for the first time."""
        ...

    def enter(self, scope: StepScope) -> None:
        """A step's body begins, in its own context."""
        ...


_exporter: Exporter | None = None


def exporter() -> Exporter | None:
    """None where traces are off."""
    return _exporter


def export_to(new: Exporter | None) -> None:
    """From now on, spans go there."""
    global _exporter
    _exporter = new


def read_traceparent(text: str | None) -> str | None:
    """A `traceparent` header as W3C writes it, or None: a wrong one is as good as none."""
    return text if text is not None and _TRACEPARENT.fullmatch(text) else None


async def keep_origins(connection: Connection, tenant_id: UUID, subjects: Sequence[UUID], traceparent: str | None) -> None:
    """Note where the traces of these events or runs come from. Call it before they are stored."""
    if traceparent is not None and subjects:
        await sql.keep_origins.execute(connection, tenant_id=tenant_id, subject_ids=list(subjects), traceparent=traceparent)


async def drop_origins(connection: Connection) -> None:
    """Forget those of events and runs that are gone."""
    await sql.drop_origins.execute(connection)


async def attach(connection: Connection, leases: Sequence[Lease]) -> None:
    """Give each lease its trace, where traces are on."""
    to = _exporter
    if to is None or not leases:
        return
    rows = await sql.lineages.fetch(
        connection, tenant_ids=[lease.tenant_id for lease in leases], run_ids=[lease.run_id for lease in leases]
    )
    found = {row["of_run"]: trace_of(to, row) for row in rows}
    for lease in leases:
        lease.trace = found.get(lease.run_id)


def trace_of(to: Exporter, row: Any) -> Trace | None:
    """None where nothing of it is to be exported."""
    origin = _TRACEPARENT.fullmatch(row["traceparent"] or "")
    if origin is not None:
        trace_id, parent, flags = int(origin[1], 16), int(origin[2], 16), int(origin[3], 16)
        wanted = to.wants(trace_id, flags)
    else:
        trace_id, parent = ids.trace_id(row["root_id"]), None
        wanted = to.wants(trace_id, None)
    if row["of_parent"] is not None:
        parent = ids.span_id(row["of_parent"], row["of_key"] or "")
    return Trace(trace_id, parent, SAMPLED) if wanted else None


def traceparent_of(scope: StepScope) -> str | None:
    """What a step's body hands on, so that what it starts hangs below it."""
    trace = scope.execution.lease.trace
    if trace is None:
        return None
    return f"00-{trace.trace_id:032x}-{span_of_step(scope.execution.run_id, scope.key, scope.attempt):016x}-{trace.flags:02x}"


def span_of_step(run_id: UUID, key: str, attempt: int) -> int:
    """The first attempt's span has the step's name; what hangs below a step that was retried hangs below its first attempt."""
    return ids.span_id(run_id, key if attempt <= 1 else f"{key}\n{attempt}")
