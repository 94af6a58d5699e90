"""What a step's body can ask while it runs: which step it is, which attempt, its idempotency key; and what it can report."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flowforge import ids
from flowforge.errors import StepMisuse
from flowforge.orchestrator.branch import Branch
from flowforge.orchestrator.change import Settlement, UsageRow

if TYPE_CHECKING:
    from uuid import UUID

    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.models.usage import Usage


def _nobody(_task: object) -> None:
    """A body's tasks are its own."""


@dataclass(slots=True)
class StepScope:
    """The step whose body is running. Get it with `flowforge.current_step()`.

    `step_key` is the same at every attempt and after every crash: hand it to whatever you call as its idempotency key.
    """

    execution: Execution = field(repr=False)
    key: str
    name: str
    kind: str
    attempt: int = 1
    used: Sequence[UsageRow] = ()
    settlements: Sequence[Settlement] = ()
    speaks: bool = False  # it has emitted a frame
    tool: str | None = None  # that it calls
    _names: Branch | None = field(default=None, repr=False)  # of what the body asks its context for

    @property
    def step_key(self) -> str:
        return f"{self.execution.run_id.hex}:{self.key}"

    def emit(self, name: str, data: dict[str, Any]) -> None:
        """Put a frame on the run's stream, marked with this step and attempt."""
        if not self.speaks:
            self.speaks = True
            self.execution.announce(self.key)
        self.execution.emit(name, {"step": self.key, "attempt": self.attempt, **data})

    def record(self, usage: Usage, call_id: UUID | None = None) -> None:
        """Note what a model call used; written with the step's checkpoint, or with its failed attempt."""
        self.used = [*self.used, UsageRow(call_id or ids.new_id(), self.key, self.attempt, usage)]

    def settle(self, settlement: Settlement) -> None:
        """Note that a call which had taken from budgets is over; written likewise."""
        self.settlements = [*self.settlements, settlement]

    def name_of(self, what: str) -> str:
        """The next name for something of that kind which the body asks its context for."""
        if self._names is None:
            self._names = Branch("", _nobody)
        return f"{self.key}/{self._names.key(what)}"


SCOPE: ContextVar[StepScope | None] = ContextVar("flowforge_step", default=None)


def current_step() -> StepScope:
    """The step whose body is running. Raises StepMisuse outside of one.

    >>> # inside a step's body
    >>> # charge(card, amount, idempotency_key=flowforge.current_step().step_key)
    """
    scope = SCOPE.get()
    if scope is None:
        raise StepMisuse("no step is running here", hint="call current_step() inside a function that step.run executes")
    return scope
