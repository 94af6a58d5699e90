"""Turning a batch of changes into the arguments of one flush statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flowforge.db.queries import Query, load_queries
from flowforge.orchestrator.change import Change, Lease, StepRow

sql = load_queries("flowforge.orchestrator")

# A column of nothing else is not sent: `unnest` fills it with nulls, and the statement knows what they stand for.
USUAL = {"kinds": "run", "attempts": 1, "tagged": False, "parents": None}


def rehearsals(worker_id: UUID) -> list[tuple[str, list[Any]]]:
    """Every statement with nothing to write. PostgreSQL plans each once per connection, which takes longer than many steps."""
    return [
        (
            query.text,
            [
                worker_id if name == "worker_id" else "{}" if name == "child_vts" else None if query is sql.flush_step else []
                for name in query.parameters
            ],
        )
        for query in (sql.flush_step, sql.flush_steps, sql.flush_ends, sql.flush, sql.flush_calls)
    ]


class Flush:
    """One flush: the statement, its arguments, and which lease stands at which place of the answer."""

    def __init__(self, worker_id: UUID, changes: Sequence[Change]) -> None:
        self.changes = changes
        self.plain = all(change.plain for change in changes)  # settled steps, and ends of runs that succeeded
        if self.plain and len(changes) == 1 and changes[0].step is not None and changes[0].end is None:
            self._one(worker_id, changes[0].lease, changes[0].step)
        else:
            self._many(worker_id, changes)

    def _one(self, worker_id: UUID, lease: Lease, s: StepRow) -> None:
        """A lone step, written without arrays: half the time of a sequential run is this."""
        self.leases: dict[Lease, int] = {lease: 1}
        self.query: Query = sql.flush_step
        self.arguments: list[Any] = [
            worker_id, lease.tenant_id, lease.run_id, lease.fence, s.key, s.name, s.kind, s.attempt, s.hash, s.seq, s.input, s.output,
            s.tagged, s.parent, s.seconds,
        ]  # fmt: skip

    def _many(self, worker_id: UUID, changes: Sequence[Change]) -> None:
        held = sorted({change.lease for change in changes}, key=lambda lease: (lease.tenant_id, lease.run_id))  # the lock order
        self.leases = {lease: place for place, lease in enumerate(held, 1)}
        values: dict[str, Any] = {
            "worker_id": worker_id,
            "tenant_ids": [lease.tenant_id for lease in held],
            "run_ids": [lease.run_id for lease in held],
            "fences": [lease.fence for lease in held],
        }
        if not self.plain:
            calls = any(change.settlements for change in changes)
            self.query = sql.flush_calls if calls else sql.flush
            values |= self._everything() | self._ends() | (self._settlements() if calls else {})
        elif any(change.end is not None for change in changes):
            self.query = sql.flush_ends
            values |= self._plain_steps() | self._ends()
        else:
            self.query = sql.flush_steps
            values |= self._plain_steps()
        self.arguments = [values[name] for name in self.query.parameters]

    def _columns(self, names: str, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
        keys = names.split()
        columns = zip(*rows, strict=True) if rows else ((),) * len(keys)
        return dict(zip(keys, columns, strict=True))

    def _plain_steps(self) -> dict[str, Any]:
        rows = {
            (self.leases[c.lease], s.key): (
                self.leases[c.lease], s.key, s.name, s.kind, s.attempt, s.hash, s.seq, s.input, s.output, s.tagged, s.parent, s.seconds,
            )
            for c in self.changes
            if (s := c.step) is not None
        }  # fmt: skip
        values = self._columns("step_runs keys names kinds attempts hashes seqs inputs outputs tagged parents seconds", list(rows.values()))
        for name, usual in USUAL.items():
            if all(value == usual for value in values[name]):
                values[name] = ()
        return values

    def _ends(self) -> dict[str, Any]:
        rows: list[tuple[Any, ...]] = [(self.leases[c.lease], *c.end) for c in self.changes if c.end is not None]
        return self._columns("end_runs end_states end_outputs end_errors end_seqs end_children end_attempts end_starts end_blobs", rows)

    def _everything(self) -> dict[str, Any]:
        at = self.leases
        steps = {
            (at[c.lease], s.key): (
                at[c.lease], s.key, s.name, s.kind, s.state, s.attempt, s.hash, s.seq, s.input, s.output, s.blob_id, s.tagged, s.error,
                s.failures, s.announced, s.ref, s.parent, s.due_in, s.seconds,
            )
            for c in self.changes
            if (s := c.step) is not None
        }  # fmt: skip
        values = self._columns(
            "step_runs keys names kinds states attempts hashes seqs inputs outputs blob_ids tagged errors failures announced refs parents"
            " dues seconds",
            list(steps.values()),
        )
        values |= {
            "function_ids": [lease.function_id for lease in at],
            "agent_ids": [lease.agent_id for lease in at],
            "task_ids": [lease.task_id for lease in at],
        }
        values |= self._columns(
            "wait_runs wait_keys wait_events wait_paths wait_matches wait_sinces wait_conditions wait_places",
            [(at[c.lease], *wait) for c in self.changes for wait in c.waits],
        )
        values |= self._columns("unwait_runs unwait_keys", [(at[c.lease], c.unwait) for c in self.changes if c.unwait])
        values |= self._columns(
            "child_runs child_ids child_functions child_keys child_inputs child_depths child_blobs child_agents",
            [(at[c.lease], *c.child[:-1]) for c in self.changes if c.child],
        )
        values["child_vts"] = json.dumps({str(c.child.run_id): c.child.vt for c in self.changes if c.child})
        values |= self._columns(
            "park_runs park_for park_dues park_attempts park_reasons park_failed", [(at[c.lease], *c.park) for c in self.changes if c.park]
        )
        left = [(at[c.lease], limit) for c in self.changes if c.park or c.end for limit in c.lease.limits]
        values |= self._columns("left_runs left_limits", left)
        frames = {(at[c.lease], f.seq): (at[c.lease], *f) for c in self.changes for f in c.frames}
        values |= self._columns("frame_runs frame_seqs frame_names frame_data frame_shared", list(frames.values()))
        return values | self._usage()

    def _usage(self) -> dict[str, Any]:
        rows = [
            (
                self.leases[c.lease], row.usage_id, row.key, u.model, u.provider, u.input_tokens, u.output_tokens, u.cached_tokens,
                u.reasoning_tokens, u.cost, u.price_source, u.price_version, u.latency_ms, u.first_token_ms, row.attempt, u.kind,
                u.outcome, u.answered_by, u.cache_written_tokens, u.tokens_estimated, u.saved_cost,
            )
            for c in self.changes
            for row in c.usage
            for u in (row.usage,)
        ]  # fmt: skip
        return self._columns(
            "usage_runs usage_ids usage_keys usage_models usage_providers usage_inputs usage_outputs usage_cached usage_reasoning"
            " usage_costs usage_sources usage_versions usage_latencies usage_firsts usage_attempts usage_kinds usage_outcomes"
            " usage_answerers usage_written usage_estimated usage_saved",
            rows,
        )

    def _settlements(self) -> dict[str, Any]:
        rows = [(self.leases[c.lease], s.call_id, s.cost, s.tokens, s.calls, s.unknown) for c in self.changes for s in c.settlements]
        return self._columns("settle_runs settle_calls settle_costs settle_tokens settle_counts settle_unknown", rows)
