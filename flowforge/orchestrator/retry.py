"""When a failed step is tried again: exponentially later, with full jitter, unless the error says otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flowforge.errors import InvalidInput, NonRetryable, NotSerializable, RetryAfter, StepMisuse

OnUncertain = Literal["retry", "fail"]

if TYPE_CHECKING:
    from flowforge.orchestrator.flow.control import Limit

DEFAULT_RETRIES = 3
MAX_RETRIES = 100


@dataclass(frozen=True)
class Backoff:
    """Delays before the next attempt: uniformly between 0 and base * 2^(attempt - 1) seconds, at most `cap_seconds`."""

    base_seconds: float = 1.0
    cap_seconds: float = 60.0
    chance: Callable[[], float] = random.random

    def delay_seconds(self, attempt: int) -> float:
        return float(self.chance() * min(self.cap_seconds, self.base_seconds * 2 ** min(attempt - 1, 30)))


@dataclass(frozen=True)
class StepOptions:
    """How a step is executed. `retries=3` means four attempts; `timeout_seconds` is for one attempt.

    `on_uncertain`: what follows when a worker dies between the step's begin and its checkpoint. With "fail" a row says that the
    attempt begins before it does, and the step fails instead of running again.
    """

    retries: int | None = None  # None: the function's
    timeout_seconds: float | None = None
    on_uncertain: OnUncertain = "retry"
    limit: Limit | None = None  # across all workers; None: the function's for this kind of step, if it has one
    weight: int = 1  # how much of it one attempt takes

    def __post_init__(self) -> None:
        if self.on_uncertain not in ("retry", "fail"):
            raise InvalidInput(f'on_uncertain is "retry" or "fail", not {self.on_uncertain!r}')
        if self.retries is not None and not 0 <= self.retries <= MAX_RETRIES:
            raise InvalidInput(f"retries must lie between 0 and {MAX_RETRIES}, not {self.retries}")
        if self.weight < 1:
            raise InvalidInput(f"a step's weight is a whole number from 1 on, not {self.weight!r}")


def next_delay(error: BaseException, attempt: int, retries: int, backoff: Backoff) -> float | None:
    """Seconds until the next attempt, or None when the step gives up.

    An error can decide for itself: RetryAfter, NonRetryable, or attributes `retryable` and `retry_after` (seconds).
    """
    if isinstance(error, NonRetryable | StepMisuse | NotSerializable) or getattr(error, "retryable", True) is False:
        return None
    if attempt > retries:
        return None
    if isinstance(error, RetryAfter):
        return error.seconds
    asked = getattr(error, "retry_after", None)
    if isinstance(asked, int | float) and not isinstance(asked, bool) and asked >= 0:
        return float(asked)
    return backoff.delay_seconds(attempt)
