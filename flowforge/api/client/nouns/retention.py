"""`client.retention`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call
from flowforge.api.client.talk import Talk
from flowforge.api.client.unset import UNSET, Unset


class Retention(Noun[Mode]):
    """`client.retention`"""

    @call
    def get(self) -> Talk[models.Retention]:
        """Show what is kept how long.

        The tenant's settings, or the defaults.
        """
        return self._exchange.ask(models.Retention, "GET", "/v1/retention")

    @call
    def set(
        self,
        *,
        runs: str | Unset | None = UNSET,
        events: str | Unset | None = UNSET,
        frames: str | Unset | None = UNSET,
        usage: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Retention]:
        """Change what is kept how long.

        The next sweep, within an hour, goes by it. A shorter time cannot be taken back for what it has dropped.
        """
        return self._exchange.ask(
            models.Retention,
            "PATCH",
            "/v1/retention",
            body=body_of({"runs": runs, "events": events, "frames": frames, "usage": usage}),
            idempotency_key=idempotency_key,
        )
