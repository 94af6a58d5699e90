"""Steps about events: wait for one, for any of several, for all of several; send one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flowforge import ids
from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, RegistrationError
from flowforge.orchestrator.change import EventWait
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.context import Event
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.event import check_event_name, event_from_outside, send_events
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.expression import PAIR, compiled
from flowforge.orchestrator.match import key_of, value_at
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.steps.base import StepGroup
from flowforge.orchestrator.trace import keep_origins, traceparent_of

MAX_AWAITED = 100


@dataclass(frozen=True)
class Awaited:
    """One of several events that a step waits for; made by `flowforge.awaited`."""

    event: str
    match: str | None = None
    if_: str | None = None


def awaited(event: str, *, match: str | None = None, if_: str | None = None) -> Awaited:
    """One of several events to wait for, with a condition of its own.

    both = await step.wait_for_events("papers", all_of=[flowforge.awaited("invoice/paid", match="data.order_id"), "stock/reserved"])
    """
    return Awaited(event, match, if_)


class EventSteps(StepGroup):
    """Wait for events, and send them."""

    def wait_for_event(
        self,
        name: str,
        *,
        event: str | Awaited | Sequence[str | Awaited],
        match: str | None = None,
        if_: str | None = None,
        timeout: Duration | None = None,
        since: datetime | None = None,
    ) -> asyncio.Future[Event[Any]]:
        """Wait for an event and return it. It may have come already: events since the run began (or `since`) count.

        `event`: a name, or a list for whichever comes first. `match="data.order_id"`: that field must be equal in the event that
        started the run and in the awaited one. `if_`: an expression (CEL) over both, `event` being the run's and `async` the awaited
        one; where it has no value the event does not count. With `match` too, both must hold, and fewer events are looked at.
        Raises StepTimeout when `timeout` passes; without one it waits for ever.

            paid = await step.wait_for_event("payment", event="payment/settled", match="data.order_id", timeout="24h")
            big = await step.wait_for_event("big", event=["order/paid", "order/void"], if_="async.data.total > event.data.total")
        """
        several = [event] if isinstance(event, str | Awaited) else list(event)
        wanted = [_with(one, match, if_) for one in several]
        alone = isinstance(event, str) and if_ is None
        asked: Any = {"event": event, "match": match} if alone else {"any_of": [_about(one) for one in wanted]}
        return _wait("wait_for_event", name, wanted, asked, timeout, since, Event.from_json, alone)

    def wait_for_events(
        self, name: str, *, all_of: Sequence[str | Awaited], timeout: Duration | None = None, since: datetime | None = None
    ) -> asyncio.Future[list[Event[Any]]]:
        """Wait until each of several events has come, in whatever order; they are returned in the order of the list.

        One event can be what several places of the list wait for. Raises StepTimeout when they have not all come in time.

            invoice, parcel = await step.wait_for_events(
                "papers", all_of=[flowforge.awaited("invoice/paid", match="data.order_id"), "parcel/packed"], timeout="3d"
            )
        """
        wanted = [_with(one, None, None) for one in all_of]
        if len(set(wanted)) != len(wanted):
            raise InvalidInput(f'step "{name}" lists the same awaited event twice', hint="one event would answer both: wait twice instead")
        asked = {"all_of": [_about(one) for one in wanted]}
        return _wait("wait_for_events", name, wanted, asked, timeout, since, _read_events)

    def send_event(self, name: str, event: str, data: Any = None, *, id: str | None = None) -> asyncio.Future[list[str]]:
        """Send an event, once, whatever crashes in between; returns the ids of the runs that it started.

        await step.send_event("announce", "order/shipped", {"order_id": order["id"]})
        """
        execution = current_execution()
        event_from_outside(event, data, key=id)  # refused where it is called, not in the body
        execution.keep_secrets_out(to_json([event, data, id]), f"the event of step {name!r}")

        async def body() -> list[str]:
            event_id = ids.derived_id(execution.run_id, current_step().key)
            await keep_origins(execution.host.database.pool, execution.tenant_id, [event_id], traceparent_of(current_step()))
            new = event_from_outside(event, data, key=id, event_id=event_id, test=execution.test)
            accepted = await send_events(execution.host.database, execution.tenant_id, [new], bell=execution.host.bell)
            return [ids.show("run", run) for run in accepted[0].run_ids]

        return execution.durable("send_event", name, body, input={"event": event, "data": data, "id": id}, options=self._options)


def _wait(
    kind: str,
    name: str,
    wanted: Sequence[Awaited],
    asked: dict[str, Any],
    timeout: Duration | None,
    since: datetime | None,
    decode: Any,
    alone: bool = False,
) -> asyncio.Future[Any]:
    execution = current_execution()
    if not 0 < len(wanted) <= MAX_AWAITED:
        raise InvalidInput(f'step "{name}" waits for {len(wanted)} events; it can wait for 1 to {MAX_AWAITED}')
    keys = [_match_key(execution, name, one) for one in wanted]
    after = since or execution.event.received_at
    asked |= {"key": keys[0] if wanted[0].match else None} if alone else {"keys": keys}

    def rows(key: str) -> list[EventWait]:
        return [
            EventWait(key, one.event, one.match or "", match_key, after, one.if_ or "", place)
            for place, (one, match_key) in enumerate(zip(wanted, keys, strict=True))
        ]

    return execution.wait(kind, name, input=asked, timeout=None if timeout is None else seconds(timeout), events=rows, decode=decode)


def _with(one: str | Awaited, match: str | None, if_: str | None) -> Awaited:
    found = Awaited(one, match, if_) if isinstance(one, str) else Awaited(one.event, one.match or match, one.if_ or if_)
    check_event_name(found.event)
    if found.if_ is not None:
        try:
            compiled(found.if_, PAIR)
        except RegistrationError as error:
            raise InvalidInput(error.message, pointer="/if_", hint=error.hint) from None
    return found


def _match_key(execution: Execution, name: str, one: Awaited) -> str:
    if one.match is None:
        return ""
    there, value = value_at(execution.event.facts(), one.match)
    if not there:
        raise InvalidInput(f'step "{name}" matches on {one.match}, which the event {execution.event.name} does not have', pointer="/match")
    return key_of(value)


def _about(one: Awaited) -> dict[str, Any]:
    return {"event": one.event, "match": one.match, "if": one.if_}


def _read_events(text: str) -> list[Event[Any]]:
    return [Event.from_json(json.dumps(one)) for one in json.loads(text)]
