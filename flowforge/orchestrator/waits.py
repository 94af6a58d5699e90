"""Durable waits: a step that is settled by something outside the run. Each kind says how it looks whether that has come.

Both sides commit first and look second (ENGINE.md, rule 2): the waiting row is committed, then `look` is called, and again
whenever the run is woken or resumed. `look` is idempotent; a kind whose fact lives in another table (an approval) may also
create it there, `on conflict do nothing`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.execution import Execution


@dataclass(frozen=True)
class PendingWait:
    """A wait that is not settled yet; `input` is its JSON text, `ref` the id of what it waits for, where it has one."""

    tenant_id: UUID
    run_id: UUID
    key: str
    name: str
    kind: str
    ref: UUID | None
    input: str
    parent: str | None
    due: datetime | None
    agent_id: UUID | None
    task_id: UUID | None
    consumed: frozenset[UUID] = frozenset()  # events that earlier waits of the run took


@dataclass(frozen=True)
class Outcome:
    """How a wait ended: with a JSON `value`, or with an `error` {type, message}; `frames` go onto the run's stream first.

    With `shared=False` the frames stand on the run's stream only: who made the fact has told the agent's and task's already.
    `untold` are frames of a `NotYet` that never was: it ended before a look could say that it is open.
    """

    value: Any = None
    text: str | None = None  # the value as exact JSON text, where it is stored as such already
    error: dict[str, Any] | None = None
    ref: UUID | None = None
    frames: tuple[tuple[str, dict[str, Any]], ...] = ()
    shared: bool = True
    untold: tuple[tuple[str, dict[str, Any]], ...] = ()
    taken: tuple[UUID, ...] = ()  # events that no later wait is to get, where `ref` does not say it


@dataclass(frozen=True)
class NotYet:
    """Still open, but `frames` go onto the run's stream now. An execution takes them once for each wait, however often it looks."""

    frames: tuple[tuple[str, dict[str, Any]], ...] = ()


Look = Callable[["Database", Sequence[PendingWait]], Awaitable[Sequence[Outcome | NotYet | None]]]

_looks: dict[str, Look] = {}


def register_wait_kind(kind: str, look: Look) -> None:
    """Teach the engine a kind of wait: `look` gets open waits of that kind, of many runs, and answers each (None: not yet)."""
    _looks[kind] = look


def look_of(kind: str) -> Look | None:
    """How waits of that kind look; None for those that only time settles."""
    return _looks.get(kind)


@dataclass(frozen=True)
class UncertainStep:
    """A step with an effect whose worker died after it began and before its result was stored: it may have happened."""

    key: str
    name: str
    kind: str
    input: str | None
    parent: str | None
    attempt: int


@dataclass(frozen=True)
class TryAgain:
    """Somebody decided that the step is to be executed again."""


@dataclass(frozen=True)
class Settled:
    """Somebody says what the step's result is; it is stored as if the body had returned it."""

    value: Any


Settle = Callable[["Execution", UncertainStep], Awaitable[TryAgain | Settled]]

_settle: list[Settle] = []


def on_uncertain_step(settle: Settle | None) -> None:
    """Register who decides about uncertain steps (the review queue); without one they fail with a clear error."""
    _settle[:] = [settle] if settle else []


def uncertain_step_settler() -> Settle | None:
    return _settle[0] if _settle else None
