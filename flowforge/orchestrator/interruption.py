"""A step's body says that it cannot go on now. That is no failure: it counts as no attempt, and `except Exception` does not see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution


class Interruption(BaseException):
    """Ends a body without a result. Derived from BaseException, as what suspends a run is: no library may take it for an error."""


class PutOff(Interruption):
    """Begin the same attempt again in `seconds`; a run that waits for nothing else leaves its worker until then."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds, self.reason = seconds, reason


class ProviderBusy(PutOff):
    """A model's provider wants to be left alone, or its limit is used up: another one may be asked instead."""


class AskFirst(Interruption):
    """Begin the same attempt again when `settle` has returned; it may wait durably, and what it raises fails the step.

    `settle` must ask under the same identity whenever it is called for the same question: a resumed run comes by it again.
    """

    def __init__(self, settle: Callable[[Execution], Awaitable[None]], reason: str) -> None:
        super().__init__(reason)
        self.settle, self.reason = settle, reason
