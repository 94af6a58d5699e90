"""The tree of exceptions that FlowForge raises. Catch `FlowForgeError` for all of them.

FlowForgeError
├── ConfigurationError        a setting or a registration is wrong; nothing was started
│   ├── RegistrationError     a function, tool or agent cannot be registered as written
│   └── SealingKeyMissing     secrets cannot be sealed or opened: this process has no key for it, or not the right one
├── DatabaseUnavailable       PostgreSQL cannot be reached, or is not writable
│   └── DatabaseTooNew        the schema was migrated by a newer FlowForge
├── ServerUnavailable         no FlowForge API answers at that address
├── SandboxUnavailable        code cannot be shut in on this machine, so it was not run
├── TooManyRequests           a key or its tenant asks faster than it may; carries when to come again
├── NotFound                  a name or id does not exist; carries the nearest names
├── Conflict                  somebody else was first, or the state does not allow it
│   └── Gone                  it could have been done, but no longer (an expired approval)
├── InvalidInput              a value does not fit; carries a pointer to the field
├── NotAllowed                the caller may not do this with that thing
├── SignInRefused             nobody was let in
├── TooManyAttempts           attempts to sign in have failed too often, too lately
├── SignatureRejected         a webhook's delivery is not signed by who holds the secret, or not now
├── ExpressionFailed          an expression has no value over this event; carries the expression and the reason
├── StepError                 a step gave up; raised in the function that called it
│   ├── StepTimeout           a wait or a step ran out of time (also a TimeoutError)
│   └── StepUncertain         its worker died while it ran: its effect may have happened
├── StillRunning              a run that was waited for has not ended in that time (also a TimeoutError)
├── RunFailed                 what a function failed with, as its `on_failure` gets it
├── NonRetryable              raise it in a step to fail at once
├── RetryAfter                raise it in a step to be tried again after a given delay
├── StepMisuse                the code calls steps in a way that cannot be durable; never retried
│   ├── ReplayMismatch        a replay reached another step than the one recorded
│   └── TooManyChildren       a run invokes more functions than one run may
├── NotSerializable           a value that JSON cannot hold; names the path inside it
├── SecretExposed             a step was about to store a secret's value; nothing was stored
├── TurnsExceeded             a model still called tools when it had to answer
├── LimitReached              a run of an agent took all that its definition lets it take
├── ModelError                a model call failed; `kind` says how, `retryable` whether trying again can help
├── BudgetExceeded            a model call would cost more than a budget, or its own limit, has left; nothing was sent
├── GuardRefused              a guard refused what was to be sent to a model, or what it answered
└── LeaseLost                 another worker owns the run now; this one drops it
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal


class FlowForgeError(Exception):
    """Base of every error that FlowForge raises; `hint` says what to do about it, when there is something.

    `request_id` is that of the request which a server refused, where it came from one: its log says more under it.
    """

    hint: str | None = None
    request_id: str | None = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint


class ConfigurationError(FlowForgeError):
    """A setting is missing or wrong; nothing was started."""


class RegistrationError(ConfigurationError):
    """A function, tool, skill or agent cannot be registered as it is written."""


class SealingKeyMissing(ConfigurationError):
    """Secrets cannot be sealed or opened here: no key is set, it is not the one that sealed them, or its keeper does not answer."""


class DatabaseUnavailable(FlowForgeError):
    """PostgreSQL cannot be reached, or does not accept writes."""


class DatabaseTooNew(DatabaseUnavailable):
    """The database was migrated by a newer FlowForge than this one."""


class ServerUnavailable(FlowForgeError):
    """No FlowForge API answers at that address, or it stopped answering."""


class SandboxUnavailable(FlowForgeError):
    """Code cannot be shut in on this machine. It was not run: without the walls nothing is."""


class TooManyRequests(FlowForgeError):
    """A key, or its tenant, asks faster than it may; nothing was done. `retry_after` says after how many seconds it may again."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message, hint=f"try again in {retry_after:g} s")
        self.retry_after = retry_after


class NotFound(FlowForgeError):
    """Nothing of that name exists. `nearest` holds the most similar names that do."""

    def __init__(self, what: str, name: str, known: Iterable[str] = ()) -> None:
        self.what, self.name = what, name
        self.nearest = tuple(difflib.get_close_matches(name, list(known), n=3, cutoff=0.5))
        super().__init__(f"there is no {what} {name!r}" + (f"; did you mean {' or '.join(self.nearest)}?" if self.nearest else ""))


class Conflict(FlowForgeError):
    """The state does not allow it, most often because somebody else was first. `winner` says who, where known."""

    def __init__(self, message: str, *, winner: dict[str, object] | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.winner = winner


class Gone(Conflict):
    """It could have been done once, but the time for it has passed."""


class InvalidInput(FlowForgeError):
    """A value does not fit. `pointer` is the JSON pointer (RFC 6901) of the field inside the body."""

    retryable = False  # it will not fit at the next attempt either

    def __init__(self, message: str, *, pointer: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.pointer = pointer


class NotAllowed(FlowForgeError):
    """The caller may not do this with that thing, though it may do the like with others."""


class SignInRefused(FlowForgeError):
    """Nobody was let in. It says no more: which part was wrong would help whoever guesses."""

    def __init__(self, message: str = "the e-mail address, the password or the code is not right") -> None:
        super().__init__(message)


class TooManyAttempts(FlowForgeError):
    """Nothing was looked at: this address or source has failed too often, too lately. `retry_after` says for how many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many attempts to sign in failed; wait before the next one")
        self.retry_after = max(1, math.ceil(seconds))


class SignatureRejected(FlowForgeError):
    """A delivery's signature is missing, wrong or old. It says no more: a reason would help whoever forges one."""

    def __init__(self) -> None:
        super().__init__("the signature is missing or does not hold")


class ExpressionFailed(FlowForgeError):
    """An expression (a filter, a key, a priority) has no usable value over this event; `reason` says why."""

    retryable = False

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"{expression!r}: {reason}")
        self.expression, self.reason = expression, reason


class StepError(FlowForgeError):
    """A step gave up, after its retries or at once. Catch it in the function to compensate.

    `step` is the step's name, `attempts` how often it was tried, `error_type` the class name of the last error; `item` is the
    place of the failed item of a `step.map`.
    """

    key: str | None = None  # of the step in its run
    item: int | None = None

    def __init__(self, step: str, message: str, *, attempts: int = 1, error_type: str = "", retryable: bool = False) -> None:
        super().__init__(f"step {step!r} failed: {message}")
        self.step, self.attempts, self.error_type, self.retryable = step, attempts, error_type, retryable
        self.reason = message


class StepTimeout(StepError, TimeoutError):
    """A wait, or a step with a timeout, ran out of time."""


class StepUncertain(StepError):
    """A step's worker died between its begin and its checkpoint, so its effect may have happened; it was not tried again."""


class StillRunning(FlowForgeError, TimeoutError):
    """A run that was waited for has not ended in that time; it goes on. `run` is its id, `state` what it is in."""

    def __init__(self, run: str, state: str) -> None:
        super().__init__(f"run {run} has not ended yet, it is {state}")
        self.run, self.state = run, state


class RunFailed(FlowForgeError):
    """The error that escaped from a function, for its `on_failure` handler, where it was not a step's.

    `error_type` is the class name of the original, `where` the line of the user's code.
    """

    def __init__(self, message: str, *, error_type: str = "", where: str | None = None) -> None:
        super().__init__(message)
        self.error_type, self.where = error_type, where


class NonRetryable(FlowForgeError):
    """Raise it inside a step: the step fails at once, without further attempts."""


class RetryAfter(FlowForgeError):
    """Raise it inside a step: the next attempt comes after `delay` (seconds, or a `timedelta`)."""

    def __init__(self, delay: float | timedelta, message: str = "asked to be retried later") -> None:
        super().__init__(message)
        self.seconds = delay.total_seconds() if isinstance(delay, timedelta) else float(delay)


class StepMisuse(FlowForgeError):
    """Steps are called in a way that cannot be durable (inside another step, off the run, without await)."""


class ReplayMismatch(StepMisuse):
    """The replay of a run reached another step, or other arguments, than were recorded under that key."""


class TooManyChildren(StepMisuse):
    """A run has invoked as many functions as one run may."""

    hint = "send events with step.send_event, or let each child invoke a part of the rest"

    def __init__(self, step: str, limit: int) -> None:
        super().__init__(f'step "{step}" would start child {limit + 1} of one run')
        self.step, self.limit = step, limit


class NotSerializable(FlowForgeError):
    """A value cannot be stored as JSON. `path` leads to the culprit, as in `$.items[3].price`."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} {why}")
        self.path = path


class LeaseLost(FlowForgeError):
    """Another worker owns this run now; drop the work, its result will not be kept."""

    def __init__(self, run: str) -> None:
        super().__init__(f"run {run} is no longer leased to this worker")
        self.run = run


ModelErrorKind = Literal[
    "rate_limited",
    "quota_exhausted",
    "overloaded",
    "server_error",
    "timeout",
    "connection",
    "cut_stream",
    "invalid_output",
    "authentication",
    "not_found",
    "bad_request",
    "content_filter",
    "context_too_long",
]
_RETRYABLE_MODEL_ERRORS = frozenset({"rate_limited", "overloaded", "server_error", "timeout", "connection", "cut_stream", "invalid_output"})


class ModelError(FlowForgeError):
    """A model call failed. `kind` says how, `retryable` whether trying again can help, `retry_after` when, in seconds.

    `answer_lost` says that the request may have reached the provider, and may be charged, though its answer did not (wholly) reach
    us: a stream that was cut, a call that took too long, a connection that broke after the request was sent.
    """

    def __init__(
        self,
        kind: ModelErrorKind,
        message: str,
        *,
        model: str,
        status: int | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
        answer_lost: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind, self.model, self.status, self.answer_lost = kind, model, status, answer_lost
        self.retryable = kind in _RETRYABLE_MODEL_ERRORS
        self.retry_after = retry_after if self.retryable else None


class TurnsExceeded(FlowForgeError):
    """A model that may call tools was asked `max_turns` times, and did not come to an answer."""

    retryable = False

    def __init__(self, model: str, max_turns: int) -> None:
        times = "once" if max_turns == 1 else f"{max_turns} times"
        super().__init__(f"{model} was asked {times} and still calls tools", hint="raise max_turns=, or say in the prompt when to answer")
        self.model, self.max_turns = model, max_turns


class LimitReached(FlowForgeError):
    """A run of an agent took all that its definition lets it take. `limit` says of what: turns, tool_calls, money or wall_time."""

    retryable = False

    def __init__(self, limit: str, allowed: str, why: str = "") -> None:
        super().__init__(f"I reached my limit of {allowed}{why}", hint="raise it in the agent's definition, or set on_limit to ask")
        self.limit = limit


class BudgetExceeded(FlowForgeError):
    """A model call was not made: it would take more than is left. `budget` names what is exceeded."""

    retryable = False

    def __init__(self, message: str, *, budget: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.budget = budget


class GuardRefused(FlowForgeError):
    """Raise it in a guard: the call is not made, or its answer is not used; the step fails at once with `message`."""

    retryable = False


class SecretExposed(FlowForgeError):
    """What was to be stored holds the value of a secret. Nothing was stored, and another attempt would do the same."""

    retryable = False

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} holds the value of a secret, which is never stored",
            hint="use the secret where it is needed and return something else: an id, a status, the answer without it",
        )
