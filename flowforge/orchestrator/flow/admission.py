"""Who may start now: the pure decision behind a claim, over facts that the claimer has locked.

A limit is a gate; runs queue at one of theirs, in the order of virtual time. Whoever is admitted must fit through all of its limits
at once; whoever does not moves to the gate that stopped it, where the next release will look for it. A waiting run holds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flowforge.orchestrator.flow.gcra import Pace


@dataclass
class Gate:
    """A limit as it stands: `used` slots of `capacity` (None: no such rule any more), or a `pace` and its arrival time."""

    limit_id: UUID
    capacity: int | None = None
    used: int = 0
    pace: Pace | None = None
    tat: float | None = None

    def lets_in(self, starts: bool, now: float) -> bool:
        if self.pace is not None:
            return not starts or self.pace.allows_at(self.tat) <= now
        return self.capacity is None or self.used < self.capacity

    def take(self, starts: bool, now: float) -> None:
        if self.pace is None:
            self.used += 1
        elif starts:
            self.tat = self.pace.after(self.tat, now)

    def opens_at(self) -> float | None:
        """For a pace: when the next start is allowed."""
        return self.pace.allows_at(self.tat) if self.pace is not None else None


@dataclass(frozen=True)
class Candidate:
    """A run that stands at a gate. `starts`: it has never been leased (only starts are throttled)."""

    tenant_id: UUID
    run_id: UUID
    vt: int
    gate_id: UUID
    limits: tuple[UUID, ...]
    starts: bool


@dataclass
class Decision:
    """Who is admitted, who moves to which gate, and which gates still have somebody whom they might let in."""

    admitted: list[Candidate] = field(default_factory=list)
    moved: list[tuple[Candidate, UUID]] = field(default_factory=list)
    left: set[UUID] = field(default_factory=set)


def admit(candidates: Iterable[Candidate], gates: Mapping[UUID, Gate], room: int, now: float) -> Decision:
    """Admit up to `room` candidates, earliest virtual time first. Every limit of each candidate must be among `gates`."""
    decision = Decision()
    for candidate in sorted(candidates, key=lambda c: (c.vt, c.run_id)):
        shut = next((limit for limit in candidate.limits if not gates[limit].lets_in(candidate.starts, now)), None)
        if shut is not None:
            if shut != candidate.gate_id:
                decision.moved.append((candidate, shut))
        elif len(decision.admitted) < room:
            for limit in candidate.limits:
                gates[limit].take(candidate.starts, now)
            decision.admitted.append(candidate)
        else:
            decision.left.add(candidate.gate_id)
    return decision
