"""Flow control as the decorator takes it: short forms and objects, read into one `FlowControl`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar

from typing_extensions import Unpack

from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, RegistrationError
from flowforge.orchestrator.expression import compiled
from flowforge.orchestrator.flow.combine import refuse_impossible
from flowforge.orchestrator.flow.control import (
    NOTHING,
    PRIORITIES,
    Batch,
    CancelOn,
    Concurrency,
    Debounce,
    FlowControl,
    Idempotency,
    Limit,
    Rate,
    Singleton,
    Throttle,
    read_rate,
)

LIMITED_KINDS = ("run", "ai", "tool", "send_event", "signal")  # an item of step.map is a run
MAX_CONCURRENCY_LIMITS = 4
MAX_CANCEL_EVENTS = 10

T = TypeVar("T")


class FlowArguments(TypedDict, total=False):
    """The decorator's arguments for flow control; each also as an object (`flowforge.Concurrency(…)`, …)."""

    concurrency: int | Concurrency | Limit | Sequence[int | Concurrency | Limit] | None
    rate: str | Rate | None
    throttle: Duration | Throttle | None
    debounce: Duration | Debounce | None
    batch: Batch | None
    priority: int | str
    singleton: Literal["skip", "cancel"] | bool | Singleton | None
    idempotency: str | Idempotency | None
    cancel_on: CancelOn | Sequence[CancelOn] | None
    step_limits: Mapping[str, Limit]
    start_timeout: Duration | None
    timeout: Duration | None


def read_flow(**given: Unpack[FlowArguments]) -> FlowControl:
    """Raises RegistrationError for what cannot be read, and for what does not go together."""
    if not given:
        return NOTHING
    unknown = sorted(set(given) - set(FlowArguments.__annotations__))
    if unknown:
        near = difflib.get_close_matches(unknown[0], list(FlowArguments.__annotations__), n=1)
        raise RegistrationError(f"there is no option {unknown[0]!r}" + (f"; did you mean {near[0]}=?" if near else ""))
    flow = FlowControl(
        concurrency=_concurrency(given.get("concurrency")),
        rate=_rate(given.get("rate")),
        throttle=_throttle(given.get("throttle")),
        debounce=_debounce(given.get("debounce")),
        batch=_instance("batch", given.get("batch"), Batch, 'flowforge.Batch(size=50, timeout="5s")'),
        priority=_priority(given.get("priority", 0)),
        singleton=_singleton(given.get("singleton")),
        idempotency=_idempotency(given.get("idempotency")),
        cancel_on=_cancel_on(given.get("cancel_on")),
        step_limits=_step_limits(given.get("step_limits")),
        start_timeout=_duration("start_timeout", given.get("start_timeout")),
        timeout=_duration("timeout", given.get("timeout")),
    )
    refuse_impossible(flow)
    return flow


def _concurrency(given: Any) -> tuple[Concurrency | Limit, ...]:
    limits = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
    if len(limits) > MAX_CONCURRENCY_LIMITS:
        raise RegistrationError(f"a function may have {MAX_CONCURRENCY_LIMITS} concurrency limits, not {len(limits)}")
    read = tuple(limit if isinstance(limit, Concurrency | Limit) else Concurrency(limit=limit) for limit in limits)
    names = [limit.name for limit in read if isinstance(limit, Limit)]
    if len(set(names)) < len(names):
        raise RegistrationError(f"concurrency lists the limit {names[0]} twice")
    return read


def _rate(given: Any) -> Rate | None:
    if not isinstance(given, str):
        return _instance("rate", given, Rate, '"60/min"')
    limit, period = read_rate("rate", given)
    return Rate(limit=limit, period=period)


def _throttle(given: Any) -> Throttle | None:
    if given is None or isinstance(given, Throttle):
        return given
    if isinstance(given, str) and "/" in given:
        limit, period = read_rate("throttle", given)
        return Throttle(limit=limit, period=period)
    return Throttle(period=given)


def _debounce(given: Any) -> Debounce | None:
    return given if given is None or isinstance(given, Debounce) else Debounce(period=given)


def _singleton(given: Any) -> Singleton | None:
    if given is True:
        return Singleton()
    if isinstance(given, str):
        return Singleton(mode=given)  # type: ignore[arg-type]
    return _instance("singleton", given or None, Singleton, '"skip", "cancel"')


def _idempotency(given: Any) -> Idempotency | None:
    return Idempotency(key=given) if isinstance(given, str) else _instance("idempotency", given, Idempotency, '"event.data.order_id"')


def _priority(given: int | str) -> int | str:
    if isinstance(given, str):
        compiled(given)
    elif isinstance(given, bool) or given not in PRIORITIES:
        raise RegistrationError(f"priority goes from -2 (later) to 2 (sooner), or is an expression with such a value; not {given!r}")
    return given


def _cancel_on(given: Any) -> tuple[CancelOn, ...]:
    rules = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
    if len(rules) > MAX_CANCEL_EVENTS:
        raise RegistrationError(f"cancel_on takes {MAX_CANCEL_EVENTS} events at most, not {len(rules)}")
    wrong = next((rule for rule in rules if not isinstance(rule, CancelOn)), None)
    if wrong is not None:
        raise RegistrationError(
            f"cancel_on={wrong!r} does not say which runs the event cancels",
            hint='flowforge.CancelOn("order/cancelled", match="data.order_id")',
        )
    return tuple(rules)


def _step_limits(given: Any) -> tuple[tuple[str, Limit], ...]:
    kinds = {} if given is None else dict(given)
    for kind, limit in kinds.items():
        if kind not in LIMITED_KINDS or not isinstance(limit, Limit):
            raise RegistrationError(
                f"step_limits={{{kind!r}: {limit!r}}} cannot be read; the kinds are {', '.join(LIMITED_KINDS)}",
                hint='step_limits={"ai": flowforge.Limit(name="models", concurrency=20)}',
            )
    return tuple(sorted(kinds.items()))


def _duration(what: str, given: Duration | None) -> Duration | None:
    try:
        if given is not None and seconds(given) <= 0:
            raise RegistrationError(f"{what} must be longer than nothing")
    except InvalidInput as error:
        raise RegistrationError(f"{what}: {error.message}", hint=error.hint) from None
    return given


def _instance(what: str, given: Any, kind: type[T], example: str) -> T | None:
    if given is None or isinstance(given, kind):
        return given
    raise RegistrationError(f"{what}={given!r} cannot be read", hint=f"for example  {what}={example}")
