"""The engine's own steps: run, map, sleep, sleep_until, invoke, and those of events and signals.

Each is a plain function that returns a future.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Literal, ParamSpec, TypeVar, overload

from flowforge import ids
from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, StepError, StepMisuse, TooManyChildren
from flowforge.orchestrator.change import LARGE_BYTES, Child
from flowforge.orchestrator.codec import codec_of, to_json
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.steps.base import body_of, check_callable
from flowforge.orchestrator.steps.events import EventSteps
from flowforge.orchestrator.steps.signals import SignalSteps

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
MAX_DEPTH = 32
MAX_CHILDREN = 10_000  # of one run
MAX_ITEMS = 100_000
ITEMS_AT_ONCE = 100


class EngineSteps(EventSteps, SignalSteps):
    """What a function can do durably without models, agents or approvals."""

    @overload
    def run(self, name: str, fn: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]: ...
    @overload
    def run(self, name: str, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]: ...
    def run(self, name: str, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        """Call `fn(*args, **kwargs)` once and keep its result: a replay gets the result, not another call.

        Sync functions run in a thread. Raises StepError in the function when the step gives up after its retries.

            order = await step.run("validate", validate_order, ctx.event.data)
        """
        check_callable(name, fn, "argument")
        given: Any = None
        if args or kwargs:
            given = {"args": args, "kwargs": kwargs} if kwargs else args
        return current_execution().durable("run", name, body_of(fn, args, kwargs), input=given, options=self._options, codec=codec_of(fn))

    @overload
    def map(
        self,
        name: str,
        fn: Callable[[T], Awaitable[R]],
        items: Iterable[T],
        *,
        concurrency: int = ...,
        return_exceptions: Literal[False] = ...,
    ) -> asyncio.Future[list[R]]: ...
    @overload
    def map(
        self, name: str, fn: Callable[[T], R], items: Iterable[T], *, concurrency: int = ..., return_exceptions: Literal[False] = ...
    ) -> asyncio.Future[list[R]]: ...
    @overload
    def map(
        self, name: str, fn: Callable[[T], Awaitable[R]], items: Iterable[T], *, concurrency: int = ..., return_exceptions: Literal[True]
    ) -> asyncio.Future[list[R | StepError]]: ...
    @overload
    def map(
        self, name: str, fn: Callable[[T], R], items: Iterable[T], *, concurrency: int = ..., return_exceptions: Literal[True]
    ) -> asyncio.Future[list[R | StepError]]: ...
    def map(
        self,
        name: str,
        fn: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        concurrency: int = ITEMS_AT_ONCE,
        return_exceptions: bool = False,
    ) -> asyncio.Future[Any]:
        """Call `fn(item)` for every item, each a durable step of its own (`name[0]`, `name[1]` …); the results, in order.

        At most `concurrency` of them at once, and ten thousand items are no trouble. After a crash the items that were finished
        do not run again. When one gives up, no further item begins, those in flight go on to their end, and then its StepError
        is raised (`error.item` says which); with `return_exceptions=True` all items run and errors stand among the results.

            sizes = await step.map("resize", resize, ctx.event.data["pictures"], concurrency=20)
        """
        check_callable(name, fn, "items")
        listed = list(items)
        if not _is_count(concurrency):
            raise InvalidInput(f"concurrency must be a whole number from 1 on, not {concurrency!r}")
        if len(listed) > MAX_ITEMS:
            raise InvalidInput(f'step "{name}" was given {len(listed)} items, and a run maps at most {MAX_ITEMS} at once')
        return current_execution().map(
            name,
            listed,
            lambda item: body_of(fn, (item,), {}),
            codec=codec_of(fn),
            options=self._options,
            concurrency=concurrency,
            return_exceptions=return_exceptions,
        )

    def sleep(self, name: str, duration: Duration) -> asyncio.Future[None]:
        """Wait for a while; the run leaves its worker and survives every restart. Never ends early.

        await step.sleep("cool-down", "1h")
        """
        return current_execution().wait("sleep", name, timeout=seconds(duration))

    def sleep_until(self, name: str, when: datetime | str) -> asyncio.Future[None]:
        """Wait until a moment: a datetime with a time zone, or such a one as ISO text. One that has passed is no wait.

        Raises InvalidInput for a moment without a time zone: it would mean another one on another machine.

            await step.sleep_until("opening", "2026-12-01T09:00:00+01:00")
        """
        moment = _moment(name, when)
        return current_execution().wait("sleep", name, input={"until": moment.isoformat()}, until=moment)

    def invoke(
        self, name: str, function: str | Callable[..., Any], input: Any = None, *, timeout: Duration | None = None
    ) -> asyncio.Future[Any]:
        """Start another function as a child run, wait for it, and return its output.

        Raises StepError when the child fails or is cancelled, StepTimeout when it has not ended within `timeout` (it goes on by
        itself), NotFound when the function is not registered here, TooManyChildren for the 10,001st child of one run.

            label = await step.invoke("label", make_label, {"order": order}, timeout="1h")
        """
        execution = current_execution()
        function_id = execution.host.registry.id_of(function)
        if execution.depth >= MAX_DEPTH:
            raise StepMisuse(
                f'step "{name}" would start a run {MAX_DEPTH + 1} levels deep', hint="a function that invokes itself needs an end"
            )
        if execution.children >= MAX_CHILDREN:
            raise TooManyChildren(name, MAX_CHILDREN)
        execution.children += 1
        text = to_json(input)
        execution.keep_secrets_out(text, f"what step {name!r} gives to the function it starts")
        child_id = ids.new_id()
        large = len(text) > LARGE_BYTES  # it travels apart from the flush, to the child's own blob row
        return execution.wait(
            "invoke",
            name,
            input={"function": function_id, "input": f"({len(text)} characters, kept with the child)" if large else json.loads(text)},
            ref=child_id,
            timeout=None if timeout is None else seconds(timeout),
            child=lambda key: Child(
                child_id, function_id, key, text, execution.depth + 1, vt=execution.host.share.next(execution.tenant_id, execution.weight)
            ),
        )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _moment(name: str, when: datetime | str) -> datetime:
    try:
        moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        raise InvalidInput(f'step "{name}" cannot read {when!r} as a moment', hint="write it as 2026-12-01T09:00:00+01:00") from None
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidInput(
            f'step "{name}" is to sleep until {moment.isoformat()}, which names no time zone',
            hint='for example  datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Europe/Oslo"))',
        )
    return moment
