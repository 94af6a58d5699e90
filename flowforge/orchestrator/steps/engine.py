"""The engine's own steps: run, sleep, wait_for_event, invoke, send_event. Each is a plain function that returns a future."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, overload

from flowforge import ids
from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, StepMisuse
from flowforge.orchestrator.change import Child, EventWait
from flowforge.orchestrator.codec import codec_of, to_json
from flowforge.orchestrator.context import Event
from flowforge.orchestrator.event import check_event_name, event_from_outside, send_events
from flowforge.orchestrator.execution import current_execution
from flowforge.orchestrator.match import key_of, value_at
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.threads import in_thread

P = ParamSpec("P")
R = TypeVar("R")
MAX_DEPTH = 32


class EngineSteps:
    """What a function can do durably without models, agents or approvals."""

    def __init__(self, options: StepOptions | None = None) -> None:
        self._options = options or StepOptions()

    @overload
    def run(self, name: str, fn: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]: ...
    @overload
    def run(self, name: str, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]: ...
    def run(self, name: str, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        """Call `fn(*args, **kwargs)` once and keep its result: a replay gets the result, not another call.

        Sync functions run in a thread. Raises StepError in the function when the step gives up after its retries.

            order = await step.run("validate", validate_order, ctx.event.data)
        """
        if not callable(fn):
            raise StepMisuse(
                f'step "{name}" was given a {type(fn).__name__} instead of a function',
                hint=f'write  step.run("{name}", function, argument)  without calling the function',
            )
        given: Any = None
        if args or kwargs:
            given = {"args": args, "kwargs": kwargs} if kwargs else args
        return current_execution().durable("run", name, _body(fn, args, kwargs), input=given, options=self._options, codec=codec_of(fn))

    def sleep(self, name: str, duration: Duration) -> asyncio.Future[None]:
        """Wait for a while; the run leaves its worker and survives every restart. Never ends early.

        await step.sleep("cool-down", "1h")
        """
        return current_execution().wait("sleep", name, timeout=seconds(duration))

    def wait_for_event(
        self, name: str, *, event: str, match: str | None = None, timeout: Duration | None = None, since: datetime | None = None
    ) -> asyncio.Future[Event[Any]]:
        """Wait for an event and return it. It may have come already: events since the run began (or `since`) count.

        `match="data.order_id"`: that field must be equal in the event that started the run and in the awaited one.
        Raises StepTimeout when `timeout` passes; without one it waits for ever.

            paid = await step.wait_for_event("payment", event="payment/settled", match="data.order_id", timeout="24h")
        """
        execution = current_execution()
        check_event_name(event)
        match_key = ""
        if match is not None:
            mine = {"data": execution.event.data, "name": execution.event.name, "id": execution.event.id}
            there, value = value_at(mine, match)
            if not there:
                raise InvalidInput(
                    f'step "{name}" matches on {match}, which the event {execution.event.name} does not have', pointer="/match"
                )
            match_key = key_of(value)
        asked = {"event": event, "match": match, "key": match_key if match else None}
        return execution.wait(
            "wait_for_event",
            name,
            input=asked,
            timeout=None if timeout is None else seconds(timeout),
            event=lambda key: EventWait(key, event, match or "", match_key, since or execution.event.received_at),
            decode=Event.from_json,
        )

    def invoke(self, name: str, function: str | Callable[..., Any], input: Any = None) -> asyncio.Future[Any]:
        """Start another function as a child run, wait for it, and return its output.

        Raises StepError when the child fails or is cancelled; NotFound when the function is not registered here.

            label = await step.invoke("label", make_label, {"order": order})
        """
        execution = current_execution()
        function_id = execution.host.registry.id_of(function)
        if execution.depth >= MAX_DEPTH:
            raise StepMisuse(
                f'step "{name}" would start a run {MAX_DEPTH + 1} levels deep', hint="a function that invokes itself needs an end"
            )
        text = to_json(input)
        child_id = ids.new_id()
        return execution.wait(
            "invoke",
            name,
            input={"function": function_id, "input": json.loads(text)},
            ref=child_id,
            child=lambda key: Child(
                child_id, function_id, key, text, execution.depth + 1, execution.host.share.next(execution.tenant_id, execution.weight)
            ),
        )

    def send_event(self, name: str, event: str, data: Any = None, *, id: str | None = None) -> asyncio.Future[list[str]]:
        """Send an event, once, whatever crashes in between; returns the ids of the runs that it started.

        await step.send_event("announce", "order/shipped", {"order_id": order["id"]})
        """
        execution = current_execution()
        event_from_outside(event, data, key=id)  # refused where it is called, not in the body

        async def body() -> list[str]:
            from flowforge.orchestrator.step_scope import current_step

            event_id = ids.derived_id(execution.run_id, current_step().key)
            new = event_from_outside(event, data, key=id, event_id=event_id)
            accepted = await send_events(execution.host.database, execution.tenant_id, [new], bell=execution.host.bell)
            return [ids.show("run", run) for run in accepted[0].run_ids]

        return execution.durable("send_event", name, body, input={"event": event, "data": data, "id": id}, options=self._options)


def _body(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
    if inspect.iscoroutinefunction(fn):
        return lambda: fn(*args, **kwargs)

    async def body() -> Any:
        found = await in_thread(fn, *args, **kwargs)
        while inspect.isawaitable(found):  # a lambda around an async function, a partial: await whatever can be awaited
            found = await found
        return found

    return body
