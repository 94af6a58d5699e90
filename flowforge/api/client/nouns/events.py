"""`client.events`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from datetime import datetime

from flowforge.api.client import models
from flowforge.api.client.event_calls import EventCalls
from flowforge.api.client.noun import Mode, call, listing, part
from flowforge.api.client.talk import Items, Talk


class Events(EventCalls[Mode]):
    """`client.events`"""

    @listing
    def list(
        self, *, name: str | None = None, since: datetime | str | None = None, test: bool | None = None, limit: int | None = None
    ) -> Items[models.ListedEvent]:
        """List events.

        Newest first, without their data.
        """
        return self._exchange.listing(models.ListedEvent, "/v1/events", params={"name": name, "since": since, "test": test}, limit=limit)

    @call
    def get(self, event_id: str, /, *, function: str | None = None) -> Talk[models.EventDetails]:
        """Show an event.

        What the event started, and for every function that it concerns why it did not run: a filter, a later publication, flow
        control. Functions that listen to another name are listed when that is a similar one, or when asked for by `function`.
        """
        return self._exchange.ask(models.EventDetails, "GET", f"/v1/events/{part(event_id)}", params={"function": function})
