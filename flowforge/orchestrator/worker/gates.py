"""Letting runs through gates: the claimer's transaction around `flow/admission.py`.

Limits are locked a statement before anybody is counted, and who waits is read after the lock: what another claimer moved to a gate
before it let go of the lock is seen, and what it moves later leaves a mark of its own (ENGINE.md, rule 12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from flowforge.crash import crash_point
from flowforge.db.queries import load_queries
from flowforge.orchestrator.flow.admission import Candidate, Decision, Gate, admit
from flowforge.orchestrator.flow.gcra import Pace
from flowforge.orchestrator.worker.claim import ClaimedRun, claimed_runs

WINDOW = 500  # marks of one look
MAX_RELEASED = 500  # runs of an ended pause that go back to the ready queue at a time

sql = load_queries("flowforge.orchestrator")


@dataclass
class _Look:
    """What was read of the marked gates, before any lock."""

    gates: list[UUID] = field(default_factory=list)
    marks: dict[UUID, list[UUID]] = field(default_factory=dict)
    limits: set[UUID] = field(default_factory=set)
    empty: list[UUID] = field(default_factory=list)


@dataclass
class Place:
    """How far along the marks a worker has looked: those that are none of its business are there to stay, and it must get past them."""

    due: datetime | None = None
    gate: UUID | None = None


async def pass_gates(
    connection: asyncpg.Connection[Any], worker_id: UUID, function_ids: list[str], room: int, place: Place | None = None
) -> list[ClaimedRun]:
    """Lease up to `room` runs that stand at marked gates and fit through all of their limits now, and go before the ready queue."""
    look = await _look(connection, function_ids, room, place or Place())
    if not look.gates and not look.empty:
        return []
    async with connection.transaction():
        if not await sql.hold_generation.fetchval(connection, worker_id=worker_id):
            return []
        locked = [row["limit_id"] for row in await sql.lock_limits.fetch(connection, limit_ids=sorted(look.limits))]
        heads = await sql.gate_heads.fetch(connection, gates=look.gates, function_ids=function_ids, limit=room)
        gates, now = await _count(connection, locked)
        standing, changed = await _whose_turn(connection, heads, function_ids)
        first = await sql.first_ready.fetchval(connection, function_ids=function_ids)
        candidates = [one for one in standing if gates.keys() >= {one.gate_id, *one.limits}]  # a pause's gate is not a limit's
        unlocked = {
            one.gate_id for one in standing if one.gate_id in gates and not gates.keys() >= set(one.limits)
        }  # the next look locks them
        early = {one.gate_id for one in candidates if first is not None and one.vt > first}
        decision = admit([one for one in candidates if first is None or one.vt <= first], gates, room, now)
        others = {row["gate"] for row in heads if row["others"] and (row["gate"] not in gates or gates[row["gate"]].lets_in(True, now))}
        runs = await _write(connection, worker_id, decision, changed, gates, look, decision.left | early | others | unlocked, now)
        crash_point("gate.before_commit")
    crash_point("gate.after_commit")
    await _open_pauses(connection, [gate for gate in look.gates if gate not in gates])
    return runs


async def _open_pauses(connection: asyncpg.Connection[Any], gates: list[UUID]) -> None:
    """Let go who stands at pauses that are over. Not in the claimer's transaction: dispatchers take limits after turns, not before."""
    if gates and len(await sql.open_pause_gates.fetch(connection, gates=gates, limit=MAX_RELEASED)) == MAX_RELEASED:
        await sql.mark_gates.execute(connection, gates=gates)


async def _look(connection: asyncpg.Connection[Any], function_ids: list[str], room: int, place: Place) -> _Look:
    look = _Look()
    rows = await sql.marked_gates.fetch(
        connection, function_ids=function_ids, limit=room, window=WINDOW, after_due=place.due, after_gate=place.gate
    )
    is_full = sum(len(row["marks"]) for row in rows) >= WINDOW
    place.due, place.gate = max((row["due"], row["gate"]) for row in rows) if is_full else (None, None)
    for row in rows:
        gate = row["gate"]
        look.marks[gate] = row["marks"]
        if row["known"]:
            look.gates.append(gate)
            look.limits.update(limit for limit in row["limits"] if limit is not None)
            look.limits.add(gate)
        elif not row["stands"]:
            look.empty.append(gate)
    return look


async def _count(connection: asyncpg.Connection[Any], limit_ids: list[UUID]) -> tuple[dict[UUID, Gate], float]:
    gates: dict[UUID, Gate] = {}
    now = float("-inf")
    for row in await sql.count_limits.fetch(connection, limit_ids=limit_ids) if limit_ids else ():
        now = row["now"]
        pace = Pace.of(row["capacity"] or 1, row["period_seconds"], row["burst"] or 1) if row["kind"] == "t" and row["capacity"] else None
        gates[row["limit_id"]] = Gate(row["limit_id"], row["capacity"], row["used"], pace, row["tat"])
    return gates, now


async def _whose_turn(
    connection: asyncpg.Connection[Any], heads: Sequence[Any], function_ids: list[str]
) -> tuple[list[Candidate], list[Candidate]]:
    """Who stands there, each with the virtual time of its turn; and whose virtual time that changes.

    Where a tenant uses priorities, its first virtual times are its turns, and its best runs take them; who is passed over gets the
    virtual time of who goes before it.
    """
    standing = [_candidate(row) for row in heads if row["run_id"] is not None and not row["ordered"]]
    turns: dict[tuple[UUID, UUID], list[Any]] = defaultdict(list)
    for row in heads:
        if row["run_id"] is not None and row["ordered"]:
            turns[row["gate"], row["tenant_id"]].append(row)
    if not turns:
        return standing, []
    best: dict[tuple[UUID, UUID], list[Any]] = defaultdict(list)
    for row in await sql.gate_best.fetch(
        connection,
        gates=[gate for gate, _ in turns],
        tenant_ids=[tenant for _, tenant in turns],
        turns=[len(slots) for slots in turns.values()],
        function_ids=function_ids,
    ):
        best[row["gate"], row["tenant_id"]].append(row)
    changed: list[Candidate] = []
    for place, slots in turns.items():
        taking, passed_over = _swap(slots, best[place])
        standing += taking
        changed += [*taking, *passed_over]
    return standing, changed


def _swap(slots: Sequence[Any], best: Sequence[Any]) -> tuple[list[Candidate], list[Candidate]]:
    """The best with the virtual times of the first; those of the first that are not among the best with the ones that become free."""
    vts = sorted(slot["vt"] for slot in slots)
    taking = [_candidate(row, vt) for row, vt in zip(best, vts, strict=False)]
    first, chosen = {slot["run_id"] for slot in slots}, {row["run_id"] for row in best}
    free = sorted([row["vt"] for row in best if row["run_id"] not in first])
    over = sorted((slot for slot in slots if slot["run_id"] not in chosen), key=lambda slot: slot["run_id"])
    return taking, [_candidate(slot, vt) for slot, vt in zip(over, free, strict=False)]


def _candidate(row: Any, vt: int | None = None) -> Candidate:
    limits = tuple(row["limits"] or ())
    return Candidate(row["tenant_id"], row["run_id"], row["vt"] if vt is None else vt, row["gate"], limits, row["starts"])


async def _write(
    connection: asyncpg.Connection[Any],
    worker_id: UUID,
    decision: Decision,
    changed: Sequence[Candidate],
    gates: dict[UUID, Gate],
    look: _Look,
    kept: set[UUID],
    now: float,
) -> list[ClaimedRun]:
    """Write the decision. `kept`: gates that keep a mark, because there is more behind them than this worker can take or judge."""
    moves: dict[UUID, tuple[UUID, UUID, UUID | None, bool, int]] = {}
    moves |= {c.run_id: (c.tenant_id, c.run_id, c.gate_id, False, c.vt) for c in changed}
    moves |= {c.run_id: (c.tenant_id, c.run_id, gate, False, c.vt) for c, gate in decision.moved}
    moves |= {c.run_id: (c.tenant_id, c.run_id, None, True, c.vt) for c in decision.admitted}
    rows = sorted(moves.values(), key=lambda move: move[:2])
    paced = sorted((gate for gate in gates.values() if gate.pace is not None and gate.tat is not None), key=lambda gate: gate.limit_id)
    met = set(look.marks) | {gate for _, gate in decision.moved}
    again = [(gate.limit_id, at) for gate in paced if gate.limit_id in met and (at := gate.opens_at()) is not None and at > now]
    seen = [mark for gate in (*look.gates, *look.empty) for mark in look.marks[gate][gate in kept :]]
    leased = await sql.pass_gates.fetch(
        connection,
        worker_id=worker_id,
        tenant_ids=[row[0] for row in rows],
        run_ids=[row[1] for row in rows],
        gates=[row[2] for row in rows],
        leave=[row[3] for row in rows],
        vts=[row[4] for row in rows],
        counted=[gate.limit_id for gate in gates.values() if gate.pace is None],
        paced_ids=[gate.limit_id for gate in paced],
        tats=[gate.tat for gate in paced],
        marks=seen,
        again=[gate for gate, _ in again],
        again_dues=[due for _, due in again],
    )
    return await claimed_runs(connection, leased)
