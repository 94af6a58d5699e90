"""What a function is given: the event that started it, its run, and the steps."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic
from uuid import UUID

from typing_extensions import TypeVar

from flowforge import ids
from flowforge.errors import InvalidInput
from flowforge.orchestrator.branch import BRANCH
from flowforge.orchestrator.codec import well_formed
from flowforge.orchestrator.recorded import recorded_now
from flowforge.orchestrator.step_scope import SCOPE, current_step

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution
    from flowforge.steps import Step

D = TypeVar("D", default=Any)
MAX_PROGRESS = 500


@dataclass(frozen=True)
class Event(Generic[D]):
    """A named JSON fact. `id` is the sender's own id, or `evt_…`."""

    id: str
    name: str
    data: D
    received_at: datetime

    def facts(self) -> dict[str, Any]:
        """What expressions and paths see of it."""
        return {"id": self.id, "name": self.name, "data": self.data}

    def to_json(self) -> str:
        return json.dumps({"id": self.id, "name": self.name, "data": self.data, "received_at": self.received_at.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> Event[Any]:
        return cls.from_fields(json.loads(text))

    @classmethod
    def from_fields(cls, found: Mapping[str, Any]) -> Event[Any]:
        return Event(found["id"], found["name"], found["data"], datetime.fromisoformat(found["received_at"]))


def event_id_text(event_id: UUID | None, key: str | None) -> str:
    """How an event's id is shown: the sender's own, or ours."""
    return key if key is not None else ids.show("evt", event_id) if event_id is not None else ""


class Context(Generic[D]):
    """A run, seen from inside. Annotate it as `Context[Order]` to get `ctx.event.data` as an `Order`.

    `event` is what started it; a function with `batch=` finds all of its events in `events`, in the order in which they came.
    """

    def __init__(self, execution: Execution, events: tuple[Event[D], ...]) -> None:
        self._execution = execution
        self.events = events
        self.event = events[0]

    @property
    def input(self) -> D:
        """What the run was started with: the event's data, or the input of a call or of `step.invoke`."""
        return self.event.data

    @property
    def run_id(self) -> str:
        return ids.show("run", self._execution.run_id)

    @property
    def attempt(self) -> int:
        """How often the run has been executed after a failure or a rescue, counted from 1."""
        return self._execution.attempt

    @property
    def test(self) -> bool:
        """Whether a test key began it, or what it comes from: a function may then leave out what must not happen for a test."""
        return self._execution.test

    @property
    def step_key(self) -> str:
        """Inside a step's body: its idempotency key, the same at every attempt. Raises StepMisuse elsewhere."""
        return current_step().step_key

    def now(self) -> datetime:
        """The time, recorded: a replay gets the same one. In a step's body it is simply the time."""
        return self._execution.database_now() if SCOPE.get() is not None else recorded_now(self._execution)

    def uuid(self) -> UUID:
        """A UUID that follows from the run and the place in its code: a replay, and a retry of a step, get the same one.

        Who knows the run's id can work it out: it is no secret.
        """
        return ids.derived_id(self._execution.run_id, self._place("ctx.uuid"))

    def random(self) -> float:
        """A number from 0 up to 1 that follows from the run and the place in its code: a replay gets the same one. No secret either."""
        digest = blake2b(self._execution.run_id.bytes + self._place("ctx.random").encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) / (1 << 53)

    def progress(self, done: float, message: str = "") -> None:
        """Say how far the run is, from 0 to 1: on its stream, and in `GET /v1/runs/{id}`. Cheap: many calls are one frame.

        ctx.progress(0.4, "40 of 100 pictures resized")
        """
        if not _is_share(done):
            raise InvalidInput(f"progress goes from 0 to 1, not {done!r}")
        execution, text = self._execution, well_formed(str(message))[:MAX_PROGRESS]
        if threading.get_ident() == execution.keys.thread:
            execution.progress.say(float(done), text)
        else:
            execution.loop.call_soon_threadsafe(execution.progress.say, float(done), text)

    def _place(self, what: str) -> str:
        scope = SCOPE.get()
        if scope is not None:
            return scope.name_of(what)
        return (BRANCH.get() or self._execution.root_branch).key(what)

    @property
    def step(self) -> Step:
        """The same object as `flowforge.step`."""
        found: Step = _door["step"]
        return found


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


_door: dict[str, Any] = {}


def install_step(step: Any) -> None:
    """The public door gives contexts the `step` object that it has put together from what the rooms offer."""
    _door["step"] = step
