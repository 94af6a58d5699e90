"""Sending events, in the form in which people send them: by name, one or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowforge.api.client.models import SentEvent
from flowforge.api.client.noun import Mode, Noun, call
from flowforge.api.client.talk import Talk


class EventCalls(Noun[Mode]):
    """`client.events`"""

    @call
    def send(self, name: str, data: Any = None, /, *, id: str | None = None) -> Talk[SentEvent]:
        """Send one event. An `id` makes it idempotent for seven days: a second event with it starts nothing and says `duplicate`.

        >>> client.events.send("order/created", {"total": 420}, id="order-17").runs     # doctest: +SKIP
        ['run_01968f3ac8b17c02a3f08241a2f70001']
        """
        event = {"name": name, "data": {} if data is None else data}
        body = yield from self._exchange.json("POST", "/v1/events", body=event if id is None else {**event, "id": id})
        return SentEvent.read(body["data"][0])

    @call
    def send_all(self, events: Sequence[Mapping[str, Any]], /, *, idempotency_key: str | None = None) -> Talk[list[SentEvent]]:
        """Send up to 1,000 events at once, each a mapping of `name`, `data` and perhaps `id`: all of them, or with an error none."""
        body = yield from self._exchange.json("POST", "/v1/events", body=list(events), idempotency_key=idempotency_key)
        return [SentEvent.read(event) for event in body["data"]]
