"""What a run asks the committer to write: one `Change` is all or nothing, and is applied only while the run's lease holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from flowforge.orchestrator.models.usage import Usage
    from flowforge.orchestrator.trace import Trace

RUNNING, WAITING, COMPLETED, FAILED = 0, 1, 2, 3
LARGE_BYTES = 256 * 1024  # an output beyond this travels apart from the flush, to a blob row (ENGINE.md, rule 9)


@dataclass(slots=True, eq=False)
class Lease:
    """A worker's right to a run: as long as the fence is the owner row's, its changes are written."""

    tenant_id: UUID
    run_id: UUID
    fence: int
    function_id: str = ""
    agent_id: UUID | None = None
    task_id: UUID | None = None
    limits: tuple[UUID, ...] = ()  # gates to be looked at when the lease is over
    trace: Trace | None = None  # where its spans belong; None where traces are off
    topic: str = field(init=False)  # of its run's stream

    def __post_init__(self) -> None:
        self.topic = self.run_id.hex


class Ack(NamedTuple):
    """The commit's answer: the database's time, and whether the run is to be cancelled or has been woken."""

    now: datetime
    cancel: bool
    wake: bool


@dataclass(slots=True)
class StepRow:
    """One step as it is to be stored; `seconds` is how long it took, `due_in` when it is due, from the commit on."""

    key: str
    name: str
    kind: str
    state: int
    seq: int
    attempt: int = 1
    hash: int = 0
    input: str | None = None
    output: str | None = None
    blob_id: UUID | None = None
    tagged: bool = False
    error: str | None = None
    failures: str | None = None
    announced: bool = False
    ref: UUID | None = None
    parent: str | None = None
    due_in: float | None = None
    seconds: float = 0.0

    @property
    def plain(self) -> bool:
        return self.state == COMPLETED and not self.announced and self.blob_id is None and self.ref is None and self.failures is None


class EventWait(NamedTuple):
    """The row that lets an arriving event find the wait."""

    key: str
    event_name: str
    match_path: str
    match_key: str
    since: datetime
    condition: str = ""  # an expression over the run's event and the one that comes
    place: int = 0  # among the events that the step waits for


class Child(NamedTuple):
    """A run to be made together with the step that waits for it."""

    run_id: UUID
    function_id: str
    key: str
    input: str
    depth: int
    blob_id: UUID | None = None  # where a large input lies, in the child's own blob row
    agent_id: UUID | None = None  # whose run it is; None: as its parent's
    vt: int = 0  # virtual time: its place in the ready queue


class UsageRow(NamedTuple):
    usage_id: UUID
    key: str
    attempt: int
    usage: Usage


@dataclass(frozen=True)
class Settlement:
    """A call that had taken from budgets is over: what it cost (None: unknown), or, with `calls` 0, that it gives everything back."""

    call_id: UUID
    cost: Decimal | None = Decimal(0)
    tokens: int = 0
    calls: int = 0
    unknown: bool = False  # it was sent, and nobody knows whether it was answered


class FrameRow(NamedTuple):
    seq: int
    name: str
    data: str
    shared: bool = True  # also on the run's agent's and task's streams


class End(NamedTuple):
    """The run's end: its final state, its output or error, and the number of its final frame."""

    state: str
    output: str | None
    error: str | None
    end_seq: int
    child: bool
    attempt: int
    started_at: datetime
    blob_id: UUID | None = None


class Park(NamedTuple):
    """The run leaves its worker: asleep ('s'), waiting ('w'), paused ('p'), or None: back to the ready queue at once."""

    parked_for: str | None
    due: datetime | None = None
    attempts: int = 0
    reason: str | None = None
    failed_key: str | None = None  # the step that a paused run failed at: resuming it tries that one again


@dataclass(slots=True, eq=False)
class Change:
    lease: Lease
    settle: Callable[[Ack | BaseException], None]
    step: StepRow | None = None
    waits: Sequence[EventWait] = ()
    unwait: str | None = None
    child: Child | None = None
    usage: tuple[UsageRow, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    frames: Sequence[FrameRow] = ()
    end: End | None = None
    park: Park | None = None
    leaves_waits: bool = False  # the run ends with waits open: their rows go with it

    @property
    def plain(self) -> bool:
        """Can the shorter of the two flush statements write it?"""
        if self.end is not None and (self.end.state == "failed" or self.lease.limits):
            return False
        if self.frames or self.usage or self.settlements or self.waits or self.unwait or self.child or self.park or self.leaves_waits:
            return False
        return self.step is None or self.step.plain

    @property
    def shared_topics(self) -> Iterator[str]:
        """The streams beside its run's on which it is news: with shared frames, its agent's and its task's."""
        if any(frame.shared for frame in self.frames):
            yield from (stream.hex for stream in (self.lease.agent_id, self.lease.task_id) if stream is not None)

    def readies_a_run(self, answer: Ack | BaseException) -> bool:
        """Is there a run to claim now: a child, or this one, handed back or woken in the moment in which it left its worker?"""
        if self.lease.limits and (self.park is not None or self.end is not None):
            return True  # for whom a slot was free now
        if self.park is None:
            return self.child is not None
        return self.park.parked_for is None or (isinstance(answer, Ack) and (answer.wake or answer.cancel))

    @property
    def size(self) -> int:
        step, end = self.step, self.end
        size = 200 + sum(len(frame.data) for frame in self.frames)
        if step is not None:
            size += len(step.output or "") + len(step.input or "") + len(step.failures or "")
        if self.child is not None:
            size += len(self.child.input)
        if end is not None:
            size += len(end.output or "") + len(end.error or "")
        return size
