"""What becomes of events that a function listens to: the pure decision behind a dispatch, over facts that the dispatcher has locked.

In this order: idempotency (it has run already), rate (too many: skipped), debounce or batch (it joins a run that still gathers),
singleton (another one is going on). What comes through is a new run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from flowforge import ids
from flowforge.durations import seconds
from flowforge.durations import show as show_duration
from flowforge.orchestrator.flow.control import FlowControl
from flowforge.orchestrator.flow.gcra import Pace
from flowforge.orchestrator.flow.limit import Shape, key_for, shape_of

MAX_BATCH_BYTES = 4 * 1024 * 1024
TEST_MARK = "\x01"

Purpose = Literal["i", "r", "d", "b", "s"]


class KeyName(NamedTuple):
    """One row that remembers: what a function did for a key."""

    tenant_id: UUID
    function_id: str
    purpose: Purpose
    key: str


@dataclass
class KeyState:
    """What such a row says. `open`: its run has not ended; `gathering`: it still takes events in, `size` bytes of them so far."""

    run_id: UUID | None = None
    at: float | None = None
    tat: float | None = None
    count: int = 0
    open: bool = False
    gathering: bool = False
    last_event: tuple[datetime, UUID] | None = None
    size: int = 0
    changed: bool = False

    def remember(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.changed = True


@dataclass(frozen=True)
class Incoming:
    """An event that a function listens to, with what is known of both."""

    tenant_id: UUID
    event_id: UUID
    name: str
    received_at: datetime
    facts: Mapping[str, Any]
    shown: str  # the event as JSON, as a batch holds it
    function_id: str
    version: str | None
    flow: FlowControl
    agent_id: UUID | None = None
    task_id: UUID | None = None
    test: bool = False

    @property
    def order(self) -> tuple[datetime, UUID]:
        return self.received_at, self.event_id


@dataclass
class NewRun:
    """A run to be made: ready, parked until `due_seconds` from now on ('d', 'b'), or skipped with an error."""

    run_id: UUID
    event: Incoming
    shape: Shape
    parked_for: str | None = None
    due_seconds: float | None = None
    skipped: dict[str, str] | None = None
    batch: list[str] | None = None


@dataclass
class Joined:
    """A run that gathers and takes more events: the last one takes its place (debounce), or all are kept (batch)."""

    tenant_id: UUID
    run_id: UUID
    event: Incoming | None = None  # whose place the run's own event gives up
    shape: Shape | None = None
    due_seconds: float | None = None  # None: as it was; 0: now
    appended: list[str] = field(default_factory=list)


class Fate(NamedTuple):
    """Why there is no run of this event's own, or what was left out for it."""

    tenant_id: UUID
    event_id: UUID
    function_id: str
    fate: Literal["duplicate", "joined", "noted"]
    run_id: UUID | None
    detail: str


@dataclass
class Plan:
    """What the dispatcher is to write."""

    runs: dict[UUID, NewRun] = field(default_factory=dict)
    joins: dict[UUID, Joined] = field(default_factory=dict)
    cancels: list[tuple[UUID, UUID, str]] = field(default_factory=list)  # tenant, run, why
    fates: list[Fate] = field(default_factory=list)


def keys_of(event: Incoming) -> dict[Purpose, KeyName]:
    """The rows that the decision about this event needs; a key without a value leaves its control out."""
    names: dict[Purpose, KeyName] = {}
    for purpose, expression in _key_expressions(event.flow):
        if (key := key_for(expression, event.facts, [])) is not None:
            names[purpose] = KeyName(event.tenant_id, event.function_id, purpose, parted(key, test=event.test))
    return names


def parted(key: str, *, test: bool) -> str:
    """A key under which test and live things are remembered apart: nobody can write the character that marks the former."""
    return f"{TEST_MARK}{key}" if test else key


def _key_expressions(flow: FlowControl) -> Iterator[tuple[Purpose, str | None]]:
    if flow.idempotency is not None:
        yield "i", flow.idempotency.key
    if flow.rate is not None:
        yield "r", flow.rate.key
    if flow.debounce is not None:
        yield "d", flow.debounce.key
    if flow.batch is not None:
        yield "b", flow.batch.key
    if flow.singleton is not None:
        yield "s", flow.singleton.key


def take_in(events: Sequence[Incoming], states: Mapping[KeyName, KeyState], now: float) -> Plan:
    """Decide about events in the order in which they came. `states` are brought up to date as they are to be written."""
    plan = Plan()
    for event in sorted(events, key=lambda e: e.order):
        _Decision(event, {purpose: states[name] for purpose, name in keys_of(event).items()}, now, plan).make()
    return plan


def single(event: Incoming, run_id: UUID, states: Mapping[KeyName, KeyState], now: float, plan: Plan) -> dict[str, str] | None:
    """The singleton's part for a run that exists already: None when it may go on (what it cancels stands in the plan), else why not."""
    name = keys_of(event).get("s")
    return _single(event, run_id, states[name] if name is not None else None, now, plan)


def _single(event: Incoming, run_id: UUID, state: KeyState | None, now: float, plan: Plan) -> dict[str, str] | None:
    control = event.flow.singleton
    if state is None or control is None:
        return None
    if state.run_id == run_id:  # it is the one
        return None
    if state.open and state.run_id is not None and control.mode == "skip":
        return {"type": "Singleton", "message": f"{ids.show('run', state.run_id)} has not ended"}
    if state.open and state.run_id is not None:
        plan.cancels.append((event.tenant_id, state.run_id, f"a newer one began: {ids.show('run', run_id)}"))
    state.remember(run_id=run_id, at=now, open=True)
    return None


@dataclass
class _Decision:
    event: Incoming
    states: dict[Purpose, KeyState]
    now: float
    plan: Plan

    def make(self) -> None:
        notes: list[str] = []
        for _, expression in _key_expressions(self.event.flow):
            key_for(expression, self.event.facts, notes)
        shape = shape_of(self.event.function_id, self.event.flow, self.event.tenant_id, self.event.facts)
        for note in (*notes, *shape.notes):
            self._fate("noted", None, note)
        if self._has_run():
            return
        if self._over_rate(shape):
            return
        run_id = self._gather(shape) or self._start(shape)
        if (state := self.states.get("i")) is not None and run_id is not None:
            state.remember(run_id=run_id, at=self.now)

    def _has_run(self) -> bool:
        state, control = self.states.get("i"), self.event.flow.idempotency
        if state is None or control is None or state.run_id is None or state.at is None:
            return False
        if self.now - state.at >= seconds(control.window):
            return False
        self._fate("duplicate", state.run_id, f"{control.key} had this value within {_shown(control.window)}")
        return True

    def _over_rate(self, shape: Shape) -> bool:
        state, control = self.states.get("r"), self.event.flow.rate
        if state is None or control is None:
            return False
        pace = Pace.of(control.limit, control.period_seconds, control.burst or control.limit)
        if pace.allows_at(state.tat) <= self.now:
            state.remember(tat=pace.after(state.tat, self.now))
            return False
        self._skip(shape, "RateLimited", f"over the rate of {control.limit} in {_shown(control.period)}")
        return True

    def _gather(self, shape: Shape) -> UUID | None:
        flow = self.event.flow
        if flow.debounce is not None and (state := self.states.get("d")) is not None:
            return self._debounce(state, shape)
        if flow.batch is not None and (state := self.states.get("b")) is not None:
            return self._batch(state, shape)
        return None

    def _debounce(self, state: KeyState, shape: Shape) -> UUID:
        control = self.event.flow.debounce
        assert control is not None
        period = seconds(control.period)
        if not state.gathering or state.run_id is None:
            run = self._new(shape, parked_for="d", due_seconds=period)
            state.remember(run_id=run.run_id, at=self.now, gathering=True, open=True, last_event=self.event.order)
            return run.run_id
        began = state.at if state.at is not None else self.now
        due = period if control.cap is None else max(0.0, min(period, began + seconds(control.cap) - self.now))
        if state.last_event is not None and self.event.order < state.last_event:
            self._fate("joined", state.run_id, "a later event had taken its place already")
            self._join(state.run_id, due)
            return state.run_id
        if state.last_event is not None:
            self._fate("joined", state.run_id, "a later event took its place before the run began", event_id=state.last_event[1])
        state.remember(last_event=self.event.order)
        self._join(state.run_id, due, shape)
        return state.run_id

    def _batch(self, state: KeyState, shape: Shape) -> UUID:
        control = self.event.flow.batch
        assert control is not None
        size = len(self.event.shown)
        if not state.gathering or state.run_id is None:
            run = self._new(shape, parked_for="b", due_seconds=seconds(control.timeout), batch=[self.event.shown])
            state.remember(run_id=run.run_id, at=self.now, count=1, gathering=True, open=True, size=size)
            return run.run_id
        run_id = state.run_id
        state.remember(count=state.count + 1, size=state.size + size)
        full = state.count >= control.size or state.size > MAX_BATCH_BYTES
        if (new := self.plan.runs.get(run_id)) is not None and new.batch is not None:
            new.batch.append(self.event.shown)
            if full:
                new.parked_for = new.due_seconds = None
        else:
            join = self.plan.joins.setdefault(run_id, Joined(self.event.tenant_id, run_id))
            join.appended.append(self.event.shown)
            join.due_seconds = 0.0 if full else None
        self._fate("joined", run_id, "in the batch of that run")
        if full:
            state.remember(gathering=False)
        return run_id

    def _join(self, run_id: UUID, due: float, shape: Shape | None = None) -> None:
        """Put the end of the quiet off; with a shape, the event takes the place of the run's own."""
        new = self.plan.runs.get(run_id)
        if new is not None:
            new.due_seconds = due
            if shape is not None:
                new.event, new.shape = self.event, shape
            return
        join = self.plan.joins.setdefault(run_id, Joined(self.event.tenant_id, run_id))
        join.due_seconds = due
        if shape is not None:
            join.event, join.shape = self.event, shape

    def _start(self, shape: Shape) -> UUID | None:
        run_id = ids.new_id()
        skipped = _single(self.event, run_id, self.states.get("s"), self.now, self.plan)
        self._new(shape, run_id=run_id, skipped=skipped)
        return run_id if skipped is None else None

    def _skip(self, shape: Shape, kind: str, why: str) -> None:
        self._new(shape, skipped={"type": kind, "message": why})

    def _fate(
        self, fate: Literal["duplicate", "joined", "noted"], run_id: UUID | None, detail: str, *, event_id: UUID | None = None
    ) -> None:
        e = self.event
        self.plan.fates.append(Fate(e.tenant_id, event_id or e.event_id, e.function_id, fate, run_id, detail))

    def _new(self, shape: Shape, **values: Any) -> NewRun:
        run = NewRun(values.pop("run_id", None) or ids.new_id(), self.event, shape, **values)
        self.plan.runs[run.run_id] = run
        return run


def _shown(duration: Any) -> str:
    return show_duration(seconds(duration))
