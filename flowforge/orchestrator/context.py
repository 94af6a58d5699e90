"""What a function is given: the event that started it, its run, and the steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic
from uuid import UUID

from typing_extensions import TypeVar

from flowforge import ids

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution
    from flowforge.steps import Step

D = TypeVar("D", default=Any)


@dataclass(frozen=True)
class Event(Generic[D]):
    """A named JSON fact. `id` is the sender's own id, or `evt_…`."""

    id: str
    name: str
    data: D
    received_at: datetime

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
    def step_key(self) -> str:
        """Inside a step's body: its idempotency key, the same at every attempt. Raises StepMisuse elsewhere."""
        from flowforge.orchestrator.step_scope import current_step

        return current_step().step_key

    @property
    def step(self) -> Step:
        """The same object as `flowforge.step`."""
        found: Step = _door["step"]
        return found


_door: dict[str, Any] = {}


def install_step(step: Any) -> None:
    """The public door gives contexts the `step` object that it has put together from what the rooms offer."""
    _door["step"] = step
