"""`client.filters`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Filters(Noun[Mode]):
    """`client.filters`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Filter]:
        """List saved filters.

        The caller's own and those that are shared, in the order in which they were made.
        """
        return self._exchange.listing(models.Filter, "/v1/filters", limit=limit)

    @call
    def create(
        self, *, name: str, query: Mapping[str, Any], shared: bool | Unset = UNSET, idempotency_key: str | None = None
    ) -> Talk[models.Filter]:
        """Save a filter.

        422 for what the list of tasks would not take; 404 for a key that wants one of its own: a key's filters are shared.
        """
        return self._exchange.ask(
            models.Filter,
            "POST",
            "/v1/filters",
            body=body_of({"name": name, "query": query, "shared": shared}),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, filter: str, /) -> Talk[models.Filter]:
        """Show a saved filter.

        By name or id; one's own before a shared one of the same name.
        """
        return self._exchange.ask(models.Filter, "GET", f"/v1/filters/{part(filter)}")

    @call
    def update(
        self,
        filter: str,
        /,
        *,
        name: str | Unset | None = UNSET,
        query: Mapping[str, Any] | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Filter]:
        """Change a saved filter.

        Its name, its query.
        """
        return self._exchange.ask(
            models.Filter,
            "PATCH",
            f"/v1/filters/{part(filter)}",
            body=body_of({"name": name, "query": query}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, filter: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a saved filter.

        One that is shared is gone for everybody.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/filters/{part(filter)}", idempotency_key=idempotency_key)
