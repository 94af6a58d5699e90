"""The worker of a replay: it has a run's record instead of a database, and executes the function's own code over it.

What becomes of a step that the code asks for is decided in one place, `answer`: a recorded row settles it, None lets its body run,
`Replaying.pending` leaves it open for ever. Whatever the execution would write is acknowledged and forgotten.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from flowforge import ids
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import FlowForgeError
from flowforge.orchestrator import branch
from flowforge.orchestrator.change import WAITING, Ack, Change, Child, End, Lease
from flowforge.orchestrator.context import Event
from flowforge.orchestrator.endings import FAILURE
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.flow.share import Share
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.spending import Spending, Unlimited
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.states import STEP_STATES

if TYPE_CHECKING:
    from flowforge.orchestrator.function import Function
    from flowforge.orchestrator.future import StepFuture
    from flowforge.orchestrator.history import RecordedStep, RunHistory
    from flowforge.orchestrator.models.client import ModelClient
    from flowforge.orchestrator.open_wait import OpenWait
    from flowforge.orchestrator.registry import Registry
    from flowforge.orchestrator.worker.host import Kept

FAR = timedelta(days=36500)
_PLACE = re.compile(r"\[(\d+)\](?:#\d+)?$")  # of an item, in the key of its step


@dataclass(frozen=True)
class AskedStep:
    """A step that the code asks for; `hash` is that of its arguments."""

    key: str
    kind: str
    name: str
    hash: int
    input: Any
    effectful: bool = False
    codec: Any = None  # of its result, where it has a body
    parent: str | None = None  # the key of the step that it belongs to


class RecordHost:
    """The host of one execution over a record. What it does about each step is `answer`'s, in a class of its own for each purpose."""

    model: ModelClient  # who answers the model calls of bodies that run

    def __init__(self, history: RunHistory, function: Function, registry: Registry) -> None:
        self.history, self.function, self.registry = history, function, registry
        self.end: End | None = None
        self.now = history.started_at or history.event.received_at
        self.database: Any = _NoDatabase()
        self.bell, self.clock, self.backoff = Bell(), SYSTEM_CLOCK, Backoff(0.0)
        self.committer: Any = self
        self.looker: Any = self
        self.compactor: Any = self
        self.linger_seconds, self.quiet_seconds, self.grace_seconds = 0.0, 0.005, 1.0
        self.always_suspend, self.may_start = False, True
        self.share, self.worker_id = Share(), ids.new_id()
        self.step_slots: Any = _FreeSlots()
        self.spending: Spending = Unlimited()
        self.secrets: Any = _NoSecrets()
        self._large: dict[UUID, str] = {}

    def answer(self, execution: Replaying, asked: AskedStep, row: Any) -> Any:
        """What the execution gets for this step; `row` is what is recorded under its key, or None."""
        raise NotImplementedError

    @asynccontextmanager
    async def executed(self, seconds: float) -> AsyncIterator[Replaying]:
        """Execute the function; the block sees the execution when it is over. Raises TimeoutError."""
        import flowforge.orchestrator.worker.worker  # noqa: F401 - it and the driver know each other; this order works
        from flowforge.orchestrator.driver import Driver

        branch.install(asyncio.get_running_loop())
        execution = Replaying(self)
        driver = Driver(execution)
        async with asyncio.timeout(seconds):
            await driver.run()
        yield execution

    @property
    def ended(self) -> tuple[str, Any, dict[str, Any] | None] | None:
        """How it ended: state, output, error; None where it is still waiting for something."""
        end = self.end
        if end is None:
            return None
        error = json.loads(end.error) if end.error else None
        return end.state, self.stored(end.output, end.blob_id) if end.state == "completed" else None, error

    def stored(self, text: str | None, blob_id: UUID | None) -> Any:
        """The value that an execution gave away to be stored."""
        return json.loads((text if blob_id is None else self._large[blob_id]) or "null")

    # ── what an execution wants of its worker ────────────────────────────────────────────────────────────────────────

    def put(self, change: Change) -> None:
        """Take note of an end; whatever else would be written is not."""
        self.end = change.end or self.end
        asyncio.get_running_loop().call_soon(change.settle, Ack(self.now, False, False))

    def submit(self, wait: OpenWait, final: bool) -> None:
        asyncio.get_running_loop().call_soon(wait.looked, None, final)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        branch.outside(work)

    def keep(self, name: str, make: Callable[[], Kept]) -> Kept:
        return make()

    def note(self, *_: object) -> None:
        """Nothing was stored that could be compacted."""

    def dropped(self, execution: Execution) -> None: ...

    def ending(self, execution: Execution) -> None: ...

    def child_made(self, child: Child) -> None: ...

    def child_ended(self, execution: Execution) -> None: ...

    async def cancelled_by(self, execution: Execution) -> tuple[str | None, dict[str, Any] | None]:
        return None, None

    async def cancel_children(self, execution: Execution) -> None: ...

    async def until_may_start(self) -> None: ...

    async def write_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID, text: str) -> None:
        self._large[blob_id] = text

    async def read_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID) -> str:
        raise AssertionError("a history holds its large outputs itself")


class Replaying(Execution):
    """An execution that asks its host about every step, and touches nothing else."""

    skips_to_snapshots = False
    under_rules = False

    def __init__(self, host: RecordHost) -> None:
        history = host.history
        self._record = host
        self._input: Any = None
        self._items: Sequence[Any] | None = None  # of a map that is beginning
        self._about: dict[str, Any] = {}
        run_id = ids.parse("run", history.id) or ids.new_id()
        event: Event[Any] = Event(history.event.id, history.event.name, history.event.data, history.event.received_at)
        events = tuple(Event.from_fields(one) for one in history.event.data) if history.batch else (event,)
        facts = {
            "agent_id": None,
            "task_id": None,
            "parent_run_id": None,
            "depth": history.depth,
            "version": history.version,
            "attempt": history.attempt,
            "event_id": None,
            "started_at": host.now,
            "event": events[0],
            "events": events,
            "weight": 1.0,
            "seq": 0,
        }
        memo = _Memo((step.key, row_of(step)) for step in history.steps if step.key != FAILURE)  # the code fails by itself, or does not
        lease = Lease(ids.DEFAULT_TENANT, run_id, 1, history.function)
        super().__init__(host, lease, host.function, facts, memo, host.now)

    def durable(self, kind: str, name: str, *args: Any, input: Any = None, effectful: bool = False, **options: Any) -> StepFuture[Any]:
        self._about = {"effectful": effectful, "codec": options.get("codec"), "parent": options.get("parent")}
        self._input = input
        return super().durable(kind, name, *args, input=input, effectful=effectful, **options)

    def compound(self, kind: str, name: str, *args: Any, input: Any = None, **options: Any) -> StepFuture[Any]:
        self._input, self._about = input, {"codec": options.get("codec")}
        return super().compound(kind, name, *args, input=input, **options)

    def wait(self, kind: str, name: str, *, input: Any = None, **options: Any) -> StepFuture[Any]:
        self._input, self._about = input, {"parent": options.get("parent")}
        return super().wait(kind, name, input=input, **options)

    def map(self, name: str, items: Sequence[Any], *args: Any, **options: Any) -> StepFuture[Any]:
        self._items, self._about = items, {"codec": options.get("codec")}
        try:
            return super().map(name, items, *args, **options)  # which asks about its items before it returns
        finally:
            self._items = None

    def recall(self, key: str, kind: str, name: str, digest: int) -> Any:
        place = _PLACE.search(key) if self._items is not None else None
        given = self._input if self._items is None or place is None else (self._items[int(place[1])],)
        return self._record.answer(self, AskedStep(key, kind, name, digest, given, **self._about), self.memo.pop(key, None))

    def pending(self) -> dict[str, Any]:
        """A row that waits for its next attempt, or to time out, for a century."""
        self.loop.call_soon(self.moved)  # the driver looks whether anything is left to happen
        now = self._record.now
        waiting = {"state": WAITING, "attempt": 1, "failures": None, "announced": True, "ref": None, "started_at": now}
        return {**waiting, "due": now + FAR}


def row_of(step: RecordedStep) -> dict[str, Any]:
    """A recorded step as the engine reads it."""
    return {
        "recorded": step,
        "key": step.key,
        "name": step.name,
        "kind": step.kind,
        "state": STEP_STATES.index(step.state),
        "attempt": step.attempt,
        "seq": 0,
        "output": json.dumps(step.output, ensure_ascii=False),
        "blob_id": None,
        "tagged": step.tagged,
        "error": json.dumps(step.error or {}),
        "ref": step.ref,
        "parent": step.parent,
    }


class _Memo(dict[str, Any]):
    """An execution begins at once what it finds no row for; over this one it asks about every step, recorded or not."""

    def __bool__(self) -> bool:
        return True

    def __contains__(self, key: object) -> bool:
        return True


class _FreeSlots:
    """Limits on steps are for workers that share them."""

    async def take(self, *_: object) -> None:
        return None

    def give_back(self, _: object) -> None:
        return None


class _NoSecrets:
    """A record holds none: model calls take the environment's keys, and a body that asks for a secret is told so."""

    async def provider_key(self, user: object, provider: str) -> None:
        return None

    async def find(self, user: object, name: str) -> NoReturn:
        raise FlowForgeError(f"the secret {name!r} is not to be had in a replay", hint="it is fetched where a worker executes the step")


class _NoDatabase:
    def __getattr__(self, name: str) -> NoReturn:
        raise FlowForgeError("a replay touches no database", hint="code between steps must not read one: move that into a step")
