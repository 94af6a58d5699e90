"""`client.usage`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, call
from flowforge.api.client.talk import Talk


class Usage(Noun[Mode]):
    """`client.usage`"""

    @call
    def get(
        self,
        *,
        group_by: Literal["model", "provider", "tenant", "agent", "function", "task", "day", "run"] | None = None,
        since: str | None = None,
        until: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        function: str | None = None,
        agent: str | None = None,
        task: str | None = None,
        run: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Talk[models.Usage]:
        """Report what model calls used and cost.

        Beside the time of equal length before. As CSV it is one table of all groups, 10,000 at most, without the totals.
        """
        return self._exchange.ask(
            models.Usage,
            "GET",
            "/v1/usage",
            params={
                "group_by": group_by,
                "since": since,
                "until": until,
                "model": model,
                "provider": provider,
                "function": function,
                "agent": agent,
                "task": task,
                "run": run,
                "limit": limit,
                "cursor": cursor,
            },
        )
