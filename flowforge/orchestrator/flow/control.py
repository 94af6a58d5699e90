"""What a function may ask of flow control. Each is a small value; `FlowControl` holds what one function asks for.

Periods are durations as people write them ("10s", "24h"), keys are CEL expressions over `event` whose value divides: every value
has a limit, a batch, a quiet period of its own. Keyed limits are always one tenant's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, RegistrationError
from flowforge.orchestrator.expression import PAIR, compiled

MAX_LIMIT = 1_000_000
MAX_BATCH = 1000
PRIORITIES = range(-2, 3)
_RATE = re.compile(r"(\d+)\s*/\s*(.+)")
_WORDS = {"sec": "s", "second": "s", "min": "m", "minute": "m", "hour": "h", "day": "d", "week": "w"}


@dataclass(frozen=True, kw_only=True)
class Concurrency:
    """At most `limit` runs at once. Runs that sleep or wait hold no slot.

    `scope="tenant"`: for each tenant apart; with a `key` it always is.

        concurrency=[50, Concurrency(limit=2, key="event.data.customer")]
    """

    limit: int
    key: str | None = None
    scope: Literal["function", "tenant"] = "function"

    def __post_init__(self) -> None:
        _count("concurrency", self.limit)
        _key(self.key)
        if self.scope not in ("function", "tenant"):
            raise RegistrationError(f"the scope of a concurrency limit is function or tenant, not {self.scope!r}")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit with a name, shared by all functions that list it under `concurrency=`; it is the same for all of them.

    STRIPE = flowforge.Limit(name="stripe", concurrency=10)
    @flowforge.function(trigger="order/created", concurrency=[5, STRIPE])
    """

    name: str
    concurrency: int
    key: str | None = None
    scope: Literal["all", "tenant"] = "all"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", self.name):
            raise RegistrationError(f"a limit's name may hold letters, digits, _, . and -, not {self.name!r}")
        _count(f"limit {self.name}", self.concurrency)
        _key(self.key)
        if self.scope not in ("all", "tenant"):
            raise RegistrationError(f"the scope of a shared limit is all or tenant, not {self.scope!r}")


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """Starts are spread out: `limit` in a `period`, at most `burst` of them together. What is too early is delayed, not lost."""

    limit: int = 1
    period: Duration
    burst: int = 1
    key: str | None = None

    def __post_init__(self) -> None:
        _count("throttle", self.limit)
        _count("the burst of a throttle", self.burst)
        _period("throttle", self.period)
        _key(self.key)

    @property
    def period_seconds(self) -> float:
        return seconds(self.period)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """At most `limit` starts in a `period` for each tenant; what is over it is skipped: its run is `skipped`, visible, and never runs.

    `burst` of them may come together (all of the limit, unless given).
    """

    limit: int
    period: Duration
    burst: int | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        _count("rate", self.limit)
        if self.burst is not None:
            _count("the burst of a rate", self.burst)
        _period("rate", self.period)
        _key(self.key)

    @property
    def period_seconds(self) -> float:
        return seconds(self.period)


@dataclass(frozen=True, kw_only=True)
class Debounce:
    """One run for a burst of events, with the last of them, once none has come for `period`; after `cap` it runs in any case."""

    period: Duration
    cap: Duration | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        _period("debounce", self.period)
        if self.cap is not None and seconds(self.cap) < seconds(self.period):
            raise RegistrationError(f"a debounce's cap ({self.cap}) must not be shorter than its period ({self.period})")
        _key(self.key)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One run for up to `size` events, or for those that have come `timeout` after the first. They are `ctx.events`."""

    size: int
    timeout: Duration
    key: str | None = None

    def __post_init__(self) -> None:
        if not 2 <= self.size <= MAX_BATCH:
            raise RegistrationError(f"a batch holds 2 to {MAX_BATCH} events, not {self.size}")
        _period("batch", self.timeout)
        _key(self.key)


@dataclass(frozen=True, kw_only=True)
class Singleton:
    """One run at a time. While one has not ended, `skip` the new one (its run is `skipped`), or `cancel` the older."""

    mode: Literal["skip", "cancel"] = "skip"
    key: str | None = None

    def __post_init__(self) -> None:
        if self.mode not in ("skip", "cancel"):
            raise RegistrationError(f"a singleton's mode is skip or cancel, not {self.mode!r}")
        _key(self.key)


@dataclass(frozen=True, kw_only=True)
class Idempotency:
    """One run for each value of `key` within `window`; a later event with that value starts nothing."""

    key: str
    window: Duration = "24h"

    def __post_init__(self) -> None:
        _period("idempotency", self.window)
        _key(self.key)


@dataclass(frozen=True)
class CancelOn:
    """Cancel the run when this event comes, with the same value at `match` (`"data.order_id"`) where that is given.

    `if_`: an expression over `event` (the run's) and `async` (the one that has come). `timeout`: only so long after the run began.
    """

    event: str
    match: str | None = None
    if_: str | None = None
    timeout: Duration | None = None

    def __post_init__(self) -> None:
        if not self.event or " " in self.event or "*" in self.event or not self.event.isprintable():
            raise RegistrationError(f"cancel_on needs the name of an event, not {self.event!r}")
        if self.if_ is not None:
            compiled(self.if_, PAIR)
        if self.timeout is not None:
            _period("the timeout of cancel_on", self.timeout)


@dataclass(frozen=True, kw_only=True)
class FlowControl:
    """All that one function asks for. `priority`: from -2 (later) to 2 (sooner), or an expression with such a value."""

    concurrency: tuple[Concurrency | Limit, ...] = ()
    throttle: Throttle | None = None
    rate: Rate | None = None
    debounce: Debounce | None = None
    batch: Batch | None = None
    singleton: Singleton | None = None
    idempotency: Idempotency | None = None
    priority: int | str = 0
    cancel_on: tuple[CancelOn, ...] = ()
    step_limits: tuple[tuple[str, Limit], ...] = ()  # by kind of step
    start_timeout: Duration | None = None
    timeout: Duration | None = None

    @property
    def keyed(self) -> bool:
        """Must the dispatcher look at what it did before, under a lock?"""
        return bool(self.rate or self.debounce or self.batch or self.singleton or self.idempotency)

    @property
    def shared_limits(self) -> tuple[Limit, ...]:
        return (*(limit for limit in self.concurrency if isinstance(limit, Limit)), *(limit for _, limit in self.step_limits))

    @property
    def plain(self) -> bool:
        """Does it ask for nothing at all?"""
        return self == NOTHING

    def to_json(self) -> dict[str, Any]:
        """Only what is asked for; the types of limits stand beside them."""
        shown = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != getattr(NOTHING, f.name)}
        return {name: _shown(value) for name, value in shown.items()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> FlowControl:
        values: dict[str, Any] = dict(found)
        for name, kind in _KINDS.items():
            if values.get(name):
                values[name] = kind(**values[name])
        limits = values.get("concurrency", ())
        values["concurrency"] = tuple(Limit(**limit) if "name" in limit else Concurrency(**limit) for limit in limits)
        values["step_limits"] = tuple((kind, Limit(**limit)) for kind, limit in values.get("step_limits", ()))
        values["cancel_on"] = tuple(CancelOn(**rule) for rule in values.get("cancel_on", ()))
        return cls(**values)


def read_rate(what: str, text: str) -> tuple[int, str]:
    """The limit and the period of `60/min`, `5/s`, `100/15m`. Raises RegistrationError."""
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise RegistrationError(f'{what}={text!r} is no rate; write it as "60/min", "5/s" or "100/15m"')
    unit = found[2].strip()
    unit = _WORDS.get(unit.removesuffix("s") if len(unit) > 1 else unit, unit)
    period = unit if unit[0].isdigit() else f"1{unit}"
    _period(what, period)
    return int(found[1]), period


def _count(what: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_LIMIT:
        raise RegistrationError(f"{what} must be a whole number from 1 to {MAX_LIMIT}, not {value!r}")


def _period(what: str, value: Duration) -> None:
    try:
        length = seconds(value)
    except InvalidInput as error:
        raise RegistrationError(f"{what}: {error.message}", hint=error.hint) from None
    if not 0.01 <= length <= 366 * 86400:
        raise RegistrationError(f"{what} takes a time between 10ms and a year, not {value!r}")


def _key(expression: str | None) -> None:
    if expression is not None:
        compiled(expression)


def _shown(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_shown(one) for one in value]
    if isinstance(value, int | str | float):
        return value
    if hasattr(value, "__dataclass_fields__"):
        return {name: _shown(one) for name, one in asdict(value).items() if one is not None}
    return seconds(value)


_KINDS: dict[str, Any] = {
    "throttle": Throttle,
    "rate": Rate,
    "debounce": Debounce,
    "batch": Batch,
    "singleton": Singleton,
    "idempotency": Idempotency,
}
NOTHING = FlowControl()


def read_settings(text: str) -> FlowControl:
    """Flow control from a function's published settings."""
    return FlowControl.from_json(json.loads(text).get("flow", {}))
